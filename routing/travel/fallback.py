"""Keeps planning when the source of road times is away: a second source answers, and it is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import structlog

from routing.travel.matrix import Table, Travel
from routing.travel.osrm_client import TravelUnavailable
from routing.travel.port import TravelTimes
from tracking.values.coordinates import Coordinate
from tracking.values.errors import InvalidValue

log = structlog.get_logger()

Answer = TypeVar("Answer")


class FallbackTravelTimes:
    """Implements `TravelTimes` by `first`, and by `second` while that is away.

    After `first` failed it is asked again after ten times what that took, within `pause_s` (shortest and
    longest, 0 to 3 600): soon where nobody listens yet, and a server that hangs costs a tenth of the time at
    most. `fault` says what is wrong, None while nothing is.
    """

    def __init__(
        self,
        first: TravelTimes,
        second: TravelTimes,
        pause_s: tuple[float, float] = (1.0, 300.0),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not 0 <= pause_s[0] <= pause_s[1] <= 3600:
            raise InvalidValue(f"pause_s must rise within [0, 3600], not {pause_s}.")
        self._first, self._second = first, second
        self._pause_s, self._monotonic = pause_s, monotonic
        self._again_at = float("-inf")
        self.fault: str | None = None

    def matrix(self, points: Sequence[Coordinate], at: datetime | None = None) -> Travel:
        """Return the matrix of one source, never of both."""
        return self._by_either(lambda source: source.matrix(points, at))

    def table(
        self, sources: Sequence[Coordinate], targets: Sequence[Coordinate], at: datetime | None = None
    ) -> Table:
        """Return the table of one source."""
        return self._by_either(lambda source: source.table(sources, targets, at))

    def _by_either(self, ask: Callable[[TravelTimes], Answer]) -> Answer:
        asked_at = self._monotonic()
        if asked_at >= self._again_at:
            try:
                answer = ask(self._first)
            except TravelUnavailable as error:
                self._failed(error, asked_at)
            else:
                self._worked()
                return answer
        return ask(self._second)

    def _failed(self, error: TravelUnavailable, asked_at: float) -> None:
        now, (shortest_s, longest_s) = self._monotonic(), self._pause_s
        self._again_at = now + min(longest_s, max(shortest_s, 10 * (now - asked_at)))
        if self.fault is None:
            log.warning("road times are away: great circles are used instead", cause=error.cause)
        self.fault = error.cause

    def _worked(self) -> None:
        if self.fault is not None:
            log.info("road times are back")
        self.fault = None
