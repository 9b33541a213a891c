"""Tells webhooks of events: makes deliveries of stamped events, sends what is due, and notes how it went."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog

from api.processes.leased import Work
from api.secrets import load_secrets
from api.settings import Settings
from api.webhook_client import Answer, post
from tracking.identity.secrets import SecretSeal
from tracking.store.tables import TABLES
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.telemetry.slices import GoOn
from tracking.values.times import system_clock
from tracking.webhooks.service import claim, make_deliveries, secrets_in_force, settle
from tracking.webhooks.webhook import Delivery, Webhook, signed_headers

log = structlog.get_logger()

BATCH = 500
"""Events that are turned into deliveries at a time."""
AT_ONCE = 16
"""Deliveries that are under way at the same time."""

_Letter = tuple[Delivery, str, dict[str, str]]
"""A delivery, where it goes, and its headers."""


def webhook_sender(settings: Settings, store: Store, go_on: GoOn) -> Work:
    """Return the work of telling webhooks what has happened."""
    seal = SecretSeal(load_secrets(settings.data_dir).webhook_seal_key)
    sender = _Sender(store, seal, go_on, allow_private=settings.webhook_private)
    return sender.work


def forget_deliveries(uow: SqlUnitOfWork, at: datetime, *, kept: timedelta) -> int:
    """Forget deliveries that are over and as old as events may get; return how many."""
    table = TABLES[Delivery]
    old = table.delete().where(table.c.due_at.is_(None), table.c.made_at < at - kept)
    return uow.connection.execute(old).rowcount


class _Sender:
    def __init__(self, store: Store, seal: SecretSeal, go_on: GoOn, *, allow_private: bool) -> None:
        self._store, self._seal, self._go_on, self._allow_private = store, seal, go_on, allow_private

    def work(self, now: datetime) -> None:
        """Make deliveries of new events, and send what is due until nothing is."""
        while self._make(now) and self._go_on():
            pass
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while letters := self._claimed(system_clock()):
                self._settle([delivery for delivery, *_ in letters], list(pool.map(self._sent, letters)))
                if not self._go_on():
                    return

    def _make(self, now: datetime) -> int:
        """Make deliveries of the next events; return how many there were for the hindmost webhook."""
        with self._store.reading() as uow:
            behind = [each for each in uow.webhooks.find() if each.position < uow.outbox.newest()]
        most = 0
        for webhook in behind:
            with self._store.writing() as uow:
                current = uow.webhooks.get(webhook.webhook_id, lock=True)
                if current is None:
                    continue
                events = [(e.position, e.event) for e in uow.outbox.read(current.position, BATCH)]
                make_deliveries(uow, current, events, now)
                uow.commit()
            most = max(most, len(events))
        return most

    def _claimed(self, at: datetime) -> list[_Letter]:
        """Claim the deliveries that are due, the oldest first, of webhooks that are not disabled."""
        with self._store.writing() as uow:
            webhooks = {each.webhook_id: each for each in uow.webhooks.find(disabled_at=None)}
            due = _due(uow, at, list(webhooks))
            claimed = [claim(uow, delivery, at) for delivery in due]
            uow.commit()
        return [self._letter(webhooks[delivery.webhook_id], delivery, at) for delivery in claimed]

    def _letter(self, webhook: Webhook, delivery: Delivery, at: datetime) -> _Letter:
        headers = signed_headers(delivery, at, secrets_in_force(webhook, at, self._seal))
        return delivery, webhook.url, headers

    def _sent(self, letter: _Letter) -> Answer:
        delivery, url, headers = letter
        return post(url, delivery.body, headers, allow_private=self._allow_private)

    def _settle(self, deliveries: Sequence[Delivery], answers: Sequence[Answer]) -> None:
        """Note how attempts ended; of a webhook that was removed meanwhile there is nothing to note."""
        with self._store.writing() as uow:
            for delivery, answer in zip(deliveries, answers, strict=True):
                if uow.deliveries.get(delivery.delivery_id, lock=True) is None:
                    continue
                settled = settle(uow, delivery, system_clock(), answer.status, answer.error)
                if settled.delivered_at is None:
                    log.info("webhook failed", webhook=settled.webhook_id, error=settled.error)
            uow.commit()


def _due(uow: SqlUnitOfWork, at: datetime, webhook_ids: Sequence[str]) -> list[Delivery]:
    records = uow.records(Delivery)
    table = records.table
    due = records.query().where(table.c.due_at <= at, table.c.webhook_id.in_(webhook_ids))
    return records.select(due.order_by(None).order_by(table.c.due_at, table.c.delivery_id).limit(AT_ONCE))
