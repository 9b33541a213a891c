"""The unit of work on a relational database, and the store that opens it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine, select, text

from tracking.custody.photo import Photo
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
from tracking.parts.stock import CountTask, Reservation
from tracking.repairs.disposition import Certificate, Disposition
from tracking.repairs.procedure import Procedure, ProcedureRun
from tracking.repairs.rules import DispositionRules
from tracking.repairs.work import ConsumedPart, Labour
from tracking.repairs.work_order import WorkOrder
from tracking.returns.inspection import Inspection
from tracking.returns.link import ReturnLink
from tracking.returns.rma import Return
from tracking.store.columns import upsert
from tracking.store.custody import SqlCustody
from tracking.store.engine import make_engine, transaction
from tracking.store.leases import SqlLeases
from tracking.store.ledger import SqlLedger
from tracking.store.migrate import upgrade
from tracking.store.outbox import SqlOutbox
from tracking.store.records import SqlRecords
from tracking.store.tables import AuditEntry, GatewaySlot, Heartbeat, JobRun, StoredAnswer, sequences
from tracking.store.wake import CHANNEL, POLL_S, Wake, make_wake
from tracking.unit_of_work import Custody, Ledger, Records
from tracking.values.offsets import Offset
from tracking.webhooks.webhook import Delivery, Webhook

FIRST_NUMBER = 1001
Entity = TypeVar("Entity")


class SqlUnitOfWork:
    """One transaction; see `tracking.unit_of_work.UnitOfWork`. Used as a context manager, once."""

    def __init__(self, engine: Engine, custody_key: bytes, write: bool) -> None:
        self._engine = engine
        self._custody_key = custody_key
        self._write = write
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.connection = self._stack.enter_context(transaction(self._engine, self._write))
        self._open(self.connection)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def _open(self, c: Connection) -> None:
        self.people: Records[Person] = SqlRecords(c, Person)
        self.sessions: Records[Session] = SqlRecords(c, Session)
        self.throttles: Records[Throttle] = SqlRecords(c, Throttle)
        self.api_keys: Records[ApiKey] = SqlRecords(c, ApiKey)
        self.devices: Records[Device] = SqlRecords(c, Device)
        self.device_invitations: Records[DeviceInvitation] = SqlRecords(c, DeviceInvitation)
        self.parts: Records[Part] = SqlRecords(c, Part)
        self.units: Records[Unit] = SqlRecords(c, Unit)
        self.locations: Records[Location] = SqlRecords(c, Location)
        self.machines: Records[Machine] = SqlRecords(c, Machine)
        self.reservations: Records[Reservation] = SqlRecords(c, Reservation)
        self.count_tasks: Records[CountTask] = SqlRecords(c, CountTask)
        self.calendars: Records[ServiceCalendar] = SqlRecords(c, ServiceCalendar)
        self.contracts: Records[Contract] = SqlRecords(c, Contract)
        self.pauses: Records[Pause] = SqlRecords(c, Pause)
        self.order_marks: Records[OrderMark] = SqlRecords(c, OrderMark)
        self.promises: Records[Promise] = SqlRecords(c, Promise)
        self.amendments: Records[Amendment] = SqlRecords(c, Amendment)
        self.orders: Records[Order] = SqlRecords(c, Order)
        self.returns: Records[Return] = SqlRecords(c, Return)
        self.return_links: Records[ReturnLink] = SqlRecords(c, ReturnLink)
        self.photos: Records[Photo] = SqlRecords(c, Photo)
        self.inspections: Records[Inspection] = SqlRecords(c, Inspection)
        self.work_orders: Records[WorkOrder] = SqlRecords(c, WorkOrder)
        self.test_procedures: Records[Procedure] = SqlRecords(c, Procedure)
        self.test_runs: Records[ProcedureRun] = SqlRecords(c, ProcedureRun)
        self.consumed_parts: Records[ConsumedPart] = SqlRecords(c, ConsumedPart)
        self.labour: Records[Labour] = SqlRecords(c, Labour)
        self.disposition_rules: Records[DispositionRules] = SqlRecords(c, DispositionRules)
        self.dispositions: Records[Disposition] = SqlRecords(c, Disposition)
        self.certificates: Records[Certificate] = SqlRecords(c, Certificate)
        self.couriers: Records[Courier] = SqlRecords(c, Courier)
        self.shifts: Records[Shift] = SqlRecords(c, Shift)
        self.breaks: Records[Break] = SqlRecords(c, Break)
        self.positions: Records[CourierPosition] = SqlRecords(c, CourierPosition)
        self.phone_commands: Records[PhoneCommand] = SqlRecords(c, PhoneCommand)
        self.visits: Records[Visit] = SqlRecords(c, Visit)
        self.stops: Records[Stop] = SqlRecords(c, Stop)
        self.steps: Records[Step] = SqlRecords(c, Step)
        self.publications: Records[Publication] = SqlRecords(c, Publication)
        self.reports: Records[ReportRecord] = SqlRecords(c, ReportRecord)
        self.lockers: Records[Locker] = SqlRecords(c, Locker)
        self.compartments: Records[Compartment] = SqlRecords(c, Compartment)
        self.withdrawals: Records[Withdrawal] = SqlRecords(c, Withdrawal)
        self.locker_commands: Records[LockerCommand] = SqlRecords(c, LockerCommand)
        self.deposits: Records[Deposit] = SqlRecords(c, Deposit)
        self.offline_codes: Records[OfflineCode] = SqlRecords(c, OfflineCode)
        self.audit: Records[AuditEntry] = SqlRecords(c, AuditEntry)
        self.answers: Records[StoredAnswer] = SqlRecords(c, StoredAnswer)
        self.heartbeats: Records[Heartbeat] = SqlRecords(c, Heartbeat)
        self.gateway_slots: Records[GatewaySlot] = SqlRecords(c, GatewaySlot)
        self.offsets: Records[Offset] = SqlRecords(c, Offset)
        self.track_slices: Records[TrackSlice] = SqlRecords(c, TrackSlice)
        self.alerts: Records[Alert] = SqlRecords(c, Alert)
        self.trips: Records[Trip] = SqlRecords(c, Trip)
        self.trip_marks: Records[TripMark] = SqlRecords(c, TripMark)
        self.erasures: Records[Erasure] = SqlRecords(c, Erasure)
        self.webhooks: Records[Webhook] = SqlRecords(c, Webhook)
        self.deliveries: Records[Delivery] = SqlRecords(c, Delivery)
        self.mailings: Records[Mailing] = SqlRecords(c, Mailing)
        self.mails: Records[Mail] = SqlRecords(c, Mail)
        self.job_runs: Records[JobRun] = SqlRecords(c, JobRun)
        self.ledger: Ledger = SqlLedger(c)
        self.custody: Custody = SqlCustody(c, self._custody_key)
        self.outbox = SqlOutbox(c)
        self.leases = SqlLeases(c)

    def records(self, entity: type[Entity]) -> SqlRecords[Entity]:
        """Return the records of an entity, for queries that go beyond equality."""
        return SqlRecords(self.connection, entity)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        with self.connection.begin_nested():
            yield

    def next_number(self, sequence: str) -> int:
        first = upsert(self.connection, sequences).values(name=sequence, value=FIRST_NUMBER)
        self.connection.execute(
            first.on_conflict_do_update(index_elements=["name"], set_={"value": sequences.c.value + 1})
        )
        query = select(sequences.c.value).where(sequences.c.name == sequence)
        return int(self.connection.execute(query).scalar_one())

    def commit(self) -> None:
        if self._write and self.connection.dialect.name == "postgresql":
            self.connection.execute(text(f"NOTIFY {CHANNEL}"))
        self.connection.commit()

    def rollback(self) -> None:
        self.connection.rollback()


class Store:
    """The relational database of one process; `custody_key` seals the custody chains."""

    def __init__(self, url: str, custody_key: bytes) -> None:
        self.url = url
        self.engine = make_engine(url)
        self._custody_key = custody_key

    def migrate(self) -> None:
        """Bring the tables up to this version of the program; several processes may try at once."""
        upgrade(self.engine)

    def writing(self) -> SqlUnitOfWork:
        """Open a transaction that may write; on SQLite it waits for the writer before it."""
        return SqlUnitOfWork(self.engine, self._custody_key, write=True)

    def reading(self) -> SqlUnitOfWork:
        """Open a transaction that only reads, and waits for nobody."""
        return SqlUnitOfWork(self.engine, self._custody_key, write=False)

    def wake(self, poll_s: float = POLL_S) -> Wake:
        """Return what tells this process that others have committed something, on SQLite within `poll_s`."""
        return make_wake(self.engine, poll_s)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
