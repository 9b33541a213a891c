"""The worker process: stamps the outbox at once, and does what falls due."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from api.processes.jobs import Jobs
from api.processes.leased import LeasedThread, release, renew
from api.processes.loop_health import LoopHealth
from api.processes.mails import MailSender, forget_mails
from api.processes.process import Health, give_signs_of_life, serve_health
from api.processes.webhooks import forget_deliveries, webhook_sender
from api.secrets import load_secrets
from api.settings import BrokerAuth, Settings
from tracking.fleet.silence import tell_silence
from tracking.identity.invitations import prune_invitations
from tracking.identity.rotation import advance_rotations
from tracking.identity.service import prune_throttles
from tracking.lockers.depositing import expire_deposits
from tracking.lockers.service import expire_withdrawals
from tracking.orders.promising import lapse
from tracking.orders.risk import warn_of_late_orders
from tracking.parts.service import expire_reservations
from tracking.returns.service import tell_overdue_cores
from tracking.store.leases import Lease
from tracking.store.tables import TABLES, AuditEntry, StoredAnswer
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.telemetry.journal import Journal
from tracking.values.errors import FieldstockError
from tracking.values.ids import new_id
from tracking.values.times import system_clock, zone_named

log = structlog.get_logger()

LEASE = "worker"
LEASE_MS = 10_000
JOBS, WEBHOOKS, MAILS = "jobs", "webhooks", "mails"
JOIN_S = 30.0
ANSWERS_KEPT = timedelta(days=30)
RETRY_S = 1.0


@dataclass
class Chore:
    """Something that falls due every `every`; it returns how many things it did."""

    name: str
    every: timedelta
    work: Callable[[SqlUnitOfWork, datetime], int]
    due_at: datetime | None = None


def run_worker(settings: Settings, stop: threading.Event) -> None:
    """Stamp events and do chores until `stop` is set; of several workers, one does it at a time."""
    store = Store(settings.relational_url, load_secrets(settings.data_dir).custody_key)
    settings.journal_path.parent.mkdir(parents=True, exist_ok=True)
    journal = Journal(settings.journal_path)
    health = LoopHealth("worker")
    mails = MailSender(settings, store)
    threads = [
        LeasedThread(store, JOBS, stop, lambda go_on: Jobs(settings, store, journal, go_on).do),
        LeasedThread(store, WEBHOOKS, stop, lambda go_on: webhook_sender(settings, store, go_on)),
        LeasedThread(store, MAILS, stop, lambda go_on: partial(mails.work, go_on=go_on)),
    ]
    whole = Health(
        lambda: health.fault() or next(filter(None, (t.fault() for t in threads)), None), mails.note
    )
    port = serve_health(settings.bind, settings.health_port + 3, whole)
    give_signs_of_life(store, "worker", port, whole, stop)
    holder, chores, lease = new_id(), _chores(settings), None
    for thread in threads:
        thread.start()
    renewed_at = system_clock() - timedelta(hours=1)
    wake = store.wake()
    log.info("worker ready")
    try:
        while not stop.is_set():
            now = system_clock()
            try:
                if now - renewed_at > timedelta(milliseconds=LEASE_MS / 3):
                    lease, renewed_at = renew(store, LEASE, holder, LEASE_MS), now
                if lease is not None:
                    stamp_events(store, lease)
                    _do_chores(store, chores, now)
                health.done()
            except Exception as error:  # noqa: BLE001 - whatever it was, events must go on being stamped
                health.failed(error)
                stop.wait(RETRY_S)
            wake.wait(1.0)
    finally:
        stop.set()
        release(store, lease)
        for thread in threads:
            thread.join(JOIN_S)
        wake.close()
        journal.close()


def stamp_events(store: Store, lease: Lease | None = None) -> int:
    """Give positions to all committed events that have none, and return how many there were.

    With a `lease`, only as long as it is held: raises `LeaseLost` otherwise.
    """
    total = 0
    while True:
        with store.reading() as uow:
            if not uow.outbox.has_unstamped():
                return total
        with store.writing() as uow:
            if lease is not None:
                uow.leases.check(lease)
            total += uow.outbox.stamp()
            uow.commit()


def _chores(settings: Settings) -> list[Chore]:
    kept = timedelta(days=settings.event_retention_days)
    silent_after = timedelta(seconds=settings.silent_after_s)
    zone = zone_named(settings.time_zone)
    return [
        Chore("promises lapsed", timedelta(seconds=2), lapse),
        Chore("reservations expired", timedelta(seconds=5), expire_reservations),
        Chore("withdrawals expired", timedelta(seconds=5), expire_withdrawals),
        Chore("deposits expired", timedelta(seconds=5), expire_deposits),
        Chore("orders late", timedelta(seconds=10), partial(warn_of_late_orders, zone=zone)),
        Chore("cores overdue", timedelta(minutes=5), tell_overdue_cores),
        Chore("silence told", timedelta(seconds=10), lambda uow, now: tell_silence(uow, now, silent_after)),
        Chore("secrets rotated", timedelta(seconds=2), _rotations(settings)),
        Chore("invitations forgotten", timedelta(hours=1), prune_invitations),
        Chore("throttles forgotten", timedelta(minutes=10), prune_throttles),
        Chore("events forgotten", timedelta(hours=1), lambda uow, now: uow.outbox.prune(now - kept)),
        Chore("deliveries forgotten", timedelta(hours=1), partial(forget_deliveries, kept=kept)),
        Chore("mails forgotten", timedelta(hours=1), partial(forget_mails, kept=kept)),
        Chore("answers forgotten", timedelta(hours=1), _forget_answers),
        Chore(
            "audit entries forgotten",
            timedelta(hours=1),
            partial(forget_audit, kept=timedelta(days=settings.audit_retention_days)),
        ),
    ]


def _rotations(settings: Settings) -> Callable[[SqlUnitOfWork, datetime], int]:
    keep_sealed = settings.broker_auth is BrokerAuth.DYNAMIC_SECURITY
    return lambda uow, now: advance_rotations(uow, now, keep_sealed=keep_sealed)


def _do_chores(store: Store, chores: list[Chore], now: datetime) -> None:
    for chore in chores:
        if chore.due_at is not None and chore.due_at > now:
            continue
        chore.due_at = now + chore.every
        try:
            with store.writing() as uow:
                done = chore.work(uow, now)
                if done:
                    uow.commit()
                    log.info(chore.name, count=done)
        except (FieldstockError, DBAPIError) as error:  # it falls due again
            log.warning("chore failed", chore=chore.name, error=str(error))


def forget_audit(uow: SqlUnitOfWork, now: datetime, *, kept: timedelta) -> int:
    """Forget what was written down of the API's writes longer ago than it is kept; return how much."""
    table = TABLES[AuditEntry]
    return uow.connection.execute(delete(table).where(table.c.at < now - kept)).rowcount


def _forget_answers(uow: SqlUnitOfWork, now: datetime) -> int:
    table = TABLES[StoredAnswer]
    return uow.connection.execute(delete(table).where(table.c.made_at < now - ANSWERS_KEPT)).rowcount
