"""Durable messages a second: a backlog of messages of one fix through the pipeline, beside a bare subscriber.

All drain the same backlog, each from a fresh broker; every program that drains is a process of its own.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psutil

from api.processes.broker import GATEWAY_USER
from api.processes.fold import FOLD
from api.secrets import load_secrets
from device_gateway.broker import Broker, BrokerConfig
from device_gateway.connection import BrokerAddress, Connection
from device_gateway.credentials import AccountKind, BrokerAccount
from device_gateway.protocol import topics
from device_gateway.protocol.messages import PROPERTY_BOOT_ID, PROPERTY_SEQ_RANGE
from device_gateway.simulator.device import Device
from tests.bench.bench import Bench, Row, say
from tests.bench.region import COURIERS, build_region, fix_message, sites_of
from tests.e2e.installation import ROOT, new_installation
from tests.ports import free_port
from tracking.fleet.stops import Stop, StopState
from tracking.identity.secrets import device_secret
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.telemetry.journal import Journal
from tracking.values.times import system_clock

MESSAGES = 12_000
ROUNDS = 3
LIMIT_S = 100.0
JUNK_EVERY = 10
LOOK_S = 0.02
"""Pause between two looks at how far the pipeline is."""


@dataclass(frozen=True, slots=True)
class Drained:
    """Messages a second, CPU time of the one who drains for each; `folded` until the state shows them."""

    rate: float
    cpu_us: float
    folded: float = 0.0


def measure(bench: Bench) -> list[Row]:
    """Return the rates, as medians of a few rounds, and their ratios within each round."""
    drains = {
        "bare paho subscriber": _bare,
        "durable": _journal,
        "durable, a tenth of it junk": _junk,
        "durable while the fold runs": _fold,
    }
    found: dict[str, list[Drained]] = {name: [] for name in drains}
    for number in range(ROUNDS):
        for name, drain in drains.items():
            say(f"throughput, round {number + 1} of {ROUNDS}: {name}")
            found[name].append(drain(bench.new_directory(f"throughput-{number}-{drain.__name__}")))
    bare = [each.rate for each in found["bare paho subscriber"]]
    rates = {name: [each.rate for each in drained] for name, drained in found.items()}
    rates["folded into state"] = [each.folded for each in found["durable while the fold runs"]]
    rows = [Row(name, statistics.median(values), "messages/s") for name, values in rates.items()]
    for name, values in list(rates.items())[1:]:
        ratio = statistics.median(rate / yard for rate, yard in zip(values, bare, strict=True))
        rows.append(Row(f"{name} / bare", ratio, ""))
    normal, spoilt = (rates[name] for name in ("durable", "durable, a tenth of it junk"))
    ratio = statistics.median(rate / yard for rate, yard in zip(spoilt, normal, strict=True))
    rows.append(Row("with junk / without", ratio, ""))
    for name, drained in found.items():
        rows.append(Row(f"{name}, CPU", statistics.median(each.cpu_us for each in drained), "us/message"))
    return rows


def _bare(directory: Path) -> Drained:
    with _backlog(directory, free_port(), "the bare one's secret") as address:
        words = [str(address.port), address.user, address.password, str(MESSAGES)]
        command = [sys.executable, "-m", "tests.bench.bare_subscriber", *words]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=LIMIT_S)
    result = json.loads(done.stdout)
    assert result["messages"] == MESSAGES, result
    return Drained(MESSAGES / float(result["seconds"]), 1e6 * float(result["cpu_s"]) / MESSAGES)


def _journal(directory: Path, junk_every: int | None = None) -> Drained:
    with _backlog(directory, free_port(), "the gateway's secret", junk_every=junk_every) as address:
        path = directory / "journal.sqlite"
        words = [address.host, str(address.port), address.user, address.password, str(path)]
        with (
            _journal_at(path) as journal,
            running("tests.device_gateway.gateway_process", words, os.environ, directory / "log") as process,
        ):
            began = _mark(process, journal, 1)
            return _between(began, _mark(process, journal, MESSAGES))


def _junk(directory: Path) -> Drained:
    return _journal(directory, JUNK_EVERY)


def _fold(directory: Path) -> Drained:
    here = new_installation(directory / "var")
    store = here.store()
    started_at = system_clock() - timedelta(hours=1)
    with store.writing() as uow:
        build_region(uow, started_at)
        _add_stops(uow, started_at)
        uow.commit()
    password = load_secrets(here.settings.data_dir).gateway_password
    here.settings.journal_path.parent.mkdir()
    with (
        _backlog(directory, here.settings.mqtt_port, password, started_at),
        _journal_at(here.settings.journal_path) as journal,
        running("api.cli", ["fold"], here.environment, here.log) as fold,
        running("api.cli", ["gateway"], here.environment, here.log) as process,
    ):
        drained = _folded(process, fold, store, journal)
    with store.reading() as uow:
        assert len(uow.positions.find()) == len(COURIERS), here.log.read_text()[-2000:]
    store.close()
    return drained


def _folded(process: psutil.Process, fold: psutil.Process, store: Store, journal: Journal) -> Drained:
    began, fold_began_s = _mark(process, journal, 1), cpu_s(fold)
    durable = _between(began, _mark(process, journal, MESSAGES))
    _await(fold, lambda: _reached(store) >= MESSAGES)
    spent_s = cpu_s(process) - began.cpu_s + cpu_s(fold) - fold_began_s
    rate = (MESSAGES - began.messages) / (time.monotonic() - began.at_s)
    return Drained(durable.rate, 1e6 * spent_s / (MESSAGES - began.messages), rate)


def _add_stops(uow: SqlUnitOfWork, at: datetime) -> None:
    """Give every courier the sites along the road as stops, for the fold to watch."""
    for courier in COURIERS:
        for position, site in enumerate(sites_of(courier)):
            stop_id = f"stop-{site.location_id}"
            uow.stops.add(Stop(stop_id, courier, position, site.location_id, StopState.PLANNED, at, at))


def _reached(store: Store) -> int:
    with store.reading() as uow:
        offset = uow.offsets.get(f"{FOLD}.released")
    return offset.position if offset else 0


def _kept(journal: Journal) -> int:
    """Return how many messages of one fix are durable, dead letters among them."""
    counts = journal.counters().get("fix", {})
    return counts.get("stored", 0) + counts.get("dead_letter", 0)


class Mark(NamedTuple):
    """How far a process was at a time, and what CPU time it had used by then."""

    at_s: float
    cpu_s: float
    messages: int


def _mark(process: psutil.Process, journal: Journal, messages: int) -> Mark:
    """Wait until so many messages are durable."""
    _await(process, lambda: _kept(journal) >= messages)
    return Mark(time.monotonic(), cpu_s(process), _kept(journal))


def _between(began: Mark, ended: Mark) -> Drained:
    messages = ended.messages - began.messages
    return Drained(messages / (ended.at_s - began.at_s), 1e6 * (ended.cpu_s - began.cpu_s) / messages)


def cpu_s(process: psutil.Process) -> float:
    """Return the CPU time that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def _await(process: psutil.Process, is_so: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not is_so():
        assert process.status() != psutil.STATUS_ZOMBIE, "the gateway ended by itself"
        assert time.monotonic() < deadline_s, f"not within {LIMIT_S:.0f} s"
        time.sleep(LOOK_S)


@contextmanager
def _journal_at(path: Path) -> Iterator[Journal]:
    journal = Journal(path)
    yield journal
    journal.close()


@contextmanager
def running(
    module: str, words: list[str], environment: Mapping[str, str], log: Path
) -> Iterator[psutil.Process]:
    """Run a program of ours until the block ends."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        yield psutil.Process(process.pid)
    except AssertionError as failure:
        raise AssertionError(f"{failure}: {log.read_text()[-2000:]}") from failure
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _backlog(
    directory: Path,
    port: int,
    password: str,
    started_at: datetime | None = None,
    *,
    junk_every: int | None = None,
) -> Iterator[BrokerAddress]:
    """Start a broker that holds all messages for the gateway's session."""
    broker = Broker(BrokerConfig(directory / "broker", port=port))
    accounts = [BrokerAccount(GATEWAY_USER, AccountKind.SERVER, device_secret(password).broker_verifier)]
    verifier = device_secret("a courier's secret").broker_verifier
    accounts += [BrokerAccount(name, AccountKind.COURIER, verifier) for name in COURIERS]
    broker.start(accounts)
    try:
        address = BrokerAddress("127.0.0.1", port, GATEWAY_USER, password)
        session = Connection(address, 1, topics.GATEWAY_FILTERS, (), 1000, lambda _: None)
        session.open()
        session.close()
        _publish(port, started_at or system_clock() - timedelta(hours=1), junk_every)
        yield address
    finally:
        broker.stop()


def _publish(port: int, started_at: datetime, junk_every: int | None) -> None:
    phones = {
        name: Device(BrokerAddress("127.0.0.1", port, name, "a courier's secret"), window=500)
        for name in COURIERS
    }
    for phone in phones.values():
        phone.connect()
    for seq in range(MESSAGES // len(COURIERS)):
        for name, phone in phones.items():
            body = fix_message(name, "boot", seq, started_at + timedelta(seconds=seq))
            if junk_every is not None and seq % junk_every == 0:
                body = body[:-1]
            phone.publish(
                topics.fix(name),
                body,
                properties={PROPERTY_BOOT_ID: "boot", PROPERTY_SEQ_RANGE: f"{seq}-{seq}"},
            )
    for phone in phones.values():
        assert phone.flush(60)
        assert phone.refused == 0
        phone.close()
