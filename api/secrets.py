"""Secrets of the installation: generated on first start, in files that only their owner can read."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class InstallationSecrets:
    """`token_key` signs access tokens, `custody_key` seals custody chains; both 32 random bytes.

    `gateway_password` is the gateway's on our own broker. `device_seal_key` (32 bytes) seals device secrets
    a broker elsewhere must still be told; `broker_http_secret` is what such a broker shows when it asks us.
    `gateway_password` is the gateways' on our own broker, `gateway_group` names what they share there: on
    Mosquitto whoever knows the name may take part and swallow messages. `webhook_seal_key` (32 bytes) seals
    the secrets of webhooks.
    """

    token_key: bytes
    custody_key: bytes
    gateway_password: str
    device_seal_key: bytes = field(repr=False)
    broker_http_secret: str = field(repr=False)
    gateway_group: str
    webhook_seal_key: bytes = field(repr=False)


def load_secrets(data_dir: Path) -> InstallationSecrets:
    """Return the installation's secrets, generating those that are not there yet."""
    return InstallationSecrets(
        bytes.fromhex(secret_file(data_dir, "access-token-key")),
        bytes.fromhex(secret_file(data_dir, "custody-key")),
        secret_file(data_dir, "gateway-password"),
        bytes.fromhex(secret_file(data_dir, "device-seal-key")),
        secret_file(data_dir, "broker-http-secret"),
        secret_file(data_dir, "gateway-group"),
        bytes.fromhex(secret_file(data_dir, "webhook-seal-key")),
    )


def secrets_folder(data_dir: Path) -> Path:
    """Return the folder of secrets, made on first use, for its owner only."""
    folder = data_dir / "secrets"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def secret_file(data_dir: Path, name: str) -> str:
    """Return what the secret file `name` holds: 64 random hex digits when it is new.

    Several processes may ask at once: one of them makes the file, whole, and all read it.
    """
    path = secrets_folder(data_dir) / name
    if not path.exists():
        write_secret(data_dir, name, secrets.token_hex(32), replace=False)
    return path.read_text().strip()


def write_secret(data_dir: Path, name: str, text: str, *, replace: bool = True) -> Path:
    """Write a secret file atomically, readable by its owner only; without `replace`, the first one stays."""
    folder = secrets_folder(data_dir)
    draft = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    target = folder / name
    if replace:
        draft.replace(target)
        return target
    with contextlib.suppress(FileExistsError):
        os.link(draft, target)
    draft.unlink()
    return target
