"""Passwords of people: argon2id (RFC 9106), about 0.1 s of one core a check, so never on a busy path."""

from __future__ import annotations

import functools
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@functools.cache
def unknown_person_hash() -> str:
    """Return what is checked when a login is unknown: its answer takes as long as a wrong password's."""
    return _HASHER.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """Return the encoded argon2id hash of `password` with a new salt."""
    return _HASHER.hash(password)


def password_matches(password: str, encoded: str) -> bool:
    """Tell whether `password` is the one that `encoded` was made of."""
    try:
        return _HASHER.verify(encoded, password)
    except (VerificationError, InvalidHashError):
        return False


def new_password() -> str:
    """Return a new random password of 16 easily read characters (79 bits)."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)
