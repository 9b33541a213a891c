"""The quoter: the planner's child, which answers promises at once, whatever the planner's rounds do.

It hears of each plan that comes in force, answers from it, and ends when the planner does.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import structlog
from prometheus_client import Histogram

from api.processes.process import configure_logs
from api.processes.quoting import Quoting
from api.secrets import load_secrets
from api.settings import Settings
from api.travel import Travelling, travelling
from routing.dispatch.lessons import Beliefs, Lessons
from routing.dispatch.publishing import Candidate
from routing.travel.learned import LearnedSpeeds
from tracking.store.unit_of_work import Store
from tracking.values.times import system_clock

log = structlog.get_logger()

LOOK_S = 0.05
RETRY_S = 1.0
END_WITHIN_S = 5.0

_SECONDS = Histogram(
    "fieldstock_planner_quote_seconds",
    "Time to answer a promise, from the look at it to its commit.",
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 3, 10),
)


@dataclass(frozen=True, slots=True)
class InForce:
    """What the quoter answers from: a region's plan in force, if there is one, and what was learned."""

    region: str
    candidate: Candidate | None
    beliefs: Beliefs
    speeds: LearnedSpeeds


class Quoters(threading.Thread):
    """Keeps one quoter alive, tells it of each of the `plans` by region, and counts its answers."""

    def __init__(
        self,
        settings: Settings,
        plans: Callable[[], Mapping[str, Candidate]],
        travel: Travelling,
        lessons: Lessons,
        stop: threading.Event,
    ) -> None:
        super().__init__(name="quoters", daemon=True)
        self._settings, self._plans, self._stop_set = settings, plans, stop
        self._travel, self._lessons = travel, lessons
        self._child: BaseProcess | None = None

    def fault(self) -> str | None:
        """Return why promises are not answered now, None while they are."""
        child = self._child
        return None if child is not None and child.is_alive() else "promises wait for their process to start"

    def run(self) -> None:
        """Start a quoter, and another whenever it dies, until it is to stop."""
        while not self._stop_set.is_set():
            try:
                self._with_one_quoter()
            except Exception as error:  # whatever it was, another quoter answers on
                log.error("the quoter is started again", exc_info=error)
                self._stop_set.wait(RETRY_S)

    def _with_one_quoter(self) -> None:
        """Serve one quoter until it is to stop; raises `EOFError` or `OSError` when the quoter dies."""
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        child = context.Process(target=run_quoter, args=(self._settings, theirs), name="quoter", daemon=True)
        child.start()
        theirs.close()
        self._child = child
        told: dict[str, Candidate] = {}
        try:
            while not self._stop_set.is_set():
                plans = dict(self._plans())
                for region in told.keys() | plans.keys():
                    if plans.get(region) is not told.get(region):
                        ours.send(self._in_force(region, plans.get(region)))
                told = plans
                while ours.poll(LOOK_S):
                    _SECONDS.observe(ours.recv())
        finally:
            ours.close()
            child.join(END_WITHIN_S)
            child.kill()
            child.join()

    def _in_force(self, region: str, candidate: Candidate | None) -> InForce:
        beliefs = Beliefs(self._lessons.services, self._lessons.spread)
        return InForce(region, candidate, beliefs, self._travel.learned.speeds)


def run_quoter(settings: Settings, planner: Connection) -> None:
    """Answer promises from each plan that the planner sends, until it closes the connection."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the planner, which ends this in order
    configure_logs()
    store = Store(settings.relational_url, load_secrets(settings.data_dir).custody_key)
    travel = travelling(settings)
    stop = threading.Event()
    quoting = Quoting(store, travel.times, system_clock, stop, planner.send)
    quoting.start()
    try:
        while True:
            in_force: InForce = planner.recv()
            travel.learned.replace(in_force.speeds)
            quoting.lay_out(in_force.region, in_force.candidate, in_force.beliefs)
    except EOFError:
        stop.set()
        quoting.join(END_WITHIN_S)
        store.close()
