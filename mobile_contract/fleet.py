"""Couriers, lockers and the current plan, as dispatchers see them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from mobile_contract.common import (
    SORTED,
    Answer,
    CoordinateMessage,
    Instant,
    Label,
    Message,
    Name,
    PageQuery,
    SentInstant,
)
from mobile_contract.orders import AmendmentView

CompartmentName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,8}$")]


def _each_once(names: list[str]) -> list[str]:
    if len(set(names)) != len(names):
        raise ValueError("must name each compartment once")
    return names


class NewCourier(Message):
    """A person who drives, with a van."""

    courier_id: Name
    display_name: Label
    capacity_weight_g: int = Field(400_000, ge=0, le=10_000_000)
    capacity_volume_cm3: int = Field(2_000_000, ge=0, le=100_000_000)
    skills: list[Name] = Field([], max_length=50)
    home_id: Name = Field(description="The location where shifts start and end.")


class NewBreak(Message):
    """A pause in a shift: it begins from `earliest_at` until `latest_at`."""

    earliest_at: SentInstant
    latest_at: SentInstant
    duration_s: int = Field(ge=1, le=14_400)


class NewShift(Message):
    """When a courier works, and rests: what is planned leaves room for the breaks."""

    starts_at: SentInstant
    ends_at: SentInstant
    breaks: list[NewBreak] = Field([], max_length=4, description="In their order, inside the shift.")
    max_driving_s: int | None = Field(None, ge=1, le=86_400, description="How long to drive at most, in all.")
    max_stretch_s: int | None = Field(
        None, ge=1, le=86_400, description="How long to drive at most without a break."
    )


class CompartmentSize(StrEnum):
    """How much fits into a compartment."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class NewLocker(Message):
    """A parts locker at a place that couriers can drive to; its device is added apart."""

    locker_id: Name
    name: Label
    coordinate: CoordinateMessage
    address: str = Field("", max_length=200, pattern=r"^[^\x00]*$")
    region: Name = Field("main", description="Couriers whose home lies in a region serve what lies in it.")
    compartments: Annotated[list[CompartmentName], AfterValidator(_each_once)] = Field(
        min_length=1, max_length=200, json_schema_extra={"uniqueItems": True}
    )
    sizes: dict[CompartmentName, CompartmentSize] = Field(
        {}, max_length=200, description="Of the compartments that are not medium."
    )
    min_temperature_c: float | None = Field(None, ge=-100, le=150, allow_inf_nan=False)
    max_temperature_c: float | None = Field(None, ge=-100, le=150, allow_inf_nan=False)


class BreakState(StrEnum):
    """What has become of a break: one that nobody began in its time is missed."""

    DUE = "due"
    UNDER_WAY = "under_way"
    TAKEN = "taken"
    MISSED = "missed"


class BreakView(Answer):
    """A pause in a shift."""

    break_id: str
    state: BreakState
    earliest_at: Instant
    latest_at: Instant
    duration_s: int
    planned_at: Instant | None = Field(
        description="When the plan in force lets it begin; null where the route ends before it is owed."
    )
    started_at: Instant | None
    until: Instant | None = Field(description="When one that has begun is over.")


class ShiftView(Answer):
    """When a courier works, and rests."""

    shift_id: str
    starts_at: Instant
    ends_at: Instant
    breaks: list[BreakView]
    max_driving_s: int | None
    max_stretch_s: int | None


class PhoneNetwork(StrEnum):
    """What a phone reached the server by."""

    WIFI = "wifi"
    MOBILE = "mobile"
    OFFLINE = "offline"


class TrackingMode(StrEnum):
    """How a phone's tracker is set to work; only `move` reports all the way."""

    QUIET = "quiet"
    MANUAL = "manual"
    SIGNIFICANT = "significant"
    MOVE = "move"


class PositionView(Answer):
    """The newest accepted fix of a courier, and what the phone said of itself with it."""

    coordinate: CoordinateMessage
    fix_at: Instant
    received_at: Instant
    accuracy_m: float | None
    speed_mps: float | None
    bearing_deg: float | None
    battery_pct: float | None
    charging: bool | None
    network: PhoneNetwork | None
    tracking: TrackingMode | None


class LocationRequest(Answer):
    """A courier's phone is asked to say where it is; it is not asked any more after `expires_at`."""

    courier_id: str
    asked_at: Instant
    expires_at: Instant


class CourierView(Answer):
    """A courier as the console shows one."""

    courier_id: str
    display_name: str
    skills: list[str]
    home_id: str
    on_duty: bool
    shift: ShiftView | None
    position: PositionView | None
    on_board: list[str] = Field(description="Serials in the van.")
    next_stop_id: str | None
    open_stops: int


class DoorState(StrEnum):
    """What a locker last said of a compartment's door."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class CompartmentView(Answer):
    """One compartment of a locker."""

    compartment: str
    size: CompartmentSize
    door: DoorState
    part_number: str | None
    serial: str | None
    quantity: int
    fault: str | None = Field(description="Why it is not used, until somebody clears the fault.")
    difference: str | None = Field(description="How what is reported differs from the ledger.")


class LockerAlarm(StrEnum):
    """What is wrong with a locker."""

    TOO_COLD = "too_cold"
    TOO_WARM = "too_warm"
    ON_BATTERY = "on_battery"


class LockerView(Answer):
    """A parts locker: what it says of itself, and what the ledger says of it."""

    locker_id: str
    name: str
    coordinate: CoordinateMessage
    online: bool
    last_heard_at: Instant | None
    temperature_c: float | None
    power: str | None
    battery_pct: float | None
    min_temperature_c: float | None
    max_temperature_c: float | None
    alarms: list[LockerAlarm]
    compartments: list[CompartmentView]
    parts_in_stock: int


class StopState(StrEnum):
    """The life of a stop."""

    PLANNED = "planned"
    EN_ROUTE = "en_route"
    ARRIVED = "arrived"
    DONE = "done"


class StepKind(StrEnum):
    """What is done at a stop."""

    PICKUP = "pickup"
    DELIVERY = "delivery"
    RETURN_PICKUP = "return_pickup"
    RETURN_DROPOFF = "return_dropoff"


class StepState(StrEnum):
    """Whether a step is done."""

    PLANNED = "planned"
    DONE = "done"
    FAILED = "failed"


class StepView(Answer):
    """What to do at a stop; `step_id` is `kind:order_id` or `kind:return_id` and survives re-planning."""

    step_id: str
    kind: StepKind
    state: StepState
    order_id: str | None
    return_id: str | None
    number: str = Field(description="The number that people say: ORD-1042, RMA-1007.")
    part_number: str
    part_name: str
    serialised: bool = Field(description="Whether each piece carries a serial that must be scanned.")
    quantity: int
    serials: list[str] = Field(description="The serials that are expected; empty when any will do.")
    compartment: str | None = Field(description="The locker compartment, for a pickup at a locker.")
    due_at: Instant | None
    note: str = Field(
        description="What the desk wrote for whoever comes: gate code, contact; or why a good part goes back."
    )
    amendment: AmendmentView | None = Field(
        None, description="What the desk changed last, after the order was placed, and why."
    )


class StopView(Answer):
    """A place where a courier stops."""

    stop_id: str
    state: StopState
    location_id: str
    location_name: str
    location_kind: str
    address: str
    coordinate: CoordinateMessage
    eta_at: Instant
    eta_early_at: Instant | None = Field(description="The arrival is earlier in one of ten cases.")
    eta_late_at: Instant | None = Field(description="The arrival is later in one of ten cases.")
    late_probability: float | None = Field(
        description="How likely a hand-over here is after it is due, from 0 to 1; null where nothing is due."
    )
    departs_at: Instant
    arrived_at: Instant | None
    steps: list[StepView]


class RouteView(Answer):
    """The stops of one courier that are not done yet, in driving order."""

    courier_id: str
    version: int = Field(description="Grows with every change of this route.")
    stops: list[StopView]


class UnservedView(Answer):
    """Work that the plan does not serve, and why."""

    order_id: str | None
    return_id: str | None
    number: str
    code: str
    reason: str


class PlanView(Answer):
    """The plan in force."""

    revision: int
    published_at: Instant | None
    cost_cents: int
    routes: list[RouteView]
    unserved: list[UnservedView]


class CourierQuery(PageQuery):
    """Which couriers to list."""

    home_id: Name | None = None
    sort: Literal["display_name", "-display_name"] | None = SORTED


class LockerQuery(PageQuery):
    """Which lockers to list."""

    online: bool | None = None
