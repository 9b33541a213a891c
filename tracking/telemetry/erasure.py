"""Erasure: one courier's positions are taken out of everything that this machine keeps of them.

Identities stay, without a place in them, so that what comes once more is not stored anew and all counts
balance. Visits and what is on record of the work stay too: they say at which customer, never along which way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tracking.fleet.erasures import Erasure
from tracking.telemetry.filters import FUTURE_LIMIT
from tracking.telemetry.journal import Journal
from tracking.telemetry.journal_entries import Outcome, add_counts
from tracking.telemetry.slices import in_slices
from tracking.telemetry.store import FixStore, StoreUnavailable
from tracking.unit_of_work import UnitOfWork
from tracking.values.times import to_ms

FOLD = "fold"
"""Whoever moves this offset works positions out; it is locked so that none is written from what is erased."""

SLICE = 2000
"""How many entries one transaction on the journal erases: gateways commit in between."""

UNDER_WAY = timedelta(minutes=1)
"""How long after an erasure a fix may still be on its way into the telemetry store."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was where, `slices` of it beside custody entries.

    `store_is_clear` tells whether the telemetry store was gone through already.
    """

    fixes: int
    dead_letters: int
    trips: int
    positions: int
    store_is_clear: bool
    slices: int = 0


def erase_positions(
    journal: Journal,
    open_unit_of_work: Callable[[], UnitOfWork],
    store: FixStore | None,
    courier_id: str,
    at: datetime,
) -> Erased:
    """Erase a courier's positions; what the telemetry store and the broker keep goes when they answer.

    `store` is None where the journal is the telemetry store. Raises `NotFound` for an unknown
    courier, `JournalUnavailable`; what was erased by then stays erased, and the next call goes on.
    """
    with open_unit_of_work() as uow:
        uow.couriers.require(courier_id)
    known = journal.last_position()
    fixes = erase_fixes(journal, courier_id, at)
    with open_unit_of_work() as uow:
        uow.couriers.require(courier_id, lock=True)
        uow.offsets.get(FOLD, lock=True)
        with journal.file.writing() as connection:
            fixes += _erase_heard_since(connection, courier_id, at, known)
            letters = connection.execute("DELETE FROM dead_letters WHERE device = ?", (courier_id,)).rowcount
        trips, positions, frozen = _erase_state(uow, courier_id)
        erasure = Erasure(courier_id, at, store_cleared_at=None if store else at)
        uow.erasures.ensure(erasure)
        uow.erasures.save(erasure)
        uow.commit()
    journal.file.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    is_clear = store is None or _cleared(store, courier_id)
    return Erased(fixes, letters, trips, positions, is_clear, frozen)


def finish_erasures(open_unit_of_work: Callable[[], UnitOfWork], store: FixStore, at: datetime) -> int:
    """Go through the telemetry store once more where fixes were under way; return for how many couriers.

    Raises `StoreUnavailable`; it is tried again then.
    """
    with open_unit_of_work() as uow:
        due = [e for e in uow.erasures.find(store_cleared_at=None) if e.asked_at + UNDER_WAY <= at]
    for erasure in due:
        store.delete_device(erasure.courier_id, erasure.asked_at + FUTURE_LIMIT)
        with open_unit_of_work() as uow:
            known = uow.erasures.require(erasure.courier_id, lock=True)
            if known.asked_at == erasure.asked_at:
                uow.erasures.save(replace(known, store_cleared_at=at))
                uow.commit()
    return len(due)


def erase_fixes(journal: Journal, device: str, at: datetime, until: datetime | None = None) -> int:
    """Erase a device's fixes, those made to `until`, slice by slice; return how many there were."""
    reached_ms = 0

    def erase_slice() -> int:
        nonlocal reached_ms
        with journal.file.writing() as connection:
            rows = connection.execute(
                "SELECT position, at_ms FROM entries WHERE device = ? AND kind = 'fix' AND body IS NOT NULL"
                " AND at_ms >= ? AND (? IS NULL OR at_ms <= ?) ORDER BY at_ms LIMIT ?",
                (device, reached_ms, until and to_ms(until), until and to_ms(until), SLICE),
            ).fetchall()
            _erase_entries(connection, [position for position, _ in rows], to_ms(at))
        reached_ms = rows[-1][1] if rows else reached_ms
        return len(rows)

    return in_slices(erase_slice)


def _erase_heard_since(connection: Any, device: str, at: datetime, position: int) -> int:
    """Erase the fixes of a device after a position; the + keeps SQLite to the few that are new."""
    rows = connection.execute(
        "SELECT position FROM entries WHERE position > ? AND +device = ? AND +kind = 'fix'"
        " AND body IS NOT NULL",
        (position, device),
    ).fetchall()
    _erase_entries(connection, [found for (found,) in rows], to_ms(at))
    return len(rows)


def _erase_entries(connection: Any, positions: Sequence[int], at_ms: int) -> None:
    """Take the bodies of fixes that have one; what had no final verdict is declined."""
    connection.executemany(
        "INSERT INTO verdicts (entry, verdict, reason, at_ms) VALUES (?, 'declined', 'erased', ?)"
        " ON CONFLICT (entry) DO UPDATE"
        " SET verdict = excluded.verdict, reason = excluded.reason, at_ms = excluded.at_ms"
        " WHERE verdicts.verdict = 'held'",
        [(position, at_ms) for position in positions],
    )
    connection.executemany("UPDATE entries SET body = NULL WHERE position = ?", [(p,) for p in positions])
    count = len(positions)
    add_counts(connection, {("fix", Outcome.STORED): -count, ("fix", Outcome.DECLINED): count})


def _erase_state(uow: UnitOfWork, courier_id: str) -> tuple[int, int, int]:
    trips = uow.trips.find(courier_id=courier_id)
    for trip in trips:
        uow.trips.remove(trip.trip_id)
    for mark in uow.trip_marks.find(courier_id=courier_id):
        uow.trip_marks.remove(courier_id, mark.hour)
    known = uow.positions.get(courier_id)
    if known is not None:
        uow.positions.remove(courier_id)
    slices = uow.track_slices.find(courier_id=courier_id)
    for kept in slices:
        uow.track_slices.remove(kept.sha256)
    return len(trips), int(known is not None), len(slices)


def _cleared(store: FixStore, courier_id: str) -> bool:
    try:
        store.delete_device(courier_id)
    except StoreUnavailable:
        return False
    return True
