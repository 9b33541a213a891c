"""How a client of the broker uses TLS: the certificate is checked, and so is the host's name in it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import paho.mqtt.client as mqtt


class TlsAddress(Protocol):
    """The part of an address that says whether and how TLS is used."""

    @property
    def tls(self) -> bool:
        """Tell whether the connection is encrypted."""

    @property
    def ca_file(self) -> Path | None:
        """The PEM file of the authorities to trust; None for those of the system."""

    @property
    def cert_file(self) -> Path | None:
        """The PEM file of the client's own certificate, where the broker asks for one."""

    @property
    def key_file(self) -> Path | None:
        """The PEM file of the key to it."""


def use_tls(client: mqtt.Client, address: TlsAddress) -> None:
    """Let a client connect as its address says. Raises `OSError` for a file that cannot be read."""
    if address.tls:
        client.tls_set(_text(address.ca_file), _text(address.cert_file), _text(address.key_file))


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
