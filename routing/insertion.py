"""Best insertion (Solomon 1987, I1, for pairs): the instant plan, and one shipment into one that stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from routing.compiled import Compiled
from routing.kernel.engine import Engine, Place
from routing.tours import Tour, Tours, make_tour


@dataclass(frozen=True, slots=True)
class Insertion:
    """A shipment's best place, with the tour that it makes and what that costs more than the present one."""

    place: Place
    tour: Tour
    extra_millicents: int


def engine_of(tours: Tours, seed: int = 0) -> Engine:
    """Return the kernel's engine with `tours` as its working plan."""
    engine = Engine(tours.compiled, seed)
    engine.load([tour.visits for tour in tours.tours])
    return engine


def complete(tours: Tours) -> None:
    """Insert every shipment that `tours` leave out where it is cheapest, the most urgent first.

    One that costs less unserved stays so. Those that find no place get a second chance when all others have
    theirs.
    """
    left = [s for s in range(len(tours.compiled.problem.shipments)) if s not in tours.served]
    if not left or not tours.compiled.couriers:
        return
    engine = engine_of(tours)
    engine.insert_all(engine.insert_all(by_urgency(tours.compiled, left)))
    adopt(tours, engine)


def adopt(tours: Tours, engine: Engine) -> None:
    """Let `tours` be the engine's working plan. Raises `AssertionError` where the two differ in a time."""
    changed: dict[int, Tour] = {}
    for courier, visits in zip(tours.compiled.couriers, engine.tours(), strict=True):
        if tuple(visits) == tours.tours[courier.index].visits:
            continue
        tour = make_tour(courier, visits)
        if tour is None:
            raise AssertionError(f"The kernel's route of {courier.vehicle.id} has no timetable.")
        changed[courier.index] = tour
    tours.replace_all(changed)


def by_urgency(compiled: Compiled, shipments: Iterable[int]) -> list[int]:
    """Return `shipments`, high priority first, then by the last time they may be delivered or are due."""

    def urgency(s: int) -> tuple[int, int, int]:
        shipment = compiled.problem.shipments[s]
        latest_s = max(visit.windows[-1][1] for visit in compiled.deliveries[s])
        return (-shipment.priority, min(latest_s, compiled.deliveries[s][0].due_s), s)

    return sorted(shipments, key=urgency)


def best_insertion(
    tours: Tours, shipment: int, limit_millicents: int | None = None, engine: Engine | None = None
) -> Insertion | None:
    """Return the cheapest insertion of `shipment` into one tour that costs less than the limit, if any.

    `engine` is one with `tours` as its working plan; without it, one is made.
    """
    if not tours.compiled.couriers:
        return None
    engine = engine or engine_of(tours)
    found = engine.best_place(shipment, limit_millicents)
    if found is None:
        return None
    tour = make_tour(tours.compiled.couriers[found.courier], engine.visits_with(found))
    if tour is None:
        raise AssertionError(f"The kernel's place for {shipment} has no timetable.")
    extra = tour.cost_millicents - tours.tours[found.courier].cost_millicents
    return Insertion(found, tour, extra)
