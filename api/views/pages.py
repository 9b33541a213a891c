"""The built front-end: the console, the driver page and the page of return links."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import Response, redirect, send_from_directory
from werkzeug.wrappers import Response as AnyResponse

from api.context import context

DIST = Path(__file__).resolve().parents[1] / "web" / "dist"
_YEAR_S = 31_536_000
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "media-src": "'self' blob:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
"""What the pages may load: everything from us, and nothing inline."""

pages = APIBlueprint("pages", __name__, enable_openapi=False)


@pages.get("/")
def home() -> AnyResponse:
    """Send people to the console."""
    return redirect("/console")


@pages.get("/console")
def console() -> Response:
    """The console of dispatchers, desk and bench."""
    return _page("console")


@pages.get("/driver")
def driver() -> Response:
    """The phone page of couriers."""
    return _page("driver")


@pages.get("/r/<token>")
def customer_return(token: str) -> Response:
    """The page of a customer's return link; the page itself asks what the token opens."""
    response = _page("return")
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@pages.get("/<path:name>")
def file(name: str) -> Response:
    """Any other file of the build; those with a hash in their name never change."""
    response = send_from_directory(DIST, name, max_age=_YEAR_S if name.startswith("assets/") else 0)
    return _guarded(response)


def content_security_policy(tile_url: str | None) -> str:
    """Return the policy; the origin of an online map's tiles is let in where one is set."""
    tiles = urlsplit(tile_url) if tile_url else None
    extra = {"img-src", "connect-src"} if tiles else set()
    origin = f" {tiles.scheme}://{tiles.netloc}" if tiles else ""
    return "; ".join(f"{name} {value}{origin if name in extra else ''}" for name, value in POLICY.items())


def _page(name: str) -> Response:
    return _guarded(send_from_directory(DIST / name, "index.html", max_age=0))


def _guarded(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = content_security_policy(context().settings.tile_url)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
