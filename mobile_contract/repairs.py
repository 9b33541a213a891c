"""The bench: work orders, test procedures and runs, parts and minutes, and what comes out of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from mobile_contract.common import (
    SORTED,
    Answer,
    Identifier,
    Instant,
    Label,
    Message,
    Name,
    PageQuery,
    SentInstant,
    Text,
)
from mobile_contract.inspections import Sha256


class WorkState(StrEnum):
    """The life of a work order."""

    TRIAGE = "triage"
    TESTING = "testing"
    REPAIRING = "repairing"
    REPAIRED = "repaired"
    NO_FAULT_FOUND = "no_fault_found"
    BEYOND_REPAIR = "beyond_repair"
    VENDOR_CLAIM = "vendor_claim"
    CLOSED = "closed"


class NextWorkState(StrEnum):
    """Where a work order may be brought; it is closed by a way of its own."""

    TESTING = "testing"
    REPAIRING = "repairing"
    REPAIRED = "repaired"
    NO_FAULT_FOUND = "no_fault_found"
    BEYOND_REPAIR = "beyond_repair"
    VENDOR_CLAIM = "vendor_claim"


class WorkPurpose(StrEnum):
    """What a work order is for."""

    REPAIR = "repair"
    REFURBISH = "refurbish"


class Grade(StrEnum):
    """The condition of a unit."""

    NEW = "new"
    REFURBISHED = "refurbished"
    DEFECTIVE = "defective"


class NewWorkOrder(Message):
    """A unit to be worked on: of a return that was inspected, or any that lies at a bench."""

    return_id: Identifier | None = Field(None, description="Its unit, instead of serial and unopened.")
    serial: Identifier | None = None
    unopened: bool = Field(False, description="The maker's packing is closed still.")
    note: Text = ""


class WorkStep(Message):
    """The next state of a work order, and what was found."""

    state: NextWorkState
    finding: Text = ""


class NewConsumedPart(Message):
    """Parts that go into the unit, out of stock."""

    part_number: Identifier
    quantity: int = Field(1, ge=1, le=10_000, description="The number of serials, for a repairable part.")
    serials: list[Identifier] = Field([], max_length=100)
    from_location_id: Name | None = Field(None, description="The bench, unless another place is named.")


class NewLabour(Message):
    """Minutes that somebody worked on it."""

    minutes: int = Field(ge=1, le=1440)
    person: Label | None = Field(None, description="Who worked; the caller unless given.")
    note: Text = ""


class NewWorkPhotos(Message):
    """Photos that were uploaded before."""

    photos: list[Sha256] = Field(min_length=1, max_length=50)


class WorkClosing(Message):
    """How the unit leaves the bench."""

    grade: Grade
    to_location_id: Name | None = Field(
        None,
        description="Depot or stocking location of a sound unit; else supplier, scrap, or none: it stays.",
    )
    warranty_days: int = Field(0, ge=0, le=3650, description="Of a repair.")


class MeasurementMessage(Message):
    """One measurement of a procedure; one of the limits may be left open."""

    name: Label
    quantity: Label = Field(description="What is measured: voltage, flow, leakage current.")
    unit: str = Field(max_length=20, pattern=r"^[^\x00]*$", description="V, ml/h, uA; empty for a count.")
    lower: float | None = Field(None, allow_inf_nan=False)
    upper: float | None = Field(None, allow_inf_nan=False)


class NewProcedure(Message):
    """A test procedure of a part; under a known name it is the next version."""

    part_number: Identifier
    name: Label
    steps: list[MeasurementMessage] = Field(min_length=1, max_length=100)


class ProcedureView(Answer):
    """A test procedure; the version that judged a run stays as it was."""

    procedure_id: str
    part_number: str
    name: str
    version: int
    steps: list[MeasurementMessage]
    added_by: str
    added_at: Instant


class NewReading(Message):
    """A measured value; null where it could not be measured, which does not pass."""

    step: Label
    value: float | None = Field(allow_inf_nan=False)


class NewRun(Message):
    """What was measured, a value for each step of the procedure."""

    procedure_id: Identifier
    readings: list[NewReading] = Field(min_length=1, max_length=100)


class ReadingView(Answer):
    """A measured value, its limits, and whether it is within them."""

    step: str
    quantity: str
    unit: str
    lower: float | None
    upper: float | None
    value: float | None
    passed: bool


class RunView(Answer):
    """One run of a procedure."""

    run_id: str
    procedure_id: str
    readings: list[ReadingView]
    passed: bool
    by: str
    at: Instant


class ConsumedPartView(Answer):
    """Parts that went into the unit, with what they were worth."""

    consumed_id: str
    part_number: str
    quantity: int
    serials: list[str]
    from_location_id: str
    cost_cents: int
    by: str
    at: Instant


class LabourView(Answer):
    """Minutes that somebody worked."""

    labour_id: str
    person: str
    minutes: int
    note: str
    at: Instant


class WorkOrderView(Answer):
    """A work order as it stands; grade, place and warranty come with its end."""

    work_order_id: str
    number: str
    version: int
    state: WorkState
    allowed: list[WorkState] = Field(description="The states that may follow.")
    purpose: WorkPurpose
    serial: str
    part_number: str
    part_name: str
    bench_id: str
    return_id: str | None
    unopened: bool
    finding: str
    photos: list[str]
    opened_by: str
    opened_at: Instant
    state_since_at: Instant
    outcome: WorkState | None
    outcome_at: Instant | None
    grade: Grade | None
    moved_to_id: str | None
    warranty_until: Instant | None
    closed_at: Instant | None
    closed_by: str | None


class WorkOrderDetail(WorkOrderView):
    """A work order with all that was done."""

    procedures: list[ProcedureView] = Field(description="Those of its part that are in force.")
    runs: list[RunView]
    parts: list[ConsumedPartView]
    labour: list[LabourView]
    labour_minutes: int
    parts_cents: int


class WorkOrderQuery(PageQuery):
    """Which work orders to list."""

    state: WorkState | None = None
    part_number: Identifier | None = None
    serial: Identifier | None = None
    bench_id: Name | None = None
    opened_from: SentInstant | None = None
    opened_until: SentInstant | None = None
    sort: Literal["opened_at", "-opened_at"] | None = SORTED


class ProcedureQuery(PageQuery):
    """Which procedures to list."""

    part_number: Identifier | None = None
    sort: Literal["added_at", "-added_at", "name", "-name"] | None = SORTED


class StatisticsQuery(PageQuery):
    """Which work orders to count: closed from `since` on (else two years back) and before `until`."""

    part_number: Identifier | None = None
    sort: Literal["closed", "-closed", "repaired", "-repaired"] | None = SORTED
    since: SentInstant | None = None
    until: SentInstant | None = None


class RepairStatisticsView(Answer):
    """What came out of the bench for one part; shares are null where there is nothing to divide."""

    part_number: str
    closed: int = Field(description="Work orders that were closed.")
    repaired: int
    no_fault_found: int
    beyond_repair: int
    vendor_claim: int
    yield_share: float | None = Field(description="Repaired, of those repaired or beyond repair.")
    no_fault_found_share: float | None = Field(description="Of all that were closed.")
    turnaround_median_s: int | None = Field(description="From opening to closing.")
    turnaround_p90_s: int | None = Field(description="Nine in ten took no longer.")
    labour_minutes: float | None = Field(description="Mean of those repaired or beyond repair.")
    parts_cents: int | None = Field(description="Mean of those repaired or beyond repair.")
