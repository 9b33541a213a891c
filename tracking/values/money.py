"""Money: whole cents of the operator's one currency."""

from __future__ import annotations

from dataclasses import dataclass

from tracking.values.errors import InvalidValue


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in cents of the operator's currency; may be negative."""

    cents: int

    def __post_init__(self) -> None:
        if not isinstance(self.cents, int):
            raise InvalidValue(f"Money is counted in whole cents, not {self.cents!r}.")

    def __add__(self, other: Money) -> Money:
        return Money(self.cents + other.cents)

    def __sub__(self, other: Money) -> Money:
        return Money(self.cents - other.cents)

    def __str__(self) -> str:
        sign = "-" if self.cents < 0 else ""
        return f"{sign}{abs(self.cents) // 100}.{abs(self.cents) % 100:02d}"
