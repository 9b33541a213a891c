"""Alarms that couriers raise by their phones."""

from __future__ import annotations

from datetime import datetime

from tracking.store.tables import StoredAnswer
from tracking.store.unit_of_work import Store
from tracking.values.events import DomainEvent
from tracking.values.times import to_ms

PRINCIPAL = "phone-alarms"
"""Whose name the alarms already raised are remembered under, beside the answers to callers."""


def raise_alarm(store: Store, courier_id: str, alarm: str, said_at: datetime | None, now: datetime) -> bool:
    """Tell the dispatchers of an alarm, once however often the phone sends it; return whether it was new.

    An alarm without a time of the phone counts once a minute.
    """
    at = said_at or now
    moment = to_ms(said_at) if said_at else to_ms(now) // 60_000
    known = StoredAnswer(PRINCIPAL, f"{courier_id}:{alarm}:{moment}", "", 200, "", now)
    with store.writing() as uow:
        if uow.answers.get(known.principal, known.idempotency_key, lock=True) is not None:
            return False
        uow.answers.add(known)
        cause = f"{courier_id} raised the alarm {alarm!r} on the phone."
        data = {"courier_id": courier_id, "alarm": alarm, "cause": cause}
        uow.outbox.add(DomainEvent("alert.raised", courier_id, at, data))
        uow.commit()
    return True
