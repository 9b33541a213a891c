"""The fold: from the journal to the state, one page to read.

1. judge: fixes get their verdict by the filters; accepted ones are released, off-duty ones held;
2. let go: held fixes that a shift covers by now are released too;
3. apply, in one relational transaction: locker reports since the last entry dealt with, fixes since the last
   release dealt with, and both offsets. Verdicts on reports are recorded just before the commit.

A kill between any two of these repeats and never skips: verdicts stand and are honoured, and positions and
visits are worked out from all that was released, not counted up.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from tracking.fleet.courier import Shift
from tracking.telemetry.arrivals import Fence
from tracking.telemetry.filters import FUTURE_LIMIT, Roster, judged
from tracking.telemetry.fixes import Fix
from tracking.telemetry.holding import END_OF_TIME, Holding
from tracking.telemetry.journal import Entry, Journal, Judgement, Verdict
from tracking.telemetry.locker_reports import apply_report
from tracking.telemetry.positions import keep_position
from tracking.telemetry.releases import Release, Releases
from tracking.telemetry.track import Track
from tracking.telemetry.visits import keep_visits, surroundings
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import FieldstockError
from tracking.values.offsets import Offset
from tracking.values.times import system_clock

log = logging.getLogger(__name__)

IDLE_S = 0.025
"""Pause between two looks at a journal without news."""

HOLDING_LOOK = timedelta(seconds=1)
"""Pause between two looks for shifts that were opened late."""

FIRST_BACKOFF_S = 0.1
MAX_BACKOFF_S = 10.0


class FoldOvertaken(FieldstockError):
    """Another fold has moved the same offsets meanwhile."""

    code = "fold_overtaken"
    action = "Run one fold only for each journal."


class Fold:
    """Folds a journal into the relational state; one thread of one process runs it for each journal.

    `open_reading` opens transactions that only read, where that is cheaper. `places` are watched for every
    courier, beside those where the courier has stops.
    """

    def __init__(
        self,
        journal: Journal,
        open_unit_of_work: Callable[[], UnitOfWork],
        reader_name: str = "fold",
        clock: Callable[[], datetime] = system_clock,
        *,
        open_reading: Callable[[], UnitOfWork] | None = None,
        places: Sequence[Fence] = (),
    ) -> None:
        self._journal = journal
        self._open = open_unit_of_work
        self._open_reading = open_reading or open_unit_of_work
        self._clock = clock
        self._places = {fence.place_id: fence for fence in places}
        self._releases = Releases(journal, reader_name)
        self._holding = Holding(journal)
        self._looked_at: datetime | None = None
        self._readers = (reader_name, f"{reader_name}.released")
        self._offsets: tuple[int, int] | None = None
        self.failures = 0
        self._turned_s = time.monotonic()

    def step(self, limit: int = 1000) -> int:
        """Carry at most `limit` entries and `limit` releases on; return how many it dealt with."""
        at_entry, at_release = self._offsets = self._offsets or self._stored_offsets()
        entries = self._journal.read(at_entry, limit)
        self._judge(entries)
        self._let_go()
        releases, reached_release = self._releases.after(at_release, limit)
        reached_entry = entries[-1].position if entries else at_entry
        reached = (reached_entry, reached_release)
        if reached == self._offsets:
            return 0
        self._apply(entries, releases, reached)
        return len(entries) + reached_release - at_release

    def run(self, stop: threading.Event) -> None:
        """Fold until `stop` is set; what fails is tried again, and nothing is passed over."""
        backoff_s = FIRST_BACKOFF_S
        while not stop.is_set():
            try:
                moved = self.step()
            except Exception:  # whatever it is, what was heard must not be lost for it
                self.failures += 1
                self._offsets = None
                log.exception("Folding failed; trying again in %.1f s.", backoff_s)
                stop.wait(backoff_s)
                backoff_s = min(2 * backoff_s, MAX_BACKOFF_S)
                continue
            finally:
                self._turned_s = time.monotonic()
            backoff_s = FIRST_BACKOFF_S
            if moved == 0:
                stop.wait(IDLE_S)

    def still_s(self) -> float:
        """Return the seconds since `run` last finished a step, well or badly."""
        return time.monotonic() - self._turned_s

    def backlog(self) -> int:
        """Return how many entries may wait to be dealt with."""
        at_entry, _ = self._offsets or self._stored_offsets()
        return self._journal.last_position() - at_entry

    def _stored_offsets(self) -> tuple[int, int]:
        with self._open_reading() as uow:
            return _offsets(uow, self._readers)

    def _judge(self, entries: Sequence[Entry]) -> None:
        fixes = [(entry, entry.value) for entry in entries if isinstance(entry.value, Fix)]
        if fixes:
            with self._open_reading() as uow:
                roster = _roster(uow, [fix for _, fix in fixes])
            verdicts = [
                Judgement(entry.position, *judged(fix, roster))
                for entry, fix in fixes
                if entry.verdict is None
            ]
            held = {item.position for item in verdicts if item.verdict is Verdict.HELD}
            self._holding.note(fix for entry, fix in fixes if entry.position in held)
            self._journal.record_verdicts(verdicts, self._clock())

    def _let_go(self) -> None:
        now = self._clock()
        if self._looked_at is None or not self._looked_at <= now < self._looked_at + HOLDING_LOOK:
            self._holding.release(self._open_reading, now)
            self._looked_at = now

    def _apply(self, entries: Sequence[Entry], releases: Sequence[Release], reached: tuple[int, int]) -> None:
        track = Track(self._journal, reached[1])
        with self._open() as uow:
            if _offsets(uow, self._readers, lock=True) != self._offsets:
                self._offsets = None
                raise FoldOvertaken("The offsets are not where this fold left them.")
            verdicts = [_hear(uow, entry) for entry in entries if not isinstance(entry.value, Fix)]
            self._move_couriers(uow, track, [release.fix for release in releases])
            _store_offsets(uow, self._readers, reached)
            if verdicts:
                self._journal.record_verdicts(verdicts, self._clock())
            uow.commit()
        self._offsets = reached

    def _move_couriers(self, uow: UnitOfWork, track: Track, fixes: Sequence[Fix]) -> None:
        by_courier: dict[str, list[datetime]] = defaultdict(list)
        for fix in fixes:
            by_courier[fix.device].append(fix.fix_at)
        if not by_courier:
            return
        times = [fix.fix_at for fix in fixes]
        until = max(self._clock(), *times) + FUTURE_LIMIT
        around = surroundings(uow, by_courier.keys(), min(times))
        fences = _fences(uow, set().union(*around.place_ids.values()))
        known = {item.courier_id: item for item in uow.positions.find_in(courier_id=by_courier)}
        for courier_id, touched in sorted(by_courier.items()):
            keep_position(uow, track, courier_id, known.get(courier_id), until)
            own = {
                place_id: fences[place_id] for place_id in around.place_ids[courier_id] if place_id in fences
            }
            here = [fence for _, fence in sorted({**own, **self._places}.items())]
            keep_visits(uow, track, courier_id, touched, here, around.visits[courier_id])


def _roster(uow: UnitOfWork, fixes: Sequence[Fix]) -> Roster:
    couriers = uow.couriers.find_in(courier_id={fix.device for fix in fixes})
    shifts: dict[str, list[Shift]] = {courier.courier_id: [] for courier in couriers}
    for shift in uow.shifts.find_between("ends_at", min(fix.fix_at for fix in fixes), END_OF_TIME):
        if shift.courier_id in shifts:
            shifts[shift.courier_id].append(shift)
    return Roster(shifts)


def _hear(uow: UnitOfWork, entry: Entry) -> Judgement:
    """Apply a locker report, unless it was refused before, and return its verdict."""
    if isinstance(entry.value, Fix):
        raise TypeError("A fix is no report of a locker.")
    if entry.verdict is Verdict.REJECTED:
        return Judgement(entry.position, Verdict.REJECTED)
    try:
        with uow.attempt():
            apply_report(uow, entry.value)
    except FieldstockError as refusal:
        log.warning("A report of locker %s is refused: %s", entry.value.device, refusal.cause)
        return Judgement(entry.position, Verdict.REJECTED, f"{refusal.code}: {refusal.cause}"[:500])
    return Judgement(entry.position, Verdict.ACCEPTED)


def _fences(uow: UnitOfWork, place_ids: set[str]) -> dict[str, Fence]:
    places = uow.locations.find_in(location_id=place_ids) if place_ids else []
    return {p.location_id: Fence(p.location_id, p.coordinate) for p in places if p.coordinate is not None}


def _offsets(uow: UnitOfWork, readers: tuple[str, str], *, lock: bool = False) -> tuple[int, int]:
    entry, release = (uow.offsets.get(reader, lock=lock) for reader in readers)
    return (entry.position if entry else 0), (release.position if release else 0)


def _store_offsets(uow: UnitOfWork, readers: tuple[str, str], reached: tuple[int, int]) -> None:
    for reader, position in zip(readers, reached, strict=True):
        if uow.offsets.get(reader) is None:
            uow.offsets.add(Offset(reader, position))
        else:
            uow.offsets.save(Offset(reader, position))
