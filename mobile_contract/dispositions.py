"""Dispositions: the rules, what was decided for units and why, and certificates of what was recycled."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from mobile_contract.common import SORTED, Answer, Identifier, Instant, Label, Message, PageQuery, SentInstant
from mobile_contract.stock import PartKind


class Option(StrEnum):
    """What may become of a unit."""

    REPAIR = "repair"
    REFURBISH = "refurbish"
    HARVEST = "harvest"
    VENDOR_CLAIM = "vendor_claim"
    RECYCLE = "recycle"
    SCRAP = "scrap"


class RatesMessage(Message):
    """What options are valued by; costs are positive."""

    labour_cents_per_h: int = Field(ge=0, le=10**9)
    co2e_cents_per_kg: int = Field(ge=0, le=10**9, description="The price of a kg of CO2e.")
    co2e_g_per_g: int = Field(ge=0, le=10**6, description="g of CO2e that making a g of a new part emits.")
    refurbished_value_pct: int = Field(ge=0, le=1000, description="Of the value as new.")
    shortage_premium_pct: int = Field(ge=0, le=1000, description="Of the value as new, where it is short.")
    refurbish_minutes: int = Field(ge=0, le=10_000)
    harvest_value_pct: int = Field(ge=0, le=1000)
    harvest_minutes: int = Field(ge=0, le=10_000)
    vendor_credit_pct: int = Field(ge=0, le=1000)
    vendor_handling_cents: int = Field(ge=0, le=10**9)
    recycle_cents_per_kg: int = Field(ge=0, le=10**9, description="What a recycler pays.")
    recycle_handling_cents: int = Field(ge=0, le=10**9)
    recycle_co2e_pct: int = Field(ge=0, le=100, description="Of the CO2e of a new part.")
    scrap_cost_cents_per_kg: int = Field(ge=0, le=10**9)
    hazard_cost_cents_per_kg: int = Field(ge=0, le=10**9, description="More for what is hazardous.")
    prior_repairs: int = Field(ge=1, le=1000, description="How many repairs the prior counts for.")
    prior_yield_pct: int = Field(ge=0, le=100)
    prior_minutes: int = Field(ge=0, le=10_000)
    prior_parts_pct: int = Field(ge=0, le=1000, description="Parts of a repair, of the value as new.")


class RuleMessage(Message):
    """One row: the units it is for (null: any), and what is allowed. The first that matches counts."""

    name: Label
    allowed: list[Option] = Field(min_length=1, max_length=6, description="Recycle or scrap among them.")
    reason: str = Field("", max_length=500, pattern=r"^[^\x00]*$")
    kind: PartKind | None = None
    pattern: str | None = Field(
        None, min_length=1, max_length=64, pattern=r"^[!-~]+$", description="Of part numbers, with * and ?."
    )
    value_from_cents: int | None = Field(None, ge=0, le=10**15)
    value_below_cents: int | None = Field(None, ge=0, le=10**15)
    hazard: bool | None = None
    age_from_days: int | None = Field(None, ge=0, le=100_000, description="Since we first had it.")
    age_below_days: int | None = Field(None, ge=0, le=100_000)


class NewRules(Message):
    """The whole table, as it is to be from now on."""

    version: int = Field(ge=0, description="The version that was read; 409 where it changed since.")
    rates: RatesMessage
    rules: list[RuleMessage] = Field(min_length=1, max_length=200)
    note: str = Field("", max_length=500, pattern=r"^[^\x00]*$", description="Why it was changed.")


class RulesView(Answer):
    """One version of the table; version 0 is that of a new installation."""

    version: int
    rates: RatesMessage
    rules: list[RuleMessage]
    note: str
    added_by: str
    added_at: Instant


class RulesQuery(Message):
    """Which version of the table."""

    version: int | None = Field(None, ge=0, le=10**9, description="The newest unless given.")


class Finding(StrEnum):
    """What is known of a unit's fault."""

    UNTESTED = "untested"
    NO_FAULT = "no_fault"
    BEYOND_REPAIR = "beyond_repair"


class NewDisposition(Message):
    """Ask what becomes of a unit, or of what a return brought."""

    return_id: Identifier | None = Field(None, description="Of an inspected return; else serial.")
    serial: Identifier | None = None
    finding: Finding | None = Field(None, description="Else by its last work order and inspection.")
    hazard: bool = False
    vendor_warranty_until: SentInstant | None = None


class OptionView(Answer):
    """One option: what it is worth, and why it may not be chosen."""

    option: Option
    value_cents: int
    allowed: bool
    why: str


class DispositionState(StrEnum):
    """The life of a disposition."""

    DECIDED = "decided"
    OVERRIDDEN = "overridden"
    EXECUTED = "executed"
    SUPERSEDED = "superseded"


class DispositionView(Answer):
    """A decision, with what it was made of: `best` won by value, `chosen` holds."""

    disposition_id: str
    number: str
    version: int
    state: DispositionState
    part_number: str
    serial: str | None
    quantity: int
    location_id: str
    return_id: str | None
    best: Option
    chosen: Option
    reason: str
    options: list[OptionView]
    facts: dict[str, Any] = Field(description="All that counted, as it was then.")
    rule: str
    rules_version: int
    decided_by: str
    decided_at: Instant
    overridden_by: str | None
    overridden_at: Instant | None
    executed_by: str | None
    executed_at: Instant | None
    work_order_id: str | None
    certificate: str | None


class DispositionOverride(Message):
    """Another choice than the table's, with a reason."""

    option: Option
    reason: str = Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")


class MaterialMessage(Message):
    """So much of one material."""

    material: Label
    weight_g: int = Field(ge=0, le=10**9)


class RecyclingMessage(Message):
    """Who took what is recycled, and what it weighed."""

    recycler: Label
    reference: str = Field(
        "", max_length=100, pattern=r"^[^\x00]*$", description="The recycler's: weighing note, pickup."
    )
    recycled_at: SentInstant | None = Field(None, description="Now unless given.")
    weight_g: int | None = Field(None, ge=0, le=10**9, description="By the catalogue unless given.")
    materials: list[MaterialMessage] = Field([], max_length=50)


class HarvestedMessage(Message):
    """Counted pieces that were taken out of a unit and are stock again."""

    part_number: Identifier
    quantity: int = Field(ge=1, le=10_000)


class DispositionExecution(Message):
    """What carrying it out needs: `recycling` for recycle, `harvested` for harvest, else nothing."""

    recycling: RecyclingMessage | None = None
    harvested: list[HarvestedMessage] = Field([], max_length=50)


class DispositionQuery(PageQuery):
    """Which dispositions to list."""

    state: DispositionState | None = None
    serial: Identifier | None = None
    return_id: Identifier | None = None
    part_number: Identifier | None = None
    decided_from: SentInstant | None = None
    decided_until: SentInstant | None = None
    sort: Literal["decided_at", "-decided_at"] | None = SORTED


class CertificateView(Answer):
    """The material certificate of what was recycled."""

    number: str
    disposition_id: str
    part_number: str
    part_name: str
    serial: str | None
    quantity: int
    weight_g: int
    materials: list[MaterialMessage]
    recycler: str
    reference: str
    recycled_at: Instant
    issued_by: str
    issued_at: Instant
    custody_position: int | None = Field(description="The entry of the unit's timeline that says so.")
    custody_mac: str | None


class CertificateQuery(PageQuery):
    """Which certificates to list."""

    serial: Identifier | None = None
    part_number: Identifier | None = None
    recycled_from: SentInstant | None = None
    recycled_until: SentInstant | None = None
    sort: Literal["recycled_at", "-recycled_at"] | None = SORTED
