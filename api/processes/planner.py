"""The planner process: one region's dispatcher, held by a lease, woken by what changes."""

from __future__ import annotations

import threading
import time

import structlog
from prometheus_client import Counter, Gauge, Histogram

from api.processes.learning import Learner
from api.processes.loop_health import LoopHealth
from api.processes.process import give_signs_of_life, serve_health
from api.processes.quoter import Quoters
from api.secrets import load_secrets
from api.settings import Settings
from api.travel import Travelling, travelling, uncorrected
from routing.dispatch.dispatcher import DispatchConfig, Dispatcher, Round
from routing.dispatch.lessons import SERVICE_S, Lessons
from tracking.store.leases import Lease
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import LeaseLost
from tracking.values.ids import new_id
from tracking.values.times import system_clock

log = structlog.get_logger()

LEASE = "planner"
LEASE_MS = 15_000
RETRY_S = 1.0
LOOK_AGAIN_S = 15.0
"""Couriers move without an event: the plan is timed anew this often."""
_OWN_EVENTS = frozenset(
    {
        "plan.published",
        "route.changed",
        "order.planned",
        "order.unserved",
        "return.planned",
        "return.unserved",
        "alert.raised",
        "courier.arrived",
        "courier.departed",
        "locker.door_opened",
        "locker.door_closed",
        "locker.withdrawal_authorised",
        "promise.offered",
        "promise.refused",
        "promise.lapsed",
    }
)
"""Events that give the planner nothing to decide."""

_ROUNDS = Counter("fieldstock_planner_rounds_total", "Planning rounds.", ["outcome"])
_SECONDS = Histogram("fieldstock_planner_round_seconds", "Time of a planning round.")
_UNSERVED = Gauge("fieldstock_planner_unserved", "Work that the plan in force leaves out.")
_COST = Gauge("fieldstock_planner_cost_cents", "Cost of the plan in force.")


def run_planner(settings: Settings, stop: threading.Event) -> None:
    """Plan until `stop` is set; of several planners, the one that holds the lease plans."""
    store = Store(settings.relational_url, load_secrets(settings.data_dir).custody_key)
    travel = travelling(settings)
    loop = LoopHealth("planner")
    learner = Learner(store, travel, uncorrected(settings), SERVICE_S, system_clock, stop)
    planner = _Planner(store, travel, learner, loop)
    quoters = Quoters(settings, planner.dispatcher, travel, learner, stop)
    loop.health.note = lambda: travel.fault() or quoters.fault()
    port = serve_health(settings.bind, settings.health_port + 2, loop.health)
    give_signs_of_life(store, "planner", port, loop.health, stop)
    learner.start()
    quoters.start()
    log.info("planner ready")
    planner.run(stop)
    quoters.join()


class _Planner:
    def __init__(self, store: Store, travel: Travelling, lessons: Lessons, loop: LoopHealth) -> None:
        self._store = store
        self._loop = loop
        self._holder = new_id()
        self._lease: Lease | None = None
        self._renew_at = 0.0
        with store.reading() as uow:
            self._seen = uow.outbox.newest()
        config = DispatchConfig(zone=travel.zone)
        self.dispatcher = Dispatcher(
            store.reading, store.writing, travel.times, self._guard, system_clock, config, lessons
        )

    def run(self, stop: threading.Event) -> None:
        """Renew the lease, look for changes, and run a round whenever there is a reason."""
        wake = self._store.wake()
        look_at = 0.0
        try:
            while not stop.is_set():
                try:
                    self._renew()
                    if self._lease is not None and (self._news() or time.monotonic() >= look_at):
                        self._round()
                        look_at = time.monotonic() + LOOK_AGAIN_S
                    self._loop.done()
                except Exception as error:  # noqa: BLE001 - the earlier plan stands, and the next round sees it anew
                    _ROUNDS.labels("failed").inc()
                    self._loop.failed(error)
                    look_at = 0.0
                    stop.wait(RETRY_S)
                wake.wait(1.0)
        finally:
            wake.close()
            self._give_back()

    def _round(self) -> None:
        try:
            with _SECONDS.time():
                outcome = self.dispatcher.run_round()
        except LeaseLost:
            log.warning("lease lost to another planner")
            self._lease, self._renew_at = None, 0.0
            self.dispatcher.in_force = None
        else:
            _tell(outcome)

    def _renew(self) -> None:
        if time.monotonic() < self._renew_at:
            return
        with self._store.writing() as uow:
            self._lease = uow.leases.acquire(LEASE, self._holder, LEASE_MS)
            uow.commit()
        if self._lease is None:
            self.dispatcher.in_force = None
        self._renew_at = time.monotonic() + LEASE_MS / 3000

    def _news(self) -> bool:
        """Tell whether something happened since the last look that the planner decides about."""
        with self._store.reading() as uow:
            events = uow.outbox.read(self._seen, 5000)
        if events:
            self._seen = events[-1].position
        return any(stamped.event.kind not in _OWN_EVENTS for stamped in events)

    def _guard(self, uow: UnitOfWork) -> int:
        if self._lease is None or not isinstance(uow, SqlUnitOfWork):
            raise LeaseLost("This planner holds no lease.")
        uow.leases.check(self._lease)
        return self._lease.token

    def _give_back(self) -> None:
        if self._lease is not None:
            with self._store.writing() as uow:
                uow.leases.release(self._lease)
                uow.commit()


def _tell(outcome: Round) -> None:
    _ROUNDS.labels("refused" if outcome.refused else "changed" if outcome.changed else "same").inc()
    _UNSERVED.set(outcome.unserved)
    _COST.set(outcome.cost_cents)
    if outcome.changed:
        log.info("plan published", cost_cents=outcome.cost_cents, unserved=outcome.unserved)
