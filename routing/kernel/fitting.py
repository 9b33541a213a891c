"""Serving what is unserved, and doing with fewer couriers where each has its price: rounds of `eject.fit`."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from routing.kernel import eject, layout, routes
from routing.kernel.engine import Engine

ATTEMPTS = 20
"""Attempts between two looks at the clock."""

PATIENCE = 12
"""A route that was not emptied in this many attempts for each shipment, and 1,000, is left for another."""

WARMTH = 0.4
"""The temperature at which plans are relaxed, in mean costs of a leg."""

HEAVIEST = 1000.0
"""A shipment that is worth a thousand times another, or more, counts a thousand times as much."""


class Fitting:
    """One search from the engine's working plan on; the working plan costs no more when it ends."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self._engine = engine
        self._spare = engine.spare()
        self._chance = random.Random(seed)
        worth = engine.data.shipment[:, layout.WORTH].astype(np.float64)
        least = worth[worth > 0].min(initial=1e18)
        self._weight = np.clip(worth / least, 1.0, HEAVIEST)
        self._attempts_left = 0
        self._leg = engine.leg_cost()
        self._bound = [bool(courier.locked or courier.stacked) for courier in engine.compiled.couriers]

    def pays(self) -> bool:
        """Whether something is unserved, or a courier less would save money."""
        return len(self._waiting()) > 0 or self._fixed() > 0

    def run(self, attempts: int, expired: Callable[[], bool]) -> bool:
        """Search for `attempts`, or until `expired`; say whether it gained."""
        before = self._engine.cost()
        self._attempts_left = attempts
        if len(self._waiting()) > 0:
            self._serve(expired)
        if self._fixed() > 0:
            self._save_couriers(expired)
        return self._engine.cost() < before

    def _waiting(self) -> list[int]:
        data = self._engine.data
        some = data.eligible.any(axis=1) & (data.shipment[:, layout.MOVABLE] > 0)
        return [int(s) for s in self._engine.unserved() if some[s]]

    def _fixed(self) -> int:
        """Return what the cheapest courier costs for being used at all."""
        return int(self._engine.data.vehicle[:, layout.FIXED].min(initial=1 << 60))

    def _serve(self, expired: Callable[[], bool]) -> None:
        engine, best = self._engine, self._engine.spare()
        penalty, cost = self._weight.copy(), engine.cost()
        waiting = self._waiting()
        engine.state.scratch[eject.STACK, : len(waiting)] = waiting
        left = len(waiting)
        while left > 0 and not self._over(expired):
            left = self._fit(left, penalty, layout.NEVER, -1)
            if engine.cost() < cost:
                cost = engine.cost()
                routes.copy_to(engine.state, best)
        routes.copy_to(best, engine.state)

    def _save_couriers(self, expired: Callable[[], bool]) -> None:
        """Try to do without one courier after the other, as long as that is cheaper."""
        engine, best = self._engine, self._engine.spare()
        cost = engine.cost()
        while not self._over(expired):
            used = [c for c in engine.used() if not self._bound[c]]
            if len(used) < 2:
                return
            if self._empty(int(self._chance.choice(used)), expired) and engine.cost() < cost:
                cost = engine.cost()
                routes.copy_to(engine.state, best)
            else:
                routes.copy_to(best, engine.state)

    def _empty(self, courier: int, expired: Callable[[], bool]) -> bool:
        """Try to give the work of one courier to the others; whether that was possible."""
        engine = self._engine
        data, state = engine.data, engine.state
        left = eject.lift_all(data, state, courier)
        penalty = self._weight.copy()
        until = self._attempts_left - 1000 - PATIENCE * len(data.shipment)
        while left > 0 and self._attempts_left > until and not self._over(expired):
            left = self._fit(left, penalty, self._fixed(), courier)
        return left == 0

    def _fit(self, left: int, penalty: npt.NDArray[np.float64], limit: int, closed: int) -> int:
        self._attempts_left -= ATTEMPTS
        data, state = self._engine.data, self._engine.state
        bounds = (ATTEMPTS, np.int64(limit), closed, WARMTH * self._leg)
        return int(eject.fit(data, state, self._spare, left, penalty, self._weight, *bounds))

    def _over(self, expired: Callable[[], bool]) -> bool:
        return self._attempts_left <= 0 or expired()
