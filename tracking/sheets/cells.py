"""How cells of a sheet are read and written: a reader for each kind of value, and its word on bad ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tracking.parts.part import MODEL_SEPARATOR, checked_customs_code, checked_identifier, checked_model
from tracking.values.errors import InvalidValue
from tracking.values.ids import NAME
from tracking.values.opening_hours import WeeklyHours
from tracking.values.times import zone_named

LONGEST_CELL = 16_384
"""Characters."""
_WHOLE = re.compile(r"^-?[0-9]{1,30}\Z")
_DECIMAL = re.compile(r"^-?[0-9]{1,3}(\.[0-9]{1,30})?\Z")
_DECIMAL_COMMA = re.compile(r"^-?[0-9]{1,3},[0-9]+\Z")


class BadCell(ValueError):
    """A cell that does not hold what its column takes; the text says what it must be."""


Reader = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: `takes` tells people what it holds, with an `example`.

    A column that is not `needed` may be left out of the file, or be `empty` in a cell. Spaces around a value
    count only where it is `free` text; numbers are written without a guard against formulas.
    """

    name: str
    read: Reader
    takes: str
    example: str
    needed: bool = True
    empty: Any = ""
    free: bool = False
    number: bool = False


def identifier(text: str) -> str:
    """Read a part number, serial or the like."""
    try:
        return checked_identifier(text, "identifier")
    except InvalidValue:
        raise BadCell("must be 1 to 64 printable ASCII characters without spaces") from None


def name(text: str) -> str:
    """Read the name of a location."""
    if not NAME.match(text):
        raise BadCell("must be 1 to 64 characters: a-z, 0-9, and dashes that are not at an end")
    return text


def whole(least: int, most: int) -> Reader:
    """Return a reader of whole numbers within bounds."""

    def read(text: str) -> int:
        if not _WHOLE.match(text):
            raise BadCell("must be a whole number, in digits alone")
        number = int(text)
        if number < least:
            raise BadCell(f"must be at least {least}")
        if number > most:
            raise BadCell(f"must be at most {most}")
        return number

    return read


def degrees(most: int) -> Reader:
    """Return a reader of decimal degrees between `-most` and `most`."""

    def read(text: str) -> float:
        if _DECIMAL_COMMA.match(text):
            raise BadCell("must be written with a decimal point, not a comma")
        if not _DECIMAL.match(text):
            raise BadCell("must be decimal degrees, such as 47.141")
        number = float(text)
        if abs(number) > most:
            raise BadCell(f"must lie between -{most} and {most}")
        return number

    return read


def free_text(longest: int) -> Reader:
    """Return a reader of text with at most so many characters."""

    def read(text: str) -> str:
        if not text.strip():
            raise BadCell("must not be of spaces alone")
        if len(text) > longest:
            raise BadCell(f"must have at most {longest} characters, not {len(text)}")
        return text

    return read


def one_of(words: type[StrEnum]) -> Reader:
    """Return a reader of one word of an enumeration."""

    def read(text: str) -> StrEnum:
        try:
            return words(text)
        except ValueError:
            raise BadCell(f"must be one of {', '.join(words)}") from None

    return read


def several(read_one: Reader, most: int, separator: str = " ") -> Reader:
    """Return a reader of at most so many values with a separator between them, none of them twice."""

    def read(text: str) -> tuple[Any, ...]:
        items = [item.strip() for item in text.split(separator) if separator != " " or item]
        values = [_read_item(read_one, item) for item in items]
        for n, value in enumerate(values):
            if value in values[:n]:
                raise BadCell(f"names {value} twice")
        if len(values) > most:
            raise BadCell(f"must name at most {most}, not {len(values)}")
        return tuple(values)

    return read


def model(text: str) -> str:
    """Read a model of machines."""
    try:
        return checked_model(text)
    except InvalidValue:
        raise BadCell(f"must be 1 to 64 printable characters without {MODEL_SEPARATOR}") from None


def customs_code(text: str) -> str:
    """Read an HS code."""
    try:
        return checked_customs_code(text)
    except InvalidValue:
        raise BadCell("must be the 6 to 10 digits of an HS code, without dots") from None


def opening_hours(text: str) -> str:
    """Read opening hours as OpenStreetMap writes them."""
    try:
        WeeklyHours.parse(text)
    except InvalidValue as error:
        raise BadCell(error.cause) from None
    return text


def zone(text: str) -> str:
    """Read the name of a time zone."""
    try:
        zone_named(text)
    except InvalidValue:
        raise BadCell("must be a time zone of the IANA database, such as Europe/Vaduz") from None
    return text


def written(value: Any) -> str:
    """Return a value as its reader takes it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return str(value)


def _read_item(read_one: Reader, item: str) -> Any:
    try:
        return read_one(item)
    except BadCell as error:
        raise BadCell(f"{item!r} {error}") from None
