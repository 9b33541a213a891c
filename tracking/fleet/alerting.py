"""The use cases of standing alerts: dispatchers hear of the beginning and of the end, once each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tracking.fleet.alerts import Alert, alert_id
from tracking.unit_of_work import UnitOfWork
from tracking.values.events import DomainEvent


def stand(uow: UnitOfWork, kind: str, subject: str, cause: str, at: datetime, **data: str) -> bool:
    """Let an alert stand, and tell of it unless it stood before; return whether it is new."""
    raised = Alert(alert_id(kind, subject), kind, subject, cause, at)
    known = uow.alerts.get(raised.alert_id, lock=True)
    if known is not None and known.cleared_at is None:
        return False
    if known is None:
        uow.alerts.add(raised)
    else:
        uow.alerts.save(raised)
    uow.outbox.add(DomainEvent("alert.raised", subject, at, {**data, "alert": kind, "cause": cause}))
    return True


def clear(uow: UnitOfWork, alert: Alert, cause: str, at: datetime, **data: str) -> None:
    """End a standing alert and tell why."""
    uow.alerts.save(replace(alert, cleared_at=at))
    event = DomainEvent("alert.cleared", alert.subject, at, {**data, "alert": alert.kind, "cause": cause})
    uow.outbox.add(event)
