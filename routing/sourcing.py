"""Ranks the sources of an order that may come by what each would cost in the plan that stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

from routing.plan import Unserved
from routing.problem import Shipment, Site, StopKind, Travel
from routing.standing import StandingPlan


@dataclass(frozen=True, slots=True)
class Offer:
    """What becomes of a shipment from one source: `extra_millicents` is what the whole plan costs more.

    `courier` would have handed it over at `handed_over_s`; where nobody would, `unserved` says why.
    """

    source: str
    extra_millicents: int
    courier: str | None = None
    handed_over_s: int | None = None
    unserved: Unserved | None = None


def ranked_sources(standing: StandingPlan, shipment: Shipment, travel: Travel | None = None) -> list[Offer]:
    """Return an offer from each pickup of a new shipment, the cheapest first, those without a place last.

    `travel` is as for `Problem.with_shipment`. The plan stands as it is.
    """
    offers = [_offer(standing, shipment, source, travel) for source in shipment.pickups]
    return sorted(offers, key=lambda offer: (offer.unserved is not None, offer.extra_millicents))


def _offer(standing: StandingPlan, shipment: Shipment, source: Site, travel: Travel | None) -> Offer:
    only = replace(shipment, pickups=(source,))
    plan = standing.ask(standing.problem.with_shipment(only, travel))
    extra = plan.cost.total_millicents - standing.plan.cost.total_millicents
    served = plan.stop_of(shipment.id, StopKind.DELIVERY)
    if served is None:
        reason = next(entry for entry in plan.unserved if entry.shipment == shipment.id)
        return Offer(source.id, extra, unserved=reason)
    courier, stop = served
    return Offer(source.id, extra, courier, stop.departure_s)
