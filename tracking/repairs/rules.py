"""The rule table of dispositions: what is allowed for which units, and at what rates options are valued."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from tracking.parts.part import PartKind
from tracking.values.errors import InvalidValue
from tracking.values.times import EPOCH

MOST_RULES = 200


class Option(StrEnum):
    """What may become of a unit; of two that are worth the same, the first here wins."""

    REPAIR = "repair"
    REFURBISH = "refurbish"
    HARVEST = "harvest"
    VENDOR_CLAIM = "vendor_claim"
    RECYCLE = "recycle"
    SCRAP = "scrap"


ALWAYS_POSSIBLE = frozenset({Option.RECYCLE, Option.SCRAP})


@dataclass(frozen=True, slots=True)
class Rates:
    """What options are valued by: whole cents, minutes, percent of the part's value as new, g CO2e per g.

    `co2e_g_per_g` is what making a new part emits; `prior_*` stand for the repairs that nobody has done yet,
    `prior_repairs` of them (1 or more). Costs are positive.
    """

    labour_cents_per_h: int = 6_000
    co2e_cents_per_kg: int = 10
    co2e_g_per_g: int = 25
    refurbished_value_pct: int = 80
    shortage_premium_pct: int = 50
    refurbish_minutes: int = 45
    harvest_value_pct: int = 20
    harvest_minutes: int = 30
    vendor_credit_pct: int = 100
    vendor_handling_cents: int = 2_500
    recycle_cents_per_kg: int = 50
    recycle_handling_cents: int = 500
    recycle_co2e_pct: int = 10
    scrap_cost_cents_per_kg: int = 30
    hazard_cost_cents_per_kg: int = 200
    prior_repairs: int = 4
    prior_yield_pct: int = 70
    prior_minutes: int = 60
    prior_parts_pct: int = 10

    def __post_init__(self) -> None:
        for field in fields(self):
            value: int = getattr(self, field.name)
            if value < (1 if field.name == "prior_repairs" else 0):
                raise InvalidValue(f"rates.{field.name}: {value} is too small.")
        if self.prior_yield_pct > 100:
            raise InvalidValue("rates.prior_yield_pct: 100 at most.")


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: the units it is for, and what is allowed for them; None stands for any.

    `pattern` is of part numbers, with `*` and `?`; `*_from` belongs to a range, `*_below` does not.
    """

    name: str
    allowed: tuple[Option, ...]
    reason: str = ""
    kind: PartKind | None = None
    pattern: str | None = None
    value_from_cents: int | None = None
    value_below_cents: int | None = None
    hazard: bool | None = None
    age_from_days: int | None = None
    age_below_days: int | None = None

    def __post_init__(self) -> None:
        if not ALWAYS_POSSIBLE & set(self.allowed):
            raise InvalidValue(f"rule {self.name!r}: allow recycle or scrap, or a unit could be stuck.")
        for what, least, below in (
            ("value", self.value_from_cents, self.value_below_cents),
            ("age", self.age_from_days, self.age_below_days),
        ):
            if least is not None and below is not None and least >= below:
                raise InvalidValue(f"rule {self.name!r}: no {what} is from {least} and below {below}.")

    @property
    def matches_all(self) -> bool:
        """Whether no unit passes it by."""
        limits = (self.kind, self.hazard, self.value_from_cents, self.value_below_cents)
        ages = (self.age_from_days, self.age_below_days)
        return self.pattern in (None, "*") and all(each is None for each in (*limits, *ages))

    def matches(
        self, part_number: str, kind: PartKind, value_cents: int, hazard: bool, age_days: int
    ) -> bool:
        """Whether a unit is one of those that this row is for."""
        return (
            self.kind in (None, kind)
            and (self.pattern is None or fnmatchcase(part_number, self.pattern))
            and self.hazard in (None, hazard)
            and _within(value_cents, self.value_from_cents, self.value_below_cents)
            and _within(age_days, self.age_from_days, self.age_below_days)
        )


@dataclass(frozen=True, slots=True)
class DispositionRules:
    """One version of the table; `rates` and `rules` are the fields of `Rates` and `Rule` as JSON."""

    version: int
    rates: dict[str, Any]
    rules: tuple[dict[str, Any], ...]
    note: str
    added_by: str
    added_at: datetime

    @property
    def rate_values(self) -> Rates:
        """The rates."""
        return Rates(**self.rates)

    @property
    def rows(self) -> tuple[Rule, ...]:
        """The rows, the first that matches counts."""
        return tuple(_rule(row) for row in self.rules)


def rules_of(
    version: int, rates: Rates, rows: tuple[Rule, ...], note: str, by: str, at: datetime
) -> DispositionRules:
    """Return a version of the table. Raises `InvalidValue`, naming the row, where it leaves units out."""
    if not 1 <= len(rows) <= MOST_RULES:
        raise InvalidValue(f"rules: 1 to {MOST_RULES} rows, not {len(rows)}.")
    names = [row.name for row in rows]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidValue(f"rules: {twice[0]!r} is named twice.")
    if not rows[-1].matches_all:
        raise InvalidValue(f"rules: the last row, {names[-1]!r}, must be for all units.")
    for row in rows[:-1]:
        if row.matches_all:
            raise InvalidValue(f"rules: {row.name!r} is for all units; no row after it is ever reached.")
    return DispositionRules(version, asdict(rates), tuple(asdict(row) for row in rows), note, by, at)


def _rule(row: dict[str, Any]) -> Rule:
    kind = PartKind(row["kind"]) if row["kind"] else None
    return Rule(**row | {"kind": kind, "allowed": tuple(Option(option) for option in row["allowed"])})


def _within(value: int, least: int | None, below: int | None) -> bool:
    return (least is None or value >= least) and (below is None or value < below)


_LAST = (Option.RECYCLE, Option.SCRAP)
DEFAULT_RULES = rules_of(
    0,
    Rates(),
    (
        Rule(
            "Hazardous",
            (Option.VENDOR_CLAIM, Option.RECYCLE),
            "Only those who are licensed may open or take it.",
            hazard=True,
        ),
        Rule("Of little value", _LAST, "The work would cost more than the part.", value_below_cents=2_000),
        Rule(
            "Ten years old",
            (Option.HARVEST, *_LAST),
            "Too old to be promised to a customer again.",
            age_from_days=3_650,
        ),
        Rule("All others", tuple(Option), "What is worth most."),
    ),
    "Before anybody changed it.",
    "system",
    EPOCH,
)
"""The table of a new installation."""
