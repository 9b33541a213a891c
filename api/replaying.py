"""Replays recorded traces as couriers: makes the couriers, their devices and shifts, then sends over MQTT."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from api.cli.installation import open_store
from api.processes.gateway import broker_address
from api.settings import Settings
from device_gateway.simulator.replay import (
    ReplayConnection,
    ReplayFile,
    ReplayOptions,
    ReplayProgress,
    ReplayReport,
    replay,
)
from device_gateway.simulator.traces import Disturbance
from tracking.fleet.courier import Courier
from tracking.fleet.service import add_courier, open_shift
from tracking.identity.devices import DeviceKind
from tracking.identity.service import add_device, rotate_device
from tracking.parts.location import Location, LocationKind
from tracking.parts.service import add_location
from tracking.store.unit_of_work import Store
from tracking.telemetry.journal import Journal
from tracking.values.coordinates import Coordinate
from tracking.values.errors import FieldstockError
from tracking.values.times import system_clock, utc

SETTLE_S = 120.0
"""How long the gateway may take to make durable what the broker has taken."""
ACCOUNT_KNOWN_S = 1.5
"""The broker learns of new devices within this time."""


class TraceUnreadable(FieldstockError):
    """The file is no recorded trace."""

    code = "trace_unreadable"
    action = "Give CSV files with the columns fix_at, lat_deg and lon_deg."


class SpeedInvalid(FieldstockError):
    """The speed is neither a factor nor max."""

    code = "speed_invalid"
    action = "Give a positive number, or max."


@dataclass(frozen=True)
class Counted:
    """What the journal had counted of couriers' messages."""

    stored: int
    duplicate: int
    dead_letter: int
    declined: int

    def since(self, before: Counted) -> Counted:
        """Return what was added."""
        return Counted(
            self.stored - before.stored,
            self.duplicate - before.duplicate,
            self.dead_letter - before.dead_letter,
            self.declined - before.declined,
        )

    @property
    def total(self) -> int:
        """All of it."""
        return self.stored + self.duplicate + self.dead_letter + self.declined


def replay_files(
    settings: Settings,
    files: Sequence[Path],
    *,
    speed: str,
    duplicate: float,
    reorder: float,
    corrupt: float,
    seed: int,
    progress: Callable[[str], None],
) -> dict[str, Any]:
    """Send traces and wait until all of them are accounted for; returns the account.

    Raises `TraceUnreadable`, `SpeedInvalid`, and `BrokerRefused` when nobody listens.
    """
    factor = _factor(speed)
    spans = {file: trace_span(file) for file in files}
    store = open_store()
    prepared = _prepare(store, spans)
    time.sleep(ACCOUNT_KNOWN_S)
    address = broker_address(settings, "")
    journal = Journal(settings.journal_path)
    before = _counted(journal)
    options = ReplayOptions(
        speed=factor,
        disturbance=Disturbance(duplicate=duplicate, reorder=reorder, corrupt=corrupt, seed=seed),
    )
    report = replay(
        prepared,
        ReplayConnection(address.host, address.port, address.tls),
        options,
        lambda p: progress(_line(p)),
    )
    added = _settled(journal, before, report.sent)
    journal.close()
    store.close()
    return _account(report, added)


def trace_span(file: Path) -> tuple[datetime, datetime]:
    """Return the first and last time of a trace. Raises `TraceUnreadable`."""
    try:
        with file.open(newline="") as lines:
            times = [utc(_time(row["fix_at"])) for row in csv.DictReader(lines)]
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise TraceUnreadable(f"{file} cannot be read: {error!r}") from error
    if not times:
        raise TraceUnreadable(f"{file} holds no fix.")
    return min(times), max(times)


def open_shifts(store: Store, courier_id: str, start: datetime, end: datetime) -> int:
    """Open shifts that cover `start` to `end`, and return how many were new."""
    opened = 0
    with store.writing() as uow:
        known = {shift.starts_at for shift in uow.shifts.find(courier_id=courier_id)}
        begins = start.replace(hour=0, minute=0, second=0, microsecond=0)
        while begins <= end:
            if begins not in known:
                open_shift(uow, courier_id, begins, begins + timedelta(days=1), begins)
                opened += 1
            begins += timedelta(days=1)
        uow.commit()
    return opened


def _prepare(store: Store, spans: dict[Path, tuple[datetime, datetime]]) -> list[ReplayFile]:
    """Make a courier and a device for each file; a device that is there gets a new secret."""
    prepared = []
    now = system_clock()
    for file, (start, end) in spans.items():
        name = f"trace-{file.stem.lower()}"
        with store.writing() as uow:
            if uow.locations.get("replay-home") is None:
                home = Location(
                    "replay-home", LocationKind.DEPOT, "Home of replayed couriers", Coordinate(0, 0)
                )
                add_location(uow, home, now)
            if uow.couriers.get(name) is None:
                add_courier(uow, Courier(name, f"Trace {file.stem}", 0, 0, (), "replay-home"), now)
            if uow.devices.get(name) is None:
                secret = add_device(uow, name, DeviceKind.COURIER, now)[1]
            else:
                secret = rotate_device(uow, name, now)
            uow.commit()
        open_shifts(store, name, start, end)
        prepared.append(ReplayFile(file, name, secret))
    return prepared


def _settled(journal: Journal, before: Counted, expected: int) -> Counted:
    """Wait until everything that was sent is accounted for, or for `SETTLE_S`, and return the account."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        added = _counted(journal).since(before)
        if added.total >= expected or time.monotonic() > deadline:
            return added
        time.sleep(0.1)


def _counted(journal: Journal) -> Counted:
    sums = {"stored": 0, "duplicate": 0, "dead_letter": 0, "declined": 0}
    for kind, outcomes in journal.counters().items():
        if kind == "fix":
            for outcome in sums:
                sums[outcome] += outcomes.get(outcome, 0)
    return Counted(**sums)


def _account(report: ReplayReport, added: Counted) -> dict[str, Any]:
    return {
        "sent": report.sent,
        "stored": added.stored,
        "duplicate": added.duplicate,
        "dead_letter": added.dead_letter,
        "declined": added.declined,
        "unaccounted": report.sent - added.total,
        "couriers": {file.courier: file.fixes for file in report.files},
        "seconds": round(report.duration_s, 2),
    }


def _line(progress: ReplayProgress) -> str:
    return f"{progress.messages} of {progress.messages_total} messages, {progress.fixes_sent} fixes"


def _factor(speed: str) -> float | None:
    if speed == "max":
        return None
    try:
        factor = float(speed)
    except ValueError:
        factor = 0.0
    if not 0 < factor < 1e6:
        raise SpeedInvalid(f"{speed!r} is no speed.")
    return factor


def _time(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
