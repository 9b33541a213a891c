"""Decoder of OwnTracks messages: where the phone was, or a type that is accepted and of no use here.

Units differ from ours: `tst` and `created_at` are epoch seconds, `vel` is km/h, `batt` is percent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from device_gateway.protocol.decoded import Decoded, Heard, Unreadable
from device_gateway.protocol.owntracks_encryption import Keys, decrypt, no_keys
from device_gateway.protocol.readings import chosen, epoch_s, number, reading, required
from tracking.telemetry.fixes import Fix, FixSource, Network, Tracking
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue

KMH_PER_MPS = 3.6

OF_NO_USE = frozenset(
    [
        "transition",
        "lwt",
        "waypoint",
        "waypoints",
        "cmd",
        "configuration",
        "card",
        "status",
        "beacon",
        "steps",
        "request",
        "dump",
    ]
)
"""Types that the apps send and that say nothing of use; a `transition` does only where it names no place."""

OTHER = "other"
"""How a type that nobody has heard of is counted, so that nobody can fill the memory with names."""

CHARGING = {1: False, 2: True, 3: True}
"""`bs`: unplugged, charging, full; 0 is unknown."""
NETWORKS = {"w": Network.WIFI, "m": Network.MOBILE, "o": Network.OFFLINE}
MODES = {-1: Tracking.QUIET, 0: Tracking.MANUAL, 1: Tracking.SIGNIFICANT, 2: Tracking.MOVE}

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def decode_owntracks(heard: Heard, device: str, keys: Keys = no_keys) -> Decoded:
    """Return the fix of a `location`, or of a `transition` that says where; `keys` open what is encrypted.

    Raises `Unreadable` or what `reason_of` explains.
    """
    if not heard.payload:
        return Decoded(ignored="empty")
    message = _decode(heard.payload)
    if message.get("_type") == "encrypted":
        message = _decode(decrypt(message.get("data"), keys(device)))
    match message.get("_type"):
        case "location":
            return Decoded(values=(to_fix(message, device, heard.received_at),))
        case "transition" if "lat" in message and "lon" in message:
            return Decoded(values=(to_fix(message, device, heard.received_at),))
        case "encrypted":
            raise Unreadable("encrypted: what was encrypted is encrypted again.")
        case str(other):
            return Decoded(ignored=other if other in OF_NO_USE else OTHER)
        case _:
            raise Unreadable("invalid_field: `_type` must be a text.")


def to_fix(message: dict[str, Any], device: str, received_at: datetime) -> Fix:
    """Return where the phone was; a reading that is out of range or negative is one the phone lacks.

    Raises `Unreadable` without a position or time, and `InvalidValue` for an impossible one.
    """
    speed_kmh = number(message.get("vel"))
    return Fix(
        device=device,
        fix_at=epoch_s(required(message, "tst")),
        received_at=received_at,
        coordinate=Coordinate(required(message, "lat"), required(message, "lon")),
        source=FixSource.OWNTRACKS,
        sent_at=_optional_time(number(message.get("created_at"))),
        accuracy_m=reading("accuracy_m", number(message.get("acc"))),
        speed_mps=reading("speed_mps", None if speed_kmh is None else speed_kmh / KMH_PER_MPS),
        bearing_deg=reading("bearing_deg", number(message.get("cog"))),
        altitude_m=reading("altitude_m", number(message.get("alt"))),
        battery_pct=reading("battery_pct", number(message.get("batt"))),
        charging=chosen(CHARGING, message.get("bs")),
        network=chosen(NETWORKS, message.get("conn")),
        tracking=chosen(MODES, message.get("m")),
    )


def _optional_time(value_s: float | None) -> datetime | None:
    try:
        return None if value_s is None else epoch_s(value_s)
    except InvalidValue:
        return None
