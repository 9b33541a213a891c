"""Parts, units, locations and stock."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from mobile_contract.common import (
    Answer,
    CoordinateMessage,
    Identifier,
    Instant,
    Label,
    Message,
    Name,
    PageQuery,
)


class PartKind(StrEnum):
    """Repairable parts carry serials and come back; consumables are counted and do not."""

    REPAIRABLE = "repairable"
    CONSUMABLE = "consumable"


class LocationKind(StrEnum):
    """Where stock can lie."""

    DEPOT = "depot"
    STOCKING_LOCATION = "stocking_location"
    LOCKER = "locker"
    COMPARTMENT = "compartment"
    VAN = "van"
    CUSTOMER_SITE = "customer_site"
    BENCH = "bench"
    SUPPLIER = "supplier"
    SCRAP = "scrap"
    UNACCOUNTED = "unaccounted"


class NewPart(Message):
    """A part number to be added to the catalogue."""

    part_number: Identifier
    name: Label
    kind: PartKind
    weight_g: int = Field(ge=0, le=1_000_000)
    volume_cm3: int = Field(ge=0, le=10_000_000)
    value_cents: int = Field(ge=0, le=10**12)
    substitutes: list[Identifier] = Field([], max_length=20)


class PartView(Answer):
    """A part of the catalogue."""

    part_number: str
    name: str
    kind: PartKind
    weight_g: int
    volume_cm3: int
    value_cents: int
    substitutes: list[str]


class NewLocation(Message):
    """A place where stock can lie."""

    location_id: Name
    name: Label
    kind: LocationKind
    coordinate: CoordinateMessage | None = None
    address: str = Field("", max_length=200, pattern=r"^[^\x00]*$")


class LocationView(Answer):
    """A place where stock lies."""

    location_id: str
    name: str
    kind: LocationKind
    coordinate: CoordinateMessage | None
    address: str
    parent_id: str | None = Field(description="The locker of a compartment.")


class StockLine(Answer):
    """What lies of one part at one location: on hand = available + reserved."""

    location_id: str
    part_number: str
    on_hand: int
    reserved: int
    available: int
    serials: list[str]


class NewReceipt(Message):
    """Goods that arrive from a supplier."""

    location_id: Name
    part_number: Identifier
    quantity: int = Field(1, ge=1, le=100_000, description="The number of serials, for a repairable part.")
    serials: list[Identifier] = Field([], max_length=1000)


class NewTransfer(Message):
    """Goods that go from one location to another."""

    from_location_id: Name
    to_location_id: Name
    part_number: Identifier
    quantity: int = Field(1, ge=1, le=100_000)
    serials: list[Identifier] = Field([], max_length=1000)


class CustodyView(Answer):
    """One hand-over in the life of a serial."""

    position: int
    kind: str
    location_id: str
    actor: str
    at: Instant
    recorded_at: Instant
    proof: dict[str, str]


class UnitView(Answer):
    """One serial, where it is, and the hand-overs that brought it there, oldest first."""

    serial: str
    part_number: str
    condition: str
    location_id: str
    custody: list[CustodyView]


class CountTaskView(Answer):
    """A place that somebody must count, because a report and the ledger disagree."""

    task_id: str
    location_id: str
    location_name: str
    part_number: str | None = Field(description="Null when all that lies there is to be counted.")
    cause: str
    opened_at: Instant
    closed_at: Instant | None


class LocationQuery(PageQuery):
    """Which places to list."""

    kind: LocationKind | None = None


class StockQuery(PageQuery):
    """Which stock to list."""

    location_id: Name | None = None
    part_number: Identifier | None = None
