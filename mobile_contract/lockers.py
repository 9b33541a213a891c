"""Deposits in lockers, offline codes, and the limits of a locker's alarms."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from mobile_contract.common import SORTED, Answer, Identifier, Instant, Label, Message, Name, PageQuery
from mobile_contract.driver import Uuid7
from mobile_contract.fleet import CompartmentName, CompartmentSize


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


class NewDeposit(Message):
    """Reserve a compartment by size; the same `request_id` reserves once.

    With part, quantity and the place they come from, the ledger is moved when the locker scans them.
    """

    request_id: Uuid7
    size: CompartmentSize = CompartmentSize.MEDIUM
    part_number: Identifier | None = None
    quantity: int | None = Field(None, ge=1, le=1_000_000)
    serials: list[Identifier] = Field([], max_length=100, json_schema_extra={"uniqueItems": True})
    from_id: Name | None = None

    @model_validator(mode="after")
    def _goods_come_together(self) -> NewDeposit:
        given = {self.part_number is not None, self.quantity is not None, self.from_id is not None}
        if len(given) > 1 or (self.serials and self.part_number is None):
            raise ValueError("name part_number, quantity and from_id, or none of them")
        if len(set(self.serials)) != len(self.serials):
            raise ValueError("name each serial once")
        return self


class DepositView(Answer):
    """How far a deposit has come."""

    deposit_id: str
    locker_id: str
    compartment: str
    size: CompartmentSize
    state: DepositState
    reserved_by: str
    reserved_at: Instant
    expires_at: Instant
    part_number: str | None
    quantity: int | None
    serials: list[str]
    from_id: str | None
    opened_at: Instant | None
    placed_at: Instant | None
    closed_at: Instant | None
    scanned_at: Instant | None
    code: str | None = Field(description="What the locker's scanner read.")
    failure: str | None


class NewOfflineCode(Message):
    """Ask for a code that opens a compartment of a locker without radio: for a pickup step, or by name."""

    courier_id: Name
    reason: Label
    step_id: Identifier | None = None
    compartment: CompartmentName | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> NewOfflineCode:
        if (self.step_id is None) == (self.compartment is None):
            raise ValueError("name either a step_id or a compartment")
        return self


class OfflineCodeView(Answer):
    """A code to be typed at a compartment; it works once, and not after a later one was used."""

    locker_id: str
    compartment: str
    code: str | None = Field(description="Eight digits, said once: null when the same request comes again.")
    counter: int
    courier_id: str
    withdrawal_id: str | None
    issued_at: Instant


class TemperatureLimits(Message):
    """What the parts in a locker bear, in degrees Celsius; null for no limit."""

    min_temperature_c: float | None = Field(None, ge=-100, le=150, allow_inf_nan=False)
    max_temperature_c: float | None = Field(None, ge=-100, le=150, allow_inf_nan=False)


class DepositQuery(PageQuery):
    """Which deposits to list."""

    state: DepositState | None = None
    compartment: CompartmentName | None = None
    sort: Literal["reserved_at", "-reserved_at", "expires_at", "-expires_at"] | None = SORTED
