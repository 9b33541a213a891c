"""The Flask app: its routes, its errors, and the OpenAPI document that is made of both."""

from __future__ import annotations

from apiflask import APIFlask
from flask import Response, request
from prometheus_client import Histogram
from werkzeug.middleware.proxy_fix import ProxyFix

from api.access import let_others_run
from api.context import EXTENSION, Context
from api.openapi import describe
from api.problems import install_problem_handlers
from api.views.alerts import alerts
from api.views.broker_auth import broker_auth
from api.views.contracts import contracts
from api.views.customer_returns import customer_returns
from api.views.dead_letters import dead_letters
from api.views.devices import devices
from api.views.dispositions import dispositions
from api.views.driver import driver
from api.views.fleet import fleet
from api.views.health import health
from api.views.ingest import ingest
from api.views.inspections import inspections
from api.views.live import live
from api.views.lockers import lockers
from api.views.orders import orders, returns
from api.views.pages import pages
from api.views.phones import phones
from api.views.photos import photos
from api.views.programs import programs
from api.views.promises import promises
from api.views.repairs import repairs
from api.views.return_links import return_links
from api.views.sessions import sessions
from api.views.sheets import sheets
from api.views.stock import stock
from api.views.tracks import tracks
from api.views.webhooks import webhooks

LARGEST_BODY = 4 * 1024 * 1024
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Any other word for a method is counted as `other`, so that nobody can fill the memory with labels."""
_LATENCY = Histogram(
    "fieldstock_http_request_seconds",
    "Time to answer a request, without streams.",
    ["method", "route", "status"],
)


def create_app(context: Context) -> APIFlask:
    """Return the app for a context."""
    app = APIFlask(
        "fieldstock", title="Fieldstock", version="1.0.0", spec_path="/openapi.json", docs_path=None
    )
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        VALIDATION_ERROR_STATUS_CODE=422,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        JSON_SORT_KEYS=False,
    )
    app.extensions[EXTENSION] = context
    for blueprint in (
        sessions,
        promises,
        orders,
        returns,
        return_links,
        customer_returns,
        inspections,
        photos,
        repairs,
        dispositions,
        contracts,
        stock,
        sheets,
        fleet,
        alerts,
        tracks,
        lockers,
        devices,
        dead_letters,
        driver,
        live,
        webhooks,
        programs,
        phones,
        ingest,
        broker_auth,
        health,
        pages,
    ):
        app.register_blueprint(blueprint)
    install_problem_handlers(app)
    app.spec_processor(describe)  # type: ignore[arg-type]
    app.before_request(let_others_run)
    app.before_request(_start_clock)
    app.after_request(_observe)
    if proxies := context.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    return app


def _start_clock() -> None:
    request.environ["fieldstock.timer"] = _LATENCY.time()
    request.environ["fieldstock.timer"].__enter__()


def _observe(response: Response) -> Response:
    timer = request.environ.get("fieldstock.timer")
    if timer is not None and not response.is_streamed:
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.method in _METHODS else "other"
        timer.labels(method, route, str(response.status_code))
        timer.__exit__(None, None, None)
    return response
