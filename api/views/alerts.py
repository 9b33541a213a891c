"""What needs a person at the moment, and what the jobs did."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from api.context import context
from api.operation import operation
from api.paging import page_of, page_of_list
from mobile_contract.common import Page
from mobile_contract.tracks import AlertQuery, AlertView, JobQuery, JobRunView
from tracking.fleet.alerts import Alert
from tracking.identity.roles import Scope
from tracking.store.tables import JobRun

alerts = APIBlueprint("alerts", __name__, url_prefix="/v1", tag="Alerts")


@operation(alerts, "GET", "/alerts", Page[AlertView], scope=Scope.READ, query=AlertQuery)
def list_alerts(query: AlertQuery) -> dict[str, Any]:
    """The alerts that stand."""
    with context().store.reading() as uow:
        views = [_alert_view(alert) for alert in uow.alerts.find(cleared_at=None)]
    return page_of_list(views, query, key=lambda view: view.alert_id)


@operation(alerts, "GET", "/jobs", Page[JobRunView], scope=Scope.READ, query=JobQuery)
def list_job_runs(query: JobQuery) -> dict[str, Any]:
    """What the jobs did, newest first: retention, and the trips that were worked out."""
    with context().store.reading() as uow:
        return page_of(
            uow.records(JobRun),
            query,
            lambda found: [_job_run_view(run) for run in found],
            key="run_id",
            newest_first=True,
        )


def _alert_view(alert: Alert) -> AlertView:
    return AlertView(
        alert_id=alert.alert_id,
        kind=alert.kind,
        subject=alert.subject,
        cause=alert.cause,
        raised_at=alert.raised_at,
    )


def _job_run_view(run: JobRun) -> JobRunView:
    return JobRunView(run_id=run.run_id, name=run.name, ran_at=run.ran_at, counts=run.counts)
