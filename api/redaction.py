"""What no log may show: the secrets that phones, and the links of customers, carry in an address."""

from __future__ import annotations

import logging
import re

_SECRET = re.compile(r"(/ingest/osmand/|(?<![^\s\"'])/r/)[^/?#\s\"']+")


def redacted(text: str) -> str:
    """Return `text` with dots in place of every secret in an address."""
    return _SECRET.sub(r"\1...", text)


class RedactSecrets(logging.Filter):
    """Lets every record pass, without the secrets in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Write the record's message out where it holds a secret."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            return True  # the handler will say that this record cannot be written
        safe = redacted(message)
        if safe != message:
            record.msg, record.args = safe, ()
        return True
