"""Dispositions: what was decided for a unit, why, what came of it; and certificates of what was recycled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from tracking.repairs.rules import Option
from tracking.values.errors import InvalidValue
from tracking.values.events import DomainEvent
from tracking.values.transitions import check_transition

MOST_MATERIALS = 50


class DispositionState(StrEnum):
    """The life of a disposition."""

    DECIDED = "decided"
    OVERRIDDEN = "overridden"
    EXECUTED = "executed"
    SUPERSEDED = "superseded"


_S = DispositionState
_OPEN = frozenset({_S.OVERRIDDEN, _S.EXECUTED, _S.SUPERSEDED})
TRANSITIONS = MappingProxyType(
    {
        _S.DECIDED: _OPEN,
        _S.OVERRIDDEN: _OPEN,
        _S.EXECUTED: frozenset[DispositionState](),
        _S.SUPERSEDED: frozenset[DispositionState](),
    }
)
"""Which state may follow which: what was not executed yet may be overridden, or decided anew."""


@dataclass(frozen=True, slots=True)
class Disposition:
    """A decision on one unit, or on the counted pieces of one return.

    `facts` are the fields of `Case` and `Estimate`, `options` those of `Valued`, as they were then; `best` is
    what won by value, `chosen` what holds. `work_order_id` or `certificate` is what its execution made.
    """

    disposition_id: str
    number: str
    state: DispositionState
    part_number: str
    serial: str | None
    quantity: int
    location_id: str
    return_id: str | None
    rules_version: int
    rule: str
    facts: dict[str, Any]
    options: tuple[dict[str, Any], ...]
    best: Option
    chosen: Option
    reason: str
    decided_by: str
    decided_at: datetime
    overridden_by: str | None = None
    overridden_at: datetime | None = None
    executed_by: str | None = None
    executed_at: datetime | None = None
    work_order_id: str | None = None
    certificate: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was handed to a recycler; `materials` are dicts of `material` and `weight_g`.

    `custody_position` and `custody_mac` are the entry of the unit's timeline that says so.
    """

    number: str
    disposition_id: str
    part_number: str
    part_name: str
    serial: str | None
    quantity: int
    weight_g: int
    materials: tuple[dict[str, Any], ...]
    recycler: str
    reference: str
    recycled_at: datetime
    issued_by: str
    issued_at: datetime
    custody_position: int | None
    custody_mac: str | None

    def __post_init__(self) -> None:
        if len(self.materials) > MOST_MATERIALS:
            raise InvalidValue(f"materials: {MOST_MATERIALS} at most.")
        named = sum(material["weight_g"] for material in self.materials)
        if named > self.weight_g:
            raise InvalidValue(f"materials: they weigh {named} g together, the whole {self.weight_g} g.")


Outcome = tuple[Disposition, list[DomainEvent]]


def overridden(disposition: Disposition, option: Option, reason: str, by: str, at: datetime) -> Outcome:
    """Let a person's choice hold instead. Raises `TransitionRefused`."""
    _check(disposition, DispositionState.OVERRIDDEN)
    changed = replace(
        disposition,
        state=DispositionState.OVERRIDDEN,
        chosen=option,
        reason=reason,
        overridden_by=by,
        overridden_at=at,
    )
    return changed, [event("disposition.overridden", changed, at, {"by": by})]


def executed(
    disposition: Disposition, work_order_id: str | None, certificate: str | None, by: str, at: datetime
) -> Outcome:
    """Note that it was carried out. Raises `TransitionRefused`."""
    _check(disposition, DispositionState.EXECUTED)
    changed = replace(
        disposition,
        state=DispositionState.EXECUTED,
        executed_by=by,
        executed_at=at,
        work_order_id=work_order_id,
        certificate=certificate,
    )
    made = {"work_order_id": work_order_id, "certificate": certificate, "by": by}
    return changed, [event("disposition.executed", changed, at, made)]


def superseded(disposition: Disposition, at: datetime) -> Outcome:
    """Let another decision take its place. Raises `TransitionRefused`."""
    _check(disposition, DispositionState.SUPERSEDED)
    changed = replace(disposition, state=DispositionState.SUPERSEDED)
    return changed, [event("disposition.superseded", changed, at)]


def check_executable(disposition: Disposition) -> None:
    """Raise `TransitionRefused` unless it may be carried out."""
    _check(disposition, DispositionState.EXECUTED)


def event(kind: str, of: Disposition, at: datetime, data: dict[str, Any] | None = None) -> DomainEvent:
    """Return an event of a disposition."""
    facts: dict[str, Any] = {
        "number": of.number,
        "state": str(of.state),
        "part_number": of.part_number,
        "serial": of.serial,
        "return_id": of.return_id,
        "chosen": str(of.chosen),
        "reason": of.reason,
        "rules_version": of.rules_version,
    }
    return DomainEvent(kind, of.disposition_id, at, facts | (data or {}))


def _check(disposition: Disposition, wish: DispositionState) -> None:
    check_transition(TRANSITIONS, "Disposition", disposition.number, disposition.state, wish)
