"""Set-up compiles the whole kernel: no later process compiles anything, whatever its problem is made of."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

COUNT_MISSES = """
import importlib, json, pkgutil
import routing.kernel
from routing.kernel.warm_up import warm_up
from routing.search import Limits, solve
from routing.standing import StandingPlan
from routing.travel.geodesic import GeodesicTravelTimes
from tests.property.featured import featured_problem
from tests.property.planted import planted_problem
from tracking.values.coordinates import Coordinate
from dataclasses import replace

for seed in range(3):
    for asked in (featured_problem(seed), planted_problem(seed)):
        solve(asked, Limits(seconds=60, rounds=20))
        points = [Coordinate(47 + k / 100, 9.5) for k in range(asked.travel.size)]
        asked = replace(asked, travel=GeodesicTravelTimes().matrix(points))
        solve(asked, Limits(seconds=60, rounds=20, threads=2))
    standing = StandingPlan(asked, solve(asked, Limits(seconds=0)))
    more = replace(asked.shipments[0], id="more", priority=10)
    if more.pickups:
        standing.ask(standing.problem.with_shipment(more))
        standing.insert(standing.problem.with_shipment(more))
missed = {}
for module in pkgutil.iter_modules(routing.kernel.__path__, "routing.kernel."):
    for name, value in vars(importlib.import_module(module.name)).items():
        if hasattr(value, "stats"):
            missed[name] = sum(value.stats.cache_misses.values())
print(json.dumps(missed))
"""


def test_nothing_is_compiled_after_set_up() -> None:
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-c", COUNT_MISSES]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True, timeout=110)
    missed = json.loads(done.stdout)
    assert len(missed) > 20
    assert {name: count for name, count in missed.items() if count} == {}
