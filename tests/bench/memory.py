"""Memory of every process of a running installation, after a burst of fixes that came late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil

from tests.bench.bench import Bench, Row, say
from tests.bench.region import COURIERS
from tests.bench.town import Town
from tests.e2e.installation import wait_for
from tracking.telemetry.journal import Journal
from tracking.values.times import system_clock

FIXES = 4_000
KIB_IN_MIB = 1024


def measure(bench: Bench) -> list[Row]:
    """Return what each process holds now, and what it held at most since its start."""
    say(f"memory: a burst of {FIXES} fixes")
    _burst(bench.town)
    rows = [row for name, process in _processes(bench.town) for row in _memory(name, process.pid)]
    total = sum(row.value for row in rows if row.name.endswith("at most"))
    return [*rows, Row("all processes, sum of at most", total, "MiB")]


def _burst(town: Town) -> None:
    journal = Journal(town.installation.settings.journal_path)
    before, began_at = journal.last_position(), system_clock() - timedelta(hours=1)
    for seq in range(FIXES // len(COURIERS)):
        for courier in COURIERS:
            town.send(courier, seq, began_at + timedelta(seconds=seq), "earlier-boot")
    wait_for(lambda: journal.last_position() >= before + FIXES, 60)
    journal.close()


def _processes(town: Town) -> Iterator[tuple[str, psutil.Process]]:
    supervisor = town.installation.process
    assert supervisor is not None
    yield "run (supervisor)", psutil.Process(supervisor.pid)
    api = town.installation.child("api")
    for name in ("broker", "gateway", "fold", "planner", "worker"):
        process = town.installation.child(name)
        yield name, process
        for child in process.children():
            yield f"{name}: {child.name()}", child
    yield "api (gunicorn's master)", api
    for child in api.children():
        yield "api (gunicorn's worker)", child


def _memory(name: str, pid: int) -> list[Row]:
    """Read `VmRSS` and `VmHWM` (kB: KiB, in truth), which the kernel keeps for each process."""
    lines = Path("/proc", str(pid), "status").read_text().splitlines()
    fields = {key: value for key, _, value in (line.partition(":") for line in lines)}
    now, most = (int(fields[key].split()[0]) / KIB_IN_MIB for key in ("VmRSS", "VmHWM"))
    return [Row(f"{name}, now", now, "MiB"), Row(f"{name}, at most", most, "MiB")]
