"""Commands that run processes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import click

from api.first_start import has_sample_region, prepare
from api.processes.process import configure_logs, die_with_supervisor, stop_on_signals
from api.processes.supervisor import Child, print_line, supervise
from api.road_data import serves_roads
from api.settings import BrokerAuth, Settings, load_settings

Body = Callable[[Settings, threading.Event], None]


@click.command()
def run() -> None:
    """Run everything on this machine, and stop it with Ctrl-C."""
    settings = load_settings()
    stop = stop_on_signals()
    prepare(settings, print_line)
    children = children_of(settings)
    if settings.demo and has_sample_region(settings):
        children.append(Child("simulate", ["simulate"]))
    elif settings.demo:
        print_line("run", "nothing is simulated: the data folder was not empty and holds no sample region")
    print_line("run", f"console  {settings.base_url}/console")
    print_line("run", f"driver   {settings.base_url}/driver")
    print_line("run", "stop with Ctrl-C")
    supervise(children, stop, print_line)
    print_line("run", "stopped")


def children_of(settings: Settings) -> list[Child]:
    """Return the processes of this machine in the order of their start: what others need comes first."""
    names = ["worker", "fold", "gateway", "planner", "api"]
    if serves_roads(settings):
        names.insert(0, "roads")
    if settings.broker_auth is not BrokerAuth.HTTP:
        names.insert(0, "broker")
    several = {"gateway": settings.gateways, "planner": settings.planners}
    return [Child(name, [name]) for name in names] + [
        Child(f"{name}-{n}", [name, "--number", str(n)])
        for name, count in several.items()
        for n in range(2, count + 1)
    ]


def _alone(body: Body) -> None:
    die_with_supervisor()
    configure_logs()
    stop = stop_on_signals()
    body(load_settings(), stop)


@click.command()
def broker() -> None:
    """Run the MQTT broker with the accounts of all devices."""
    from api.processes.broker import run_broker

    _alone(run_broker)


@click.command()
@click.option(
    "--number", default=1, show_default=True, type=click.IntRange(1, 16), help="Of FIELDSTOCK_GATEWAYS."
)
def gateway(number: int) -> None:
    """Hear couriers and lockers over MQTT."""
    from api.processes.gateway import run_gateway

    _alone(lambda settings, stop: run_gateway(settings, stop, number))


@click.command()
def fold() -> None:
    """Fold what was heard into positions, visits and doors, and forward it to the telemetry store."""
    from api.processes.fold import run_fold

    _alone(run_fold)


@click.command()
@click.option(
    "--number", default=1, show_default=True, type=click.IntRange(1, 16), help="Of FIELDSTOCK_PLANNERS."
)
def planner(number: int) -> None:
    """Plan deliveries and pickups."""
    from api.processes.planner import run_planner

    _alone(lambda settings, stop: run_planner(settings, stop, number))


@click.command()
def roads() -> None:
    """Serve travel times over the imported roads, to this machine alone."""
    from api.processes.roads import exec_osrm

    die_with_supervisor()
    exec_osrm(load_settings())


@click.command()
def worker() -> None:
    """Relay events, expire reservations, raise alerts, and prune."""
    from api.processes.worker import run_worker

    _alone(run_worker)


@click.command()
def api() -> None:
    """Serve the HTTP API, the live stream and the pages."""
    from api.processes.http import exec_gunicorn

    die_with_supervisor()
    exec_gunicorn(load_settings())
    sys.exit(1)


def _checked_speed(_: click.Context, __: click.Parameter, speed: float) -> float:
    """Return a speed in (0, 1000]; click's own range lets NaN through."""
    if not 0 < speed <= 1000:
        raise click.BadParameter("must lie above 0, and at 1000 at most")
    return speed


@click.group(invoke_without_command=True)
@click.option(
    "--speed",
    default=1.0,
    show_default=True,
    callback=_checked_speed,
    help="Seconds of driving in one second.",
)
@click.pass_context
def simulate(command: click.Context, speed: float) -> None:
    """Move the sample region: couriers and lockers that speak real MQTT and HTTP; or one locker alone."""
    if command.invoked_subcommand is not None:
        return
    from api.demo.simulation import run_simulation

    _alone(lambda settings, stop: run_simulation(settings, stop, speed))
