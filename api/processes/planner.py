"""The planner process: plans its share of the regions, each held by a lease and woken by what changes."""

from __future__ import annotations

import threading
import time

import structlog
from prometheus_client import Counter, Gauge, Histogram

from api.processes.learning import Learner
from api.processes.loop_health import LoopHealth
from api.processes.process import Health, give_signs_of_life, serve_health
from api.processes.quoter import Quoters
from api.processes.regions import RegionKeeper
from api.secrets import load_secrets
from api.settings import Settings
from api.travel import Travelling, travelling, uncorrected
from routing.dispatch.dispatcher import DispatchConfig, Dispatcher, Round
from routing.dispatch.lessons import SERVICE_S, Lessons
from routing.dispatch.publishing import Candidate
from tracking.store.leases import Lease
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import LeaseLost
from tracking.values.times import system_clock

log = structlog.get_logger()

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

_ROUNDS = Counter("fieldstock_planner_rounds_total", "Planning rounds.", ["region", "outcome"])
_SECONDS = Histogram("fieldstock_planner_round_seconds", "Time of a planning round.", ["region"])
_UNSERVED = Gauge("fieldstock_planner_unserved", "Work that the plan in force leaves out.", ["region"])
_COST = Gauge("fieldstock_planner_cost_cents", "Cost of the plan in force.", ["region"])


def run_planner(settings: Settings, stop: threading.Event, number: int = 1) -> None:
    """Plan until `stop` is set; of several planners, each plans its share of the regions.

    `number` tells the planners of one machine apart.
    """
    store = Store(settings.relational_url, load_secrets(settings.data_dir).custody_key)
    travel = travelling(settings)
    learner = Learner(store, travel, uncorrected(settings), SERVICE_S, system_clock, stop)
    keeper = RegionKeeper(store, lambda region, lease: _Region(store, travel, learner, region, lease))
    quoters = Quoters(settings, keeper.plans, travel, learner, stop)
    health = Health(keeper.fault, lambda: travel.fault() or quoters.fault())
    port = serve_health(settings.bind, settings.health_port + (2 if number == 1 else 20 + number), health)
    give_signs_of_life(store, "planner" if number == 1 else f"planner-{number}", port, health, stop)
    learner.start()
    quoters.start()
    log.info("planner ready")
    keeper.run(stop)
    quoters.join()


class _Region(threading.Thread):
    """Plans one region as long as its lease is prolonged; it begins at once."""

    def __init__(self, store: Store, travel: Travelling, lessons: Lessons, region: str, lease: Lease) -> None:
        super().__init__(name=f"planning {region}", daemon=True)
        self._store, self._region, self._lease = store, region, lease
        self._loop = LoopHealth(f"planning {region}")
        self._stop_set = threading.Event()
        with store.reading() as uow:
            self._seen = uow.outbox.newest()
        config = DispatchConfig(zone=travel.zone, region=region)
        self._dispatcher = Dispatcher(
            store.reading, store.writing, travel.times, self._guard, system_clock, config, lessons
        )
        self.start()

    @property
    def in_force(self) -> Candidate | None:
        """The plan in force, None while there is none or another planner may have one."""
        return None if self._stop_set.is_set() else self._dispatcher.in_force

    def renewed(self, lease: Lease) -> bool:
        """Hear that the lease was prolonged; tell whether the region is still planned."""
        return lease.token == self._lease.token and not self._stop_set.is_set()

    def fault(self) -> str | None:
        """Return what is wrong, or None."""
        return self._loop.fault()

    def leave(self) -> None:
        """Plan no more, and return when the last round is over."""
        self._stop_set.set()
        self.join()

    def run(self) -> None:
        """Look for changes, and run a round whenever there is a reason."""
        wake = self._store.wake()
        look_at = 0.0
        try:
            while not self._stop_set.is_set():
                try:
                    if self._news() or time.monotonic() >= look_at:
                        self._round()
                        look_at = time.monotonic() + LOOK_AGAIN_S
                    self._loop.done()
                except Exception as error:  # noqa: BLE001 - the earlier plan stands, and the next round sees it anew
                    _ROUNDS.labels(self._region, "failed").inc()
                    self._loop.failed(error)
                    look_at = 0.0
                    self._stop_set.wait(RETRY_S)
                wake.wait(1.0)
        finally:
            wake.close()

    def _round(self) -> None:
        try:
            with _SECONDS.labels(self._region).time():
                outcome = self._dispatcher.run_round()
        except LeaseLost:
            log.warning("lease lost to another planner", region=self._region)
            self._stop_set.set()
        else:
            self._tell(outcome)

    def _news(self) -> bool:
        """Tell whether something happened since the last look that the planner decides about."""
        with self._store.reading() as uow:
            events = uow.outbox.read(self._seen, 5000)
        if events:
            self._seen = events[-1].position
        return any(stamped.event.kind not in _OWN_EVENTS for stamped in events)

    def _guard(self, uow: UnitOfWork) -> int:
        if not isinstance(uow, SqlUnitOfWork):
            raise LeaseLost("This planner holds no lease.")
        uow.leases.check(self._lease)
        return self._lease.token

    def _tell(self, outcome: Round) -> None:
        said = "refused" if outcome.refused else "changed" if outcome.changed else "same"
        _ROUNDS.labels(self._region, said).inc()
        _UNSERVED.labels(self._region).set(outcome.unserved)
        _COST.labels(self._region).set(outcome.cost_cents)
        if outcome.changed:
            log.info(
                "plan published",
                region=self._region,
                cost_cents=outcome.cost_cents,
                unserved=outcome.unserved,
            )
