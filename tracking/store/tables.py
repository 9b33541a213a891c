"""Every table of the relational store; most are the fields of one entity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, Table, Text, text

from tracking.custody.photo import Photo
from tracking.custody.timeline import CustodyDetail, CustodyEntry
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
from tracking.store.columns import Json, Utc, columns_of
from tracking.values.offsets import Offset
from tracking.webhooks.webhook import Delivery, Webhook

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

RowId = BigInteger().with_variant(Integer, "sqlite")
"""A counting key: SQLite counts only for the type INTEGER."""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer to a write that carried an idempotency key, for when the same write comes again."""

    principal: str
    idempotency_key: str
    request_sha256: str
    status: int
    body: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One write that somebody made over the API: who, what, on which path, and the request as JSON."""

    entry_id: str
    at: datetime
    actor: str
    operation: str
    path: str
    request: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A sign of life of one process; `healthy` is its own opinion, `detail` its reason."""

    process: str
    pid: int
    port: int
    at: datetime
    healthy: bool
    detail: str


@dataclass(frozen=True, slots=True)
class GatewaySlot:
    """A numbered session of the gateways on the broker: what it was subscribed to, and when that was done."""

    slot: int
    filters: tuple[str, ...]
    subscribed_at: datetime


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of a job that is not seen otherwise: when, and what it did, by name."""

    run_id: str
    name: str
    ran_at: datetime
    counts: dict[str, int]


KEYS: dict[type[Any], tuple[str, tuple[str, ...]]] = {
    Person: ("people", ("login",)),
    Session: ("sessions", ("session_id",)),
    Throttle: ("throttles", ("key",)),
    ApiKey: ("api_keys", ("key_id",)),
    Device: ("devices", ("device_id",)),
    DeviceInvitation: ("device_invitations", ("token_sha256",)),
    Part: ("parts", ("part_number",)),
    Unit: ("units", ("serial",)),
    Location: ("locations", ("location_id",)),
    Machine: ("machines", ("machine_id",)),
    Reservation: ("reservations", ("reservation_id",)),
    CountTask: ("count_tasks", ("task_id",)),
    ServiceCalendar: ("service_calendars", ("calendar_id",)),
    Contract: ("contracts", ("contract_id",)),
    Pause: ("sla_pauses", ("pause_id",)),
    OrderMark: ("order_marks", ("mark_id",)),
    Promise: ("promises", ("promise_id",)),
    Amendment: ("order_amendments", ("amendment_id",)),
    Order: ("orders", ("order_id",)),
    Return: ("returns", ("return_id",)),
    ReturnLink: ("return_links", ("link_id",)),
    Photo: ("photos", ("sha256",)),
    Inspection: ("inspections", ("return_id",)),
    WorkOrder: ("work_orders", ("work_order_id",)),
    Procedure: ("test_procedures", ("procedure_id",)),
    ProcedureRun: ("test_runs", ("run_id",)),
    ConsumedPart: ("consumed_parts", ("consumed_id",)),
    Labour: ("labour", ("labour_id",)),
    DispositionRules: ("disposition_rules", ("version",)),
    Disposition: ("dispositions", ("disposition_id",)),
    Certificate: ("certificates", ("number",)),
    Courier: ("couriers", ("courier_id",)),
    Shift: ("shifts", ("shift_id",)),
    Break: ("breaks", ("break_id",)),
    CourierPosition: ("courier_positions", ("courier_id",)),
    Visit: ("visits", ("visit_id",)),
    PhoneCommand: ("phone_commands", ("device_id", "action")),
    Stop: ("stops", ("stop_id",)),
    Step: ("steps", ("stop_id", "step_id")),
    Publication: ("publications", ("revision",)),
    ReportRecord: ("driver_reports", ("event_id",)),
    Locker: ("lockers", ("locker_id",)),
    Compartment: ("compartments", ("locker_id", "compartment")),
    Withdrawal: ("withdrawals", ("withdrawal_id",)),
    LockerCommand: ("locker_commands", ("command_id",)),
    Deposit: ("deposits", ("deposit_id",)),
    OfflineCode: ("offline_codes", ("locker_id", "compartment", "counter")),
    CustodyEntry: ("custody_entries", ("serial", "position")),
    CustodyDetail: ("custody_details", ("serial", "position")),
    TrackSlice: ("custody_slices", ("sha256",)),
    AuditEntry: ("audit_entries", ("entry_id",)),
    StoredAnswer: ("stored_answers", ("principal", "idempotency_key")),
    Heartbeat: ("heartbeats", ("process",)),
    GatewaySlot: ("gateway_slots", ("slot",)),
    Offset: ("offsets", ("reader",)),
    Alert: ("alerts", ("alert_id",)),
    Trip: ("trips", ("trip_id",)),
    TripMark: ("trip_marks", ("courier_id", "hour")),
    Erasure: ("erasures", ("courier_id",)),
    JobRun: ("job_runs", ("run_id",)),
    Webhook: ("webhooks", ("webhook_id",)),
    Mailing: ("mailings", ("name",)),
    Mail: ("mails", ("mail_id",)),
    Delivery: ("webhook_deliveries", ("delivery_id",)),
}
"""Table name and key fields of each entity."""

TABLES: dict[type[Any], Table] = {
    entity: Table(name, metadata, *columns_of(entity, key)) for entity, (name, key) in KEYS.items()
}

stock_lines = Table(
    "stock_lines",
    metadata,
    Column("location_id", Text, ForeignKey("locations.location_id"), primary_key=True),
    Column("part_number", Text, ForeignKey("parts.part_number"), primary_key=True),
)
"""One row a (location, part), there to be locked."""

stock_moves = Table(
    "stock_moves",
    metadata,
    Column("move_id", Text, primary_key=True),
    Column("part_number", Text, ForeignKey("parts.part_number"), nullable=False),
    Column("from_id", Text, ForeignKey("locations.location_id"), nullable=False),
    Column("to_id", Text, ForeignKey("locations.location_id"), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("recorded_at", Utc, nullable=False),
)

stock_postings = Table(
    "stock_postings",
    metadata,
    Column("posting_id", RowId, primary_key=True, autoincrement=True),
    Column("move_id", Text, ForeignKey("stock_moves.move_id"), nullable=False),
    Column("location_id", Text, nullable=False),
    Column("part_number", Text, nullable=False),
    Column("serial", Text),
    Column("quantity", BigInteger, nullable=False),
    Index(None, "location_id", "part_number"),
    Index(None, "serial"),
)
"""Two rows a move and serial: out of one location, into the other. Balances are sums of these."""

outbox = Table(
    "outbox",
    metadata,
    Column("outbox_id", RowId, primary_key=True, autoincrement=True),
    Column("position", BigInteger, unique=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("recorded_at", Utc, nullable=False),
    Column("data", Json(), nullable=False),
)
"""Events; `position` is stamped after the commit, by the one relay."""

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
)

sequences = Table(
    "sequences",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

Index(None, TABLES[ApiKey].c.secret_sha256)
Index(None, TABLES[AuditEntry].c.at)
Index(None, TABLES[Device].c.secret_sha256)
Index(None, TABLES[Device].c.pending_sha256)
Index("ix_reservations_open", TABLES[Reservation].c.location_id, TABLES[Reservation].c.part_number)
Index(None, TABLES[Reservation].c.order_id)
Index(None, TABLES[Promise].c.state)
Index(None, TABLES[Machine].c.site_id)
Index("uq_machines_model_serial", TABLES[Machine].c.model, TABLES[Machine].c.serial, unique=True)
Index(None, TABLES[Order].c.state)
Index(None, TABLES[Pause].c.order_id)
Index(None, TABLES[OrderMark].c.order_id)
Index(None, TABLES[Amendment].c.order_id)
Index(None, TABLES[TrackSlice].c.courier_id)
Index(None, TABLES[Return].c.state)
Index(None, TABLES[Shift].c.courier_id, TABLES[Shift].c.ends_at)
Index(None, TABLES[Break].c.shift_id)
Index(None, TABLES[Visit].c.courier_id, TABLES[Visit].c.departed_at)
Index(None, TABLES[Trip].c.courier_id, TABLES[Trip].c.ended_at)
Index(None, TABLES[Delivery].c.due_at)
Index(None, TABLES[Mail].c.due_at)
Index(None, TABLES[Delivery].c.webhook_id, TABLES[Delivery].c.position)
Index(None, TABLES[JobRun].c.name, TABLES[JobRun].c.ran_at)
Index(None, TABLES[Stop].c.courier_id, TABLES[Stop].c.state)
Index(None, TABLES[Stop].c.courier_id, TABLES[Stop].c.done_at)
Index(None, TABLES[Step].c.step_id)
Index(None, TABLES[Withdrawal].c.order_id)
Index(None, TABLES[Withdrawal].c.locker_id, TABLES[Withdrawal].c.compartment)
Index(None, TABLES[LockerCommand].c.sent_at)
Index(None, TABLES[Deposit].c.locker_id, TABLES[Deposit].c.state)
Index("uq_promises_request_key", TABLES[Promise].c.request_key, unique=True)
Index(None, TABLES[WorkOrder].c.serial)
Index(None, TABLES[WorkOrder].c.part_number, TABLES[WorkOrder].c.closed_at)
Index(None, TABLES[ProcedureRun].c.work_order_id)
Index(None, TABLES[ConsumedPart].c.work_order_id)
Index(None, TABLES[Labour].c.work_order_id)
Index("uq_work_orders_number", TABLES[WorkOrder].c.number, unique=True)
Index(None, TABLES[Disposition].c.serial)
Index(None, TABLES[Disposition].c.return_id)
Index("uq_dispositions_number", TABLES[Disposition].c.number, unique=True)
Index(
    "uq_test_procedures_version",
    TABLES[Procedure].c.part_number,
    TABLES[Procedure].c.name,
    TABLES[Procedure].c.version,
    unique=True,
)
Index("uq_orders_number", TABLES[Order].c.number, unique=True)
Index("uq_returns_number", TABLES[Return].c.number, unique=True)
Index(None, TABLES[Return].c.serial)
Index("uq_return_links_token", TABLES[ReturnLink].c.token_sha256, unique=True)
Index(None, TABLES[OfflineCode].c.deposit_id)
Index(
    "ix_outbox_unstamped",
    outbox.c.outbox_id,
    sqlite_where=text("position IS NULL"),
    postgresql_where=text("position IS NULL"),
)
