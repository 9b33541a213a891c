"""Every unserved shipment says by how much, and its remedy holds: done, it serves the shipment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from routing.check import violations
from routing.plan import Plan, Reason
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
from routing.search import Limits, solve
from routing.travel.matrix import UNREACHABLE
from tests.routing.problems import courier, line, order, problem, stock, window

LIMITS = Limits(seconds=20, rounds=20)
LASER = frozenset({"laser"})
COOLING = frozenset({"cooling"})


@dataclass(frozen=True)
class Case:
    """Shipment x of `asked` is unserved for `reason`; `cure` does what the remedy asks for."""

    name: str
    reason: Reason
    sentence: tuple[str, ...]
    remedy: tuple[str, ...]
    asked: Problem
    cure: Callable[[Problem], Problem] | None = None
    nearest_s: int | None = None


def by(earliest_s: int, latest_s: int, place: int = 9) -> tuple[Site, ...]:
    return (Site("customer", place, 60, window(earliest_s, latest_s)),)


def visit(name: str, place: int = 9, **settings: object) -> Shipment:
    """A service of a minute at a place."""
    values: dict[str, object] = {"deliveries": (Site("customer", place, 60),)}
    return Shipment(id=name, **(values | settings))  # type: ignore[arg-type]


def with_x(**settings: object) -> Callable[[Problem], Problem]:
    def cure(asked: Problem) -> Problem:
        changed = [replace(s, **settings) if s.id == "x" else s for s in asked.shipments]  # type: ignore[arg-type]
        return replace(asked, shipments=tuple(changed))

    return cure


def with_courier(name: str, **settings: object) -> Callable[[Problem], Problem]:
    def cure(asked: Problem) -> Problem:
        changed = [replace(v, **settings) if v.id == name else v for v in asked.vehicles]  # type: ignore[arg-type]
        return replace(asked, vehicles=tuple(changed))

    return cure


def one_more(vehicle: Vehicle) -> Callable[[Problem], Problem]:
    return lambda asked: replace(asked, vehicles=(*asked.vehicles, vehicle))


def with_stock(*stocks: Stock) -> Callable[[Problem], Problem]:
    return lambda asked: replace(asked, stock=stocks)


def both(*cures: Callable[[Problem], Problem]) -> Callable[[Problem], Problem]:
    def cure(asked: Problem) -> Problem:
        for part in cures:
            asked = part(asked)
        return asked

    return cure


def until(latest_s: int) -> TimeWindow:
    return TimeWindow(0, latest_s)


def cut(*pairs: tuple[int, int]) -> Travel:
    duration_s = np.array(line(10).duration_s)
    for pair in pairs:
        duration_s[pair] = UNREACHABLE
    return Travel(duration_s, line(10).distance_m)


def slow() -> Travel:
    return Travel(line(10).duration_s * 3, line(10).distance_m)


def two_parts(name: str) -> Shipment:
    draws = (Draw("locker-1", "fan", 3), Draw("locker-1", "belt", 1))
    return order(name, pickups=(Site("locker-1", 1, 60, draws=draws),))


ABOARD = Shipment("aboard", by(5000, 6000, 2), weight_g=60, items=2)
LUNCH = Break("lunch", TimeWindow(0, 200), 1200)
FAN, BELT = Stock("locker-1", "fan", 1), Stock("locker-1", "belt", 1)

NOBODY = [
    Case(
        "no courier at all",
        Reason.NO_COURIER,
        ("No courier is on shift",),
        ("A courier on shift",),
        problem(order("x"), vehicles=()),
        one_more(courier()),
    ),
    Case(
        "a skill that nobody has",
        Reason.SKILL,
        ("needs laser", "eva, lacks laser"),
        ("if eva, or another courier, had laser",),
        problem(visit("x", skills=LASER)),
        with_courier("eva", skills=LASER),
    ),
    Case(
        "two skills that nobody has together",
        Reason.SKILL,
        ("needs cooling, laser", "eva, lacks laser"),
        ("had laser",),
        problem(
            visit("x", skills=LASER | COOLING),
            vehicles=(courier("eva", skills=COOLING), courier("max", skills=LASER)),
        ),
        with_courier("eva", skills=LASER | COOLING),
    ),
    Case(
        "the only courier is forbidden",
        Reason.COURIER_FORBIDDEN,
        ("is excluded: eva",),
        ("if one were allowed: eva",),
        problem(visit("x", forbidden=frozenset({"eva"}))),
        with_x(forbidden=frozenset()),
    ),
    Case(
        "the required courier is not on shift",
        Reason.COURIER_FORBIDDEN,
        ("excluded: eva", "max is not on shift"),
        ("allowed: eva",),
        problem(visit("x", couriers=frozenset({"max"}))),
        with_x(couriers=frozenset({"eva"})),
    ),
    Case(
        "the required courier lacks the skill that another has",
        Reason.COURIER_FORBIDDEN,
        ("with laser is excluded: max", "eva lacks laser"),
        ("allowed: max",),
        problem(
            visit("x", couriers=frozenset({"eva"}), skills=LASER),
            vehicles=(courier(), courier("max", skills=LASER)),
        ),
        with_x(couriers=frozenset({"max"})),
    ),
]

STOCK = [
    Case(
        "stock that is not listed",
        Reason.NO_STOCK,
        ("locker-1 has 0 of 1 part",),
        ("1 more part at locker-1",),
        problem(order("x"), stocks=()),
        with_stock(stock(1, 1)),
    ),
    Case(
        "stock taken by work of higher priority",
        Reason.NO_STOCK,
        ("has 0 of 1 part, 1 taken by other work (y)",),
        ("1 more part at locker-1",),
        problem(order("x"), order("y", priority=1), stocks=(stock(1, 1),)),
        with_stock(stock(1, 2)),
    ),
    Case(
        "too little of one of two parts",
        Reason.NO_STOCK,
        ("locker-1 has 1 of 3 fan",),
        ("2 more fan at locker-1",),
        problem(two_parts("x"), stocks=(FAN, BELT)),
        with_stock(replace(FAN, available=3), BELT),
    ),
    Case(
        "too little at either of two sources",
        Reason.NO_STOCK,
        ("locker-1 has 0 of 1 part; locker-2 has 0 of 1 part, 1 taken by other work (y)",),
        ("1 more part at locker-1, or 1 more part at locker-2",),
        problem(
            order("x", pickups=order("x", 1).pickups + order("x", 2).pickups),
            order("y", 2, priority=2),
            stocks=(stock(2, 1),),
        ),
        with_stock(stock(2, 2)),
    ),
]

ROOM = [
    Case(
        "too heavy",
        Reason.CAPACITY,
        ("500 g", "eva's, lacks room for 1 g"),
        ("if eva carried 1 g more",),
        problem(order("x", weight_g=500), vehicles=(courier(weight_g=499),)),
        with_courier("eva", weight_g=500),
    ),
    Case(
        "too large",
        Reason.CAPACITY,
        ("7 cm3", "lacks room for 3 cm3"),
        ("carried 3 cm3 more",),
        problem(order("x", volume_cm3=7), vehicles=(courier(volume_cm3=4),)),
        with_courier("eva", volume_cm3=7),
    ),
    Case(
        "too many pieces",
        Reason.CAPACITY,
        ("5 pieces", "lacks room for 2 pieces"),
        ("carried 2 pieces more",),
        problem(order("x", items=5), vehicles=(courier(items=3),)),
        with_courier("eva", items=5),
    ),
    Case(
        "heavy for one and large for the other",
        Reason.CAPACITY,
        ("90 g, 9 cm3", "max's, lacks room for 1 cm3"),
        ("if max carried 1 cm3 more",),
        problem(
            order("x", weight_g=90, volume_cm3=9),
            vehicles=(courier("eva", weight_g=80, volume_cm3=9), courier("max", weight_g=90, volume_cm3=8)),
        ),
        with_courier("max", volume_cm3=9),
    ),
    Case(
        "what a swap takes back is too much",
        Reason.CAPACITY,
        ("1 pieces there and 4 pieces back", "lacks room for 2 pieces"),
        ("carried 2 pieces more",),
        problem(order("x", items=1, back_items=4), vehicles=(courier(items=2),)),
        with_courier("eva", items=4),
    ),
    Case(
        "what a swap takes back is too heavy",
        Reason.CAPACITY,
        ("10 g there and 30 g back", "lacks room for 5 g"),
        ("carried 5 g more",),
        problem(order("x", weight_g=10, back_weight_g=30), vehicles=(courier(weight_g=25),)),
        with_courier("eva", weight_g=30),
    ),
    Case(
        "the van is full with what is on board",
        Reason.CAPACITY,
        ("full with what is on board",),
        ("if eva carried 20 g more",),
        problem(
            order("x", weight_g=60, deliveries=by(0, 1000)),
            ABOARD,
            vehicles=(courier(weight_g=100, on_board=("aboard",)),),
        ),
        with_courier("eva", weight_g=120),
    ),
    Case(
        "hours and room are missing together",
        Reason.TIME_WINDOW,
        ("the nearest arrival at the delivery is 0:16 h", "full with what is on board"),
        ("customer were open until 0:16 h and eva carried 20 g more",),
        problem(
            order("x", weight_g=60, deliveries=by(0, 900)),
            ABOARD,
            vehicles=(courier(weight_g=100, on_board=("aboard",)),),
        ),
        both(with_courier("eva", weight_g=120), with_x(deliveries=by(0, 960))),
    ),
]

ROADS = [
    Case(
        "no road to the customer",
        Reason.UNREACHABLE,
        ("eva from locker-1 to customer",),
        ("Correct coordinates",),
        problem(order("x", customer=9), travel=cut((1, 9))),
        with_x(deliveries=(Site("customer", 8, 60),)),
    ),
    Case(
        "no road home",
        Reason.UNREACHABLE,
        ("eva from customer to the end",),
        ("Correct coordinates",),
        problem(visit("x"), travel=cut((9, 0)), vehicles=(courier(end=0),)),
        with_courier("eva", end=None),
    ),
    Case(
        "no road for this kind of vehicle",
        Reason.UNREACHABLE,
        ("eva (bike) from the start to customer",),
        ("roads of van",),
        Problem(
            line(10),
            (courier(profile="bike"),),
            (visit("x"),),
            profiles={"bike": cut((0, 9)), "van": line(10)},
        ),
        with_courier("eva", profile="van"),
    ),
]

TIME = [
    Case(
        "the customer closes before anybody can come",
        Reason.TIME_WINDOW,
        ("customer: 0:00 h to 0:09 h", "nearest arrival at the delivery is 0:16 h"),
        ("if customer were open until 0:16 h",),
        problem(order("x", deliveries=by(0, 500))),
        with_x(deliveries=by(0, 960)),
        960,
    ),
    Case(
        "the locker closes before anybody can come",
        Reason.TIME_WINDOW,
        ("locker-1: 0:00 h to 0:01 h",),
        ("if locker-1 were open until 0:02 h",),
        problem(order("x", pickups=(Site("locker-1", 1, 60, window(0, 60)),))),
        with_x(pickups=(Site("locker-1", 1, 60, window(0, 120)),)),
    ),
    Case(
        "both close too early",
        Reason.TIME_WINDOW,
        ("locker-1: 0:00 h to 0:01 h; customer: 0:00 h to 0:03 h",),
        ("locker-1 were open until 0:02 h and customer were open until 0:06 h",),
        problem(
            order("x", pickups=(Site("locker-1", 1, 60, window(0, 60)),), deliveries=by(0, 180, 3)),
        ),
        with_x(pickups=(Site("locker-1", 1, 60, window(0, 120)),), deliveries=by(0, 360, 3)),
    ),
    Case(
        "the second opening is missed too",
        Reason.TIME_WINDOW,
        ("customer: 0:01 h to 0:02 h, 0:10 h to 0:12 h", "arrival at the delivery is 0:15 h"),
        ("if customer were open until 0:15 h",),
        problem(
            visit("x", deliveries=(Site("customer", 9, 60, (TimeWindow(60, 120), TimeWindow(600, 720))),))
        ),
        with_x(deliveries=(Site("customer", 9, 60, (TimeWindow(60, 120), TimeWindow(600, 900))),)),
        900,
    ),
    Case(
        "the roads of its vehicle are slow",
        Reason.TIME_WINDOW,
        ("nearest arrival at the delivery is 0:45 h",),
        ("open until 0:45 h",),
        Problem(
            line(10),
            (courier(profile="bike"),),
            (visit("x", deliveries=by(0, 900)),),
            profiles={"bike": slow()},
        ),
        with_courier("eva", profile=""),
        2700,
    ),
    Case(
        "the shift ends too early",
        Reason.SHIFT,
        ("Every courier that may take it is out of shift too early, the last at 0:14 h (eva)",),
        ("if eva's shift lasted until 0:17 h",),
        problem(order("x", deliveries=by(0, 9000)), vehicles=(courier(shift=until(800)),)),
        with_courier("eva", shift=until(1020)),
        960,
    ),
    Case(
        "those with the skill are out of shift",
        Reason.SHIFT,
        ("Every courier with laser is out of shift too early, the last at 0:14 h (max)", "0:15 h"),
        ("if max's shift lasted until 0:16 h",),
        problem(
            visit("x", skills=LASER), vehicles=(courier(), courier("max", skills=LASER, shift=until(800)))
        ),
        with_courier("max", shift=until(960)),
        900,
    ),
    Case(
        "overtime does not suffice",
        Reason.SHIFT,
        ("the last at 0:15 h (eva, overtime included)",),
        ("if eva's shift lasted until 0:16 h",),
        problem(visit("x"), vehicles=(courier(shift=until(800), overtime_s=100),)),
        with_courier("eva", shift=until(960)),
    ),
    Case(
        "the way home is too long",
        Reason.SHIFT,
        ("the route would end at 0:31 h",),
        ("lasted until 0:31 h",),
        problem(visit("x"), vehicles=(courier(end=0, shift=until(1000)),)),
        with_courier("eva", shift=until(1860)),
    ),
    Case(
        "the customer opens after the shift",
        Reason.SHIFT,
        ("the last at 0:17 h", "nearest arrival at the delivery is 0:15 h"),
        ("lasted until 0:35 h",),
        problem(visit("x", deliveries=by(2000, 3000)), vehicles=(courier(shift=until(1000)),)),
        with_courier("eva", shift=until(2100)),
    ),
    Case(
        "hours and shift are missing together",
        Reason.TIME_WINDOW,
        ("nearest arrival at the delivery is 0:15 h", "the last at 0:14 h"),
        ("customer were open until 0:15 h and eva's shift lasted until 0:16 h",),
        problem(visit("x", deliveries=by(0, 500)), vehicles=(courier(shift=until(800)),)),
        both(with_x(deliveries=by(0, 900)), with_courier("eva", shift=until(960))),
        900,
    ),
    Case(
        "what is on board cannot be delivered before the shift ends",
        Reason.SHIFT,
        ("eva, who has it on board or locked, is out of shift",),
        ("if eva's shift lasted until 0:16 h",),
        problem(
            Shipment("x", (Site("customer", 9, 60),), weight_g=5),
            vehicles=(courier(on_board=("x",), shift=until(800)), courier("max", 9)),
        ),
        with_courier("eva", shift=until(960)),
    ),
    Case(
        "the locked stop outlasts the shift",
        Reason.SHIFT,
        ("the last at 0:07 h (eva)",),
        ("if eva's shift lasted until 0:12 h",),
        problem(
            visit("y", 5),
            visit("x", 6),
            vehicles=(courier(shift=until(400), locked=(LockedStop(StopKind.DELIVERY, "y", "customer"),)),),
        ),
        with_courier("eva", shift=until(720)),
    ),
    Case(
        "nobody may drive so long",
        Reason.DRIVING_LIMIT,
        ("eva may drive 10 min",),
        ("if eva might drive 15 min",),
        problem(visit("x"), vehicles=(courier(max_driving_s=600),)),
        with_courier("eva", max_driving_s=900),
    ),
    Case(
        "nobody may drive so long without a break",
        Reason.DRIVING_STRETCH,
        ("eva may drive 10 min without a break, and has driven 2 min since the last one",),
        ("if eva might drive 17 min without a break",),
        problem(visit("x"), vehicles=(courier(max_stretch_s=600, driven_s=120),)),
        with_courier("eva", max_stretch_s=1020),
    ),
    Case(
        "the break that would be needed comes too late",
        Reason.DRIVING_STRETCH,
        ("eva may drive 10 min without a break.",),
        ("if eva might drive 15 min without a break",),
        problem(
            visit("x"),
            vehicles=(courier(max_stretch_s=600, breaks=(Break("lunch", TimeWindow(5000, 6000), 600),)),),
        ),
        with_courier("eva", max_stretch_s=900),
    ),
    Case(
        "the break leaves no time before the end of the shift",
        Reason.SHIFT,
        ("the last at 0:20 h", "the route would end at 0:36 h"),
        ("if eva's shift lasted until 0:36 h",),
        problem(visit("x"), vehicles=(courier(shift=until(1200), breaks=(LUNCH,)),)),
        with_courier("eva", shift=until(2160)),
    ),
    Case(
        "a long service leaves no time for the break",
        Reason.BREAK,
        ("owes a break that leaves no time for it", "eva has lunch of 20 min from 0:17 h to 0:20 h"),
        ("if eva had no break (lunch)",),
        problem(
            visit("x", deliveries=(Site("customer", 9, 3000, window(0, 950)),)),
            vehicles=(courier(shift=until(4000), breaks=(Break("lunch", TimeWindow(1000, 1200), 1200),)),),
        ),
        with_courier("eva", breaks=()),
    ),
]

BUSY = [
    Case(
        "bound by an appointment elsewhere",
        Reason.COURIERS_BUSY,
        ("(eva) are bound by other work", "after it is 0:26 h"),
        ("customer were open until 0:26 h", "one more courier"),
        problem(visit("x", deliveries=by(900, 950)), visit("y", deliveries=by(550, 550, 0), priority=2)),
        with_x(deliveries=by(900, 1560)),
    ),
    Case(
        "one more courier helps",
        Reason.COURIERS_BUSY,
        ("(eva) are bound by other work",),
        ("there were one more courier",),
        problem(visit("x", deliveries=by(900, 950)), visit("y", deliveries=by(550, 550, 0), priority=2)),
        one_more(courier("max", 9)),
    ),
    Case(
        "the courier who alone may take it is busy",
        Reason.COURIERS_BUSY,
        ("(eva) are bound by other work", "Nobody else may take it."),
        ("another courier were allowed",),
        problem(
            visit("x", deliveries=by(900, 950), couriers=frozenset({"eva"})),
            visit("y", deliveries=by(550, 550, 0), priority=2, couriers=frozenset({"eva"})),
            vehicles=(courier(), courier("max", 9)),
        ),
        with_x(couriers=None),
    ),
    Case(
        "a courier who would have the time is kept from it",
        Reason.COURIERS_BUSY,
        ("(eva) are bound by other work", "It may not be taken by max."),
        ("one who is kept from it were allowed",),
        problem(
            visit("x", deliveries=by(900, 950), forbidden=frozenset({"max"})),
            visit("y", deliveries=by(550, 550, 0), priority=2, couriers=frozenset({"eva"})),
            vehicles=(courier(), courier("max", 9)),
        ),
        with_x(forbidden=frozenset()),
    ),
    Case(
        "the shift is full",
        Reason.COURIERS_BUSY,
        ("bound by other work",),
        ("eva's shift lasted until 0:17 h",),
        problem(visit("x"), visit("y", 3, priority=2), vehicles=(courier(shift=until(960)),)),
        with_courier("eva", shift=until(1020)),
    ),
    Case(
        "the driving of the day is spent",
        Reason.COURIERS_BUSY,
        ("bound by other work",),
        ("eva might drive 5 min",),
        problem(
            visit("x", 1),
            visit("y", 3, priority=2),
            vehicles=(courier(start=2, max_driving_s=200),),
        ),
        with_courier("eva", max_driving_s=300),
    ),
    Case(
        "the van can only be unloaded from the back",
        Reason.STACKING,
        ("bound by other work",),
        ("eva's van could be unloaded in any order",),
        problem(
            Shipment("x", by(0, 150, 1), weight_g=1),
            Shipment("y", by(200, 300, 2), weight_g=1, priority=3),
            vehicles=(courier(on_board=("x", "y"), lifo=True, shift=until(400)),),
        ),
        with_courier("eva", lifo=False),
    ),
]

WORTH = [
    Case(
        "not worth the drive",
        Reason.NOT_WORTH,
        ("costs 330 cents more; leaving it costs 5 cents",),
        ("a priority of 7 or a worth above 330 cents",),
        problem(order("x", unserved_cents=5)),
        with_x(priority=7),
    ),
    Case(
        "not worth the fixed cost",
        Reason.NOT_WORTH,
        ("costs 5110 cents more; leaving it costs 200 cents",),
        ("worth above 5110 cents",),
        problem(visit("x", 1, unserved_cents=200), vehicles=(courier(fixed_cents=5000),)),
        with_x(unserved_cents=5111),
    ),
    Case(
        "not worth taking it from the courier who was told",
        Reason.NOT_WORTH,
        ("costs 1110 cents more (1000 as another courier was told of it); leaving it costs 200",),
        ("worth above 1110 cents",),
        problem(visit("x", 1, unserved_cents=200, told="max", told_millicents=1_000_000)),
        with_x(told="eva"),
    ),
    Case(
        "not worth being so late",
        Reason.NOT_WORTH,
        ("costs 270 cents more (160 for being late or in overtime); leaving it costs 200",),
        ("worth above 270 cents",),
        problem(visit("x", 1, unserved_cents=200, due_s=0, late_millicents_per_s=1000)),
        with_x(unserved_cents=271),
    ),
    Case(
        "not worth the overtime",
        Reason.NOT_WORTH,
        ("(60 for being late or in overtime)",),
        ("worth above 170 cents",),
        problem(
            visit("x", 1, unserved_cents=150),
            vehicles=(courier(shift=until(100), overtime_s=600, overtime_millicents_per_s=1000),),
        ),
        with_courier("eva", overtime_millicents_per_s=0),
    ),
]

CASES = NOBODY + STOCK + ROOM + ROADS + TIME + BUSY + WORTH


def _solved(asked: Problem) -> Plan:
    plan = solve(asked, LIMITS)
    assert violations(asked, plan) == []
    return plan


def test_the_table_holds_at_least_thirty_cases() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 30


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_an_unserved_shipment_says_why_by_how_much_and_what_would_help(case: Case) -> None:
    entry = {entry.shipment: entry for entry in _solved(case.asked).unserved}["x"]
    assert entry.reason is case.reason, entry
    assert [part for part in case.sentence if part not in entry.sentence] == [], entry
    assert [part for part in case.remedy if part not in entry.remedy] == [], entry
    assert case.nearest_s in (None, entry.nearest_arrival_s), entry


@pytest.mark.parametrize("case", [c for c in CASES if c.cure], ids=[c.name for c in CASES if c.cure])
def test_what_the_remedy_asks_for_serves_the_shipment(case: Case) -> None:
    assert case.cure is not None
    cured = _solved(case.cure(case.asked))
    assert "x" not in {entry.shipment for entry in cured.unserved}
