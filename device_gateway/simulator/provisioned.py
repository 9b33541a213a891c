"""What a device was given when it was added, as `fieldstock device add --json` and provisioning answer."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from device_gateway.connection import BrokerAddress
from tracking.values.errors import FieldstockError


class ProvisioningUnreadable(FieldstockError):
    """What a device was given is not there, or not as it was printed."""

    code = "provisioning_unreadable"
    action = "Name a file that holds what `fieldstock device add NAME --kind locker --json` printed."


@dataclass(frozen=True, slots=True)
class Provisioned:
    """`url` is the broker's; `command_key` and `offline_keys`, by compartment, are hex and a locker's alone.

    `ca_file` is who signs the broker's certificate, None for those whom the system trusts.
    """

    device: str
    secret: str = field(repr=False)
    url: str
    command_key: str | None = field(default=None, repr=False)
    offline_keys: dict[str, str] = field(default_factory=dict, repr=False)
    ca_file: str | None = None

    def address(self) -> BrokerAddress:
        """Return where and as whom to connect. Raises `ProvisioningUnreadable`."""
        url = urlsplit(self.url)
        if url.scheme not in ("mqtt", "mqtts") or not url.hostname:
            raise ProvisioningUnreadable(f"{self.url!r} is no broker's address.", "Give mqtt://host:1883.")
        tls = url.scheme == "mqtts"
        port = url.port or (8883 if tls else 1883)
        ca_file = Path(self.ca_file) if self.ca_file else None
        return BrokerAddress(url.hostname, port, self.device, self.secret, tls=tls, ca_file=ca_file)


def read_provisioned(path: Path) -> Provisioned:
    """Return what a device was given. Raises `ProvisioningUnreadable`."""
    try:
        said = json.loads(path.read_text())
        said = {"device": said.get("device_id"), "url": said.get("mqtt_url")} | said
        return Provisioned(
            **{name.name: said[name.name] for name in fields(Provisioned) if said.get(name.name)}
        )
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ProvisioningUnreadable(f"{path}: {error}.") from error


def write_provisioned(path: Path, provisioned: Provisioned) -> None:
    """Write what a device was given, readable by its owner alone."""
    draft = path.with_suffix(".draft")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump({item.name: getattr(provisioned, item.name) for item in fields(Provisioned)}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
