"""The use case of visits: they are corrected when late fixes show them better, and are told of once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from tracking.fleet.visits import Stay, Visit
from tracking.unit_of_work import UnitOfWork
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id


def correct_visits(
    uow: UnitOfWork,
    courier_id: str,
    place_id: str,
    known: Sequence[Visit],
    stays: Sequence[Stay],
    may_go: Callable[[Visit], bool],
) -> None:
    """Make `known` visits of a courier at a place what `stays` says, both in order of time.

    A visit that overlaps a stay is the same one with better times, and tells arrival and departure once
    each. One that no stay overlaps is removed where `may_go` says so.
    """
    left = list(known)
    for stay in stays:
        same = next((visit for visit in left if visit.stay.overlaps(stay)), None)
        if same is None:
            _add(uow, Visit(new_id(), courier_id, place_id, *stay))
        else:
            left.remove(same)
            _correct(uow, same, stay)
    for visit in left:
        if may_go(visit):
            uow.visits.remove(visit.visit_id)


def _add(uow: UnitOfWork, visit: Visit) -> None:
    uow.visits.add(visit)
    uow.outbox.add(_event("courier.arrived", visit, visit.arrived_at))
    if visit.departed_at is not None:
        uow.outbox.add(_event("courier.departed", visit, visit.departed_at))


def _correct(uow: UnitOfWork, visit: Visit, stay: Stay) -> None:
    if visit.stay == stay:
        return
    corrected = replace(visit, arrived_at=stay.arrived_at, departed_at=stay.departed_at)
    uow.visits.save(corrected)
    if visit.departed_at is None and stay.departed_at is not None:
        uow.outbox.add(_event("courier.departed", corrected, stay.departed_at))


def _event(kind: str, visit: Visit, at: datetime) -> DomainEvent:
    data = {"courier_id": visit.courier_id, "place_id": visit.place_id}
    return DomainEvent(kind, visit.courier_id, at, data)
