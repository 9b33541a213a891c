"""What the tests of the fold share: a world in which `anna` drives, and what it looks like afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.telemetry.samples import fix
from tests.world import NOW, build_world
from tracking.fleet.courier import CourierPosition
from tracking.fleet.stops import Stop, StopState
from tracking.store.unit_of_work import Store
from tracking.telemetry.arrivals import Fence
from tracking.telemetry.fixes import Fix
from tracking.telemetry.fold import Fold
from tracking.telemetry.journal import Journal
from tracking.values.coordinates import Coordinate
from tracking.values.geodesy import destination

HOME = Coordinate(47.1410, 9.5209)
FENCE = Fence("gate", HOME)


class FixedClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def seen(second: float, distance_m: float = 0.0, device: str = "anna", **changes: Any) -> Fix:
    """A fix `second` seconds after `NOW`, `distance_m` north of the gate, heard two seconds later."""
    at = NOW + timedelta(seconds=second)
    values = {
        "fix_at": at,
        "received_at": at + timedelta(seconds=2),
        "sent_at": at,
        "seq": int(second * 10),
        "coordinate": destination(HOME, 0.0, distance_m),
    }
    return fix(0, device, **{**values, **changes})


def world(store: Store) -> None:
    with store.writing() as uow:
        build_world(uow)
        uow.commit()


def add_stop(store: Store, place_id: str, state: StopState = StopState.PLANNED, **times: datetime) -> None:
    with store.writing() as uow:
        stop = Stop(f"stop-{place_id}", "anna", 0, place_id, state, NOW, NOW, **times)
        uow.stops.add(stop)
        uow.commit()


def fold_of(journal: Journal, store: Store, clock: Any = None, places: Sequence[Fence] = (FENCE,)) -> Fold:
    later = FixedClock(NOW + timedelta(hours=1))
    return Fold(journal, store.writing, clock=clock or later, open_reading=store.reading, places=places)


def fold_all(journal: Journal, store: Store, *fixes: Fix, limit: int = 1000, **options: Any) -> Fold:
    """Hear these fixes in this order, and fold until nothing is left."""
    if fixes:
        journal.append(fixes)
    fold = fold_of(journal, store, **options)
    while fold.step(limit):
        pass
    return fold


def position(store: Store, courier_id: str = "anna") -> CourierPosition | None:
    with store.reading() as uow:
        return uow.positions.get(courier_id)


def seconds(at: datetime | None) -> float | None:
    return None if at is None else (at - NOW).total_seconds()


def visits(store: Store) -> list[tuple[str, str, float | None, float | None]]:
    """All visits: courier, place, and seconds since `NOW` of arrival and departure."""
    with store.reading() as uow:
        return sorted(
            (v.courier_id, v.place_id, seconds(v.arrived_at), seconds(v.departed_at))
            for v in uow.visits.find()
        )


def told(store: Store) -> list[tuple[str, str, float | None]]:
    """The events about couriers' coming and going: kind, place, seconds since `NOW`."""
    with store.writing() as uow:
        while uow.outbox.stamp():
            pass
        uow.commit()
        events = [item.event for item in uow.outbox.read(0, 1_000_000)]
    wanted = ("courier.arrived", "courier.departed")
    return [(e.kind, e.data["place_id"], seconds(e.at)) for e in events if e.kind in wanted]


def reasons(journal: Journal) -> dict[str, int]:
    """How many entries have each verdict and reason."""
    rows = journal.file.rows("SELECT verdict, reason, COUNT(*) FROM verdicts GROUP BY verdict, reason")
    return {f"{verdict}: {reason}" if reason else verdict: count for verdict, reason, count in rows}
