"""The CP-SAT model of a small problem: a circuit for each courier over visits that may be left out.

Every courier has a circuit (Pesant et al. 1998) through their start, the visits they make, and their end;
a visit that they do not make is a loop at itself. Start times, loads and ranks grow along the arcs in
use, as in Miller, Tucker and Zemlin (1960). This is the one module that imports OR-Tools' CP-SAT.
"""

from __future__ import annotations

from itertools import product

from ortools.sat.python import cp_model

from routing.compiled import Compiled, Courier, StockKey, Visit
from routing.exact_child import Found, visits_of
from routing.problem import StopKind
from routing.travel.matrix import UNREACHABLE

_Literal = cp_model.IntVar
_Arcs = dict[tuple[int, int], _Literal]


def search(compiled: Compiled, seconds: float, workers: int) -> Found:
    """Return the best routes that CP-SAT finds in `seconds`, and whether no better ones exist."""
    model = _Model(compiled)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    status = solver.solve(model.cp)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Found((), False, solver.status_name(status))
    routes = tuple(tuple(_walk(solver, arcs)) for arcs in model.arcs)
    return Found(routes, status == cp_model.OPTIMAL, solver.status_name(status))


def _walk(solver: cp_model.CpSolver, arcs: _Arcs) -> list[int]:
    """Return the visits of one courier in order: node 0 is start and end, visit k is node k + 1."""
    following = {a: b for (a, b), literal in arcs.items() if a != b and solver.boolean_value(literal)}
    route, node = [], following.get(0, 0)
    while node != 0:
        route.append(node - 1)
        node = following[node]
    return route


def _makes(arcs: _Arcs) -> dict[int, cp_model.LinearExpr]:
    """Return for each visit that a courier may make whether they do: it is no loop at itself."""
    return {a - 1: 1 - loop for (a, b), loop in arcs.items() if a == b and a != 0}


class _Model:
    """The constraints and the objective over one compiled problem."""

    def __init__(self, compiled: Compiled) -> None:
        self.cp = cp_model.CpModel()
        self._compiled = compiled
        self._visits = visits_of(compiled)
        self._horizon_s = max((courier.until_s for courier in compiled.couriers), default=0)
        self._start_s = [self._start_of(visit) for visit in self._visits]
        self._rank = [self.cp.new_int_var(0, len(self._visits), "") for _ in self._visits]
        self._costs: list[cp_model.LinearExprT] = []
        self.arcs: list[_Arcs] = [self._circuit(courier) for courier in compiled.couriers]
        self._makes = [_makes(arcs) for arcs in self.arcs]
        self._made = [self._presence(k) for k in range(len(self._visits))]
        for s in range(len(compiled.problem.shipments)):
            self._serve(s)
        self._keep_stock()
        for dim in range(3):
            self._keep_capacity(dim)
        self.cp.minimize(sum(self._costs))

    def _start_of(self, visit: Visit) -> _Literal:
        """Return when service starts; one that has no time at all is never made, see `_circuit`."""
        spans = [[low, min(high, self._horizon_s)] for low, high in visit.windows if low <= self._horizon_s]
        return self.cp.new_int_var_from_domain(cp_model.Domain.from_intervals(spans or [[0, 0]]), "")

    def _circuit(self, courier: Courier) -> _Arcs:
        """Return the arcs that the courier may drive, with their times and what they cost."""
        able = [k for k, visit in enumerate(self._visits) if self._may_make(courier, visit)]
        idle = self.cp.new_bool_var("")
        arcs: _Arcs = {(0, 0): idle}
        for k in able:
            arcs[k + 1, k + 1] = self.cp.new_bool_var("")
            self._first(courier, k, arcs)
            self._last(courier, k, arcs)
        for a, b in product(able, able):
            if a != b and self._may_follow(self._visits[a], self._visits[b]):
                self._between(courier, a, b, arcs)
        self.cp.add_circuit([(a, b, literal) for (a, b), literal in arcs.items()])
        self._costs.append(courier.vehicle.fixed_cents * 1000 * (1 - idle))
        self._limit_driving(courier, arcs)
        return arcs

    def _may_make(self, courier: Courier, visit: Visit) -> bool:
        open_in_time = visit.windows[0][0] <= self._horizon_s
        return open_in_time and courier.index in self._compiled.eligible[visit.shipment]

    def _may_follow(self, before: Visit, after: Visit) -> bool:
        """Two sites of one shipment follow each other only as its pickup and its delivery."""
        if before.shipment != after.shipment:
            return True
        return before.kind is StopKind.PICKUP and after.kind is StopKind.DELIVERY

    def _first(self, courier: Courier, k: int, arcs: _Arcs) -> None:
        visit = self._visits[k]
        drive_s = courier.drive_s(courier.start, visit.place)
        if drive_s >= UNREACHABLE:
            return
        literal = arcs[0, k + 1] = self.cp.new_bool_var("")
        self.cp.add(self._start_s[k] >= courier.earliest_s + drive_s).only_enforce_if(literal)
        self._pay(courier.cost_millicents(courier.start, visit.place), literal)

    def _last(self, courier: Courier, k: int, arcs: _Arcs) -> None:
        visit = self._visits[k]
        drive_s = courier.drive_s(visit.place, courier.end)
        if drive_s >= UNREACHABLE:
            return
        literal = arcs[k + 1, 0] = self.cp.new_bool_var("")
        end_s = self._start_s[k] + visit.service_s + drive_s
        self.cp.add(end_s <= courier.until_s).only_enforce_if(literal)
        self._pay(courier.cost_millicents(visit.place, courier.end), literal)
        rate = courier.vehicle.overtime_millicents_per_s
        if rate > 0 and courier.until_s > courier.latest_s:
            over_s = self.cp.new_int_var(0, courier.until_s - courier.latest_s, "")
            self.cp.add(over_s >= end_s - courier.latest_s).only_enforce_if(literal)
            self._costs.append(rate * over_s)

    def _between(self, courier: Courier, a: int, b: int, arcs: _Arcs) -> None:
        before, after = self._visits[a], self._visits[b]
        drive_s = courier.drive_s(before.place, after.place)
        if drive_s >= UNREACHABLE or before.windows[0][0] + before.service_s + drive_s > self._horizon_s:
            return
        literal = arcs[a + 1, b + 1] = self.cp.new_bool_var("")
        ready_s = self._start_s[a] + before.service_s + drive_s
        self.cp.add(self._start_s[b] >= ready_s).only_enforce_if(literal)
        self.cp.add(self._rank[b] >= self._rank[a] + 1).only_enforce_if(literal)
        self._pay(courier.cost_millicents(before.place, after.place), literal)

    def _limit_driving(self, courier: Courier, arcs: _Arcs) -> None:
        places = [courier.start, *(visit.place for visit in self._visits)]
        driven = [
            courier.drive_s(places[a], courier.end if b == 0 else places[b]) * literal
            for (a, b), literal in arcs.items()
            if a != b
        ]
        self.cp.add(sum(driven) <= courier.vehicle.max_driving_s)

    def _presence(self, k: int) -> _Literal:
        """Return whether anybody makes visit `k`: at most one courier does."""
        made = self.cp.new_bool_var("")
        self.cp.add(sum(makes[k] for makes in self._makes if k in makes) == made)
        return made

    def _serve(self, s: int) -> None:
        """Either nothing is done for a shipment, or one pickup and one delivery by the same courier."""
        shipment = self._compiled.problem.shipments[s]
        pickups = self._indices(s, StopKind.PICKUP)
        deliveries = self._indices(s, StopKind.DELIVERY)
        served = self.cp.new_bool_var("")
        self._pay(shipment.unserved_millicents, 1 - served)
        self.cp.add(sum(self._made[k] for k in deliveries) == served)
        for d in deliveries:
            self._pay_for_delivery(d)
        if self._compiled.picked_up[s]:
            return
        self.cp.add(sum(self._made[k] for k in pickups) == served)
        for makes in self._makes:
            picked_up = sum(makes[k] for k in pickups if k in makes)
            self.cp.add(picked_up == sum(makes[k] for k in deliveries if k in makes))
        for p, d in product(pickups, deliveries):
            both = (self._made[p], self._made[d])
            ready_s = self._start_s[p] + self._visits[p].service_s
            self.cp.add(self._start_s[d] >= ready_s).only_enforce_if(*both)
            self.cp.add(self._rank[d] >= self._rank[p] + 1).only_enforce_if(*both)

    def _pay_for_delivery(self, d: int) -> None:
        """Lateness, and the courier who was told of it when another comes."""
        visit = self._visits[d]
        latest_s = self._horizon_s + visit.service_s
        if visit.late_millicents_per_s > 0 and visit.due_s < latest_s:
            late_s = self.cp.new_int_var(0, latest_s - visit.due_s, "")
            end_s = self._start_s[d] + visit.service_s
            self.cp.add(late_s >= end_s - visit.due_s).only_enforce_if(self._made[d])
            self._costs.append(visit.late_millicents_per_s * late_s)
        if visit.told is not None and visit.told_millicents > 0:
            for courier, makes in zip(self._compiled.couriers, self._makes, strict=True):
                if courier.vehicle.id != visit.told and d in makes:
                    self._pay(visit.told_millicents, makes[d])

    def _keep_stock(self) -> None:
        drawn: dict[StockKey, list[cp_model.LinearExprT]] = {}
        for k, visit in enumerate(self._visits):
            for draw in visit.site.draws:
                drawn.setdefault((draw.location, draw.part), []).append(draw.quantity * self._made[k])
        for key, amounts in drawn.items():
            self.cp.add(sum(amounts) <= self._compiled.stock.get(key, 0))

    def _keep_capacity(self, dim: int) -> None:
        """Loads along the arcs, where a vehicle could be overloaded at all."""
        most = sum(max(0, visit.load[dim]) for visit in self._visits)
        tight = [c for c in self._compiled.couriers if c.on_board[dim] + most > c.capacity[dim]]
        if not tight:
            return
        highest = most + max(c.on_board[dim] for c in self._compiled.couriers)
        load = [self.cp.new_int_var(0, highest, "") for _ in self._visits]
        for courier in tight:
            for (a, b), literal in self.arcs[courier.index].items():
                if a == b or b == 0:
                    continue
                added = self._visits[b - 1].load[dim]
                before = courier.on_board[dim] if a == 0 else load[a - 1]
                self.cp.add(load[b - 1] >= before + added).only_enforce_if(literal)
                if added > 0:
                    self.cp.add(load[b - 1] <= courier.capacity[dim]).only_enforce_if(literal)

    def _indices(self, s: int, kind: StopKind) -> list[int]:
        return [k for k, visit in enumerate(self._visits) if visit.shipment == s and visit.kind is kind]

    def _pay(self, millicents: int, happens: cp_model.LinearExpr) -> None:
        if millicents > 0:
            self._costs.append(cp_model.LinearExpr.term(happens, millicents))
