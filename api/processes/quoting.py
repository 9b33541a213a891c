"""Answers promises beside the planner's rounds, from the plan in force."""

from __future__ import annotations

import threading
import time

import structlog
from prometheus_client import Histogram

from routing.dispatch.dispatcher import Dispatcher
from routing.dispatch.quoting import Quote, Quoter
from tracking.orders.promise import Promise, PromiseState
from tracking.orders.promising import answer
from tracking.store.unit_of_work import Store
from tracking.store.wake import Wake
from tracking.values.errors import FieldstockError
from tracking.values.times import Clock

log = structlog.get_logger()

POLL_S = 0.01
"""Somebody is on the line."""
IDLE_S = 0.2
"""A new plan may make answers possible although nothing was committed."""
LOOK_S = 0.05
RETRY_S = 1.0

_SECONDS = Histogram(
    "fieldstock_planner_quote_seconds",
    "Time to answer a promise, from the look at it to its commit.",
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 3, 10),
)


class Quoting(threading.Thread):
    """Answers what is asked, oldest first, for as long as `dispatcher` has a plan in force.

    A new plan is laid out on another thread, while the one before still answers.
    """

    def __init__(self, store: Store, dispatcher: Dispatcher, clock: Clock, stop: threading.Event) -> None:
        super().__init__(name="quoting", daemon=True)
        self._store, self._dispatcher, self._clock, self._stop_set = store, dispatcher, clock, stop
        self._quoter: Quoter | None = None

    def run(self) -> None:
        """Answer until it is to stop; what fails is tried again as long as somebody waits for it."""
        threading.Thread(target=self._keep_laid_out, name="laying out", daemon=True).start()
        wake: Wake | None = None
        while not self._stop_set.is_set():
            try:
                wake = wake or self._store.wake(POLL_S)
                self.answer_all()
                wake.wait(IDLE_S)
            except Exception as error:  # whatever it was, the next promise is looked at
                log.error("quoting failed", exc_info=error)
                self._stop_set.wait(RETRY_S)
        if wake is not None:
            wake.close()

    def answer_all(self) -> int:
        """Answer every promise that waits, and return how many did."""
        quoter = self._quoter
        if quoter is None:
            return 0
        with self._store.reading() as uow:
            waiting = uow.promises.find(state=PromiseState.ASKED)
        for promise in sorted(waiting, key=lambda each: each.asked_at):
            with _SECONDS.time():
                self._answer(quoter, promise)
        return len(waiting)

    def lay_out(self) -> None:
        """Let the plan that is in force now answer from here on."""
        candidate = self._dispatcher.in_force
        if candidate is None:
            self._quoter = None
        elif self._quoter is None or self._quoter.candidate is not candidate:
            self._quoter = Quoter(candidate, self._dispatcher.modeller)

    def _keep_laid_out(self) -> None:
        while not self._stop_set.wait(LOOK_S):
            try:
                self.lay_out()
            except Exception as error:  # the plan before answers on
                log.error("the plan could not be laid out for quotes", exc_info=error)
                self._stop_set.wait(RETRY_S)

    def _answer(self, quoter: Quoter, promise: Promise) -> None:
        started_s = time.perf_counter()
        with self._store.reading() as uow:
            try:
                quote = quoter.quote(uow, promise, self._clock())
            except FieldstockError as error:
                quote = Quote((), (), f"It cannot be planned now: {error.cause}")
        with self._store.writing() as uow:
            given = answer(uow, promise.promise_id, quote.offers, quote.others, quote.reason, self._clock())
            uow.commit()
        if given is not None:
            took_ms = round(1000 * (time.perf_counter() - started_s))
            log.info("promise answered", state=str(given.state), source=given.source_id, took_ms=took_ms)
