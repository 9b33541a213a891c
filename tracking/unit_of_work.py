"""The unit of work: one transaction, and the records that use cases read and write in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self, TypeVar

from tracking.custody.heads import Head
from tracking.custody.photo import Photo
from tracking.custody.timeline import CustodyDetail, CustodyEntry, HandOver
from tracking.custody.track_slice import TrackSlice
from tracking.fleet.alerts import Alert
from tracking.fleet.breaks import Break
from tracking.fleet.courier import Courier, CourierPosition, Shift
from tracking.fleet.erasures import Erasure
from tracking.fleet.phone_commands import PhoneCommand
from tracking.fleet.reports import ReportRecord
from tracking.fleet.stops import Publication, Step, Stop
from tracking.fleet.trips import Trip, TripMark
from tracking.fleet.visits import Visit
from tracking.identity.api_key import ApiKey
from tracking.identity.devices import Device, DeviceInvitation
from tracking.identity.people import Person, Session, Throttle
from tracking.lockers.deposits import Deposit
from tracking.lockers.locker import Compartment, Locker, LockerCommand, Withdrawal
from tracking.lockers.offline_codes import OfflineCode
from tracking.mails.mail import Mail, Mailing
from tracking.orders.amendment import Amendment
from tracking.orders.calendar import ServiceCalendar
from tracking.orders.causes import OrderMark
from tracking.orders.order import Order
from tracking.orders.promise import Promise
from tracking.orders.sla import Contract, Pause
from tracking.parts.location import Location
from tracking.parts.machine import Machine
from tracking.parts.part import Part, Unit
from tracking.parts.stock import Balance, CountTask, Lying, Reservation, StockMove
from tracking.repairs.disposition import Certificate, Disposition
from tracking.repairs.procedure import Procedure, ProcedureRun
from tracking.repairs.rules import DispositionRules
from tracking.repairs.work import ConsumedPart, Labour
from tracking.repairs.work_order import WorkOrder
from tracking.returns.inspection import Inspection
from tracking.returns.link import ReturnLink
from tracking.returns.rma import Return
from tracking.values.events import DomainEvent
from tracking.values.offsets import Offset
from tracking.webhooks.webhook import Delivery, Webhook

Entity = TypeVar("Entity")


class Records(Protocol[Entity]):
    """All records of one kind; keys are given in the order of the entity's key fields."""

    def get(self, *key: str | int, lock: bool = False) -> Entity | None:
        """Return the record with this key, or None; `lock` keeps others from changing it meanwhile."""

    def require(self, *key: str | int | None, lock: bool = False) -> Entity:
        """Return the record with this key. Raises `NotFound`."""

    def find(self, **equals: object) -> list[Entity]:
        """Return the records whose fields equal these values, in the order of their keys."""

    def find_in(self, **among: Iterable[object]) -> list[Entity]:
        """Return the records whose fields are each among the given values, in the order of their keys."""

    def lock_in(self, **among: Iterable[object]) -> list[Entity]:
        """Do as `find_in`, and keep others from changing them meanwhile; they are locked in that order."""

    def find_between(self, name: str, since: datetime, until: datetime, **equals: object) -> list[Entity]:
        """Return the records whose time `name` is in [since, until) and whose fields equal these values."""

    def scan(self) -> Iterator[Entity]:
        """Yield all records in the order of their keys, without holding them all at once."""

    def add(self, entity: Entity) -> None:
        """Add a record."""

    def add_all(self, entities: Sequence[Entity]) -> None:
        """Add many records at once."""

    def save_all(self, entities: Sequence[Entity]) -> None:
        """Replace many records, which are there and carry no `version`, at once."""

    def ensure(self, entity: Entity) -> Entity:
        """Return the record with this entity's key, added if there was none, kept from others' changes."""

    def save(self, entity: Entity) -> None:
        """Replace a record. Raises `Conflict` when its `version` is not the one that is stored."""

    def remove(self, *key: str | int) -> None:
        """Remove a record."""


class Ledger(Protocol):
    """The moves of stock, and the balances that are their sums."""

    def lock(self, lines: Iterable[tuple[str, str]]) -> None:
        """Keep others from moving or reserving these (location, part) lines until this ends."""

    def lock_all(self, lines: Iterable[tuple[str, str]]) -> None:
        """Do as `lock`, for many lines at a time."""

    def balance(self, location_id: str, part_number: str) -> Balance:
        """Return what lies of a part at a location."""

    def balances(self, location_id: str | None = None, part_number: str | None = None) -> list[Balance]:
        """Return the balances that are not zero, of one location or part or of all."""

    def whereabouts(self, serial: str) -> str | None:
        """Return where a serial went last, or None when it never moved."""

    def serials_at(self, location_id: str, part_number: str | None = None) -> list[str]:
        """Return the serials at a location, those that came first in front."""

    def moved_lines(self, location_ids: Sequence[str]) -> set[tuple[str, str]]:
        """Return the (location, part) lines of these locations that ever had a move."""

    def contents(self, location_ids: Sequence[str]) -> Iterator[Lying]:
        """Yield all that lies at some locations, by location, part and serial, but nothing below zero."""

    def post(self, move: StockMove) -> None:
        """Record a move."""

    def post_all(self, moves: Sequence[StockMove]) -> None:
        """Record many moves at once."""


class Custody(Protocol):
    """The timelines of serials."""

    def append(self, handover: HandOver) -> CustodyEntry:
        """Record a hand-over as the next link of its serial's chain."""

    def append_all(self, handovers: Sequence[HandOver]) -> None:
        """Record many hand-overs at once, each as the next link of its serial's chain."""

    def timeline(self, serial: str) -> tuple[list[CustodyEntry], dict[int, CustodyDetail]]:
        """Return the entries of a serial, oldest first, and the details by position."""

    def heads(self) -> list[Head]:
        """Return the newest entry of every serial."""

    def faults(self, serial: str) -> list[str]:
        """Return what is wrong with a serial's chain, in words."""


class Outbox(Protocol):
    """The events of this transaction, for those who listen."""

    def add(self, *events: DomainEvent) -> None:
        """Record events."""


class UnitOfWork(Protocol):
    """One transaction: what is not committed when the block ends is rolled back."""

    people: Records[Person]
    sessions: Records[Session]
    throttles: Records[Throttle]
    api_keys: Records[ApiKey]
    devices: Records[Device]
    device_invitations: Records[DeviceInvitation]
    parts: Records[Part]
    units: Records[Unit]
    locations: Records[Location]
    machines: Records[Machine]
    reservations: Records[Reservation]
    count_tasks: Records[CountTask]
    calendars: Records[ServiceCalendar]
    contracts: Records[Contract]
    pauses: Records[Pause]
    order_marks: Records[OrderMark]
    promises: Records[Promise]
    amendments: Records[Amendment]
    orders: Records[Order]
    returns: Records[Return]
    return_links: Records[ReturnLink]
    photos: Records[Photo]
    inspections: Records[Inspection]
    work_orders: Records[WorkOrder]
    test_procedures: Records[Procedure]
    test_runs: Records[ProcedureRun]
    consumed_parts: Records[ConsumedPart]
    labour: Records[Labour]
    disposition_rules: Records[DispositionRules]
    dispositions: Records[Disposition]
    certificates: Records[Certificate]
    couriers: Records[Courier]
    shifts: Records[Shift]
    breaks: Records[Break]
    positions: Records[CourierPosition]
    phone_commands: Records[PhoneCommand]
    track_slices: Records[TrackSlice]
    visits: Records[Visit]
    stops: Records[Stop]
    steps: Records[Step]
    publications: Records[Publication]
    reports: Records[ReportRecord]
    lockers: Records[Locker]
    compartments: Records[Compartment]
    withdrawals: Records[Withdrawal]
    locker_commands: Records[LockerCommand]
    deposits: Records[Deposit]
    offline_codes: Records[OfflineCode]
    offsets: Records[Offset]
    alerts: Records[Alert]
    trips: Records[Trip]
    trip_marks: Records[TripMark]
    erasures: Records[Erasure]
    webhooks: Records[Webhook]
    deliveries: Records[Delivery]
    mailings: Records[Mailing]
    mails: Records[Mail]
    ledger: Ledger
    custody: Custody

    @property
    def outbox(self) -> Outbox:
        """The events of this transaction."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def attempt(self) -> AbstractContextManager[None]:
        """Undo what is done in this block, and that alone, when an error leaves it."""

    def next_number(self, sequence: str) -> int:
        """Return the next number of a sequence that people say aloud, starting at 1001."""

    def commit(self) -> None:
        """Make everything durable and visible to others."""

    def rollback(self) -> None:
        """Forget everything since the last commit."""
