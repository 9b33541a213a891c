"""Photos as proof: named by the SHA-256 of their bytes, so that nobody can put another in their place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from tracking.values.errors import FieldstockError

LARGEST_BYTES = 10 * 1024 * 1024

MEDIA_TYPES: MappingProxyType[str, Callable[[bytes], bool]] = MappingProxyType(
    {
        "image/jpeg": lambda data: data.startswith(b"\xff\xd8\xff"),
        "image/png": lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"),
        "image/webp": lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP",
    }
)
"""What may be kept, and how each begins."""


class PhotoRefused(FieldstockError):
    """Bytes that are no photo we keep."""

    code = "photo_refused"
    action = "Send one JPEG, PNG or WebP of 10 MB at most as the body."


class PhotoTooLarge(FieldstockError):
    """A photo with more bytes than are kept."""

    code = "too_large"
    action = "Send the photo in a smaller size: 10 MB at most."


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that is kept: `sha256` in hex, its media type and size in bytes."""

    sha256: str
    media_type: str
    size_bytes: int
    added_by: str
    added_at: datetime


def photo_of(data: bytes, by: str, at: datetime) -> Photo:
    """Return what a photo's bytes are. Raises `PhotoRefused` or `PhotoTooLarge`."""
    if len(data) > LARGEST_BYTES:
        raise PhotoTooLarge(f"A photo has {LARGEST_BYTES} bytes at most; this has more.")
    media_type = next((name for name, fits in MEDIA_TYPES.items() if fits(data)), None)
    if media_type is None:
        raise PhotoRefused("The body is empty." if not data else "The body is no JPEG, PNG or WebP.")
    return Photo(hashlib.sha256(data).hexdigest(), media_type, len(data), by, at)
