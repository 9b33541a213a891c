"""Use cases of dispositions: keep the rules, decide by value, override with a reason."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from tracking.orders.order import OrderState
from tracking.parts.location import RETURN_DESTINATIONS, SOURCES
from tracking.parts.part import Part
from tracking.parts.stock import SerialElsewhere
from tracking.repairs import disposition as dispositions
from tracking.repairs.disposition import Disposition, DispositionState
from tracking.repairs.rules import DEFAULT_RULES, DispositionRules, Option, Rates, Rule, rules_of
from tracking.repairs.service import Actor
from tracking.repairs.statistics import HISTORY, repair_statistics
from tracking.repairs.valuing import Case, Finding, Verdict, decide
from tracking.repairs.work_order import SOUND, WorkOrder, WorkRefused, WorkState
from tracking.returns.rma import ReturnState
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import Conflict, InvalidValue
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id

_SERIAL_ONLY = (Option.REPAIR, Option.REFURBISH, Option.HARVEST)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the one who asks for a decision knows; None where we shall find out."""

    return_id: str | None = None
    serial: str | None = None
    finding: Finding | None = None
    hazard: bool = False
    vendor_warranty_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Subject:
    part: Part
    serial: str | None
    quantity: int
    location_id: str
    unopened: bool


def current_rules(uow: UnitOfWork) -> DispositionRules:
    """Return the newest version of the rule table."""
    return max(uow.disposition_rules.find(), key=lambda rules: rules.version, default=DEFAULT_RULES)


def change_rules(
    uow: UnitOfWork, known_version: int, rates: Rates, rows: tuple[Rule, ...], note: str, actor: Actor
) -> DispositionRules:
    """Add the next version of the table. Raises `Conflict` when it changed since `known_version` was read."""
    current = current_rules(uow)
    if current.version != known_version:
        raise Conflict(f"version: the rules are at version {current.version}, not {known_version}.")
    changed = rules_of(current.version + 1, rates, rows, note, actor.by, actor.at)
    uow.disposition_rules.add(changed)
    data = {"version": changed.version, "note": note, "by": actor.by}
    uow.outbox.add(DomainEvent("disposition_rules.changed", str(changed.version), actor.at, data))
    return changed


def dispose(uow: UnitOfWork, asked: Asked, actor: Actor) -> Disposition:
    """Decide what becomes of a unit, or of what a return brought; an earlier decision is superseded.

    Raises `WorkRefused` while it is not inspected or on a work order, `SerialElsewhere` unless it lies in
    house.
    """
    subject, rules = _subject(uow, asked), current_rules(uow)
    case = _case(uow, asked, subject, actor.at)
    verdict = decide(case, rules.rate_values, rules.rows)
    for earlier in _open_ones(uow, asked.return_id, subject.serial):
        save(uow, dispositions.superseded(earlier, actor.at))
    made = _decided(uow, asked, subject, case, verdict, rules.version, actor)
    uow.dispositions.add(made)
    uow.outbox.add(dispositions.event("disposition.decided", made, actor.at, {"by": actor.by}))
    return made


def override(uow: UnitOfWork, disposition_id: str, option: Option, reason: str, actor: Actor) -> Disposition:
    """Let a person's choice hold, with a reason. Raises `InvalidValue`, `TransitionRefused`."""
    known = uow.dispositions.require(disposition_id, lock=True)
    if known.serial is None and option in _SERIAL_ONLY:
        raise InvalidValue(f"option: a counted part is not worked on, so {option} is none.")
    return save(uow, dispositions.overridden(known, option, reason, actor.by, actor.at))


def shortage(uow: UnitOfWork, part_number: str) -> int:
    """Return how many pieces open orders that nobody serves lack, beyond what may be promised (0 or more)."""
    waiting = [
        order.quantity
        for order in uow.orders.find(part_number=part_number, state=OrderState.OPEN)
        if order.unserved_code is not None
    ]
    if not waiting:
        return 0
    places = {p.location_id for p in uow.locations.find_in(kind=SOURCES)}
    balances = uow.ledger.balances(part_number=part_number)
    free = sum(max(0, b.available) for b in balances if b.location_id in places)
    return max(0, sum(waiting) - free)


def _subject(uow: UnitOfWork, asked: Asked) -> _Subject:
    if (asked.return_id is None) == (asked.serial is None):
        raise InvalidValue("Name either return_id or serial.")
    if asked.return_id is None:
        unit = uow.units.require(asked.serial, lock=True)
        return _Subject(uow.parts.require(unit.part_number), unit.serial, 1, _place(uow, unit.serial), False)
    rma = uow.returns.require(asked.return_id, lock=True)
    if rma.state not in (ReturnState.INSPECTED, ReturnState.CLOSED):
        raise WorkRefused(f"Return {rma.number} is {rma.state}, not inspected.", "Inspect it first.")
    seen = uow.inspections.require(rma.return_id)
    if seen.quantity == 0:
        raise WorkRefused(f"With return {rma.number} came nothing.", "There is nothing to decide.")
    if seen.serial is not None:
        uow.units.require(seen.serial, lock=True)
    else:
        for known in uow.dispositions.find(return_id=rma.return_id, state=DispositionState.EXECUTED):
            raise WorkRefused(f"{known.number} of return {rma.number} was carried out.", "It is over.")
    place = _place(uow, seen.serial) if seen.serial else rma.destination_id
    return _Subject(uow.parts.require(seen.part_number), seen.serial, seen.quantity, place, seen.unopened)


def _place(uow: UnitOfWork, serial: str) -> str:
    place_id = uow.ledger.whereabouts(serial)
    place = uow.locations.get(place_id) if place_id else None
    if place is None or place.kind not in RETURN_DESTINATIONS:
        raise SerialElsewhere(f"Serial {serial} is at {place_id or 'no known place'}, not in house.")
    return place.location_id


def _case(uow: UnitOfWork, asked: Asked, subject: _Subject, at: datetime) -> Case:
    part = subject.part
    worked = _last_work(uow, subject.serial)
    until = asked.vendor_warranty_until
    stats = next(iter(repair_statistics(uow, part.part_number, at - HISTORY)), None)
    return Case(
        part.part_number,
        part.kind,
        part.value_cents * subject.quantity,
        part.weight_g * subject.quantity,
        asked.finding or _finding(worked, subject),
        shortage(uow, part.part_number),
        asked.hazard,
        _age_days(uow, subject.serial, at),
        (until is not None and until > at)
        or (worked is not None and worked.outcome is WorkState.VENDOR_CLAIM),
        stats.repaired + stats.beyond_repair if stats else 0,
        stats.repaired if stats else 0,
        round(stats.labour_minutes or 0) if stats else 0,
        (stats.parts_cents or 0) if stats else 0,
    )


def _last_work(uow: UnitOfWork, serial: str | None) -> WorkOrder | None:
    """Return the work order that the unit came from, if it has not moved since. Raises `WorkRefused`."""
    orders = uow.work_orders.find(serial=serial) if serial else []
    for order in orders:
        if order.state is not WorkState.CLOSED:
            raise WorkRefused(f"{order.number} is open for serial {serial}.", "Close it first.")
    if not orders or serial is None:
        return None
    last = orders[-1]
    entries, _ = uow.custody.timeline(serial)
    moved_since = bool(entries) and last.closed_at is not None and entries[-1].recorded_at > last.closed_at
    return None if moved_since else last


def _finding(worked: WorkOrder | None, subject: _Subject) -> Finding:
    if worked is not None and worked.outcome is WorkState.BEYOND_REPAIR:
        return Finding.BEYOND_REPAIR
    if worked is not None and worked.outcome in SOUND:
        return Finding.NO_FAULT
    return Finding.NO_FAULT if subject.unopened else Finding.UNTESTED


def _age_days(uow: UnitOfWork, serial: str | None, at: datetime) -> int:
    """Return the days since we first had a unit; 0 for counted parts."""
    entries = uow.custody.timeline(serial)[0] if serial else []
    return max(0, (at - entries[0].at).days) if entries else 0


def _decided(
    uow: UnitOfWork,
    asked: Asked,
    subject: _Subject,
    case: Case,
    verdict: Verdict,
    rules_version: int,
    actor: Actor,
) -> Disposition:
    return Disposition(
        new_id(),
        f"DSP-{uow.next_number('disposition')}",
        DispositionState.DECIDED,
        subject.part.part_number,
        subject.serial,
        subject.quantity,
        subject.location_id,
        asked.return_id,
        rules_version,
        verdict.rule,
        asdict(case)
        | {f"expected_{k}": v for k, v in asdict(verdict.estimate).items()}
        | {"repair_warranty_until": _repair_warranty(uow, subject.serial, actor.at)},
        tuple(asdict(option) for option in verdict.options),
        verdict.chosen,
        verdict.chosen,
        verdict.reason,
        actor.by,
        actor.at,
    )


def _repair_warranty(uow: UnitOfWork, serial: str | None, at: datetime) -> str | None:
    """Return until when an earlier repair of the unit is warranted still, or None."""
    orders = uow.work_orders.find(serial=serial) if serial else []
    until = [order.warranty_until for order in orders if order.warranty_until and order.warranty_until > at]
    return max(until).isoformat() if until else None


def _open_ones(uow: UnitOfWork, return_id: str | None, serial: str | None) -> list[Disposition]:
    matching = {"serial": serial} if serial is not None else {"return_id": return_id}
    open_states = (DispositionState.DECIDED, DispositionState.OVERRIDDEN)
    return [known for known in uow.dispositions.find(**matching) if known.state in open_states]


def save(uow: UnitOfWork, outcome: dispositions.Outcome) -> Disposition:
    """Keep what became of a disposition, tell of it, and return it as it is kept."""
    uow.dispositions.save(outcome[0])
    uow.outbox.add(*outcome[1])
    return uow.dispositions.require(outcome[0].disposition_id)
