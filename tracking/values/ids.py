"""Identifiers: UUIDv7 for records, short names for what people say aloud."""

from __future__ import annotations

import re
from functools import lru_cache

import uuid_utils

from tracking.values.errors import InvalidValue

NAME = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\Z")
"""Names of couriers, lockers, locations and devices: also user names and topic levels on the broker."""


def new_id() -> str:
    """Return a new UUIDv7 (RFC 9562), in lower-case hex with dashes; later ids sort later."""
    return str(uuid_utils.uuid7())


@lru_cache(10_000)
def checked_name(value: str, what: str) -> str:
    """Return `value` when it is 1-64 characters of a-z, 0-9 and inner dashes, else raise `InvalidValue`."""
    if not NAME.match(value):
        raise InvalidValue(
            f"{what} {value!r} must be 1-64 characters: a-z, 0-9, and dashes that are not at an end."
        )
    return value
