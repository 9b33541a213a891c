"""Fixes as InfluxDB line protocol and as rows of InfluxQL answers.

One measurement; tags are device and kind only, so the number of series stays that of the devices. The
point's timestamp is the device's milliseconds plus a tie of (seq or hash) mod 10^6 ns: a retry overwrites
itself, and two fixes of one millisecond do not merge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracking.telemetry import codec
from tracking.telemetry.fixes import Fix, FixSource, Network, Tracking
from tracking.values.coordinates import Coordinate
from tracking.values.times import from_ms, to_ms

MEASUREMENT = "fix"
FLOATS = ("accuracy_m", "speed_mps", "bearing_deg", "altitude_m", "battery_pct")
TEXTS = ("network", "tracking")


def to_line(fix: Fix) -> str:
    """Return the line of line protocol that keeps `fix`; its timestamp is in ns."""
    row = codec.to_row(fix)
    fields = [
        f"lat_deg={float(fix.coordinate.lat_deg)!r}",
        f"lon_deg={float(fix.coordinate.lon_deg)!r}",
        f"received_ms={row.received_ms}i",
    ]
    fields += [f"{name}={float(value)!r}" for name in FLOATS if (value := getattr(fix, name)) is not None]
    if fix.charging is not None:
        fields.append(f"charging={str(fix.charging).lower()}")
    fields += [f'{name}="{value}"' for name in TEXTS if (value := getattr(fix, name)) is not None]
    if row.sent_ms is not None:
        fields.append(f"sent_ms={row.sent_ms}i")
    if fix.said_at is not None:
        fields.append(f"said_ms={to_ms(fix.said_at)}i")
    if row.boot_id is not None:
        fields += [f'boot_id="{_escaped(row.boot_id)}"', f"seq={row.seq}i"]
    time_ns = row.at_ms * codec.TIES_PER_MS + row.tie_ns
    return f"{MEASUREMENT},device={fix.device},kind={fix.source.value} {','.join(fields)} {time_ns}"


def to_fix(columns: Sequence[str], values: Sequence[Any]) -> Fix:
    """Return the fix of one row of an InfluxQL answer with times in ns."""
    row = dict(zip(columns, values, strict=True))
    sent_ms = row.get("sent_ms")
    return Fix(
        device=row["device"],
        fix_at=from_ms(row["time"] // codec.TIES_PER_MS),
        received_at=from_ms(int(row["received_ms"])),
        coordinate=Coordinate(float(row["lat_deg"]), float(row["lon_deg"])),
        source=FixSource(row["kind"]),
        boot_id=row.get("boot_id"),
        seq=None if row.get("seq") is None else int(row["seq"]),
        sent_at=None if sent_ms is None else from_ms(int(sent_ms)),
        said_at=None if row.get("said_ms") is None else from_ms(int(row["said_ms"])),
        charging=row.get("charging"),
        network=None if row.get("network") is None else Network(row["network"]),
        tracking=None if row.get("tracking") is None else Tracking(row["tracking"]),
        **{name: None if row.get(name) is None else float(row[name]) for name in FLOATS},
    )


def _escaped(text: str) -> str:
    """Return `text` for a string field: only the quote and the backslash mean something there."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
