"""Parts, units, locations and stock."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mobile_contract.common import (
    SORTED,
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


class Hazard(StrEnum):
    """What the transport of a piece must heed, by the classes of the UN Model Regulations."""

    EXPLOSIVE = "explosive"
    AEROSOL = "aerosol"
    FLAMMABLE_GAS = "flammable_gas"
    COMPRESSED_GAS = "compressed_gas"
    TOXIC_GAS = "toxic_gas"
    FLAMMABLE_LIQUID = "flammable_liquid"
    FLAMMABLE_SOLID = "flammable_solid"
    OXIDISER = "oxidiser"
    TOXIC = "toxic"
    INFECTIOUS = "infectious"
    RADIOACTIVE = "radioactive"
    CORROSIVE = "corrosive"
    LITHIUM_BATTERY = "lithium_battery"
    MAGNETISED = "magnetised"
    DRY_ICE = "dry_ice"
    OTHER_DANGEROUS = "other_dangerous"


Model = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00|]*$")]
"""A model of machines, as its maker writes it: printable, no `|`, no space at an end."""


class NewPart(Message):
    """A part number to be added to the catalogue."""

    part_number: Identifier
    name: Label
    kind: PartKind
    weight_g: int = Field(ge=0, le=1_000_000)
    volume_cm3: int = Field(ge=0, le=10_000_000)
    value_cents: int = Field(ge=0, le=10**12)
    substitutes: list[Identifier] = Field([], max_length=20)
    revision: str = Field("", max_length=64, pattern=r"^[^\x00]*$")
    hazards: list[Hazard] = Field([], max_length=16)
    customs_code: str = Field("", pattern=r"^([0-9]{6,10})?$", description="The HS code: 6 to 10 digits.")
    fits_models: list[Model] = Field(
        [], max_length=200, description="Models of machines it is made for; any, where there are none."
    )


class PartView(Answer):
    """A part of the catalogue."""

    part_number: str
    name: str
    kind: PartKind
    weight_g: int
    volume_cm3: int
    value_cents: int
    substitutes: list[str]
    revision: str
    hazards: list[Hazard]
    customs_code: str
    fits_models: list[str]


class NewLocation(Message):
    """A place where stock can lie."""

    location_id: Name
    name: Label
    kind: LocationKind
    coordinate: CoordinateMessage | None = None
    address: str = Field("", max_length=200, pattern=r"^[^\x00]*$")
    opening_hours: str = Field(
        "",
        max_length=200,
        pattern=r"^[^\x00]*$",
        description="As OpenStreetMap writes them: Mo-Fr 08:00-17:00; Sa 09:00-12:00.",
    )
    zone: str = Field("", max_length=64, pattern=r"^[^\x00]*$", description="By whose clocks: Europe/Vaduz.")
    region: Name = Field("main", description="Couriers whose home lies in a region serve what lies in it.")


class LocationView(Answer):
    """A place where stock lies."""

    location_id: str
    name: str
    kind: LocationKind
    coordinate: CoordinateMessage | None
    address: str
    parent_id: str | None = Field(description="The locker of a compartment.")
    opening_hours: str = Field(description="Empty where nobody has said.")
    zone: str
    region: str


class NewMachine(Message):
    """A machine at a customer's site."""

    machine_id: Identifier
    site_id: Name
    model: Model
    serial: Identifier = Field(description="The maker's; with the model it names one machine.")


class MachineView(Answer):
    """A machine of the installed base."""

    machine_id: str
    site_id: str
    model: str
    serial: str


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
    region: Name | None = None
    sort: Literal["name", "-name"] | None = SORTED


class StockQuery(PageQuery):
    """Which stock to list."""

    location_id: Name | None = None
    part_number: Identifier | None = None
    sort: Literal["part_number", "-part_number", "available", "-available"] | None = SORTED


class MachineQuery(PageQuery):
    """Which machines to list."""

    site_id: Name | None = None
    model: Model | None = None
    serial: Identifier | None = None
    sort: Literal["model", "-model", "serial", "-serial"] | None = SORTED


class PartQuery(PageQuery):
    """Which parts to list."""

    kind: PartKind | None = None
    customs_code: str | None = Field(None, max_length=10)
    sort: Literal["name", "-name", "value_cents", "-value_cents"] | None = SORTED


class CountTaskQuery(PageQuery):
    """Which counts to list."""

    location_id: Name | None = None
    sort: Literal["opened_at", "-opened_at"] | None = SORTED
