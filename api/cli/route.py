"""Commands for planning on a file: solve a routing problem, and check a plan of one."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from routing.formats.choices import Format, Objective

if TYPE_CHECKING:
    from routing.formats.files import Finding, Task
    from routing.plan import Plan

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, writable=True, path_type=Path)
FORMAT = click.Choice([str(format_) for format_ in Format])
UNBOUNDED = 1_000_000_000
"""Rounds where only seconds count."""


@click.group()
def route() -> None:
    """Planning on a file: see docs/routing.md."""


@route.command("solve")
@click.argument("file", type=FILE)
@click.option("--format", "format_", type=FORMAT, help="Of the file; guessed unless given.")
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(0, 3600))
@click.option("--threads", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31 - 1))
@click.option(
    "--rounds",
    type=click.IntRange(0, UNBOUNDED),
    help="Stop after so many, in place of the clock: the same again with the same seed.",
)
@click.option(
    "--objective",
    type=click.Choice([str(objective) for objective in Objective]),
    default=str(Objective.VEHICLES_FIRST),
    show_default=True,
    help="Fewest vehicles and then distance, or distance alone; JSON files state their own costs.",
)
@click.option("--osrm", help="Address of an OSRM server for a JSON file's coordinates.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option(
    "--progress/--quiet", default=True, show_default=True, help="Tell how it goes, on standard error."
)
@click.option("--svg", type=OUT, help="Write a picture of the plan.")
@click.option("--geojson", type=OUT, help="Write the plan as GeoJSON, where places have coordinates.")
@click.option("--out", type=OUT, help="Write the plan as JSON, which `route check` reads.")
def solve_(
    file: Path,
    format_: str | None,
    objective: str,
    osrm: str | None,
    as_json: bool,
    progress: bool,
    svg: Path | None,
    geojson: Path | None,
    out: Path | None,
    **search: Any,
) -> None:
    """Plan the problem in FILE; exit code 1 where the plan breaks a rule or serves not all of a benchmark."""
    task = _load(file, format_, Objective(objective), osrm)
    _require_room(task, svg, geojson, out)
    began_s = time.monotonic()
    plan = _solved(task, progress, **search)
    document = task.document(plan, time.monotonic() - began_s)
    text = json.dumps(document)
    click.echo(text if as_json else "\n".join(task.summary(plan)))
    if out is not None:
        out.write_text(text + "\n")
    _draw(task, plan, svg, geojson)
    if not document["feasible"]:
        raise click.exceptions.Exit(1)


@route.command("check")
@click.argument("problem", type=FILE)
@click.argument("plan", type=FILE)
@click.option("--format", "format_", type=FORMAT, help="Of the problem; guessed unless given.")
@click.option("--osrm", help="Address of the OSRM server that the plan was made with.")
@click.option("--json", "as_json", is_flag=True, help="Print what is wrong as JSON.")
def check(problem: Path, plan: Path, format_: str | None, osrm: str | None, as_json: bool) -> None:
    """Check PLAN against PROBLEM: every broken rule, with place and amount; exit code 1 if there is one."""
    found = _load(problem, format_, Objective.VEHICLES_FIRST, osrm).findings(plan.read_bytes())
    if as_json:
        click.echo(json.dumps({"feasible": not found, "violations": [asdict(finding) for finding in found]}))
    else:
        click.echo("\n".join(map(_line, found)) if found else "the plan keeps every rule")
    if found:
        raise click.exceptions.Exit(1)


def _line(found: Finding) -> str:
    """Return one line: the rule, where, how much, and the sentence."""
    where = [f"{name} {v}" for name, v in (("route", found.route), ("stop", found.stop)) if v is not None]
    where += [f"shipment {found.shipment}"] if found.shipment else []
    return f"{found.rule} [{', '.join([*where, f'amount {found.amount:g}'])}]: {found.sentence}"


def _load(file: Path, format_: str | None, objective: Objective, osrm: str | None) -> Task:
    from routing.formats.files import load

    chosen = Format(format_) if format_ else None
    if osrm is None:
        return load(file, chosen, objective)
    from routing.travel import OsrmSettings, OsrmTravelTimes

    with OsrmTravelTimes(OsrmSettings(osrm)) as roads:
        return load(file, chosen, objective, roads)


def _solved(
    task: Task, progress: bool, *, seconds: float, threads: int, seed: int, rounds: int | None
) -> Plan:
    from api.cli.route_progress import search

    # Counted in rounds, the search may take as long as it needs, up to the longest that is allowed.
    limit_s = seconds if rounds is None else 3600.0
    counts = UNBOUNDED if rounds is None else rounds
    say = _say if progress else _say_nothing
    size = f"{len(task.problem.shipments)} shipments, {len(task.problem.vehicles)} vehicles"
    bound = f"up to {seconds:g} s" if rounds is None else f"{rounds} rounds"
    say(f"{size}: planning for {bound}")
    return search(task.problem, say, seconds=limit_s, seed=seed, threads=threads, rounds=counts)


def _say(text: str) -> None:
    click.echo(text, err=True)


def _say_nothing(_: str) -> None:
    """Keep quiet."""


def _require_room(task: Task, svg: Path | None, geojson: Path | None, out: Path | None) -> None:
    """Refuse before the search what could not be written after it."""
    from routing.plan import Cost, Plan

    for path in (svg, geojson, out):
        if path is not None and not path.resolve().parent.is_dir():
            raise click.BadParameter(f"There is no folder {path.parent}.")
    _draw(task, Plan((), (), Cost(), "none"), svg and Path(os.devnull), geojson and Path(os.devnull))


def _draw(task: Task, plan: Plan, svg: Path | None, geojson: Path | None) -> None:
    from routing import picture

    if svg is not None:
        svg.write_text(picture.svg(task.drawing(plan)))
    if geojson is not None:
        geojson.write_text(json.dumps(picture.geojson(task.drawing(plan))) + "\n")


@route.command("schema")
@click.argument("kind", type=click.Choice(["problem", "plan"]))
def schema(kind: str) -> None:
    """Print the JSON Schema of the problem or the plan format."""
    from routing.formats.json_plan import plan_schema
    from routing.formats.json_problem import problem_schema

    click.echo(problem_schema() if kind == "problem" else plan_schema(), nl=False)
