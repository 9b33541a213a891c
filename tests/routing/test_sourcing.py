"""The sources of an order that may come, in the order of what each would cost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.plan import Reason
from routing.problem import StopKind
from routing.search import Limits, solve
from routing.sourcing import ranked_sources
from routing.standing import StandingPlan
from tests.property.planted import free_problem
from tests.routing.problems import courier, line, order, problem, stock
from tests.routing.test_standing import parted


@pytest.mark.parametrize("seed", range(25))
def test_the_first_source_is_the_one_that_insertion_takes(seed: int) -> None:
    before, late = parted(free_problem(seed), seed)
    standing = StandingPlan(before, solve(before, Limits(seconds=0)))
    for shipment in late:
        offers = ranked_sources(standing, shipment)
        plan = standing.ask(standing.problem.with_shipment(shipment))
        assert {offer.source for offer in offers} == {source.id for source in shipment.pickups}
        extra = plan.cost.total_millicents - standing.plan.cost.total_millicents
        assert offers[0].extra_millicents == extra
        served = plan.stop_of(shipment.id, StopKind.DELIVERY)
        assert (served is None) == (offers[0].unserved is not None)


def test_every_source_says_who_brings_it_when_at_what_cost_or_why_nobody_does() -> None:
    asked = problem(vehicles=(courier("eva", 0),), stocks=(stock(1), stock(5)))
    standing = StandingPlan(asked, solve(asked))
    sites = [order("a", source=source).pickups[0] for source in (5, 7, 1)]
    near, far, none = ranked_sources(standing, replace(order("a", customer=3), pickups=tuple(sites)))
    assert (near.source, near.courier, near.handed_over_s) == ("locker-1", "eva", 300 + 60 + 120)
    assert near.extra_millicents == 300 * 800 + 3000 * 30
    assert (far.source, far.handed_over_s) == ("locker-5", 700 + 60 + 120)
    assert none.unserved is not None
    assert (none.source, none.unserved.reason) == ("locker-7", Reason.NO_STOCK)
    assert standing.problem is asked


def test_a_customer_at_a_new_place_comes_with_its_roads() -> None:
    asked = problem()
    standing = StandingPlan(asked, solve(asked))
    (offer,) = ranked_sources(standing, order("a", customer=11), line(12))
    assert offer.handed_over_s == 1100 + 60 + 120
