"""A work order: one unit at the bench, its states, and how it may leave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from tracking.parts.location import LocationKind
from tracking.parts.part import Condition
from tracking.values.errors import FieldstockError, InvalidValue
from tracking.values.events import DomainEvent
from tracking.values.transitions import check_transition


class WorkState(StrEnum):
    """The life of a work order; the four outcomes stand before its end."""

    TRIAGE = "triage"
    TESTING = "testing"
    REPAIRING = "repairing"
    REPAIRED = "repaired"
    NO_FAULT_FOUND = "no_fault_found"
    BEYOND_REPAIR = "beyond_repair"
    VENDOR_CLAIM = "vendor_claim"
    CLOSED = "closed"


class Purpose(StrEnum):
    """What a work order is for: to find and mend a fault, or to make a sound unit as good as new."""

    REPAIR = "repair"
    REFURBISH = "refurbish"


_S = WorkState
OUTCOMES = (_S.REPAIRED, _S.NO_FAULT_FOUND, _S.BEYOND_REPAIR, _S.VENDOR_CLAIM)

TRANSITIONS = MappingProxyType(
    {
        _S.TRIAGE: frozenset({_S.TESTING, _S.NO_FAULT_FOUND, _S.BEYOND_REPAIR, _S.VENDOR_CLAIM}),
        _S.TESTING: frozenset({_S.REPAIRING, _S.NO_FAULT_FOUND, _S.BEYOND_REPAIR, _S.VENDOR_CLAIM}),
        _S.REPAIRING: frozenset({_S.TESTING, _S.REPAIRED, _S.BEYOND_REPAIR, _S.VENDOR_CLAIM}),
        _S.REPAIRED: frozenset({_S.TESTING, _S.CLOSED}),
        _S.NO_FAULT_FOUND: frozenset({_S.TESTING, _S.CLOSED}),
        _S.BEYOND_REPAIR: frozenset({_S.TESTING, _S.CLOSED}),
        _S.VENDOR_CLAIM: frozenset({_S.TESTING, _S.CLOSED}),
        _S.CLOSED: frozenset[WorkState](),
    }
)
"""Which state may follow which; an outcome may be thought over until the unit has left the bench.

Straight from triage, no fault is found on units whose packing is closed still, and on no other.
"""

GRADES = MappingProxyType(
    {
        _S.REPAIRED: frozenset({Condition.REFURBISHED}),
        _S.NO_FAULT_FOUND: frozenset({Condition.NEW, Condition.REFURBISHED}),
        _S.BEYOND_REPAIR: frozenset({Condition.DEFECTIVE}),
        _S.VENDOR_CLAIM: frozenset({Condition.DEFECTIVE}),
    }
)
"""The condition in which a unit may leave after each outcome; new only where it was never unpacked."""

DESTINATIONS = MappingProxyType(
    {
        _S.REPAIRED: frozenset({LocationKind.DEPOT, LocationKind.STOCKING_LOCATION}),
        _S.NO_FAULT_FOUND: frozenset({LocationKind.DEPOT, LocationKind.STOCKING_LOCATION}),
        _S.BEYOND_REPAIR: frozenset({LocationKind.SCRAP}),
        _S.VENDOR_CLAIM: frozenset({LocationKind.SUPPLIER}),
    }
)
"""Where a unit may go after each outcome; one that is not sound may stay for its disposition."""

SOUND = frozenset({_S.REPAIRED, _S.NO_FAULT_FOUND})


class WorkRefused(FieldstockError):
    """Something that may not be done to a work order or a return in its state."""

    code = "work_refused"
    action = "Bring it into the state that this needs."


class NotTested(FieldstockError):
    """An outcome that says a unit is sound, without a passed test of each procedure since."""

    code = "not_tested"
    action = "Record a passed run of each procedure of the part, or choose another outcome."


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """One unit at the bench. `state_since_at` is when it came into its state; `finding` the last note on it.

    `outcome` is set with one of the `OUTCOMES`; grade, place and warranty when the order is closed.
    """

    work_order_id: str
    number: str
    state: WorkState
    purpose: Purpose
    serial: str
    part_number: str
    bench_id: str
    opened_at: datetime
    opened_by: str
    state_since_at: datetime
    return_id: str | None = None
    unopened: bool = False
    finding: str = ""
    photos: tuple[str, ...] = ()
    outcome: WorkState | None = None
    outcome_at: datetime | None = None
    grade: Condition | None = None
    moved_to_id: str | None = None
    warranty_until: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    version: int = 1


Outcome = tuple[WorkOrder, list[DomainEvent]]


def advanced(order: WorkOrder, wish: WorkState, finding: str, by: str, at: datetime) -> Outcome:
    """Bring an order into another state than closed. Raises `TransitionRefused` or `WorkRefused`."""
    check_transition(TRANSITIONS, "Work order", order.number, order.state, wish)
    if wish is WorkState.CLOSED:
        raise WorkRefused(
            f"Work order {order.number} is closed with a grade and a place.", "Use .../close for it."
        )
    if order.state is WorkState.TRIAGE and wish is WorkState.NO_FAULT_FOUND and not order.unopened:
        raise NotTested(f"{order.serial} was unpacked: no fault is found by a test, not by looking.")
    is_outcome = wish in OUTCOMES
    changed = replace(
        order,
        state=wish,
        state_since_at=at,
        finding=finding or order.finding,
        outcome=wish if is_outcome else None,
        outcome_at=at if is_outcome else None,
    )
    return changed, [event(f"repair.{wish}", changed, at, {"finding": finding, "by": by})]


def closed(
    order: WorkOrder,
    grade: Condition,
    destination: tuple[str, LocationKind] | None,
    warranty_until: datetime | None,
    by: str,
    at: datetime,
) -> Outcome:
    """End an order: the unit's condition, the place it goes to, and until when the repair is warranted.

    Raises `TransitionRefused` without an outcome, `InvalidValue` for what the outcome does not allow.
    """
    check_transition(TRANSITIONS, "Work order", order.number, order.state, WorkState.CLOSED)
    _check_leaving(order, grade, destination)
    if warranty_until is not None and order.state is not WorkState.REPAIRED:
        raise InvalidValue(f"warranty_days: nothing was repaired, the outcome is {order.state}.")
    changed = replace(
        order,
        state=WorkState.CLOSED,
        state_since_at=at,
        grade=grade,
        moved_to_id=destination[0] if destination else None,
        warranty_until=warranty_until,
        closed_at=at,
        closed_by=by,
    )
    facts = {
        "grade": str(grade),
        "moved_to_id": changed.moved_to_id,
        "warranty_until": warranty_until.isoformat() if warranty_until else None,
        "by": by,
    }
    return changed, [event("repair.closed", changed, at, facts)]


def _check_leaving(order: WorkOrder, grade: Condition, destination: tuple[str, LocationKind] | None) -> None:
    grades, kinds = GRADES[order.state], DESTINATIONS[order.state]
    if grade not in grades:
        raise InvalidValue(f"grade: after {order.state} a unit is {_either(grades)}, not {grade}.")
    if grade is Condition.NEW and not order.unopened:
        raise InvalidValue("grade: a unit that was unpacked is not new any more.")
    if destination is None and order.state in SOUND:
        raise InvalidValue(f"to_location_id: a sound unit goes back to stock, to a {_either(kinds)}.")
    if destination is not None and destination[1] not in kinds:
        raise InvalidValue(
            f"to_location_id: after {order.state} a unit goes to a {_either(kinds)}, not a {destination[1]}."
        )


def _either(names: frozenset[Any]) -> str:
    return " or ".join(sorted(str(name) for name in names))


def event(kind: str, order: WorkOrder, at: datetime, data: dict[str, Any] | None = None) -> DomainEvent:
    """Return an event of a work order."""
    facts: dict[str, Any] = {
        "number": order.number,
        "state": str(order.state),
        "outcome": str(order.outcome) if order.outcome else None,
        "serial": order.serial,
        "part_number": order.part_number,
        "return_id": order.return_id,
    }
    return DomainEvent(kind, order.work_order_id, at, facts | (data or {}))
