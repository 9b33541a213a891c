"""Commands for makers of lockers: a reference locker to test a server with, and a check of a real locker."""

from __future__ import annotations

import sys
import tempfile
import threading
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click

from api.cli.installation import open_store
from api.processes.process import die_with_supervisor, stop_on_signals
from api.settings import load_settings
from device_gateway.conformance import Check, Finding, Patience
from device_gateway.conformance_bench import Bench
from device_gateway.credentials import AccountKind, BrokerAccount
from device_gateway.simulator.orders import HELP, Orders
from device_gateway.simulator.provisioned import read_provisioned, write_provisioned
from device_gateway.simulator.reference import PROVISIONED_FILE, TICK_S, ReferenceLocker


@click.command("locker")
@click.argument("name")
@click.option(
    "--given",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `fieldstock device add NAME --kind locker --json` printed; needed the first time.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the locker remembers; locker-NAME in the data folder unless given.",
)
@click.option("--compartments", default="1,2,3", show_default=True, help="Names, with commas between them.")
@click.option("--broker", "url", help="The broker's address, if not the one that was printed.")
@click.option("--door-open-s", default=4.0, show_default=True, help="How long people leave a door open.")
@click.option("--state-every-s", default=60.0, show_default=True, help="The pause between two reports.")
@click.option("--resend-after-s", default=10.0, show_default=True, help="Patience with acknowledgements.")
@click.option(
    "--at",
    "faults",
    type=(float, str),
    multiple=True,
    metavar="SECONDS ORDER",
    help="Carry out an order after so many seconds, such as --at 30 'power cut 5'; may be repeated.",
)
def simulate_locker(
    name: str,
    given: Path | None,
    folder: Path | None,
    compartments: str,
    url: str | None,
    faults: tuple[tuple[float, str], ...],
    **options: Any,
) -> None:
    """Run the reference locker NAME, and take orders for it on standard input; say help there."""
    die_with_supervisor()
    stop = stop_on_signals()
    home = folder or load_settings().data_dir / f"locker-{name}"
    names = [word.strip() for word in compartments.split(",") if word.strip()]
    _keep_papers(home, name, given, url)
    reference = ReferenceLocker(home, names, **options)
    orders = Orders(reference)
    for after_s, line in faults:
        orders.later(after_s, line)
    reference.power_on()
    click.echo(f"locker {name} works in {home}; {len(HELP)} orders are known: say help")
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    threading.Thread(target=_carry_out, args=(orders, stop), daemon=True).start()
    reference.run(stop)


def _keep_papers(home: Path, name: str, given: Path | None, url: str | None) -> None:
    """Put what the locker was given where it keeps it, from the first time on."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = home / PROVISIONED_FILE
    papers = read_provisioned(given or kept)
    if papers.device != name:
        raise click.UsageError(f"This was given to {papers.device}, not to {name}.")
    if papers.command_key is None:
        raise click.UsageError(f"{name} is no locker: it has no command key.")
    papers = papers if url is None else replace(papers, url=url)
    papers.address()
    write_provisioned(kept, papers)


def _listen(orders: Orders) -> None:
    for line in sys.stdin:
        click.echo(orders.say(line))


def _carry_out(orders: Orders, stop: threading.Event) -> None:
    while not stop.wait(TICK_S):
        for answer in orders.step():
            click.echo(answer)


@click.group()
def locker() -> None:
    """Lockers of any maker."""


@locker.command("check")
@click.argument("name")
@click.option("--port", default=18_830, show_default=True, help="Where the check's own broker listens.")
@click.option("--bind", default="127.0.0.1", show_default=True, help="The address it listens on.")
@click.option(
    "--compartment", default="1", show_default=True, help="The one that may be opened for the check."
)
@click.option("--patience", default=1.0, show_default=True, help="Factor of all waiting times.")
def check_locker(name: str, port: int, bind: str, compartment: str, patience: float) -> None:
    """Check that the real locker NAME keeps the protocol; point it at this machine's --port meanwhile."""
    with open_store().reading() as uow:
        device = uow.devices.require(name)
    if device.command_key_hex is None:
        raise click.UsageError(f"{name} is no locker.")
    account = BrokerAccount(name, AccountKind.LOCKER, device.broker_verifier)
    base = Patience()
    waits = Patience(**{f.name: patience * getattr(base, f.name) for f in fields(Patience)})
    with tempfile.TemporaryDirectory(prefix="fieldstock-check-") as folder:
        Path(folder).chmod(0o755)
        key = bytes.fromhex(device.command_key_hex)
        bench = Bench(account, key, Path(folder) / "broker", port, bind)
        click.echo(f"waiting for {name} at {bind}:{port}")
        try:
            bench.start()
            faults = sum(_shown(finding) for finding in Check(bench, compartment, waits).run())
        finally:
            bench.stop()
    click.echo(f"{name} breaks {faults} rules" if faults else f"{name} keeps the protocol")
    if faults:
        raise click.exceptions.Exit(1)


def _shown(finding: Finding) -> bool:
    """Print a finding, and tell whether it is a fault."""
    line = f"{'pass' if finding.fault is None else 'FAIL'}  {finding.rule}"
    click.echo(line if finding.fault is None else f"{line}: {finding.fault}")
    return finding.fault is not None
