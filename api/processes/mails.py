"""Tells people of alerts by e-mail: makes mails of stamped events, sends what is due, and notes the end."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta

import structlog

from api.mail_client import Envelope, MailRefused, MailServer, send
from api.settings import Settings
from tracking.mails.mail import Mail
from tracking.mails.service import ALERTS, Told, begin, claim, make_mails, settle
from tracking.store.tables import TABLES
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.telemetry.slices import GoOn
from tracking.values.times import system_clock, zone_named

log = structlog.get_logger()

BATCH = 500
"""Events that are looked at for alerts at a time."""


def forget_mails(uow: SqlUnitOfWork, at: datetime, *, kept: timedelta) -> int:
    """Forget mails that are over and as old as events may get; return how many."""
    table = TABLES[Mail]
    old = table.delete().where(table.c.due_at.is_(None), table.c.made_at < at - kept)
    return uow.connection.execute(old).rowcount


class MailSender:
    """Sends mails, if it is set where to; `trust` is whom to believe, the system's authorities as a rule."""

    def __init__(self, settings: Settings, store: Store, trust: ssl.SSLContext | None = None) -> None:
        self._settings, self._store, self._trust = settings, store, trust
        self._zone = zone_named(settings.time_zone)
        self._failure: str | None = None

    def note(self) -> str | None:
        """Return why mails are not sent now, None while they are."""
        return None if self._failure is None else f"mail: {self._failure}"

    def work(self, now: datetime, go_on: GoOn) -> None:
        """Make mails of new alerts, and send what is due until nothing is, or the server is away."""
        if self._settings.mail_url is None:
            return
        server = MailServer.parse(self._settings.mail_url)
        envelope = Envelope(self._settings.mail_from, self._settings.mail_recipients)
        while self._make(now) and go_on():
            pass
        while (mail := self._claimed(system_clock())) is not None:
            if not self._sent(server, envelope, mail) or not go_on():
                return

    def _make(self, now: datetime) -> int:
        """Make mails of the next events; return how many events there were."""
        with self._store.reading() as uow:
            mailing = uow.mailings.get(ALERTS)
            if mailing is not None and mailing.position >= uow.outbox.newest():
                return 0
        with self._store.writing() as uow:
            mailing = begin(uow, uow.outbox.newest())
            events = [(each.position, each.event) for each in uow.outbox.read(mailing.position, BATCH)]
            told = Told(self._zone, f"{self._settings.base_url}/console", self._settings.mail_all_alerts)
            make_mails(uow, mailing, events, now, told)
            uow.commit()
        return len(events)

    def _claimed(self, at: datetime) -> Mail | None:
        """Claim the mail that has been due for longest, if there is one."""
        with self._store.reading() as uow:
            if _due(uow, at) is None:
                return None
        with self._store.writing() as uow:
            due = _due(uow, at)
            claimed = None if due is None else claim(uow, due, at)
            uow.commit()
        return claimed

    def _sent(self, server: MailServer, envelope: Envelope, mail: Mail) -> bool:
        """Attempt a mail and note how it went; tell whether the server may be asked for another."""
        failure: MailRefused | None = None
        try:
            refused = send(server, envelope, mail, self._trust)
            if refused:
                log.warning("mail refused for some", recipients=refused)
        except MailRefused as error:
            failure = error
            log.warning("mail not sent", error=error.cause, attempt=mail.attempts, given_up=error.for_good)
        self._failure = None if failure is None else failure.cause
        with self._store.writing() as uow:
            settle(
                uow,
                mail,
                system_clock(),
                None if failure is None else failure.cause,
                for_good=failure is not None and failure.for_good,
            )
            uow.commit()
        return failure is None or failure.for_good


def _due(uow: SqlUnitOfWork, at: datetime) -> Mail | None:
    records = uow.records(Mail)
    table = records.table
    due = records.query().where(table.c.due_at <= at)
    found = records.select(due.order_by(None).order_by(table.c.due_at, table.c.mail_id).limit(1))
    return found[0] if found else None
