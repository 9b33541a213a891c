"""Small real photos."""

from __future__ import annotations

import io

from PIL import Image


def picture(format_name: str = "PNG", colour: str = "red") -> bytes:
    """Return the bytes of a picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (16, 12), colour).save(file, format_name)
    return file.getvalue()
