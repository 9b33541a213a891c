from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from routing.check import violations
from routing.plan import Cost
from routing.problem import StopKind
from routing.travel import GeodesicTravelTimes
from tests.bench.routing.day import Compared, main, table
from tests.bench.routing.day_picture import Bars, picture
from tests.bench.routing.day_planners import clairvoyant, inserting, ours, waiting
from tests.bench.routing.day_simulation import Outcome, live
from tests.bench.routing.day_world import PLACES, Day, DayConfig, make_day

SMALL = DayConfig(calls=20.0, couriers=3, closes_s=11 * 3600)
SEEDS = (1, 2, 3)
ROUNDS = 100


def small_day(seed: int) -> Day:
    return make_day(seed, GeodesicTravelTimes().matrix([place.at for place in PLACES]), SMALL)


@pytest.fixture(scope="module")
def days() -> list[tuple[Day, Outcome, Outcome]]:
    """Days with what insertion alone and our planner made of them."""
    found = [small_day(seed) for seed in SEEDS]
    return [(day, live(day, inserting), live(day, ours(ROUNDS))) for day in found]


def test_every_call_is_delivered_once_or_told_to_be_unserved(
    days: list[tuple[Day, Outcome, Outcome]],
) -> None:
    for day, *outcomes in days:
        calls = {shipment.id for shipment in day.shipments}
        for outcome in outcomes:
            assert sorted([*outcome.delivered, *outcome.unserved]) == sorted(calls)
            stops = [stop for route in outcome.driven.routes for stop in route.work]
            handed_over = [stop.shipment for stop in stops if stop.kind is StopKind.DELIVERY]
            assert sorted(map(str, handed_over)) == sorted(outcome.delivered)


def test_every_plan_of_the_day_passes_the_checker(days: list[tuple[Day, Outcome, Outcome]]) -> None:
    for day, *outcomes in days:
        for outcome in outcomes:
            assert outcome.broken == ()
            assert outcome.plans >= len(day.shipments)


def test_what_was_driven_passes_the_checker_on_the_day_as_it_really_was(
    days: list[tuple[Day, Outcome, Outcome]],
) -> None:
    for day, *outcomes in days:
        for outcome in outcomes:
            assert outcome.unserved == ()
            assert violations(day.truth, outcome.driven) == []


def test_nobody_acts_on_a_call_before_it_comes(days: list[tuple[Day, Outcome, Outcome]]) -> None:
    for day, *outcomes in days:
        for outcome in outcomes:
            for route in outcome.driven.routes:
                assert all(stop.start_s >= day.called_s[str(stop.shipment)] for stop in route.work)


def test_same_seed_gives_the_same_day_at_the_same_cost(days: list[tuple[Day, Outcome, Outcome]]) -> None:
    day, _, outcome = days[0]
    again = small_day(SEEDS[0])
    assert (again.shipments, again.factor, again.real) == (day.shipments, day.factor, day.real)
    assert live(again, ours(ROUNDS)).driven == outcome.driven
    assert small_day(SEEDS[1]).shipments != day.shipments


def test_planner_costs_no_more_than_insertion_alone_over_the_days(
    days: list[tuple[Day, Outcome, Outcome]],
) -> None:
    plain = sum(outcome.cost.total_millicents for _, outcome, _ in days)
    better = sum(outcome.cost.total_millicents for _, _, outcome in days)
    assert better <= plain


def test_couriers_who_wait_drive_less_and_hand_everything_over(
    days: list[tuple[Day, Outcome, Outcome]],
) -> None:
    lived = [live(day, waiting(ROUNDS)) for day, *_ in days]
    for (day, *_), outcome in zip(days, lived, strict=True):
        assert (outcome.broken, outcome.unserved) == ((), ())
        assert violations(day.truth, outcome.driven) == []
    driven = sum(outcome.cost.travel_millicents for outcome in lived)
    assert driven < sum(outcome.cost.travel_millicents for _, _, outcome in days)


def test_foresight_never_costs_more_than_what_was_driven(days: list[tuple[Day, Outcome, Outcome]]) -> None:
    day, plain, better = days[0]
    for outcome in (plain, better):
        best = clairvoyant(day, 100, outcome.driven)
        assert violations(day.truth, best) == []
        assert best.cost.total_millicents <= outcome.cost.total_millicents


def test_table_tells_how_far_the_aim_is_reached() -> None:
    costs = [Cost(travel_millicents=cents * 1000) for cents in (12_000, 11_600, 11_000, 10_000)]
    day = replace(small_day(1), seed=7)
    text = table([Compared(day, tuple(costs), unserved=(1, 0, 0, 0), broken=0)])
    assert f"| 7 | {len(day.shipments)} | 120.00 | 116.00 | 110.00 | 100.00 | +10.0% | +8.3% |" in text
    assert "Ours: 16.0% above clairvoyant (aim: at most 15%, missed), 3.3% below inserting" in text
    assert "Ours, waiting: 10.0% above clairvoyant (aim: at most 15%, reached)" in text
    assert "| calls unserved | 1 | 0 | 0 | 0 |" in text


def test_whole_run_prints_the_table_and_draws_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIELDSTOCK_SHARED", str(tmp_path / "nowhere"))
    file = tmp_path / "images" / "day.svg"
    words = ["--seeds", "1", "--calls", "4", "--couriers", "2", "--rounds", "20", "--long-rounds", "20"]
    assert main([*words, "--picture", str(file)]) == 0
    assert "| 1 | " in capsys.readouterr().out
    assert ElementTree.parse(file).getroot().tag.endswith("svg")


def test_picture_is_well_formed_and_names_every_bar(tmp_path: Path) -> None:
    file = tmp_path / "bars.svg"
    file.write_text(picture([Bars("ours", (1.5, 3.0)), Bars("theirs", (2.0, 2.5))], ["a", "b"], "A & B"))
    texts = [element.text for element in ElementTree.parse(file).iter() if element.text]
    assert {"ours", "theirs", "a", "b", "A & B", "1.50", "2.50"} <= set(texts)
