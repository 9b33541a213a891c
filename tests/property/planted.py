"""Random problems: planted ones, made around a full plan, and free ones, which may not all be servable."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from routing.problem import (
    Break,
    Draw,
    LockedStop,
    Problem,
    Shipment,
    Site,
    Stock,
    StopKind,
    TimeWindow,
    Travel,
    Vehicle,
)

SPEED_MPS = 12
DAY_S = 8 * 3600
SERVICE_S = 240


@dataclass
class Sketch:
    """A problem in the making: points, what will stand in it, and the stock that the hidden plan draws."""

    generator: random.Random
    points: list[tuple[int, int]] = field(default_factory=list)
    vehicles: list[Vehicle] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)
    stock: dict[tuple[str, str], int] = field(default_factory=dict)
    depots: list[int] = field(default_factory=list)

    def place(self) -> int:
        self.points.append((self.generator.randrange(15_000), self.generator.randrange(15_000)))
        return len(self.points) - 1

    def drive_s(self, a: int, b: int) -> int:
        (x, y), (u, v) = self.points[a], self.points[b]
        # Rounded up, Manhattan distances keep the triangle inequality.
        return -(-(abs(x - u) + abs(y - v)) // SPEED_MPS)

    def problem(self) -> Problem:
        places = range(len(self.points))
        duration_s = [[self.drive_s(a, b) for b in places] for a in places]
        distance_m = [[SPEED_MPS * second for second in row] for row in duration_s]
        stock = tuple(Stock(location, part, n) for (location, part), n in self.stock.items())
        return Problem(Travel(duration_s, distance_m), tuple(self.vehicles), tuple(self.shipments), stock)


@dataclass
class Aboard:
    """What the hidden plan's courier carries to a delivery that is still to come."""

    name: str
    source: int | None
    weight_g: int


def planted_problem(seed: int) -> Problem:
    """Return a problem whose windows, loads, stock and shifts come from a hidden plan that serves all."""
    generator = random.Random(seed)
    sketch = Sketch(generator)
    sketch.depots = [sketch.place() for _ in range(generator.randint(1, 3))]
    for v in range(generator.randint(1, 4)):
        _plant_route(sketch, f"courier-{v}", generator.randint(1, 5))
    return sketch.problem()


def _plant_route(sketch: Sketch, courier: str, work: int) -> None:
    r = sketch.generator
    start = sketch.place()
    begin_s = r.choice((0, r.randrange(3600)))
    skills = frozenset(s for s in ("cooling", "laser") if r.random() < 0.4)
    on_board, pending = [], list[Aboard]()
    if r.random() < 0.25:
        on_board = [f"{courier}-aboard"]
        pending = [Aboard(on_board[0], None, r.randrange(500, 4000))]
    time_s, here, load_g, peak_g = begin_s, start, sum(p.weight_g for p in pending), 0
    peak_g = load_g
    left, pauses = work, list[Break]()
    while left or pending:
        if left and (not pending or r.random() < 0.5):
            left -= 1
            source = r.choice(sketch.depots)
            time_s = time_s + sketch.drive_s(here, source) + SERVICE_S
            here = source
            pending.append(Aboard(f"{courier}-{left}", source, r.randrange(500, 8000)))
            load_g += pending[-1].weight_g
            peak_g = max(peak_g, load_g)
        else:
            parcel = pending.pop(r.randrange(len(pending)))
            if not pauses and r.random() < 0.15:
                pauses.append(Break("lunch", TimeWindow(max(0, time_s - 600), time_s + 900), 1200))
                time_s += 1200
            place = sketch.place()
            arrival_s = time_s + sketch.drive_s(here, place)
            start_s = arrival_s + r.choice((0, 0, r.randrange(900)))
            time_s, here = start_s + SERVICE_S, place
            load_g -= parcel.weight_g
            sketch.shipments.append(_planted_shipment(sketch, parcel, place, start_s, skills))
    end = start if r.random() < 0.5 else None
    back_s = time_s + (sketch.drive_s(here, end) if end is not None else 0)
    slack_s = r.randrange(0, 1800)
    shift = TimeWindow(begin_s, back_s + slack_s)
    sketch.vehicles.append(
        Vehicle(
            courier,
            start,
            shift,
            end=end,
            weight_g=peak_g + r.choice((0, 2000)),
            skills=skills,
            breaks=tuple(pauses),
            on_board=tuple(on_board),
            fixed_cents=r.choice((0, 500)),
        )
    )


def _planted_shipment(
    sketch: Sketch, parcel: Aboard, place: int, start_s: int, skills: frozenset[str]
) -> Shipment:
    r = sketch.generator
    pickups: tuple[Site, ...] = ()
    if parcel.source is not None:
        part = f"part-{r.randrange(3)}"
        key = (f"depot-{parcel.source}", part)
        sketch.stock[key] = sketch.stock.get(key, 0) + 1
        others = [d for d in sketch.depots if d != parcel.source and r.random() < 0.5]
        sources = sorted([parcel.source, *others])
        pickups = tuple(Site(f"depot-{d}", d, SERVICE_S, draws=(Draw(f"depot-{d}", part),)) for d in sources)
    before_s, after_s = r.randrange(1800), r.randrange(1800)
    window = TimeWindow(max(0, start_s - before_s), start_s + after_s)
    due_s = start_s + SERVICE_S + r.randrange(-600, 3600) if r.random() < 0.5 else None
    return Shipment(
        parcel.name,
        (Site("customer", place, SERVICE_S, (window,)),),
        pickups,
        weight_g=parcel.weight_g,
        skills=frozenset(s for s in sorted(skills) if r.random() < 0.3),
        due_s=due_s,
        late_millicents_per_s=30 if due_s is not None else 0,
        priority=r.randrange(3),
    )


def free_problem(seed: int) -> Problem:
    """Return a problem with too little of something now and then: stock, skills, time, room."""
    r = random.Random(seed)
    sketch = Sketch(r)
    sketch.depots = [sketch.place() for _ in range(r.randint(1, 3))]
    bench = sketch.place()
    for n in range(r.randint(1, 12)):
        sketch.shipments.append(_free_shipment(sketch, n, bench))
    for depot in sketch.depots:
        for part in range(3):
            sketch.stock[(f"depot-{depot}", f"part-{part}")] = r.randrange(4)
    for v in range(r.randint(0 if r.random() < 0.1 else 1, 4)):
        sketch.vehicles.append(_free_vehicle(sketch, v))
    return sketch.problem()


def _free_shipment(sketch: Sketch, n: int, bench: int) -> Shipment:
    r = sketch.generator
    earliest_s = r.randrange(DAY_S)
    windows = (TimeWindow(earliest_s, earliest_s + r.randrange(600, 7200)),) if r.random() < 0.7 else ()
    customer = Site("customer", sketch.place(), r.randrange(600), windows)
    kind = r.random()
    part = f"part-{r.randrange(3)}"
    sources = tuple(
        Site(f"depot-{d}", d, 120, draws=(Draw(f"depot-{d}", part, r.randint(1, 2)),)) for d in sketch.depots
    )
    pickups: tuple[Site, ...] = sources
    deliveries: tuple[Site, ...] = (customer,)
    if kind < 0.2:
        pickups = (customer,)
        deliveries = tuple(Site(f"bench-{p}", p, 60) for p in (bench, sketch.depots[0]))
    elif kind < 0.3:
        pickups = ()
    loaded = bool(pickups)
    return Shipment(
        f"shipment-{n}",
        deliveries,
        pickups,
        weight_g=r.randrange(500, 9000) if loaded else 0,
        volume_cm3=r.randrange(500, 9000) if loaded else 0,
        skills=frozenset(s for s in ("cooling", "laser") if r.random() < 0.15),
        forbidden=frozenset({"courier-0"} if r.random() < 0.1 else ()),
        couriers=frozenset({"courier-1"}) if r.random() < 0.05 else None,
        priority=r.randrange(3),
        due_s=earliest_s + 3600,
        late_millicents_per_s=r.choice((0, 30)),
        unserved_cents=1_000_000 if r.random() < 0.9 else 500,
    )


def _free_vehicle(sketch: Sketch, v: int) -> Vehicle:
    r = sketch.generator
    start = sketch.place()
    earliest_s = r.randrange(DAY_S // 2)
    name = f"courier-{v}"
    on_board, locked = (), list[LockedStop]()
    if r.random() < 0.3:
        place = sketch.place()
        parcel = Shipment(f"{name}-aboard", (Site("customer", place, 300),), weight_g=r.randrange(9000))
        sketch.shipments.append(parcel)
        on_board = (parcel.id,)
        if r.random() < 0.5:
            locked.append(LockedStop(StopKind.DELIVERY, parcel.id, "customer", r.choice((None, 60))))
    waiting = [
        s
        for s in sketch.shipments
        if s.pickups and not any(lock.shipment == s.id for other in sketch.vehicles for lock in other.locked)
    ]
    if waiting and r.random() < 0.4:
        shipment = r.choice(waiting)
        locked.append(LockedStop(StopKind.PICKUP, shipment.id, r.choice(shipment.pickups).id))
        if r.random() < 0.3:
            locked.append(LockedStop(StopKind.DELIVERY, shipment.id, shipment.deliveries[0].id))
    lunch_s = earliest_s + r.randrange(7200)
    return Vehicle(
        name,
        start,
        TimeWindow(earliest_s, earliest_s + r.randrange(3600, DAY_S)),
        end=start if r.random() < 0.6 else None,
        weight_g=r.randrange(8000, 30_000),
        volume_cm3=r.randrange(8000, 30_000),
        skills=frozenset(s for s in ("cooling", "laser") if r.random() < 0.5),
        fixed_cents=r.choice((0, 2000)),
        breaks=(Break("lunch", TimeWindow(lunch_s, lunch_s + 3600), 1800),) if r.random() < 0.3 else (),
        on_board=on_board,
        locked=tuple(locked),
    )
