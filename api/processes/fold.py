"""The fold process: folds what this machine heard into state, and forwards fixes to the telemetry store."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import structlog

from api.device_keys import DeviceKeys
from api.processes.process import Health, give_signs_of_life, serve_health, show_metrics
from api.secrets import load_secrets
from api.settings import Settings
from device_gateway.protocol.again import read_again
from device_gateway.protocol.decode import KEYS_UNAVAILABLE
from tracking.store.unit_of_work import Store
from tracking.telemetry.dead_letters import DeadLetters
from tracking.telemetry.fold import Fold
from tracking.telemetry.forwarder import Forwarder
from tracking.telemetry.influx_store import InfluxFixStore
from tracking.telemetry.journal import Journal
from tracking.values.errors import FieldstockError

log = structlog.get_logger()

FOLD = "fold"
FOLD_BACKLOG = 5_000
"""A fold that failed and is this far behind makes the process unhealthy."""

READ_AGAIN_S = 30.0
READ_AT_ONCE = 500
FORWARDER_STILL_S = 60.0
"""A write to a telemetry store that does not answer takes a while to fail."""

STILL_S = 8.0
"""A fold that has not turned for so long is a fault."""


def run_fold(settings: Settings, stop: threading.Event) -> None:
    """Fold until `stop` is set."""
    store = Store(settings.relational_url, load_secrets(settings.data_dir).custody_key)
    settings.journal_path.parent.mkdir(parents=True, exist_ok=True)
    fold = Fold(Journal(settings.journal_path), store.writing, FOLD, open_reading=store.reading)
    forwarder = _forwarder(settings)
    health = Health(lambda: _fault(fold, forwarder))
    show_metrics("fieldstock_fold", lambda: {"failures": fold.failures, "backlog": fold.backlog()})
    port = serve_health(settings.bind, settings.health_port + 4, health)
    give_signs_of_life(store, FOLD, port, health, stop)
    helpers = [_start("reading again", partial(_read_again, settings, store), stop)]
    if forwarder is not None:
        helpers.append(_start("forwarder", forwarder.run, stop))
    log.info("fold ready")
    try:
        fold.run(stop)
    finally:
        stop.set()
        for helper in helpers:
            helper.join(10)


def _forwarder(settings: Settings) -> Forwarder | None:
    if not settings.telemetry_url:
        return None
    forwarder = Forwarder(Journal(settings.journal_path), InfluxFixStore(settings.telemetry_url))
    show_metrics("fieldstock_forwarder", lambda: dict(forwarder.snapshot()))
    return forwarder


def _start(name: str, work: Callable[[threading.Event], None], stop: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=work, args=(stop,), name=name, daemon=True)
    thread.start()
    return thread


def _read_again(settings: Settings, store: Store, stop: threading.Event) -> None:
    """Read what could not be decrypted while the database was away, once it is back."""
    letters, keys = DeadLetters(Journal(settings.journal_path)), DeviceKeys(store)
    while not stop.wait(READ_AGAIN_S):
        try:
            waiting = letters.find(limit=READ_AT_ONCE, reason=KEYS_UNAVAILABLE)
            letters.replay(waiting, partial(read_again, keys=keys))
        except FieldstockError as error:
            log.warning("reading again failed", error=str(error))


def _fault(fold: Fold, forwarder: Forwarder | None) -> str | None:
    if forwarder is not None and (still_s := forwarder.still_s()) > FORWARDER_STILL_S:
        return f"the forwarder has not turned for {still_s:.0f} s"
    if fold.failures and fold.backlog() > FOLD_BACKLOG:
        return f"the fold failed {fold.failures} times and is {fold.backlog()} entries behind"
    if (still_s := fold.still_s()) > STILL_S:
        return f"the fold has not turned for {still_s:.0f} s"
    return None
