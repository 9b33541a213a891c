"""Learns how long roads and stops take, again and again, on a thread beside the planner's rounds.

What is learned follows from the visits and stops of the last weeks alone; so it is kept in memory, another
planner learns the same, and whoever's positions are erased has taught nothing any more an hour later.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from api.travel import Travelling
from routing.dispatch.observing import observe, predicted
from routing.service_times import LearnedServiceTimes, learn_services
from routing.spread import Spread
from routing.travel.learned import learn_speeds
from routing.travel.port import TravelTimes
from tracking.fleet.stops import StepKind
from tracking.store.unit_of_work import Store
from tracking.values.errors import FieldstockError
from tracking.values.times import Clock

log = structlog.get_logger()

LOOK_BACK = timedelta(days=28)
EVERY_S = 3600.0
RETRY_S = 60.0


class Learner(threading.Thread):
    """Corrects `travelling`, and keeps `services` and `spread`; the planner reads them when it likes."""

    def __init__(
        self,
        store: Store,
        travelling: Travelling,
        uncorrected: TravelTimes,
        default_s: Mapping[StepKind, int],
        clock: Clock,
        stop: threading.Event,
    ) -> None:
        super().__init__(name="learning", daemon=True)
        self._store, self._clock, self._stop_set = store, clock, stop
        self._travelling, self._uncorrected = travelling, uncorrected
        self._default_s = default_s
        self.services = LearnedServiceTimes(dict(default_s))
        self.spread = Spread()

    def run(self) -> None:
        """Learn until it is to stop; what cannot be learned now is tried again, and nothing is forgotten."""
        wait_s = 0.0
        while not self._stop_set.wait(wait_s):
            try:
                self.learn(self._clock())
                wait_s = EVERY_S
            except (FieldstockError, DBAPIError) as error:
                log.warning("nothing could be learned from driving; it is tried again", error=str(error))
                wait_s = min(EVERY_S, max(RETRY_S, 2 * wait_s))
            except Exception as error:  # whatever it was, planning goes on with what was learned before
                log.error("learning failed", exc_info=error)
                wait_s = EVERY_S

    def learn(self, now: datetime) -> None:
        """Learn from the last weeks."""
        with self._store.reading() as uow:
            observed = observe(uow, now - LOOK_BACK, now)
        legs = predicted(observed.legs, self._uncorrected)
        speeds = learn_speeds(legs, self._travelling.zone)
        self._travelling.learned.replace(speeds)
        self.services = learn_services(observed.services, self._default_s)
        self.spread = Spread.learned(speeds.residuals, self.services.residuals)
        if legs or observed.services:
            areas = len(speeds.by_cell)
            log.info("learned from driving", legs=speeds.legs, areas=areas, stops=len(observed.services))
