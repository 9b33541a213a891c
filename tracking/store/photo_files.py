"""Photos as files of the data folder: each under its digest, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tracking.custody.photo import Photo
from tracking.values.errors import NotFound


class PhotoFiles:
    """The photos of one installation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Return where the photo of a digest is kept."""
        return self._folder / sha256[:2] / sha256

    def keep(self, photo: Photo, data: bytes) -> None:
        """Make a photo durable; one that is there already stays."""
        path = self.path(photo.sha256)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)

    def read(self, photo: Photo) -> bytes:
        """Return the bytes of a photo. Raises `NotFound` where its file is not on this machine."""
        try:
            return self.path(photo.sha256).read_bytes()
        except FileNotFoundError:
            raise NotFound("file of photo", photo.sha256) from None
