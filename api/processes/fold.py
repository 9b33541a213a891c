"""The fold process: folds what this machine heard into state, and forwards fixes to the telemetry store."""

from __future__ import annotations

import threading

import structlog

from api.processes.process import Health, give_signs_of_life, serve_health, show_metrics
from api.secrets import load_secrets
from api.settings import Settings
from tracking.store.unit_of_work import Store
from tracking.telemetry.fold import Fold
from tracking.telemetry.forwarder import Forwarder
from tracking.telemetry.influx_store import InfluxFixStore
from tracking.telemetry.journal import Journal

log = structlog.get_logger()

FOLD = "fold"
FOLD_BACKLOG = 5_000
"""A fold that failed and is this far behind makes the process unhealthy."""

STILL_S = 8.0
"""A fold that has not turned for so long is a fault."""


def run_fold(settings: Settings, stop: threading.Event) -> None:
    """Fold until `stop` is set."""
    store = Store(settings.relational_url, load_secrets(settings.data_dir).custody_key)
    settings.journal_path.parent.mkdir(parents=True, exist_ok=True)
    fold = Fold(Journal(settings.journal_path), store.writing, FOLD, open_reading=store.reading)
    health = Health(lambda: _fault(fold))
    show_metrics("fieldstock_fold", lambda: {"failures": fold.failures, "backlog": fold.backlog()})
    port = serve_health(settings.bind, settings.health_port + 4, health)
    give_signs_of_life(store, FOLD, port, health, stop)
    forwarding = _start_forwarder(settings, stop)
    log.info("fold ready")
    try:
        fold.run(stop)
    finally:
        stop.set()
        if forwarding is not None:
            forwarding.join(10)


def _start_forwarder(settings: Settings, stop: threading.Event) -> threading.Thread | None:
    if not settings.telemetry_url:
        return None
    forwarder = Forwarder(Journal(settings.journal_path), InfluxFixStore(settings.telemetry_url))
    show_metrics("fieldstock_forwarder", lambda: dict(forwarder.snapshot()))
    thread = threading.Thread(target=forwarder.run, args=(stop,), name="forwarder", daemon=True)
    thread.start()
    return thread


def _fault(fold: Fold) -> str | None:
    if fold.failures and fold.backlog() > FOLD_BACKLOG:
        return f"the fold failed {fold.failures} times and is {fold.backlog()} entries behind"
    if (still_s := fold.still_s()) > STILL_S:
        return f"the fold has not turned for {still_s:.0f} s"
    return None
