"""Why a shipment is left unserved: the first thing that stands in the way, how much is missing, what helps.

The causes are tried from the most to the least stubborn: nobody there, no stock, nobody with the skill,
nobody allowed, too heavy, no road; then windows and shifts for a courier with nothing else to do; then
those who could, if they were not busy; last, that it costs more than it is worth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from routing.compiled import FOREVER_S, Compiled, Courier, Visit
from routing.insertion import best_insertion
from routing.plan import Reason, Unserved
from routing.problem import Shipment, Site
from routing.schedule import Timetable, timetable
from routing.tours import Tours
from routing.travel.matrix import UNREACHABLE

Pair = tuple[Courier, Visit | None, Visit]
"""A courier with one way to serve the shipment: its pickup, unless that is behind, and its delivery."""


def explain(tours: Tours, s: int) -> Unserved:
    """Return why shipment `s` is in none of `tours`."""
    causes: tuple[Callable[[Tours, int], Unserved | None], ...] = (
        _no_courier,
        _no_stock,
        _skill,
        _courier_forbidden,
        _capacity,
        _unreachable,
        _alone_impossible,
        _not_worth,
    )
    for cause in causes:
        found = cause(tours, s)
        if found is not None:
            return found
    return _busy(tours, s)


def clock(time_s: int) -> str:
    """Return `time_s` as hours and minutes after the problem's zero, rounded up to a minute."""
    minutes = -(-time_s // 60)
    return f"{minutes // 60}:{minutes % 60:02d} h"


def _no_courier(tours: Tours, s: int) -> Unserved | None:
    if tours.compiled.couriers:
        return None
    name = tours.compiled.problem.shipments[s].id
    return Unserved(name, Reason.NO_COURIER, "No courier is on shift.", "A courier on shift.")


def _no_stock(tours: Tours, s: int) -> Unserved | None:
    compiled, shipment = tours.compiled, tours.compiled.problem.shipments[s]
    if compiled.picked_up[s] or any(tours.has_stock(visit) for visit in compiled.pickups[s]):
        return None
    missing = [_missing(tours, site) for site in shipment.pickups]
    sentence = f"No source has the stock: {'; '.join(missing)}."
    return Unserved(
        shipment.id, Reason.NO_STOCK, sentence, "Stock at one of these sources, or another source."
    )


def _missing(tours: Tours, site: Site) -> str:
    for draw in site.draws:
        left = tours.stock.get((draw.location, draw.part), 0)
        if left < draw.quantity:
            taken = tours.compiled.stock.get((draw.location, draw.part), 0) - left
            others = f", {taken} taken by other work" if taken else ""
            return f"{site.id} has {max(0, left)} of {draw.quantity} {draw.part}{others}"
    return f"{site.id} lacks nothing"


def _skill(tours: Tours, s: int) -> Unserved | None:
    vehicles, shipment = tours.compiled.problem.vehicles, tours.compiled.problem.shipments[s]
    if tours.compiled.bound[s] >= 0 or any(shipment.skills <= v.skills for v in vehicles):
        return None
    lacking = min(
        (sorted(shipment.skills - v.skills) for v in vehicles), key=lambda names: (len(names), names)
    )
    wanted = ", ".join(sorted(shipment.skills))
    sentence = f"It needs {wanted}; the nearest courier lacks {', '.join(lacking)}."
    return Unserved(shipment.id, Reason.SKILL, sentence, f"A courier with {wanted}.")


def _courier_forbidden(tours: Tours, s: int) -> Unserved | None:
    if tours.compiled.eligible[s]:
        return None
    shipment = tours.compiled.problem.shipments[s]
    skilled = [v.id for v in tours.compiled.problem.vehicles if shipment.skills <= v.skills]
    barred = ", ".join(skilled)
    sentence = f"Every courier on shift with the skills for it is excluded: {barred}."
    return Unserved(shipment.id, Reason.COURIER_FORBIDDEN, sentence, f"Allowing one of {barred}.")


def _capacity(tours: Tours, s: int) -> Unserved | None:
    compiled, shipment = tours.compiled, tours.compiled.problem.shipments[s]
    vehicles = [compiled.couriers[v].vehicle for v in compiled.eligible[s]]
    fits = any(shipment.weight_g <= v.weight_g and shipment.volume_cm3 <= v.volume_cm3 for v in vehicles)
    if fits or compiled.picked_up[s]:
        return None
    weight_g, volume_cm3 = max(v.weight_g for v in vehicles), max(v.volume_cm3 for v in vehicles)
    sentence = (
        f"Its {shipment.weight_g} g and {shipment.volume_cm3} cm3 fit no vehicle that may take it: "
        f"they carry up to {weight_g} g and up to {volume_cm3} cm3."
    )
    return Unserved(shipment.id, Reason.CAPACITY, sentence, "A larger vehicle, or the load in parts.")


def _unreachable(tours: Tours, s: int) -> Unserved | None:
    if any(_roads(courier, pickup, delivery) for courier, pickup, delivery in _pairs(tours, s)):
        return None
    shipment = tours.compiled.problem.shipments[s]
    places = ", ".join(site.id for site in (*shipment.pickups, *shipment.deliveries))
    sentence = f"No road leads any courier over its sites: {places}."
    return Unserved(shipment.id, Reason.UNREACHABLE, sentence, "Correct coordinates, or another site.")


def _roads(courier: Courier, pickup: Visit | None, delivery: Visit) -> bool:
    begin = courier.locked[-1].place if courier.locked else courier.start
    middle = [] if pickup is None else [pickup.place]
    places = [begin, *middle, delivery.place, courier.end]
    return all(courier.drive_s(a, b) < UNREACHABLE for a, b in pairwise(places))


def _alone_impossible(tours: Tours, s: int) -> Unserved | None:
    """A courier with nothing but locked stops cannot do it either: windows, shift, or what is on board."""
    pairs = list(_pairs(tours, s))
    if any(_alone(pair) is not None for pair in pairs):
        return None
    if times := _some(_alone(_any_window(pair)) for pair in pairs):
        return _window_closed(tours, s, times)
    if times := _some(_alone(_any_shift(pair)) for pair in pairs):
        return _shift_over(tours, s, times)
    if times := _some(_alone(_any_window(_any_shift(pair))) for pair in pairs):
        return _window_closed(tours, s, times)
    shipment = tours.compiled.problem.shipments[s]
    sentence = "The couriers that may take it are full with what is on board or locked."
    return Unserved(shipment.id, Reason.CAPACITY, sentence, "A courier with room.")


def _window_closed(tours: Tours, s: int, times: Sequence[Timetable]) -> Unserved:
    shipment = tours.compiled.problem.shipments[s]
    nearest_s = min(_delivered_s(table) for table in times)
    opens = "; ".join(f"{site.id}: {_windows(site)}" for site in _timed_sites(tours.compiled, s)) or "always"
    sentence = (
        f"No courier can be at its sites inside their hours ({opens}); "
        f"the nearest arrival at the delivery is {clock(nearest_s)}."
    )
    remedy = f"Hours that allow a delivery at {clock(nearest_s)}, or a courier nearer by."
    return Unserved(shipment.id, Reason.TIME_WINDOW, sentence, remedy, nearest_s)


def _shift_over(tours: Tours, s: int, times: Sequence[Timetable]) -> Unserved:
    shipment = tours.compiled.problem.shipments[s]
    nearest_s = min(_delivered_s(table) for table in times)
    couriers = [tours.compiled.couriers[v] for v in tours.compiled.eligible[s]]
    latest_s = max(courier.latest_s for courier in couriers)
    sentence = (
        f"Every shift ends too early, the last at {clock(latest_s)}; "
        f"the nearest arrival at the delivery is {clock(nearest_s)}."
    )
    remedy = f"A courier on shift until {clock(min(table.end_s for table in times))}."
    return Unserved(shipment.id, Reason.SHIFT, sentence, remedy, nearest_s)


def _not_worth(tours: Tours, s: int) -> Unserved | None:
    found = best_insertion(tours, s)
    shipment = tours.compiled.problem.shipments[s]
    if found is None or found.extra_millicents < shipment.unserved_millicents:
        return None
    worth, extra = shipment.unserved_millicents // 1000, found.extra_millicents // 1000
    sentence = f"Serving it costs {extra} cents more; leaving it costs {worth} cents."
    return Unserved(
        shipment.id, Reason.NOT_WORTH, sentence, f"A higher priority, or a worth above {extra} cents."
    )


def _busy(tours: Tours, s: int) -> Unserved:
    """Somebody could do it alone, yet not beside the work they have."""
    shipment = tours.compiled.problem.shipments[s]
    times = _some(_last(tours, pair) for pair in _pairs(tours, s))
    nearest_s = min((_delivered_s(table) for table in times), default=None)
    when = f"; the nearest arrival after it is {clock(nearest_s)}" if nearest_s is not None else ""
    able = ", ".join(tours.compiled.couriers[v].vehicle.id for v in tours.compiled.eligible[s])
    sentence = f"Those who could serve it ({able}) are bound by other work{when}."
    return Unserved(
        shipment.id, Reason.COURIERS_BUSY, sentence, "One more courier, or later hours.", nearest_s
    )


def _pairs(tours: Tours, s: int) -> Iterable[Pair]:
    compiled = tours.compiled
    pickups: list[Visit | None] = [None]
    if not compiled.picked_up[s]:
        pickups = [visit for visit in compiled.pickups[s] if tours.has_stock(visit)]
    for v in compiled.eligible[s]:
        for pickup in pickups:
            for delivery in compiled.deliveries[s]:
                yield compiled.couriers[v], pickup, delivery


def _alone(pair: Pair) -> Timetable | None:
    courier, pickup, delivery = pair
    return timetable(courier, [*courier.locked, *([pickup] if pickup else []), delivery])


def _last(tours: Tours, pair: Pair) -> Timetable | None:
    """Return the times of serving the shipment after all other work, whatever the hours."""
    courier, pickup, delivery = _any_window(_any_shift(pair))
    visits = tours.tours[courier.index].visits
    return timetable(courier, [*visits, *([pickup] if pickup else []), delivery])


def _any_window(pair: Pair) -> Pair:
    courier, pickup, delivery = pair
    return courier, _always(pickup) if pickup else None, _always(delivery)


def _any_shift(pair: Pair) -> Pair:
    courier, pickup, delivery = pair
    return replace(courier, latest_s=FOREVER_S, until_s=FOREVER_S), pickup, delivery


def _always(visit: Visit) -> Visit:
    return replace(visit, windows=((visit.windows[0][0], FOREVER_S),))


def _some(times: Iterable[Timetable | None]) -> list[Timetable]:
    return [table for table in times if table is not None]


def _delivered_s(table: Timetable) -> int:
    """Return the arrival at the last visit: the one before the end, breaks apart."""
    return next(timing.arrival_s for timing in reversed(table.timings[:-1]) if timing.pause < 0)


def _timed_sites(compiled: Compiled, s: int) -> list[Site]:
    shipment: Shipment = compiled.problem.shipments[s]
    ends = shipment.deliveries if compiled.picked_up[s] else (*shipment.pickups, *shipment.deliveries)
    return [site for site in ends if site.windows]


def _windows(site: Site) -> str:
    return ", ".join(f"{clock(w.earliest_s)} to {clock(w.latest_s)}" for w in site.windows)
