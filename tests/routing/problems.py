"""Small problems that several tests share: places on a line, each 100 s and 1000 m from the next."""

from __future__ import annotations

from routing.problem import Draw, Problem, Shipment, Site, Stock, TimeWindow, Travel, Vehicle

ALWAYS = TimeWindow(0, 100_000)


def line(places: int) -> Travel:
    """Places 0, 1, 2, ... on a line: from a to b it takes 100 s and 1000 m for every step."""
    steps = [[abs(a - b) for b in range(places)] for a in range(places)]
    return Travel([[100 * n for n in row] for row in steps], [[1000 * n for n in row] for row in steps])


def window(earliest_s: int, latest_s: int) -> tuple[TimeWindow, ...]:
    return (TimeWindow(earliest_s, latest_s),)


def order(name: str, source: int = 1, customer: int = 3, **settings: object) -> Shipment:
    """A shipment from locker `source`, which has stock of `part`, to a customer."""
    pickup = Site(f"locker-{source}", source, 60, draws=(Draw(f"locker-{source}", "part"),))
    values: dict[str, object] = {"pickups": (pickup,), "deliveries": (Site("customer", customer, 120),)}
    return Shipment(id=name, **(values | settings))  # type: ignore[arg-type]


def stock(source: int = 1, available: int = 10) -> Stock:
    return Stock(f"locker-{source}", "part", available)


def courier(name: str = "eva", start: int = 0, **settings: object) -> Vehicle:
    values: dict[str, object] = {"shift": ALWAYS}
    return Vehicle(name, start, **(values | settings))  # type: ignore[arg-type]


def problem(
    *shipments: Shipment,
    vehicles: tuple[Vehicle, ...] | None = None,
    stocks: tuple[Stock, ...] | None = None,
    travel: Travel | None = None,
) -> Problem:
    """A problem on a line of ten places, with one courier and plenty of stock unless told otherwise."""
    return Problem(
        travel or line(10),
        (courier(),) if vehicles is None else vehicles,
        shipments,
        (stock(1), stock(2)) if stocks is None else stocks,
    )
