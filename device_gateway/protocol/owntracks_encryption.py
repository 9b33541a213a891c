"""What an OwnTracks app encrypts: libsodium's secretbox under a passphrase; PyNaCl is imported here alone.

`data` is base64 of a 24-byte nonce and the box; the key is the passphrase, padded with zeros to 32 bytes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from device_gateway.protocol.decoded import Unreadable

Keys = Callable[[str], str | None]
"""From a device's name to the passphrase that its app encrypts with, None where it has none.

Raises `KeysUnavailable`.
"""

LONGEST_KEY = SecretBox.KEY_SIZE
"""Bytes of a passphrase: what the app takes at most."""


class KeysUnavailable(Exception):
    """Nobody can say now whether a device has a key."""


def no_keys(_: str) -> None:
    """Know no passphrase of any device."""


def decrypt(data: object, passphrase: str | None) -> bytes:
    """Return what `data` hides. Raises `Unreadable`, whose reason says what to do before a replay."""
    if passphrase is None:
        raise Unreadable(
            "encrypted: no encryption key of this device is known. Add the device with --encrypted, or switch"
            " encryption off in the app; the connection has TLS."
        )
    if not isinstance(data, str):
        raise Unreadable("invalid_field: `data` must be a text.")
    try:
        box = SecretBox(padded_key(passphrase))
        plain: bytes = box.decrypt(base64.b64decode(data, validate=True))
    except (binascii.Error, UnicodeEncodeError, ValueError, CryptoError) as error:
        raise Unreadable(
            "encrypted: the device's encryption key does not open it. Set the same key in the app."
        ) from error
    return plain


def encrypt(plain: bytes, passphrase: str) -> str:
    """Return `plain` as the apps encrypt it, under a random nonce. Raises `ValueError` for a long key."""
    return base64.b64encode(bytes(SecretBox(padded_key(passphrase)).encrypt(plain))).decode()


def padded_key(passphrase: str) -> bytes:
    """Return the 32 bytes of a key. Raises `ValueError` when the passphrase has more."""
    key = passphrase.encode()
    if len(key) > LONGEST_KEY:
        raise ValueError(f"An encryption key has at most {LONGEST_KEY} bytes.")
    return key.ljust(LONGEST_KEY, b"\0")
