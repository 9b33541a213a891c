"""Rule: the pickups of all routes together draw no more stock than there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from routing.check.structure import site_of
from routing.check.violation import Violation, is_locked, walk
from routing.plan import Plan
from routing.problem import Problem


def stock(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """What is drawn at a location is available there; what locked stops draw beyond it is a fact."""
    shipments = {shipment.id: shipment for shipment in problem.shipments}
    drawn, locked = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for vehicle, stops in walk(problem, plan):
        for stop in stops:
            site = site_of(shipments[stop.shipment], stop) if stop.shipment in shipments else None
            for draw in site.draws if site else ():
                drawn[(draw.location, draw.part)] += draw.quantity
                if is_locked(vehicle, stop):
                    locked[(draw.location, draw.part)] += draw.quantity
    available = {(item.location, item.part): item.available for item in problem.stock}
    for (location, part), quantity in drawn.items():
        over = quantity - max(available.get((location, part), 0), locked[(location, part)])
        if over > 0:
            sentence = f"{quantity} {part} are drawn at {location}, {over} more than there are."
            yield Violation("stock_overdrawn", sentence, amount=over)
