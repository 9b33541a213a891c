"""What a simulated device signs in with: its new secret first, then the one before, kept over a power cut."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from tracking.values.errors import InvalidValue


class Credentials:
    """One or two secrets in a file that only its owner can read; threads may share it.

    Without a path they lie in memory. What the file holds counts more than `secret`: it is newer.
    """

    def __init__(self, secret: str | None = None, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        known = json.loads(path.read_text()) if path is not None and path.exists() else {}
        self._secret: str | None = known.get("secret", secret)
        self._previous: str | None = known.get("previous_secret")
        if not self._secret:
            raise InvalidValue("A device needs a secret, given or in its credentials file.")
        self._write()

    def secrets(self) -> tuple[str, ...]:
        """Return the secrets in the order in which to try them."""
        with self._lock:
            return tuple(secret for secret in (self._secret, self._previous) if secret)

    def learn(self, secret: str) -> None:
        """Take a new secret; the one that worked stays the second choice until the new one has."""
        with self._lock:
            if secret != self._secret:
                self._previous = self._previous or self._secret
                self._secret = secret
                self._write()

    def worked(self, secret: str) -> None:
        """Note which secret let the device in: once it is the new one, the one before is of no use."""
        with self._lock:
            if secret == self._secret and self._previous is not None:
                self._previous = None
                self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        draft = self._path.with_suffix(".draft")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump({"secret": self._secret, "previous_secret": self._previous}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
