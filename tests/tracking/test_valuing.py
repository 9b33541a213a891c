"""Dispositions against a table that was worked out by hand, and rule tables that leave no unit out."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import NOW
from tracking.parts.part import PartKind
from tracking.repairs.rules import ALWAYS_POSSIBLE, DEFAULT_RULES, Option, Rates, Rule, rules_of
from tracking.repairs.valuing import Case, Finding, decide, impossible
from tracking.values.errors import InvalidValue

TABLE = tomllib.loads(Path(__file__).with_name("disposition_cases.toml").read_text())
RATES = Rates(**TABLE["rates"])
USUAL = {"part_number": "PUMP-1", "kind": "repairable", "value_cents": 100_000, "weight_g": 2_000}
USUAL |= {"finding": "untested", "age_days": 100}
_NOT_FACTS = ("why", "chosen", "rule", "values", "not_allowed")


def _rule(row: dict[str, Any]) -> Rule:
    kind = PartKind(row["kind"]) if "kind" in row else None
    return Rule(**row | {"kind": kind, "allowed": tuple(map(Option, row["allowed"]))})


RULES = rules_of(1, RATES, tuple(map(_rule, TABLE["rules"])), "", "test", NOW).rows


def _case(case: dict[str, Any]) -> Case:
    facts = USUAL | {name: value for name, value in case.items() if name not in _NOT_FACTS}
    return Case(**facts | {"kind": PartKind(facts["kind"]), "finding": Finding(facts["finding"])})


@pytest.mark.parametrize("case", TABLE["case"], ids=lambda case: case["why"].replace(" ", "-")[:60])
def test_disposition_is_the_one_worked_out_by_hand(case: dict[str, Any]) -> None:
    verdict = decide(_case(case), RATES, RULES)
    values = {str(each.option): each.value_cents for each in verdict.options}
    assert {name: values[name] for name in case["values"]} == case["values"]
    assert (verdict.chosen, verdict.rule) == (case["chosen"], case.get("rule", "All others"))
    if "not_allowed" in case:
        assert [str(each.option) for each in verdict.options if not each.allowed] == case["not_allowed"]
    assert all(each.why for each in verdict.options)


def test_table_has_what_a_disposition_must_know() -> None:
    cases = TABLE["case"]
    assert len(cases) >= 25
    assert {case["chosen"] for case in cases} == {str(option) for option in Option}
    assert {case.get("rule", "All others") for case in cases} == {rule["name"] for rule in TABLE["rules"]}


def test_reason_names_the_next_best_and_by_how_much() -> None:
    assert decide(_case({}), RATES, RULES).reason == (
        "repair is worth 69.40 more than harvest, by rule 'All others'."
    )
    tie = decide(_case({"value_cents": 1000, "weight_g": 5000}), RATES, RULES)
    assert tie.reason == "recycle is worth as much as scrap and comes before it."
    alone = decide(_case({"part_number": "TEST-7"}), RATES, RULES)
    assert alone.reason == "scrap is all that rule 'Prototypes' and the facts leave."
    (refused,) = (each for each in alone.options if each.option is Option.RECYCLE)
    assert refused.why == "Rule 'Prototypes' does not allow it. They never leave the house."


CASES = st.builds(
    Case,
    part_number=st.sampled_from(["PUMP-1", "TEST-1", "X"]),
    kind=st.sampled_from(PartKind),
    value_cents=st.integers(0, 10**9),
    weight_g=st.integers(0, 10**6),
    finding=st.sampled_from(Finding),
    short_pieces=st.integers(0, 100),
    hazard=st.booleans(),
    age_days=st.integers(0, 20_000),
    vendor_warranty=st.booleans(),
    tried=st.integers(0, 1000),
    minutes=st.integers(0, 1440),
    parts_cents=st.integers(0, 10**6),
)


@given(case=CASES, table=st.sampled_from([RULES, DEFAULT_RULES.rows]))
def test_every_unit_has_a_way_and_it_is_the_best_of_those_allowed(
    case: Case, table: tuple[Rule, ...]
) -> None:
    verdict = decide(case, RATES, table)
    by_option = {each.option: each for each in verdict.options}
    assert list(by_option) == list(Option)
    assert by_option[verdict.chosen].allowed
    assert impossible(verdict.chosen, case) is None
    best = max(each.value_cents for each in verdict.options if each.allowed)
    assert by_option[verdict.chosen].value_cents == best


ALL = Rule("All others", tuple(Option))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ((), "1 to 200 rows"),
        ((Rule("Pumps", tuple(Option), pattern="PUMP-*"),), "must be for all units"),
        ((ALL, Rule("Late", tuple(Option))), "no row after it is ever reached"),
        ((Rule("All others", tuple(Option), hazard=True), ALL), "named twice"),
        ((*(Rule(str(n), tuple(Option), hazard=True) for n in range(200)), ALL), "not 201"),
    ],
)
def test_table_that_leaves_units_out_is_refused(rows: tuple[Rule, ...], says: str) -> None:
    with pytest.raises(InvalidValue, match=says):
        rules_of(1, RATES, rows, "", "test", NOW)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"allowed": ()}, "allow recycle or scrap"),
        ({"allowed": (Option.REPAIR,)}, "allow recycle or scrap"),
        ({"value_from_cents": 5, "value_below_cents": 5}, "no value is from 5 and below 5"),
        ({"age_from_days": 9, "age_below_days": 5}, "no age is from 9 and below 5"),
    ],
)
def test_row_that_no_unit_could_follow_is_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidValue, match=says):
        Rule(**{"name": "x", "allowed": tuple(ALWAYS_POSSIBLE)} | fields)


@pytest.mark.parametrize(
    "field", [{"prior_repairs": 0}, {"labour_cents_per_h": -1}, {"prior_yield_pct": 101}]
)
def test_rates_without_sense_are_refused(field: dict[str, int]) -> None:
    with pytest.raises(InvalidValue, match=f"rates.{next(iter(field))}"):
        Rates(**field)


def test_table_of_a_new_installation_is_read_back_as_it_is() -> None:
    assert DEFAULT_RULES.rate_values == Rates()
    assert [row.name for row in DEFAULT_RULES.rows][-1] == "All others"
    assert DEFAULT_RULES.rows[0].hazard is True
