"""Why a shipment is left unserved: the first thing that stands in the way, how much is missing, what helps.

The causes are tried from the most to the least stubborn: nobody there, no stock, nobody with the skill,
nobody allowed, too heavy, no road; then hours, shifts and the like for a courier with nothing else to do;
then that it costs more than it is worth; last those who could, if they were not busy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise

from routing.compiled import StockKey, Visit
from routing.insertion import Insertion, best_insertion
from routing.kernel.engine import Engine
from routing.plan import Reason, Unserved
from routing.problem import Draw, Shipment, Site, Vehicle
from routing.relaxed import (
    Cure,
    Pair,
    alone,
    cure_alone,
    cure_beside,
    cures_beside,
    last,
    nearest,
)
from routing.shipments import MAX_PRIORITY
from routing.tours import Tours
from routing.travel.matrix import UNREACHABLE
from routing.wording import after_zero, lasting

NAMED = 3
"""So many couriers, sources or other shipments are named in a sentence; the rest are counted."""


def explain(tours: Tours, s: int, engine: Engine | None = None) -> Unserved:
    """Return why shipment `s` is in none of `tours`; `engine`, as `best_insertion` takes it, saves time."""
    causes: tuple[Callable[[Tours, int], Unserved | None], ...] = (
        _no_courier,
        _no_stock,
        _skill,
        _courier_forbidden,
        _capacity,
        _unreachable,
        _alone_impossible,
        partial(_not_worth, engine=engine),
    )
    for cause in causes:
        found = cause(tours, s)
        if found is not None:
            return found
    return _busy(tours, s)


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
    sentence = f"No source has the stock: {'; '.join(text for text, _ in missing)}."
    remedy = f"Would be served if there were {_either([more for _, more in missing])}."
    return Unserved(shipment.id, Reason.NO_STOCK, sentence, remedy)


def _missing(tours: Tours, site: Site) -> tuple[str, str]:
    """Return what a source lacks, and what it would need."""
    lacks, needs = [], []
    for draw in site.draws:
        key = (draw.location, draw.part)
        left = max(0, tours.stock.get(key, 0))
        if left < draw.quantity:
            lacks.append(f"{site.called} has {left} of {draw.quantity} {draw.part}{_taken(tours, key)}")
            needs.append(f"{draw.quantity - left} more {draw.part} at {_where(site, draw)}")
    return ", ".join(lacks), " and ".join(needs)


def _where(site: Site, draw: Draw) -> str:
    """Return what to call the place whose stock is drawn on: the site itself, as a rule."""
    return site.called if draw.location == site.id else draw.location


def _taken(tours: Tours, key: StockKey) -> str:
    """Return what other work takes of a stock."""
    names, taken = [], 0
    for tour in tours.tours:
        for visit in tour.visits:
            for draw in visit.site.draws:
                if (draw.location, draw.part) == key:
                    taken += draw.quantity
                    names.append(tours.compiled.problem.shipments[visit.shipment].called)
    return f", {taken} taken by other work ({_named(names)})" if taken else ""


def _skill(tours: Tours, s: int) -> Unserved | None:
    vehicles, shipment = tours.compiled.problem.vehicles, tours.compiled.problem.shipments[s]
    if tours.compiled.bound[s] >= 0 or any(shipment.skills <= v.skills for v in vehicles):
        return None
    near = min(vehicles, key=lambda v: (len(shipment.skills - v.skills), v.id))
    wanted, lacking = _all(shipment.skills), _all(shipment.skills - near.skills)
    sentence = f"It needs {wanted}; the nearest courier, {near.called}, lacks {lacking}."
    return Unserved(
        shipment.id,
        Reason.SKILL,
        sentence,
        f"Would be served if {near.called}, or another courier, had {lacking}.",
    )


def _courier_forbidden(tours: Tours, s: int) -> Unserved | None:
    if tours.compiled.eligible[s]:
        return None
    shipment, vehicles = tours.compiled.problem.shipments[s], tours.compiled.problem.vehicles
    skilled = [v.called for v in vehicles if shipment.skills <= v.skills]
    with_skill = f"with {_all(shipment.skills)} " if shipment.skills else ""
    sentence = f"Every courier on shift {with_skill}is excluded: {_named(skilled)}."
    if shipment.couriers is not None:
        sentence += f" {_required(shipment, vehicles)}"
    return Unserved(
        shipment.id,
        Reason.COURIER_FORBIDDEN,
        sentence,
        f"Would be served if one were allowed: {_named(skilled)}.",
    )


def _required(shipment: Shipment, vehicles: Sequence[Vehicle]) -> str:
    """Return why none of those who must do it can."""
    on_shift = {v.id: v for v in vehicles}
    why = []
    for name in sorted(shipment.couriers or ()):
        if name not in on_shift:
            why.append(f"{name} is not on shift")
        elif name in shipment.forbidden:
            why.append(f"{on_shift[name].called} is forbidden")
        else:
            lacking = _all(shipment.skills - on_shift[name].skills)
            why.append(f"{on_shift[name].called} lacks {lacking}")
    return f"Of those who may take it, {_named(why)}." if why else "Nobody may take it."


def _capacity(tours: Tours, s: int) -> Unserved | None:
    compiled, shipment = tours.compiled, tours.compiled.problem.shipments[s]
    vehicles = [compiled.couriers[v].vehicle for v in compiled.eligible[s]]
    if compiled.picked_up[s]:
        return None
    short = [
        (sum(missing for _, missing in over), v, over) for v in vehicles for over in [_over(shipment, v)]
    ]
    if any(total == 0 for total, _, _ in short):
        return None
    _, vehicle, over = min(short, key=lambda item: (len(item[2]), item[0], item[1].id))
    whole = ", ".join(text for text, _ in _needs(shipment).values() if text)
    missing = " and ".join(f"{n} {unit}" for unit, n in over)
    sentence = (
        f"Its {whole} fit no vehicle that may take it: "
        f"the nearest, {vehicle.called}'s, lacks room for {missing}."
    )
    remedy = f"Would be served if {vehicle.called} carried {missing} more, or in parts."
    return Unserved(shipment.id, Reason.CAPACITY, sentence, remedy)


def _needs(shipment: Shipment) -> dict[str, tuple[str, int]]:
    """Return for each load of a vehicle the room that a shipment needs, in words and in numbers."""
    units = {"weight_g": "g", "volume_cm3": "cm3", "items": "pieces"}
    needs = {}
    for load, unit in units.items():
        there, back = getattr(shipment, load), getattr(shipment, f"back_{load}")
        text = f"{there} {unit}" + (f" there and {back} {unit} back" if back else "")
        needs[load] = (text if there or back else "", max(there, back))
    return needs


def _over(shipment: Shipment, vehicle: Vehicle) -> list[tuple[str, int]]:
    """Return how much of each load is too much for an empty vehicle."""
    units = {"weight_g": "g", "volume_cm3": "cm3", "items": "pieces"}
    over = [(units[load], need - getattr(vehicle, load)) for load, (_, need) in _needs(shipment).items()]
    return [(unit, amount) for unit, amount in over if amount > 0]


def _unreachable(tours: Tours, s: int) -> Unserved | None:
    gaps = []
    for pair in _pairs(tours, s):
        gap = _gap(pair)
        if gap is None:
            return None
        gaps.append(gap)
    shipment = tours.compiled.problem.shipments[s]
    first = list(dict.fromkeys(gaps))
    sentence = f"No road leads any courier over its sites: {_named(first)}."
    used = {tours.compiled.couriers[v].vehicle.profile for v in tours.compiled.eligible[s]}
    other = sorted(set(tours.compiled.problem.profiles) - used)
    by_road = f", a courier who drives by the roads of {_named(other)}" if other else ""
    return Unserved(shipment.id, Reason.UNREACHABLE, sentence, f"Correct coordinates, another site{by_road}.")


def _gap(pair: Pair) -> str | None:
    """Return the first way of a courier that no road leads over."""
    courier, pickup, delivery = pair
    stops: list[tuple[str, int]] = [("the start", courier.start)]
    if courier.locked:
        stops = [(courier.locked[-1].site.called, courier.locked[-1].place)]
    stops += [(visit.site.called, visit.place) for visit in (pickup, delivery) if visit is not None]
    stops.append(("the end", courier.end))
    roads = f" ({courier.vehicle.profile})" if courier.vehicle.profile else ""
    for (before, a), (after, b) in pairwise(stops):
        if courier.drive_s(a, b) >= UNREACHABLE:
            return f"{courier.vehicle.called}{roads} from {before} to {after}"
    return None


def _alone_impossible(tours: Tours, s: int) -> Unserved | None:
    """A courier with nothing but locked stops cannot do it either: hours, shift, driving, load or breaks."""
    pairs = list(_pairs(tours, s))
    if any(alone(pair) is not None for pair in pairs):
        return None
    pairs = nearest(pairs)
    cure = cure_alone(pairs)
    shipment = tours.compiled.problem.shipments[s]
    if cure is None:
        sentence = "No courier can do it for more than three reasons at once, even with nothing else to do."
        return Unserved(shipment.id, Reason.TIME_WINDOW, sentence, "Another site, or another courier.")
    sentence = " ".join(_SENTENCES[limit.reason](tours, s, cure) for limit in cure.limits)
    beside = cure_beside(tours, pairs, cure.limits, shipment.unserved_millicents)
    remedy = f"Would be served if {beside.remedy}." if beside else _if_free(cure)
    return Unserved(shipment.id, cure.limits[0].reason, sentence, remedy, cure.arrival_s)


def _if_free(cure: Cure) -> str:
    name = cure.pair[0].vehicle.called
    return f"Would be possible if {cure.remedy}, and {name} had nothing else to do."


def _hours(tours: Tours, s: int, cure: Cure) -> str:
    opens = "; ".join(f"{site.called}: {_windows(site)}" for site in _timed_sites(tours, s)[:NAMED])
    return (
        f"No courier can be at its sites inside their hours ({opens}); "
        f"the nearest arrival at the delivery is {after_zero(cure.arrival_s)}."
    )


def _shift(tours: Tours, s: int, cure: Cure) -> str:
    couriers = [tours.compiled.couriers[v] for v in tours.compiled.eligible[s]]
    until = max(couriers, key=lambda courier: courier.until_s)
    overtime = ", overtime included" if until.vehicle.overtime_s else ""
    return (
        f"{_who(tours, s)} is out of shift too early, the last at {after_zero(until.until_s)} "
        f"({until.vehicle.called}{overtime}); "
        f"the nearest arrival at the delivery is {after_zero(cure.arrival_s)}, "
        f"and the route would end at {after_zero(cure.times.end_s)}."
    )


def _driving(tours: Tours, s: int, cure: Cure) -> str:
    vehicle = cure.pair[0].vehicle
    allowed = f"{vehicle.called} may drive {lasting(vehicle.max_driving_s)}"
    return f"{_who(tours, s)} would drive longer than allowed: {allowed}."


def _stretch(tours: Tours, s: int, cure: Cure) -> str:
    vehicle = cure.pair[0].vehicle
    behind = f", and has driven {lasting(vehicle.driven_s)} since the last one" if vehicle.driven_s else ""
    allowed = f"{vehicle.called} may drive {lasting(vehicle.max_stretch_s)} without a break{behind}"
    return f"{_who(tours, s)} would drive for too long without a break: {allowed}."


def _full(tours: Tours, s: int, cure: Cure) -> str:
    return f"{_who(tours, s)} is full with what is on board or locked."


def _broken(tours: Tours, s: int, cure: Cure) -> str:
    vehicle = cure.pair[0].vehicle
    pauses = ", ".join(
        f"{pause.id} of {lasting(pause.duration_s)} from {after_zero(pause.window.earliest_s)} "
        f"to {after_zero(pause.window.latest_s)}"
        for pause in vehicle.breaks
    )
    return f"{_who(tours, s)} owes a break that leaves no time for it: {vehicle.called} has {pauses}."


_SENTENCES: dict[Reason, Callable[[Tours, int, Cure], str]] = {
    Reason.TIME_WINDOW: _hours,
    Reason.SHIFT: _shift,
    Reason.DRIVING_LIMIT: _driving,
    Reason.DRIVING_STRETCH: _stretch,
    Reason.CAPACITY: _full,
    Reason.BREAK: _broken,
}


def _who(tours: Tours, s: int) -> str:
    """Return those who may take a shipment, as one would say it."""
    compiled, shipment = tours.compiled, tours.compiled.problem.shipments[s]
    if compiled.bound[s] >= 0:
        return f"{compiled.couriers[compiled.bound[s]].vehicle.called}, who has it on board or locked,"
    if shipment.couriers is not None:
        able = [compiled.couriers[v].vehicle.called for v in compiled.eligible[s]]
        return f"{_named(able)}, who alone may take it,"
    if shipment.skills:
        return f"Every courier with {_all(shipment.skills)}"
    return "Every courier that may take it"


def _not_worth(tours: Tours, s: int, engine: Engine | None) -> Unserved | None:
    found = best_insertion(tours, s, engine=engine)
    shipment = tours.compiled.problem.shipments[s]
    if found is None or found.extra_millicents < shipment.unserved_millicents:
        return None
    worth, extra = shipment.unserved_millicents // 1000, found.extra_millicents // 1000
    sentence = (
        f"Serving it costs {extra} cents more{_of_which(tours, found)}; leaving it costs {worth} cents."
    )
    enough = [
        p for p in range(MAX_PRIORITY + 1) if shipment.unserved_cents * 1000 << p > found.extra_millicents
    ]
    priority = f"a priority of {enough[0]} or " if enough else ""
    remedy = f"Would be served with {priority}a worth above {extra} cents."
    return Unserved(shipment.id, Reason.NOT_WORTH, sentence, remedy)


def _of_which(tours: Tours, found: Insertion) -> str:
    """Return the part of the cost that is not driving."""
    courier, old = tours.compiled.couriers[found.place.courier], tours.tours[found.place.courier]
    late = (found.tour.times.lateness_millicents - old.times.lateness_millicents) // 1000
    told = (courier.told_millicents(found.tour.visits) - courier.told_millicents(old.visits)) // 1000
    parts = [f"{late} for being late or in overtime"] if late > 0 else []
    parts += [f"{told} as another courier was told of it"] if told > 0 else []
    return f" ({', '.join(parts)})" if parts else ""


def _busy(tours: Tours, s: int) -> Unserved:
    """Somebody could do it alone, yet not beside the work they have."""
    shipment, pairs = tours.compiled.problem.shipments[s], list(_pairs(tours, s))
    arrivals_s = [last(tours, pair) for pair in nearest(pairs)]
    nearest_s = min((arrival_s for arrival_s in arrivals_s if arrival_s is not None), default=None)
    when = f"; the nearest arrival after it is {after_zero(nearest_s)}" if nearest_s is not None else ""
    able = _named([tours.compiled.couriers[v].vehicle.called for v in tours.compiled.eligible[s]])
    barred = _barred(tours, s)
    sentence = f"Those who could serve it ({able}) are bound by other work{when}.{barred}"
    cures = cures_beside(tours, pairs, shipment.unserved_millicents)
    remedy = f"Would be served if {_either([*(cure.remedy for cure in cures), _another(shipment, barred)])}."
    reasons = {cure.limits[0].reason for cure in cures}
    reason = Reason.STACKING if reasons == {Reason.STACKING} else Reason.COURIERS_BUSY
    return Unserved(shipment.id, reason, sentence, remedy, nearest_s)


def _barred(tours: Tours, s: int) -> str:
    """Return, as a sentence of its own, that couriers on shift are kept from a shipment."""
    compiled, shipment = tours.compiled, tours.compiled.problem.shipments[s]
    if compiled.bound[s] >= 0:
        return ""
    if shipment.couriers is not None:
        return " Nobody else may take it."
    kept = [c.vehicle.called for c in compiled.couriers if c.vehicle.id in shipment.forbidden]
    return f" It may not be taken by {_named(kept)}." if kept else ""


def _another(shipment: Shipment, barred: str) -> str:
    if shipment.couriers is not None:
        return "another courier were allowed"
    return "there were one more courier" + (", or one who is kept from it were allowed" if barred else "")


def _pairs(tours: Tours, s: int) -> Iterator[Pair]:
    compiled = tours.compiled
    pickups: list[Visit | None] = [None]
    if not compiled.picked_up[s]:
        pickups = [visit for visit in compiled.pickups[s] if tours.has_stock(visit)]
    for v in compiled.eligible[s]:
        for pickup in pickups:
            for delivery in compiled.deliveries[s]:
                yield compiled.couriers[v], pickup, delivery


def _timed_sites(tours: Tours, s: int) -> list[Site]:
    compiled, shipment = tours.compiled, tours.compiled.problem.shipments[s]
    ends = shipment.deliveries if compiled.picked_up[s] else (*shipment.pickups, *shipment.deliveries)
    return [site for site in ends if site.windows]


def _windows(site: Site) -> str:
    return _named([f"{after_zero(w.earliest_s)} to {after_zero(w.latest_s)}" for w in site.windows])


def _all(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _either(choices: Sequence[str]) -> str:
    return ", or ".join(dict.fromkeys(choices))
