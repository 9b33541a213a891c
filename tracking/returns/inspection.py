"""The inspection of a return: what lay in the box beside what was announced, and what is settled about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tracking.returns.rma import Return
from tracking.values.errors import InvalidValue


class DifferenceKind(StrEnum):
    """In what a return differs from its announcement."""

    OTHER_PART = "other_part"
    OTHER_SERIAL = "other_serial"
    OTHER_QUANTITY = "other_quantity"
    NOTHING_CAME = "nothing_came"
    DAMAGE = "damage"
    MISSING_ACCESSORY = "missing_accessory"


class Decision(StrEnum):
    """What the customer gets for a return; the ERP books it."""

    REFUND = "refund"
    EXCHANGE = "exchange"
    REFUSE = "refuse"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Finding:
    """What the inspection found: the part, its serial if it carries one, and how many pieces (0: none)."""

    part_number: str
    serial: str | None
    quantity: int
    damage: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inspection:
    """The inspection of one return; `differences` are dicts of `kind`, `announced` and `found`.

    The fields from `decision` on are set when the return is closed; `amount_cents` belongs to a refund.
    """

    return_id: str
    part_number: str
    serial: str | None
    quantity: int
    damage: str
    missing: tuple[str, ...]
    note: str
    unopened: bool
    photos: tuple[str, ...]
    differences: tuple[dict[str, Any], ...]
    inspected_by: str
    inspected_at: datetime
    decision: Decision | None = None
    amount_cents: int | None = None
    decision_reason: str = ""
    decided_by: str | None = None
    decided_at: datetime | None = None


def differences(rma: Return, found: Finding) -> tuple[dict[str, Any], ...]:
    """Return in what a finding differs from what was announced: one piece, and no more said than known."""
    return tuple(
        {"kind": str(kind), "announced": announced, "found": seen}
        for kind, announced, seen in _differences(rma, found)
    )


def _differences(rma: Return, found: Finding) -> Iterator[tuple[DifferenceKind, str, str]]:
    if found.quantity == 0:
        yield DifferenceKind.NOTHING_CAME, "1", "0"
        return
    if found.part_number != rma.part_number:
        yield DifferenceKind.OTHER_PART, rma.part_number, found.part_number
    if rma.announced_serial is not None and found.serial != rma.announced_serial:
        yield DifferenceKind.OTHER_SERIAL, rma.announced_serial, found.serial or ""
    if found.quantity > 1:
        yield DifferenceKind.OTHER_QUANTITY, "1", str(found.quantity)
    if found.damage:
        yield DifferenceKind.DAMAGE, "", found.damage
    for accessory in found.missing:
        yield DifferenceKind.MISSING_ACCESSORY, accessory, ""


def check_decision(decision: Decision, amount_cents: int | None, reason: str) -> None:
    """Raise `InvalidValue` for a refund without an amount, an amount of anything else, or a bare refusal."""
    if (decision is Decision.REFUND) != (amount_cents is not None):
        raise InvalidValue("amount_cents belongs to the decision refund, and to no other.")
    if decision is Decision.REFUSE and not reason:
        raise InvalidValue("reason: a refusal needs one.")
