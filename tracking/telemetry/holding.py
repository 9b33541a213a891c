"""Holding: off-duty fixes wait for a shift that is opened late, and are let go when it covers them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from tracking.fleet.courier import Shift
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal import Entry, Journal, Judgement, Verdict
from tracking.unit_of_work import UnitOfWork
from tracking.values.times import from_ms

PAGE = 1000
END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class Holding:
    """Knows from when to when fixes of each courier are held, and which shifts it has looked at.

    A shift needs one look: what is judged after that sees the shift itself.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._spans: dict[str, tuple[datetime, datetime]] = {}
        self._looked: set[Shift] = set()
        rows = journal.file.rows(
            "SELECT e.device, MIN(e.at_ms), MAX(e.at_ms)"
            " FROM verdicts v JOIN entries e ON e.position = v.entry"
            " WHERE v.verdict = 'held' GROUP BY e.device"
        )
        for device, first_ms, last_ms in rows:
            self._spans[device] = (from_ms(first_ms), from_ms(last_ms))

    def note(self, fixes: Iterable[Fix]) -> None:
        """Remember that these are held, or are about to be."""
        for fix in fixes:
            first, last = self._spans.get(fix.device, (fix.fix_at, fix.fix_at))
            self._spans[fix.device] = (min(first, fix.fix_at), max(last, fix.fix_at))

    def release(self, open_unit_of_work: Callable[[], UnitOfWork], at: datetime) -> int:
        """Accept what shifts cover by now, and return how many fixes that were."""
        if not self._spans:
            return 0
        with open_unit_of_work() as uow:
            earliest = min(first for first, _ in self._spans.values())
            shifts = uow.shifts.find_between("ends_at", earliest, END_OF_TIME)
        fresh = [shift for shift in shifts if shift not in self._looked and self._is_wanted(shift)]
        released = sum(self._release_for(shift, at) for shift in fresh)
        self._looked = (self._looked & set(shifts)) | set(fresh)
        return released

    def _is_wanted(self, shift: Shift) -> bool:
        first, last = self._spans.get(shift.courier_id, (END_OF_TIME, END_OF_TIME))
        return shift.starts_at <= last and first < shift.ends_at

    def _release_for(self, shift: Shift, at: datetime) -> int:
        released = 0
        while held := self._held(shift):
            judgements = [Judgement(entry.position, Verdict.ACCEPTED) for entry in held]
            released += self._journal.record_verdicts(judgements, at)
        return released

    def _held(self, shift: Shift) -> list[Entry]:
        return self._journal.held(shift.courier_id, shift.starts_at, shift.ends_at, PAGE)
