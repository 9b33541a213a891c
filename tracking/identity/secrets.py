"""Device secrets: made here, shown once, kept only as digests, sealed on their way to who must learn them.

A device secret carries 128 random bits, so a plain SHA-256 resists guessing (nothing to stretch). The
broker keeps its own verifier, in the format of its password file, because it cannot read ours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from tracking.values.errors import InvalidValue

BROKER_ITERATIONS = 101
"""PBKDF2 rounds of Mosquitto's own `mosquitto_passwd`; the secret's 128 bits need no stretching."""


@dataclass(frozen=True, slots=True)
class DeviceSecret:
    """A new secret with the two digests that are kept of it.

    `plain` is 32 hex digits and must be shown once and forgotten; `sha256` is 64 hex digits;
    `broker_verifier` is `$7$iterations$salt$hash` (PBKDF2-HMAC-SHA512, 64 bytes, base64).
    """

    plain: str
    sha256: str
    broker_verifier: str


def new_device_secret() -> DeviceSecret:
    """Return a new random device secret and its digests."""
    return device_secret(secrets.token_hex(16))


def device_secret(plain: str) -> DeviceSecret:
    """Return the digests of a secret that exists already."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", plain.encode(), salt, BROKER_ITERATIONS)
    verifier = f"$7${BROKER_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
    return DeviceSecret(plain, sha256_hex(plain), verifier)


def new_command_key() -> str:
    """Return a new random key, 32 bytes as hex, that signs the commands to one locker."""
    return secrets.token_hex(32)


def sha256_hex(plain: str) -> str:
    """Return the SHA-256 of `plain` in lower-case hex."""
    return hashlib.sha256(plain.encode()).hexdigest()


def secret_matches(plain: str, sha256: str) -> bool:
    """Tell in constant time whether `plain` is the secret whose digest is `sha256`."""
    return hmac.compare_digest(sha256_hex(plain), sha256)


@dataclass(frozen=True, slots=True)
class SecretSeal:
    """Encrypts secrets with one key (XSalsa20-Poly1305, libsodium's secretbox; nonce first, base64)."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) != SecretBox.KEY_SIZE:
            raise InvalidValue(f"A seal's key has {SecretBox.KEY_SIZE} bytes, not {len(self.key)}.")

    def seal(self, plain: str) -> str:
        """Return `plain` encrypted, different each time."""
        return base64.b64encode(SecretBox(self.key).encrypt(plain.encode())).decode()

    def open(self, sealed: str) -> str:
        """Return what was sealed. Raises `InvalidValue` when it was not by this key, or not whole."""
        try:
            return SecretBox(self.key).decrypt(base64.b64decode(sealed, validate=True)).decode()
        except (CryptoError, ValueError) as error:
            raise InvalidValue("This was not sealed with our key.") from error


def locker_seal(command_key: bytes) -> SecretSeal:
    """Return the seal of what only one locker may read, derived from its command key by HMAC-SHA256."""
    return SecretSeal(hmac.new(command_key, b"fieldstock device secret", hashlib.sha256).digest())
