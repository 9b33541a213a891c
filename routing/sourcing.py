"""Which source should serve an order that may come: an offer from each, in the plan that stands."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from routing.eta import hand_over_times
from routing.plan import Plan, Unserved
from routing.problem import Problem, Shipment, StopKind, Travel
from routing.spread import Spread
from routing.standing import StandingPlan


@dataclass(frozen=True, slots=True)
class Offer:
    """What becomes of a shipment from one source: `extra_millicents` is what the whole plan costs more.

    `courier` would have handed it over at `handed_over_s`, on as many days as were drawn at `days_s`, in
    order (none where no spread was given); where nobody would, `unserved` says why. `source` is empty for
    what needs no pickup.
    """

    source: str
    extra_millicents: int
    courier: str | None = None
    handed_over_s: int | None = None
    unserved: Unserved | None = None
    days_s: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0), compare=False)

    def by_s(self, confidence: float) -> float:
        """Return before when it is handed over on this share of days, in (0, 1)."""
        return float(np.quantile(self.days_s, confidence))

    def in_time(self, due_s: float) -> float:
        """Return the share of days on which it is handed over by `due_s`."""
        return float(np.mean(self.days_s <= due_s))


def ranked_sources(
    standing: StandingPlan, shipment: Shipment, travel: Travel | None = None, spread: Spread | None = None
) -> list[Offer]:
    """Return an offer from each pickup of a new shipment, the cheapest first, those without a place last.

    `travel` is as for `Problem.with_shipment`. The plan stands as it is.
    """
    offers = [
        offer(standing, replace(shipment, pickups=(source,)), travel, spread) for source in shipment.pickups
    ]
    return sorted(offers, key=lambda each: (each.unserved is not None, each.extra_millicents))


def offer(
    standing: StandingPlan,
    shipment: Shipment,
    travel: Travel | None = None,
    spread: Spread | None = None,
    *,
    checked: bool = True,
) -> Offer:
    """Return the offer for a shipment with one pickup, or with none; `checked` as for `StandingPlan.ask`."""
    source = shipment.pickups[0].id if shipment.pickups else ""
    problem = standing.problem.with_shipment(shipment, travel)
    plan = standing.ask(problem, checked=checked)
    extra = plan.cost.total_millicents - standing.plan.cost.total_millicents
    served = plan.stop_of(shipment.id, StopKind.DELIVERY)
    if served is None:
        reason = next(entry for entry in plan.unserved if entry.shipment == shipment.id)
        return Offer(source, extra, unserved=reason)
    courier, stop = served
    return Offer(source, extra, courier, stop.departure_s, days_s=_days(problem, plan, shipment.id, spread))


def _days(problem: Problem, plan: Plan, shipment: str, spread: Spread | None) -> npt.NDArray[np.float64]:
    times = None if spread is None else hand_over_times(problem, plan, shipment, spread)
    return np.empty(0) if times is None else times
