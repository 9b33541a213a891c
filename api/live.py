"""The live feed: one tail of the outbox per process feeds every stream of this process."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from api.presenters import position_view
from mobile_contract.live import CourierPosition, LiveEvent, Reset
from tracking.fleet.courier import ENDS_WITHIN
from tracking.fleet.courier import CourierPosition as PositionRecord
from tracking.store.outbox import StampedEvent
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.events import DomainEvent
from tracking.values.times import system_clock

log = structlog.get_logger()

KEPT_EVENTS = 5000
"""Events that are kept in memory; older ones are read from the database."""
BATCH = 500
HEARTBEAT_S = 15.0
POSITIONS_EVERY_S = 0.08
"""Shortest time between two looks at the couriers' positions."""
SHIFTS_EVERY_S = 2.0
"""How long a look at who is on duty counts."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One event, encoded once for all streams."""

    position: int
    event: DomainEvent
    text: str


@dataclass(frozen=True, slots=True)
class PositionFrame:
    """The newest position of a courier; `change` grows with every change of any courier's."""

    change: int
    record: PositionRecord
    text: str


class LiveFeed:
    """Follows the outbox and the couriers' positions, once, for any number of streams."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._frames: deque[Frame] = deque(maxlen=KEPT_EVENTS)
        self._positions: dict[str, PositionFrame] = {}
        self._on_duty: set[str] = set()
        self._on_duty_until = 0.0
        self._change = 0
        self._newest = 0
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def start(self) -> None:
        """Follow the outbox from now on; calling it again changes nothing."""
        with self._starting:
            if self._thread is None:
                with self._store.reading() as uow:
                    self._newest = uow.outbox.newest()
                self._look_at_positions()
                self._thread = threading.Thread(target=self._follow, name="live-feed", daemon=True)
                self._thread.start()

    @property
    def newest(self) -> int:
        """The position of the newest event that this process has seen."""
        return self._newest

    def stream(
        self,
        after: int | None,
        until: datetime,
        clock: Callable[[], datetime],
        wants: Callable[[DomainEvent], bool],
        wants_position: Callable[[str], bool],
    ) -> Iterator[str]:
        """Yield the server-sent events after a position, until a time, with a heartbeat every 15 s.

        Starts with a reset when `after` is None, or older than what is retained, or unknown.
        """
        position, change = after, 0
        if position is None or not self._retained(position):
            position = self._newest
            reason = "welcome" if after is None else "too old"
            yield _frame("reset", Reset(position=position, reason=reason).model_dump_json(), position)
        while clock() < until:
            frames = self._after(position)
            change, positions = self._positions_after(change)
            yield from (f.text for f in frames if wants(f.event))
            yield from (f.text for f in positions if wants_position(f.record.courier_id))
            position = frames[-1].position if frames else position
            if not frames and not positions and not self._wait(position, change):
                yield ": still here\n\n"

    def _retained(self, position: int) -> bool:
        with self._store.reading() as uow:
            return uow.outbox.oldest() - 1 <= position <= uow.outbox.newest()

    def _after(self, position: int) -> list[Frame]:
        kept = self._frames
        if position >= self._newest:
            return []
        if kept and kept[0].position <= position + 1:
            return [frame for frame in list(kept) if frame.position > position][:BATCH]
        with self._store.reading() as uow:
            return [_encoded(stamped) for stamped in uow.outbox.read(position, BATCH)]

    def _positions_after(self, change: int) -> tuple[int, list[PositionFrame]]:
        """Return the newest change, and what has changed since `change` and is still shown."""
        with self._news:
            return self._change, [frame for frame in self._positions.values() if frame.change > change]

    def _wait(self, position: int, change: int) -> bool:
        with self._news:
            return self._news.wait_for(
                lambda: self._newest > position or self._change > change, timeout=HEARTBEAT_S
            )

    def _follow(self) -> None:
        while True:
            try:
                self._follow_until_it_fails()
            except Exception:
                log.exception("live feed failed; it starts again")
                time.sleep(1.0)

    def _follow_until_it_fails(self) -> None:
        wake = self._store.wake()
        looked_at = 0.0
        try:
            while True:
                wake.wait(1.0)
                self._look_at_events()
                pause = looked_at + POSITIONS_EVERY_S - time.monotonic()
                if pause > 0:
                    time.sleep(min(pause, POSITIONS_EVERY_S))
                self._look_at_positions()
                looked_at = time.monotonic()
        finally:
            wake.close()

    def _look_at_events(self) -> None:
        while True:
            with self._store.reading() as uow:
                stamped = uow.outbox.read(self._newest, BATCH)
            if not stamped:
                return
            self._frames.extend(_encoded(event) for event in stamped)
            with self._news:
                self._newest = stamped[-1].position
                self._news.notify_all()

    def _look_at_positions(self) -> None:
        with self._store.reading() as uow:
            on_duty = self._who_is_on_duty(uow)
            records = [record for record in uow.positions.find() if record.courier_id in on_duty]
        with self._news:
            for courier_id in self._positions.keys() - {record.courier_id for record in records}:
                del self._positions[courier_id]
        changed = [
            record
            for record in records
            if (known := self._positions.get(record.courier_id)) is None or known.record != record
        ]
        if not changed:
            return
        with self._news:
            for record in changed:
                self._change += 1
                message = CourierPosition(courier_id=record.courier_id, position=position_view(record))
                text = _frame("courier.position", message.model_dump_json())
                self._positions[record.courier_id] = PositionFrame(self._change, record, text)
            self._news.notify_all()

    def _who_is_on_duty(self, uow: SqlUnitOfWork) -> set[str]:
        """Return whose position may be shown; nobody is followed after work."""
        if time.monotonic() >= self._on_duty_until:
            now = system_clock()
            ending = uow.shifts.find_between("ends_at", now, now + ENDS_WITHIN)
            self._on_duty = {shift.courier_id for shift in ending if shift.covers(now)}
            self._on_duty_until = time.monotonic() + SHIFTS_EVERY_S
        return self._on_duty


def _encoded(stamped: StampedEvent) -> Frame:
    event = stamped.event
    message = LiveEvent(
        position=stamped.position, kind=event.kind, subject=event.subject, at=event.at, data=event.data
    )
    return Frame(stamped.position, event, _frame(event.kind, message.model_dump_json(), stamped.position))


def _frame(kind: str, data: str, position: int | None = None) -> str:
    identity = "" if position is None else f"id: {position}\n"
    return f"{identity}event: {kind}\ndata: {data}\n\n"
