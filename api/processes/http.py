"""The api process: gunicorn with gevent, which serves any number of streams beside the requests."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import Any

from api.app import create_app
from api.context import build_context
from api.processes.process import Health, configure_logs, give_signs_of_life
from api.redaction import RedactSecrets
from api.settings import Settings, load_settings
from tracking.store.unit_of_work import Store


def exec_gunicorn(settings: Settings) -> None:
    """Replace this process by gunicorn, serving `wsgi`."""
    tls = []
    if settings.tls_cert and settings.tls_key:
        tls = ["--certfile", str(settings.tls_cert), "--keyfile", str(settings.tls_key)]
    arguments = [
        sys.executable,
        "-m",
        "gunicorn",
        "api.processes.http:wsgi()",
        "--worker-class",
        "gevent",
        "--workers",
        "1",
        "--worker-connections",
        "5000",
        "--bind",
        f"{settings.bind}:{settings.port}",
        "--graceful-timeout",
        "5",
        "--keep-alive",
        "30",
        "--timeout",
        "60",
        "--no-control-socket",
        "--log-level",
        "warning",
        *tls,
    ]
    os.execv(sys.executable, arguments)  # noqa: S606


def wsgi() -> Any:
    """Return the WSGI application of a worker, which gevent has patched by now."""
    configure_logs()
    for name in ("gunicorn.error", "gunicorn.access"):  # these write by handlers of their own
        logging.getLogger(name).addFilter(RedactSecrets())
    settings = load_settings()
    context = build_context(settings)
    _beat(context.store, settings)
    return create_app(context)


def _beat(store: Store, settings: Settings) -> None:
    give_signs_of_life(store, "api", settings.port, Health(), threading.Event())
