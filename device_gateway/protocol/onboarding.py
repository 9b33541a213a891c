"""Links that set a phone's tracker up: OwnTracks over MQTT or HTTP, and Traccar Client.

A link holds the device's secret: it is shown to the courier once, like the secret itself.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from device_gateway.protocol.owntracks_http import DEFAULT_PHONE

MODE_MQTT, MODE_HTTP = 0, 3
MOVE = 2
"""`monitoring`: report all the way, not only where something changes."""

INTERVAL_S = 15
"""A moving phone reports this often,"""
DISTANCE_M = 50
"""or after this way, whichever an app can do,"""
ANGLE_DEG = 30
"""or after this turn (Traccar Client)."""
HEARTBEAT_S = 300
"""How often Traccar Client shows that it lives where nothing moves."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A courier's phone that is to be set up; `encryption_key` where it shall encrypt what it sends."""

    device_id: str
    secret: str = field(repr=False)
    encryption_key: str | None = field(default=None, repr=False)

    @property
    def tracker_id(self) -> str:
        """The two characters that OwnTracks shows on a map: first and last of the name."""
        return (self.device_id[0] + self.device_id[-1]).upper()


def owntracks_mqtt_link(phone: Phone, mqtt_url: str) -> str:
    """Return the link that lets OwnTracks speak MQTT; `mqtt_url` is mqtt:// or mqtts://host:port."""
    url = urlsplit(mqtt_url)
    tls = url.scheme == "mqtts"
    return _owntracks_link(
        _configuration(phone, MODE_MQTT)
        | {
            "host": url.hostname or "",
            "port": url.port or (8883 if tls else 1883),
            "tls": tls,
            "ws": False,
            "clientId": phone.device_id,
            "cleanSession": False,
            "pubRetain": False,
        }
    )


def owntracks_http_link(phone: Phone, base_url: str) -> str:
    """Return the link that lets OwnTracks speak HTTP with the API at `base_url`."""
    return _owntracks_link(_configuration(phone, MODE_HTTP) | {"url": f"{base_url}/ingest/owntracks"})


def traccar_link(phone: Phone, base_url: str) -> str:
    """Return the address, with its parameters, that sets Traccar Client up; `interval` is s, `distance` m."""
    parameters = {
        "id": phone.device_id,
        "accuracy": "highest",
        "distance": DISTANCE_M,
        "interval": INTERVAL_S,
        "fastest_interval": INTERVAL_S,
        "angle": ANGLE_DEG,
        "heartbeat": HEARTBEAT_S,
        "buffer": "true",
        "wakelock": "true",
        "stop_detection": "false",  # a tracker that sleeps at a stop would count as silent
        "service": "true",
    }
    return f"{base_url}/ingest/osmand/{phone.secret}?{urlencode(parameters)}"


def _configuration(phone: Phone, mode: int) -> dict[str, Any]:
    configuration: dict[str, Any] = {
        "_type": "configuration",
        "mode": mode,
        "auth": True,
        "username": phone.device_id,
        "password": phone.secret,
        "deviceId": DEFAULT_PHONE,
        "tid": phone.tracker_id,
        "monitoring": MOVE,
        "locatorInterval": INTERVAL_S,
        "moveModeLocatorInterval": INTERVAL_S,
        "locatorDisplacement": DISTANCE_M,
        "cmd": True,
        "remoteConfiguration": False,
    }
    if phone.encryption_key is not None:
        configuration["encryptionKey"] = phone.encryption_key
    return configuration


def _owntracks_link(configuration: dict[str, Any]) -> str:
    packed = base64.b64encode(json.dumps(configuration, separators=(",", ":")).encode()).decode()
    return f"owntracks:///config?inline={quote(packed, safe='')}"
