"""Files as tasks: read by format, told and checked in the words of their format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from routing.check import violations
from routing.formats.choices import Format, Objective
from routing.formats.instance import Instance
from routing.formats.json_plan import distance_m, plain_plan, read_plan, require_places
from routing.formats.json_problem import MAX_BYTES, ProblemFile, read_problem
from routing.formats.lilim import read_lilim
from routing.formats.node_plan import misstated, plain_node_plan, read_node_plan
from routing.formats.recheck import evaluate
from routing.formats.scaled import problem_of, routes_of
from routing.formats.solomon import read_solomon
from routing.picture import Drawing, drawing_of_instance, drawing_of_problem
from routing.plan import Plan
from routing.problem import Problem
from routing.travel import TravelTimes
from routing.values import InvalidProblem, require


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule of a plan: what, in which route, at which stop, and by how much."""

    rule: str
    sentence: str
    route: str | int | None
    stop: int | None
    amount: float
    shipment: str | None = None


class Task(Protocol):
    """A problem that came from a file."""

    @property
    def problem(self) -> Problem:
        """What is to be solved."""
        ...

    def document(self, plan: Plan, seconds: float) -> dict[str, Any]:
        """Return the plan as the format writes it, with vehicles, distance and feasible."""
        ...

    def summary(self, plan: Plan) -> Iterator[str]:
        """Yield lines that tell people the plan."""
        ...

    def findings(self, data: bytes) -> list[Finding]:
        """Return every rule that the plan in `data` breaks. Raises `InvalidPlan`."""
        ...

    def drawing(self, plan: Plan) -> Drawing:
        """Return the plan as lines on a plane. Raises `InvalidProblem` where places have no coordinates."""
        ...


@dataclass(frozen=True)
class InstanceTask:
    """A benchmark instance; distances and verdicts are those of its own doubles."""

    instance: Instance
    objective: Objective
    problem: Problem

    def document(self, plan: Plan, seconds: float) -> dict[str, Any]:
        """Return routes of node numbers and what they come to."""
        routes = routes_of(self.instance, plan)
        facts = {"objective": str(self.objective), "solver": plan.solver, "seed": plan.seed}
        evaluation = evaluate(self.instance, routes)
        return plain_node_plan(self.instance, routes, evaluation, **facts, seconds=round(seconds, 3))

    def summary(self, plan: Plan) -> Iterator[str]:
        """Yield the totals, what is wrong, and the nodes of every route."""
        routes = routes_of(self.instance, plan)
        found = evaluate(self.instance, routes)
        verdict = "feasible" if found.feasible else f"infeasible ({len(found.faults)} faults)"
        yield f"{self.instance.name}: {found.vehicles} vehicles, distance {found.distance:.2f}, {verdict}"
        yield from (fault.sentence for fault in found.faults)
        yield from (f"Route {k}: {' '.join(map(str, route))}" for k, route in enumerate(routes, start=1))

    def findings(self, data: bytes) -> list[Finding]:
        """Return what is wrong with routes of node numbers, by the checker in doubles."""
        plan = read_node_plan(data)
        found = evaluate(self.instance, plan.routes)
        faults = [*found.faults, *misstated(plan, found)]
        return [Finding(f.rule, f.sentence, f.route, f.node, f.amount) for f in faults]

    def drawing(self, plan: Plan) -> Drawing:
        """Return the plane of the file."""
        return drawing_of_instance(self.instance, routes_of(self.instance, plan))


@dataclass(frozen=True)
class JsonTask:
    """A general problem."""

    file: ProblemFile

    @property
    def problem(self) -> Problem:
        """What is to be solved."""
        return self.file.problem

    def document(self, plan: Plan, seconds: float) -> dict[str, Any]:
        """Return the plan whole."""
        feasible = not violations(self.problem, plan)
        return plain_plan(self.problem, plan, feasible=feasible, seconds=seconds)

    def summary(self, plan: Plan) -> Iterator[str]:
        """Yield the totals, every route, and why what is unserved is."""
        broken = violations(self.problem, plan)
        verdict = "feasible" if not broken else f"infeasible ({len(broken)} rules broken)"
        euros = plan.cost.total_cents / 100
        driven = f"{len(plan.routes)} vehicles, {distance_m(self.problem, plan)} m, cost {euros:.2f}"
        yield f"{driven}, {len(plan.unserved)} unserved, {verdict}"
        for route in plan.routes:
            work = " ".join(f"{stop.kind}:{stop.shipment}@{stop.start_s}" for stop in route.work)
            yield f"{route.vehicle}: {work}"
        for entry in plan.unserved:
            yield f"unserved {entry.shipment} ({entry.reason}): {entry.sentence} {entry.remedy}"

    def findings(self, data: bytes) -> list[Finding]:
        """Return what is wrong, by `routing.check`."""
        plan = read_plan(data)
        require_places(self.problem, plan)
        broken = violations(self.problem, plan)
        return [Finding(v.rule, v.sentence, v.vehicle, v.stop, v.amount, v.shipment) for v in broken]

    def drawing(self, plan: Plan) -> Drawing:
        """Return the places on the map."""
        require(self.file.places is not None, "places", "are needed for a picture: give coordinates.")
        return drawing_of_problem(self.problem, self.file.places or (), plan)


def load(
    path: Path,
    format_: Format | None = None,
    objective: Objective = Objective.VEHICLES_FIRST,
    roads: TravelTimes | None = None,
) -> Task:
    """Return the task in a file; its format is guessed unless given.

    Raises `InvalidProblem` with the path to what is wrong, and `TravelUnavailable`.
    """
    size = path.stat().st_size
    require(size <= MAX_BYTES, "file", f"holds {size} bytes: more than {MAX_BYTES} are refused.")
    data = path.read_bytes()
    chosen = format_ or guess_format(data)
    if chosen is Format.JSON:
        return JsonTask(read_problem(data, roads))
    text = data.decode("utf-8", "replace")
    instance = read_lilim(text, path.stem) if chosen is Format.LILIM else read_solomon(text, path.stem)
    return InstanceTask(instance, objective, problem_of(instance, objective))


def guess_format(data: bytes) -> Format:
    """Return the format that a file looks like. Raises `InvalidProblem` where it looks like none."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:1] in (b"{", b"["):
        return Format.JSON
    words = head.split()
    if b"VEHICLE" in (word.upper() for word in words):
        return Format.SOLOMON
    first = head.splitlines()[0].split() if head else []
    if len(first) == 3:
        return Format.LILIM
    raise InvalidProblem("file", "looks like no format that is known: say --format lilim, solomon or json.")
