"""What stands on the label of a return, whatever prints it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracking.parts.location import Location
from tracking.returns.rma import Return
from tracking.unit_of_work import UnitOfWork
from tracking.values.gs1 import INTERNAL, SSCC, element_string, sscc


@dataclass(frozen=True, slots=True)
class Size:
    """A label's width and height in mm."""

    width_mm: float
    height_mm: float


SIZES = {"a6": Size(105.0, 148.0), "4x6": Size(101.6, 152.4)}
"""ISO 216 A6, and 4 by 6 inches as label printers have it."""


SHRINKS = (1.0, 0.85, 0.7, 0.6, 0.5)
"""By what letters get smaller where there is more to say than fits: the first that is enough counts."""


@dataclass(frozen=True, slots=True)
class Address:
    """A place as a label names it."""

    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReturnLabel:
    """The label of one return; `elements` are what its DataMatrix holds."""

    number: str
    elements: tuple[tuple[str, str], ...]
    sender: Address
    receiver: Address
    part: str
    serial: str | None
    order_number: str | None
    announced_at: datetime

    @property
    def code(self) -> str:
        """What the DataMatrix holds, as people read it: `(00)...(91)RMA-1001`."""
        return element_string(self.elements)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is told of the part, each with its name."""
        facts = [("Part", self.part), ("Serial", self.serial or "not known yet")]
        if self.order_number is not None:
            facts.append(("Order", self.order_number))
        return [*facts, ("Announced", f"{self.announced_at:%Y-%m-%d}")]


def return_label(uow: UnitOfWork, rma: Return, company_prefix: str) -> ReturnLabel:
    """Return the label of a return, with an SSCC where the operator has a GS1 company prefix."""
    part = uow.parts.require(rma.part_number)
    order = None if rma.order_id is None else uow.orders.get(rma.order_id)
    elements = [(INTERNAL, rma.number)]
    if company_prefix:
        elements.insert(0, (SSCC, sscc(company_prefix, int(rma.number.rpartition("-")[2]))))
    return ReturnLabel(
        rma.number,
        tuple(elements),
        _address(uow.locations.require(rma.customer_site_id)),
        _address(uow.locations.require(rma.destination_id)),
        _cut(f"{part.part_number} {part.name}", 60),
        rma.serial,
        None if order is None else order.number,
        rma.announced_at,
    )


def _address(location: Location) -> Address:
    lines = (line.strip() for line in location.address.replace(",", "\n").splitlines())
    return Address(_cut(location.name, 50), tuple(_cut(line, 40) for line in lines if line)[:4])


def _cut(words: str, longest: int) -> str:
    """Return words that fit, with a sign where some are missing."""
    return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}\u2026"
