"""Photos: uploaded as they are, served by their digest."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

from api.access import caller, off_loop
from api.bench_presenters import photo_view
from api.context import context
from api.operation import effect, operation
from mobile_contract.inspections import PhotoView
from tracking.custody.photo import LARGEST_BYTES, MEDIA_TYPES, PhotoTooLarge, photo_of
from tracking.identity.roles import Scope

photos = APIBlueprint("photos", __name__, url_prefix="/v1", tag="Photos")


@operation(
    photos,
    "POST",
    "/photos",
    PhotoView,
    scope=Scope.RETURNS_WRITE,
    status=201,
    consumes=tuple(MEDIA_TYPES),
    errors={413: "More than 10 MB.", 422: "The body is no JPEG, PNG or WebP."},
)
def add_photo() -> Any:
    """Keep a photo, the body as it is; the same bytes are kept once, so it may be sent again."""
    data = photo_body()
    photo = off_loop(photo_of, data, caller().login, context().clock())
    off_loop(context().photos.keep, photo, data)
    with effect() as this:
        return this.conclude(photo_view(this.uow.photos.ensure(photo)))


@operation(photos, "GET", "/photos/<sha256>", None, scope=Scope.READ, produces="image/*")
def get_photo(sha256: str) -> Response:
    """The bytes of a photo."""
    with context().store.reading() as uow:
        photo = uow.photos.require(sha256)
    response = Response(off_loop(context().photos.read, photo), mimetype=photo.media_type)
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response


def photo_body() -> bytes:
    """Return the body of this request. Raises `PhotoTooLarge` before more than that was read."""
    request.max_content_length = LARGEST_BYTES + 1
    if (request.content_length or 0) > LARGEST_BYTES:
        raise PhotoTooLarge(f"A photo has {LARGEST_BYTES} bytes at most, not {request.content_length}.")
    return request.stream.read(LARGEST_BYTES + 1)
