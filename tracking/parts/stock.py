"""The ledger of stock: moves, reservations and counts. A balance is the sum of moves, never a field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracking.parts.part import Condition
from tracking.values.errors import FieldstockError, InvalidValue


@dataclass(frozen=True, slots=True)
class StockMove:
    """Pieces of one part that went from one location to another.

    `quantity` >= 1; for a serialised part it is the number of `serials`. `at` is when it happened,
    `recorded_at` when we learnt of it. `reference` names the order, return or receipt behind it.
    """

    move_id: str
    part_number: str
    quantity: int
    serials: tuple[str, ...]
    from_id: str
    to_id: str
    reason: str
    reference: str
    actor: str
    at: datetime
    recorded_at: datetime

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise InvalidValue(f"A move carries at least one piece, not {self.quantity}.")
        if self.serials and len(self.serials) != self.quantity:
            raise InvalidValue(f"{self.quantity} pieces were moved, but {len(self.serials)} serials named.")
        if len(set(self.serials)) != len(self.serials):
            raise InvalidValue("A serial is named twice in one move.")
        if self.from_id == self.to_id:
            raise InvalidValue(f"A move from {self.from_id} to itself moves nothing.")


@dataclass(frozen=True, slots=True)
class Reservation:
    """Pieces that are set aside for one order until `released_at`, or until `expires_at`."""

    reservation_id: str
    order_id: str
    location_id: str
    part_number: str
    quantity: int
    serials: tuple[str, ...]
    made_at: datetime
    expires_at: datetime | None = None
    released_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What lies of one part at one location, in pieces.

    `reserved` is what reservations set aside, and in a van what is on board for an order or goes back.
    `serials` are those that are neither reserved nor defective; `defective` those that nobody may be
    promised, although they are on hand.
    """

    location_id: str
    part_number: str
    on_hand: int
    reserved: int
    serials: tuple[str, ...] = ()
    defective: tuple[str, ...] = ()

    @property
    def sound(self) -> int:
        """What is on hand and not defective, in pieces, reserved or not."""
        return self.on_hand - len(self.defective)

    @property
    def available(self) -> int:
        """What may still be promised, in pieces."""
        return self.sound - self.reserved


@dataclass(frozen=True, slots=True)
class Lying:
    """What lies at one place: a unit with its condition, or pieces of a consumable; `quantity` >= 1."""

    location_id: str
    part_number: str
    serial: str | None
    condition: Condition | None
    quantity: int


@dataclass(frozen=True, slots=True)
class CountTask:
    """A location whose stock somebody must count, because a report and the ledger disagree."""

    task_id: str
    location_id: str
    part_number: str | None
    cause: str
    opened_at: datetime
    closed_at: datetime | None = None


class OutOfStock(FieldstockError):
    """Fewer pieces are free than were asked for."""

    code = "out_of_stock"
    action = "Choose another source, or wait for replenishment."


class SerialElsewhere(FieldstockError):
    """A serial is not where it was said to be."""

    code = "serial_elsewhere"
    action = "Check the serial, or look up where it is."
