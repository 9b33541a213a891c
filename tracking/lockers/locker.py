"""A locker, its compartments, withdrawals from it, and commands to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from tracking.values.errors import FieldstockError, InvalidValue
from tracking.values.ids import checked_name


class DoorState(StrEnum):
    """What a locker last said of a compartment's door."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Locker:
    """A locker; its place is the location of the same name.

    `session` is the random name of its present connection, needed for every command; `connect_count`
    orders its wills; `reported_at` is the locker's own time of its newest state report. `alarms` are those
    that stand; `min_temperature_c` and `max_temperature_c` are what the parts in it bear, null for no limit.
    """

    locker_id: str
    online: bool = False
    session: str | None = None
    connect_count: int = 0
    last_heard_at: datetime | None = None
    reported_at: datetime | None = None
    temperature_c: float | None = None
    power: str | None = None
    battery_pct: float | None = None
    min_temperature_c: float | None = None
    max_temperature_c: float | None = None
    alarms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checked_name(self.locker_id, "locker")
        low, high = self.min_temperature_c, self.max_temperature_c
        if low is not None and high is not None and low >= high:
            raise InvalidValue(f"min_temperature_c {low} must lie below max_temperature_c {high}.")


class CompartmentSize(StrEnum):
    """How much fits into a compartment, smallest first."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"

    def fits_into(self, other: CompartmentSize) -> bool:
        """Tell whether what needs this size goes into a compartment of the other."""
        return self.rank <= other.rank

    @property
    def rank(self) -> int:
        """The place in the order of sizes, 0 for the smallest."""
        return list(CompartmentSize).index(self)


@dataclass(frozen=True, slots=True)
class Compartment:
    """One compartment as the locker reports it; what lies in it by the ledger, the ledger says.

    `fault` is why it is not to be used; `door_at` the locker's own time of the newest word on the door.
    `offline_key_hex` (20 random bytes) makes its offline codes; `offline_counter` is the next to be given
    out, `offline_used` the next that the locker takes, as far as we know. Since `differs_since` the locker
    reports another content than the ledger has; `difference` is what of it a person has been told.
    """

    locker_id: str
    compartment: str
    door: DoorState = DoorState.UNKNOWN
    door_at: datetime | None = None
    part_number: str | None = None
    serial: str | None = None
    quantity: int = 0
    fault: str | None = None
    size: CompartmentSize = CompartmentSize.MEDIUM
    offline_key_hex: str | None = field(default=None, repr=False)
    offline_counter: int = 0
    offline_used: int = 0
    differs_since: datetime | None = None
    difference: str | None = None


class WithdrawalState(StrEnum):
    """The life of a withdrawal."""

    AUTHORISED = "authorised"
    OPENED = "opened"
    CLOSED = "closed"
    SCANNED = "scanned"
    FAILED = "failed"
    EXPIRED = "expired"


PENDING = frozenset({WithdrawalState.AUTHORISED, WithdrawalState.OPENED, WithdrawalState.CLOSED})


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A courier's permission to open one compartment for one order, once.

    `order_id` is the return's where the piece was dropped there by a customer.
    """

    withdrawal_id: str
    locker_id: str
    compartment: str
    order_id: str
    courier_id: str
    command_id: str
    state: WithdrawalState
    authorised_at: datetime
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    scanned_at: datetime | None = None
    failure: str | None = None


COMMAND_VALID = timedelta(seconds=30)
"""How long after its arrival a locker may execute a command."""
COMMAND_LOST = 2 * COMMAND_VALID
"""After this time without a word from the locker, a command will not be executed any more."""
WITHDRAWAL_VALID = timedelta(minutes=15)
"""A withdrawal that was not finished after this time has expired."""


@dataclass(frozen=True, slots=True)
class LockerCommand:
    """An order to a locker in one of its sessions; `sent_at` is set when the broker took it."""

    command_id: str
    locker_id: str
    session: str
    action: str
    compartment: str
    issued_at: datetime
    valid_for_s: int
    sent_at: datetime | None = None
    result: str | None = None
    reason: str | None = None


class LockerOffline(FieldstockError):
    """The locker is not connected, and a command for it would be stale when it is."""

    code = "locker_offline"
    action = "Wait until it is back, use its offline code, or choose another source."


class CompartmentFaulty(FieldstockError):
    """The compartment was reported as faulty."""

    code = "compartment_faulty"
    action = "Choose another source; a dispatcher can clear the fault once it is repaired."


class NothingToWithdraw(FieldstockError):
    """The step is no pickup at a locker of this courier's."""

    code = "nothing_to_withdraw"
    action = "Look at the route again."
