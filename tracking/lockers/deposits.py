"""A deposit: something laid into a compartment that was reserved for it, and how far that has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from tracking.lockers.locker import CompartmentSize
from tracking.values.errors import FieldstockError, InvalidValue
from tracking.values.transitions import check_transition

DEPOSIT_VALID = timedelta(minutes=30)
"""How long a compartment is kept for a deposit that is not finished."""


class DepositState(StrEnum):
    """The life of a deposit."""

    RESERVED = "reserved"
    OPENED = "opened"
    PLACED = "placed"
    CLOSED = "closed"
    SCANNED = "scanned"
    SETTLED = "settled"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


_OVER = {DepositState.EXPIRED}
TRANSITIONS: Mapping[DepositState, frozenset[DepositState]] = {
    DepositState.RESERVED: frozenset(
        {DepositState.OPENED, DepositState.FAILED, DepositState.CANCELLED} | _OVER
    ),
    DepositState.OPENED: frozenset({DepositState.PLACED, DepositState.CLOSED} | _OVER),
    DepositState.PLACED: frozenset({DepositState.CLOSED} | _OVER),
    DepositState.CLOSED: frozenset({DepositState.OPENED, DepositState.SCANNED, DepositState.SETTLED} | _OVER),
    DepositState.SCANNED: frozenset(),
    DepositState.SETTLED: frozenset(),
    DepositState.FAILED: frozenset(),
    DepositState.CANCELLED: frozenset(),
    DepositState.EXPIRED: frozenset(),
}
"""Which state may follow which. A locker without a sensor never says `placed`; a closed door may be opened
again before the scan. Reports that come late may pass over states. `settled` is what is known to lie there by
what it was reserved for, without a scan: a customer's return."""

OPEN_DEPOSITS = frozenset(state for state, following in TRANSITIONS.items() if following)
"""The states in which a compartment is kept for a deposit."""


@dataclass(frozen=True, slots=True)
class Deposit:
    """A compartment reserved for something to be laid into it.

    `part_number`, `quantity` and `from_id` come together, with the `serials` of a part that carries them:
    then the ledger is moved when it is scanned. `code` is what was scanned.
    """

    deposit_id: str
    locker_id: str
    compartment: str
    size: CompartmentSize
    state: DepositState
    reserved_by: str
    reserved_at: datetime
    expires_at: datetime
    part_number: str | None = None
    quantity: int | None = None
    serials: tuple[str, ...] = ()
    from_id: str | None = None
    command_id: str | None = None
    opened_at: datetime | None = None
    placed_at: datetime | None = None
    closed_at: datetime | None = None
    scanned_at: datetime | None = None
    code: str | None = None
    failure: str | None = None

    def __post_init__(self) -> None:
        named = {self.part_number is None, self.quantity is None, self.from_id is None}
        if len(named) > 1 or (self.serials and self.part_number is None):
            raise InvalidValue("A deposit names part, quantity and the place it comes from, or none of them.")
        if self.quantity is not None and (
            self.quantity < 1 or (self.serials and len(self.serials) != self.quantity)
        ):
            raise InvalidValue("A deposit holds at least one piece, and as many as serials are named.")

    @property
    def expected_codes(self) -> tuple[str, ...]:
        """What the scanner may read: one of the serials, else the part number; empty for anything."""
        return self.serials or ((self.part_number,) if self.part_number else ())


class CompartmentTaken(FieldstockError):
    """No compartment of the wished size is free."""

    code = "compartment_taken"
    action = "Wait until one is free, choose a smaller size, or another locker."


class OpeningUnderWay(FieldstockError):
    """The locker was told to open, and nobody knows yet whether it has."""

    code = "opening_under_way"
    action = "Try again in a minute, unless the compartment opens."


def advanced(deposit: Deposit, state: DepositState, failure: str | None = None) -> Deposit:
    """Return the deposit in its next state. Raises `TransitionRefused`."""
    check_transition(TRANSITIONS, "Deposit", deposit.deposit_id, deposit.state, state)
    return replace(deposit, state=state, failure=failure)


def learned(deposit: Deposit, fact: DepositState, at: datetime, code: str | None = None) -> Deposit:
    """Return the deposit with what a locker reports of it; the order in which reports come is no matter."""
    name = f"{fact}_at"
    newest = max(filter(None, (getattr(deposit, name), at)))
    known = replace(deposit, **{name: newest}, code=code or deposit.code)
    return replace(known, state=_reached(known))


def completed(deposit: Deposit, fact: DepositState, at: datetime, code: str | None = None) -> Deposit:
    """Return a deposit that is over with what its end had overtaken; what is known stays."""
    times: dict[str, Any] = {f"{fact}_at": getattr(deposit, f"{fact}_at") or at}
    known = deposit.code if deposit.state is DepositState.SCANNED else deposit.code or code
    return replace(deposit, **times, code=known)


def _reached(deposit: Deposit) -> DepositState:
    """Return the furthest state that the facts allow: a scan counts once the door is closed."""
    closed_at, opened_at = deposit.closed_at, deposit.opened_at
    if closed_at is not None and (opened_at is None or closed_at >= opened_at):
        return DepositState.CLOSED if deposit.scanned_at is None else DepositState.SCANNED
    return DepositState.OPENED if deposit.placed_at is None else DepositState.PLACED
