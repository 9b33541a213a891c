"""Compiles the whole kernel, so that no later process waits: `python -m routing.kernel.warm_up`."""

from __future__ import annotations

from routing.problem import Draw, Problem, Shipment, Site, Stock, TimeWindow, Travel, Vehicle
from routing.search import Limits, solve


def warm_up() -> None:
    """Solve a small problem that takes every way through the kernel."""
    solve(_problem(), Limits(seconds=600, rounds=200))


def _problem() -> Problem:
    """Return four shipments on a line of places, more than the couriers have time for."""
    steps = [[abs(a - b) for b in range(6)] for a in range(6)]
    roads = Travel([[100 * n for n in row] for row in steps], [[1000 * n for n in row] for row in steps])
    source = Site("locker", 1, 60, draws=(Draw("locker", "part"),))
    shipments = tuple(
        Shipment(
            f"order-{k}",
            (Site("customer", 2 + k, 300, (TimeWindow(0, 1200),)),),
            (source,),
            weight_g=1,
            items=1,
        )
        for k in range(4)
    )
    couriers = tuple(Vehicle(f"courier-{k}", 0, TimeWindow(0, 2000), fixed_cents=1) for k in range(2))
    return Problem(roads, couriers, shipments, (Stock("locker", "part", 4),))


if __name__ == "__main__":
    warm_up()
