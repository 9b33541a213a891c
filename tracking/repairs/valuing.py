"""What each option is worth for one unit, in cents, and which one wins: integers in, integers out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tracking.parts.part import PartKind
from tracking.repairs.rules import Option, Rates, Rule

_G_PER_KG = 1000


class Finding(StrEnum):
    """What is known of the unit's fault."""

    UNTESTED = "untested"
    NO_FAULT = "no_fault"
    BEYOND_REPAIR = "beyond_repair"


@dataclass(frozen=True, slots=True)
class Case:
    """All that counts for one unit: `value_cents` as new, `short_pieces` that open orders lack.

    `tried` repairs of its part are known, of which `repaired` worked, with means of minutes and of parts.
    """

    part_number: str
    kind: PartKind
    value_cents: int
    weight_g: int
    finding: Finding
    short_pieces: int = 0
    hazard: bool = False
    age_days: int = 0
    vendor_warranty: bool = False
    tried: int = 0
    repaired: int = 0
    minutes: int = 0
    parts_cents: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a repair is expected to take and to yield: the statistics of the part, softened by the prior."""

    yield_pct: int
    minutes: int
    parts_cents: int


@dataclass(frozen=True, slots=True)
class Valued:
    """One option: its value, whether it may be chosen, and why it is worth that or may not."""

    option: Option
    value_cents: int
    allowed: bool
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The option that wins, the row that allowed it, and all options in the order of `Option`."""

    chosen: Option
    reason: str
    rule: str
    estimate: Estimate
    options: tuple[Valued, ...]


def estimate(case: Case, rates: Rates) -> Estimate:
    """Return what a repair is expected to be: `prior_repairs` imagined ones, and those that were tried."""
    n = rates.prior_repairs + case.tried
    parts = _pct(case.value_cents, rates.prior_parts_pct)
    return Estimate(
        _div(rates.prior_repairs * rates.prior_yield_pct + 100 * case.repaired, n),
        _div(rates.prior_repairs * rates.prior_minutes + case.tried * case.minutes, n),
        _div(rates.prior_repairs * parts + case.tried * case.parts_cents, n),
    )


def decide(case: Case, rates: Rates, rules: tuple[Rule, ...]) -> Verdict:
    """Return what a unit is worth most as, of what is possible and what the first matching row allows."""
    rule = next(
        rule
        for rule in rules
        if rule.matches(case.part_number, case.kind, case.value_cents, case.hazard, case.age_days)
    )
    expected = estimate(case, rates)
    values = values_of(case, rates, expected)
    options = tuple(_valued(option, values[option], case, rule) for option in Option)
    ranked = sorted((each for each in options if each.allowed), key=lambda each: -each.value_cents)
    return Verdict(ranked[0].option, _reason(ranked, rule), rule.name, expected, options)


def values_of(case: Case, rates: Rates, expected: Estimate) -> dict[Option, int]:
    """Return what each option is worth, in cents, whether it is possible or not.

    A sound unit is worth its share of the new value, with a premium where the part is short, and the CO2e
    that no new part has to emit. A repair yields it by chance, and else what recycling yields.
    """
    co2e = _div(case.weight_g * rates.co2e_g_per_g * rates.co2e_cents_per_kg, _G_PER_KG)
    premium = _pct(case.value_cents, rates.shortage_premium_pct) if case.short_pieces > 0 else 0
    sound = _pct(case.value_cents, rates.refurbished_value_pct) + premium + co2e
    hazard = _per_kg(case, rates.hazard_cost_cents_per_kg) if case.hazard else 0
    recycled = (
        _per_kg(case, rates.recycle_cents_per_kg)
        + _pct(co2e, rates.recycle_co2e_pct)
        - rates.recycle_handling_cents
        - hazard
    )
    tried = _pct(sound, expected.yield_pct) + _pct(recycled, 100 - expected.yield_pct)
    return {
        Option.REPAIR: tried - _labour(expected.minutes, rates) - expected.parts_cents,
        Option.REFURBISH: sound - _labour(rates.refurbish_minutes, rates),
        Option.HARVEST: _pct(case.value_cents + co2e, rates.harvest_value_pct)
        - _labour(rates.harvest_minutes, rates),
        Option.VENDOR_CLAIM: _pct(case.value_cents, rates.vendor_credit_pct) - rates.vendor_handling_cents,
        Option.RECYCLE: recycled,
        Option.SCRAP: -_per_kg(case, rates.scrap_cost_cents_per_kg) - hazard,
    }


def impossible(option: Option, case: Case) -> str | None:
    """Return why a unit cannot go this way, whatever the rules say, or None."""
    if option in (Option.REPAIR, Option.REFURBISH, Option.HARVEST) and case.kind is PartKind.CONSUMABLE:
        return "A counted part is not worked on."
    if option is Option.REPAIR and case.finding is Finding.NO_FAULT:
        return "There is no fault to repair."
    if option is Option.REPAIR and case.finding is Finding.BEYOND_REPAIR:
        return "It is beyond repair."
    if option is Option.REFURBISH and case.finding is not Finding.NO_FAULT:
        return "Nobody has found it free of faults."
    if option is Option.VENDOR_CLAIM and not case.vendor_warranty:
        return "No vendor's warranty holds."
    return None


def _valued(option: Option, value_cents: int, case: Case, rule: Rule) -> Valued:
    why = impossible(option, case)
    if why is None and option not in rule.allowed:
        why = f"Rule {rule.name!r} does not allow it. {rule.reason}".strip()
    return Valued(option, value_cents, why is None, why or "Possible.")


def _reason(ranked: list[Valued], rule: Rule) -> str:
    best = ranked[0]
    if len(ranked) == 1:
        return f"{best.option} is all that rule {rule.name!r} and the facts leave."
    next_best = ranked[1]
    more = best.value_cents - next_best.value_cents
    if more == 0:
        return f"{best.option} is worth as much as {next_best.option} and comes before it."
    return f"{best.option} is worth {more / 100:.2f} more than {next_best.option}, by rule {rule.name!r}."


def _labour(minutes: int, rates: Rates) -> int:
    return _div(minutes * rates.labour_cents_per_h, 60)


def _per_kg(case: Case, cents_per_kg: int) -> int:
    return _div(case.weight_g * cents_per_kg, _G_PER_KG)


def _pct(value: int, pct: int) -> int:
    return _div(value * pct, 100)


def _div(value: int, by: int) -> int:
    """Return a whole quotient; halves go up."""
    return (2 * value + by) // (2 * by)
