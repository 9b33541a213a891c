"""Making a plan cheaper: ruin and recreate under simulated annealing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from routing.kernel import routes, ruin
from routing.kernel.engine import Engine

HOT = 3.0
COLD = 0.03
"""First and last temperature, in mean costs of a leg."""

NODES_PER_CHUNK = 20_000
"""Rounds between two looks at the clock: so many that they insert about this many nodes."""


class Annealing:
    """One search from the engine's working plan on; the working plan is the best one when it ends."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        shipments = len(engine.data.shipment)
        self._chunk = max(10, NODES_PER_CHUNK // (20 + shipments // 10))

    def run(self, rounds: int, elapsed: Callable[[], float]) -> bool:
        """Search for `rounds`, or until `elapsed` (a share) reaches 1; say whether it gained."""
        engine, trial = self._engine, self._engine.state
        best, current = engine.spare(), engine.spare()
        cost = engine.cost()
        costs = np.array([cost, cost], dtype=np.int64)
        leg = engine.leg_cost()
        done, began = 0, elapsed()
        engine.shown = best
        while done < rounds:
            share = max(done / rounds, (elapsed() - began) / max(1e-9, 1 - began))
            if share >= 1:
                break
            temperature = leg * HOT * (COLD / HOT) ** share
            chunk = min(self._chunk, rounds - done)
            ruin.improve(engine.data, current, trial, best, costs, chunk, temperature)
            done += chunk
        routes.copy_to(best, trial)
        engine.shown = trial
        return bool(costs[1] < cost)
