from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from routing.formats.choices import Objective
from routing.formats.instance import Kind
from tests.bench.routing import contest, sample, tables
from tests.bench.routing.__main__ import main
from tests.bench.routing.contest import Result, Trial
from tests.bench.routing.sample import BestKnown
from tests.routing.formats.instances import EXAMPLES

CORE = min(os.sched_getaffinity(0)) if sys.platform == "linux" else 0
KNOWN = {"tiny": BestKnown(100, "tiny", 1, 76.763869)}


def _trial(solver: str, *, as_vrptw: bool = False, objective: Objective = Objective.VEHICLES_FIRST) -> Trial:
    return Trial("tiny", 100, as_vrptw, objective, solver, 0.5, 1, solver)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(EXAMPLES / "lilim.txt", tmp_path / "tiny.txt")
    (tmp_path / "bks.csv").write_text("clients,instance,vehicles,distance\n100,tiny,1,76.7639\n")
    return tmp_path


@pytest.mark.parametrize("solver", ["ours", "ortools"])
def test_contestant_of_the_project_finds_the_best_plan_in_a_process_of_its_own(
    solver: str, folder: Path
) -> None:
    result = contest.judged(_trial(solver), folder, CORE)
    assert (result.fault, result.vehicles) == (None, 1)
    assert result.distance == pytest.approx(76.763869)


def test_contestant_that_falls_over_is_told_and_not_counted(folder: Path) -> None:
    result = contest.judged(_trial("nobody"), folder, CORE)
    assert result.fault is not None
    assert "nobody_contestant" in result.fault
    (score,) = tables.scores([result], KNOWN)
    assert score.above is None


def test_pairing_is_dropped_and_deliveries_become_customers(folder: Path) -> None:
    instance = sample.read(folder, "tiny", as_vrptw=True)
    assert instance.kind is Kind.VRPTW
    assert [(n.number, n.x, n.demand, n.pickup) for n in instance.customers] == [
        (1, 45, 10, None),
        (2, 22, 15, None),
    ]


def test_sample_is_spread_over_the_families_and_always_the_same(shared: Path) -> None:
    table = sample.best_known(shared / "lilim")
    chosen = sample.sample(table, 200, 12)
    assert len(chosen) == 12
    assert {sample.family(name) for name in chosen} == {"lc1", "lc2", "lr1", "lr2", "lrc1", "lrc2"}
    assert len(sample.sample(table, 100, None)) == len([row for row in table.values() if row.size == 100])
    assert "lrc1_10_5" in sample.sample(table, 1000, 3)


def test_gap_counts_only_between_equal_numbers_of_vehicles() -> None:
    results = [
        Result(_trial("ours"), 5.0, 1, 77.5315, None),
        Result(_trial("pyvrp"), 5.0, 2, 70.0, None),
        Result(_trial("vroom"), 1.0, 0, 0.0, "Node 3 is in no route."),
    ]
    ours, pyvrp, vroom = tables.scores(results, KNOWN)
    assert (ours.above, pyvrp.above, vroom.above) == (0, 1, None)
    assert ours.gap_percent == pytest.approx(1.0, abs=0.01)
    assert pyvrp.gap_percent is None
    text = tables.markdown([ours, pyvrp, vroom], KNOWN)
    assert "### 100 tasks, pickup and delivery, vehicles first" in text
    assert (
        "| tiny | 1 / 76.76 | +0 / 1.00 % (5.0 s) | +1 / 70.00 (5.0 s) | none: Node 3 is in no route. |"
        in text
    )


def test_distance_alone_is_compared_with_the_best_of_the_run() -> None:
    by_distance = [
        Result(_trial(solver, objective=Objective.DISTANCE), 5.0, vehicles, distance, None)
        for solver, vehicles, distance in (("ours", 2, 60.0), ("pyvrp", 3, 61.2))
    ]
    gaps = [score.gap_percent for score in tables.scores(by_distance, KNOWN)]
    assert gaps == [0.0, pytest.approx(2.0)]


def test_whole_run_prints_tables_and_writes_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    collection = folder / "data" / "lilim"
    collection.mkdir(parents=True)
    for name in ("tiny.txt", "bks.csv"):
        shutil.copy(folder / name, collection / name)
    monkeypatch.setenv("FIELDSTOCK_SHARED", str(folder))
    out = folder / "bench" / "routing.json"
    words = ["--ours-only", "--sizes", "100", "--kinds", "pdptw", "--seconds", "0.5", "--out", str(out)]
    assert main(words) == 0
    assert "| tiny | 1 / 76.76 | +0 / 0.00 %" in capsys.readouterr().out
    (result,) = json.loads(out.read_text())["results"]
    assert (result["instance"], result["vehicles_above"], result["fault"]) == ("tiny", 0, None)
    monkeypatch.setenv("FIELDSTOCK_SHARED", str(folder / "nowhere"))
    assert main([]) == 0
    assert "Skipped: the instances" in capsys.readouterr().err
