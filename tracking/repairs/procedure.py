"""Test procedures: what is measured on a part, within which limits, and whether a unit passes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from tracking.values.errors import InvalidValue

MOST_STEPS = 100


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurement: the quantity in its unit, and the limits that it may reach; one may be left open."""

    name: str
    quantity: str
    unit: str
    lower: float | None = None
    upper: float | None = None

    def __post_init__(self) -> None:
        limits = [limit for limit in (self.lower, self.upper) if limit is not None]
        if not limits or not all(map(math.isfinite, limits)):
            raise InvalidValue(f"Step {self.name!r} needs a lower or an upper limit, as a number.")
        if limits[0] > limits[-1]:
            raise InvalidValue(f"Step {self.name!r}: the lower limit is above the upper one.")

    def passes(self, value: float | None) -> bool:
        """Whether a measured value is within the limits; what could not be measured is not."""
        if value is None or not math.isfinite(value):
            return False
        above = self.lower is None or value >= self.lower
        return above and (self.upper is None or value <= self.upper)


@dataclass(frozen=True, slots=True)
class Procedure:
    """A named procedure of a part; another version takes its place, and this one stays for what it judged.

    `steps` are the fields of `Measurement`, as JSON.
    """

    procedure_id: str
    part_number: str
    name: str
    version: int
    steps: tuple[dict[str, Any], ...]
    added_by: str
    added_at: datetime

    def __post_init__(self) -> None:
        names = [step.name for step in self.measurements]
        if not 1 <= len(names) <= MOST_STEPS:
            raise InvalidValue(f"A procedure has 1 to {MOST_STEPS} steps, not {len(names)}.")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InvalidValue(f"steps: {twice[0]!r} is named twice.")

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """The steps, in order."""
        return tuple(Measurement(**step) for step in self.steps)


@dataclass(frozen=True, slots=True)
class ProcedureRun:
    """One run of a procedure on the unit of a work order.

    `readings` are the steps with `value` (None: it could not be measured) and `passed`.
    """

    run_id: str
    work_order_id: str
    procedure_id: str
    readings: tuple[dict[str, Any], ...]
    passed: bool
    by: str
    at: datetime


def judged(
    procedure: Procedure, values: Mapping[str, float | None]
) -> tuple[tuple[dict[str, Any], ...], bool]:
    """Return the readings of a run with what passed, and whether all did.

    Raises `InvalidValue`, naming each step that has no value or is none of the procedure.
    """
    steps = procedure.measurements
    missing = [step.name for step in steps if step.name not in values]
    unknown = sorted(set(values) - {step.name for step in steps})
    if missing or unknown:
        said = [f"{name!r} is missing" for name in missing] + [f"{name!r} is no step" for name in unknown]
        raise InvalidValue(f"readings of {procedure.name} v{procedure.version}: {'; '.join(said)}.")
    readings = tuple(
        asdict(step) | {"value": values[step.name], "passed": step.passes(values[step.name])}
        for step in steps
    )
    return readings, all(reading["passed"] for reading in readings)
