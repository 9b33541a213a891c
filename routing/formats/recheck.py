"""Re-evaluates routes of node numbers in doubles, in the file's own units; knows nothing of any solver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from routing.formats.instance import Instance, Kind, Node

TOLERANCE = 1e-6
"""What sums of doubles may be off by: a route is late, or a vehicle too full, only beyond it."""

Routes = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule: its code, a sentence, the route (from 1), the node, and by how much."""

    rule: str
    sentence: str
    route: int | None = None
    node: int | None = None
    amount: float = 1.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What routes come to: vehicles that drive, Euclidean distance, and every broken rule."""

    vehicles: int
    distance: float
    faults: tuple[Fault, ...]

    @property
    def feasible(self) -> bool:
        """Whether no rule is broken."""
        return not self.faults


def evaluate(instance: Instance, routes: Routes) -> Evaluation:
    """Return vehicles, distance and faults of `routes`: customers in order, without the depot."""
    faults = list(_unknown(instance, routes))
    if faults:
        return Evaluation(sum(1 for route in routes if route), 0.0, tuple(faults))
    driven = [(k, route) for k, route in enumerate(routes, start=1) if route]
    faults += _coverage(instance, routes)
    if len(driven) > instance.vehicles:
        over = len(driven) - instance.vehicles
        sentence = f"{len(driven)} vehicles drive, {over} more than there are."
        faults.append(Fault("too_many_vehicles", sentence, amount=over))
    for k, route in driven:
        faults += [*_times(instance, k, route), *_loads(instance, k, route)]
    if instance.kind is Kind.PDPTW:
        faults += _pairs(instance, routes)
    distance = sum(_length(instance, route) for _, route in driven)
    return Evaluation(len(driven), distance, tuple(faults))


def _length(instance: Instance, route: Sequence[int]) -> float:
    return sum(instance.distance(a, b) for a, b in pairwise([0, *route, 0]))


def _unknown(instance: Instance, routes: Routes) -> Iterator[Fault]:
    for k, route in enumerate(routes, start=1):
        for node in route:
            if not 0 < node < len(instance.nodes):
                yield Fault("unknown_node", f"Route {k} visits {node}, which is no customer.", k, node)


def _coverage(instance: Instance, routes: Routes) -> Iterator[Fault]:
    visits = Counter(node for route in routes for node in route)
    for node in instance.customers:
        count = visits[node.number]
        if count == 0:
            yield Fault("unserved", f"Node {node.number} is in no route.", node=node.number)
        elif count > 1:
            sentence = f"Node {node.number} is visited {count} times."
            yield Fault("served_twice", sentence, node=node.number, amount=count - 1)


def _times(instance: Instance, k: int, route: Sequence[int]) -> Iterator[Fault]:
    """Service starts inside the window: who is early waits, who is late breaks the rule."""
    clock, here = instance.depot.ready, 0
    for number in route:
        node = instance.nodes[number]
        arrival = clock + instance.distance(here, number)
        if arrival > node.due + TOLERANCE:
            late = arrival - node.due
            sentence = f"Route {k} reaches node {number} {late:.6g} after its window."
            yield Fault("window_too_late", sentence, k, number, late)
        clock, here = max(arrival, node.ready) + node.service, number
    late = clock + instance.distance(here, 0) - instance.depot.due
    if late > TOLERANCE:
        yield Fault("depot_too_late", f"Route {k} is back {late:.6g} after the depot closes.", k, 0, late)


def _loads(instance: Instance, k: int, route: Sequence[int]) -> Iterator[Fault]:
    load = 0.0
    if instance.kind is Kind.VRPTW:
        load = sum(instance.nodes[number].demand for number in route)
        yield from _too_full(instance, k, 0, load)
        return
    for number in route:
        load += instance.nodes[number].demand
        yield from _too_full(instance, k, number, load)


def _too_full(instance: Instance, k: int, number: int, load: float) -> Iterator[Fault]:
    over = load - instance.capacity
    if over > TOLERANCE:
        yield Fault("capacity_exceeded", f"Route {k} carries {over:g} too much at {number}.", k, number, over)


def _pairs(instance: Instance, routes: Routes) -> Iterator[Fault]:
    """Both ends of a pair are in one route, the pickup first."""
    found = {number: (k, n) for k, route in enumerate(routes, start=1) for n, number in enumerate(route)}
    for pickup in instance.customers:
        delivery = pickup.delivery
        if delivery is None or pickup.number not in found or delivery not in found:
            continue
        yield from _pair(pickup, delivery, found[pickup.number], found[delivery])


def _pair(
    pickup: Node, delivery: int, loaded: tuple[int, int], handed_over: tuple[int, int]
) -> Iterator[Fault]:
    name = f"{pickup.number} and {delivery}"
    if loaded[0] != handed_over[0]:
        sentence = f"The pair {name} is split between the routes {loaded[0]} and {handed_over[0]}."
        yield Fault("pair_split", sentence, handed_over[0], delivery)
    elif loaded[1] > handed_over[1]:
        amount = loaded[1] - handed_over[1]
        sentence = f"Node {delivery} comes {amount} stops before its pickup {pickup.number}."
        yield Fault("delivery_first", sentence, handed_over[0], delivery, amount)
