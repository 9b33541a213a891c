"""Whether the system lives, is ready, and how it does."""

from __future__ import annotations

from datetime import timedelta

from apiflask import APIBlueprint
from flask import Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from api.context import context
from api.journal_numbers import journal_numbers
from api.processes.process import show_metrics

health = APIBlueprint("health", __name__, enable_openapi=False)

STALE_AFTER = timedelta(seconds=10)
"""A process that gave no sign of life for this long is not ready."""
FORGOTTEN_AFTER = timedelta(minutes=10)
"""A process that gave no sign of life for this long was switched off."""
EXPECTED = ("gateway", "fold", "planner", "worker", "api")
"""The processes without which nothing works; of some there may be more, as gateway-2."""


@health.get("/healthz")
def healthz() -> Response:
    """Tell that this process answers."""
    return jsonify(status="ok")


@health.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Tell whether every process of this installation gives signs of life and thinks itself healthy."""
    now = context().clock()
    with context().store.reading() as uow:
        beats = [beat for beat in uow.heartbeats.find() if now - beat.at <= FORGOTTEN_AFTER]
    faults = dict.fromkeys(EXPECTED, "no sign of life")
    for beat in beats:
        faults.pop(beat.process.partition("-")[0], None)
        if not beat.healthy or now - beat.at > STALE_AFTER:
            faults[beat.process] = beat.detail or "no sign of life"
    seen = {beat.process: beat.at.isoformat() for beat in beats}
    status = 503 if faults else 200
    notes = {beat.process: beat.detail for beat in beats if beat.healthy and beat.detail}
    said = "not ready" if faults else "ready"
    return jsonify(status=said, processes=seen, faults=faults, notes=notes), status


@health.get("/metrics")
def metrics() -> Response:
    """Show the metrics of this process and the journal's counts, in Prometheus' text format."""
    journal = CollectorRegistry()
    show_metrics("fieldstock_journal", lambda: journal_numbers(context().journal), journal)
    return Response(generate_latest() + generate_latest(journal), mimetype=CONTENT_TYPE_LATEST)
