"""Answers promises from the plan in force."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from routing.dispatch.lessons import Lessons
from routing.dispatch.publishing import Candidate
from routing.dispatch.quoting import Quote, Quoter
from routing.travel.port import TravelTimes
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
RETRY_S = 1.0

Answered = Callable[[float], None]
"""Hears how long an answer took, from the look at what was asked to its commit, in s."""


class Quoting(threading.Thread):
    """Answers what is asked, oldest first, in the regions of which it was given a plan in force."""

    def __init__(
        self,
        store: Store,
        travel: TravelTimes,
        clock: Clock,
        stop: threading.Event,
        answered: Answered = lambda _: None,
    ) -> None:
        super().__init__(name="quoting", daemon=True)
        self._store, self._travel, self._clock, self._stop_set = store, travel, clock, stop
        self._answered = answered
        self._quoters: dict[str, Quoter] = {}

    def run(self) -> None:
        """Answer until it is to stop; what fails is tried again as long as somebody waits for it."""
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
        quoters = self._quoters
        if not quoters:
            return 0
        with self._store.reading() as uow:
            waiting = [
                (promise, quoters[region])
                for promise in uow.promises.find(state=PromiseState.ASKED)
                if (region := uow.locations.require(promise.site_id).region) in quoters
            ]
        for promise, quoter in sorted(waiting, key=lambda pair: pair[0].asked_at):
            self._answer(quoter, promise)
        return len(waiting)

    def lay_out(self, region: str, candidate: Candidate | None, lessons: Lessons) -> None:
        """Let a plan that came in force answer from here on; the one before answers until it is laid out."""
        others = {name: quoter for name, quoter in self._quoters.items() if name != region}
        laid_out = {} if candidate is None else {region: Quoter(candidate, self._travel, lessons)}
        self._quoters = others | laid_out

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
        took_s = time.perf_counter() - started_s
        self._answered(took_s)
        if given is not None:
            state, took_ms = str(given.state), round(1000 * took_s)
            log.info("promise answered", state=state, source=given.source_id, took_ms=took_ms)
