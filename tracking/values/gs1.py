"""GS1 identifiers: serial shipping container codes, and element strings of application identifiers.

After the GS1 General Specifications: check digits (section 7.9), AI 00 for logistic units, AI 91 for what a
company uses within.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tracking.values.errors import InvalidValue

SSCC = "00"
INTERNAL = "91"
PREDEFINED_LENGTH = frozenset({SSCC})
"""Identifiers whose values end by their length: the next one follows without a separator."""

Elements = Sequence[tuple[str, str]]
"""Application identifiers with their values."""

_PREFIX = re.compile(r"^\d{4,12}$")
_CHARACTERS = re.compile(r"""^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,90}$""")
"""GS1 AI encodable character set 82."""


def check_digit(digits: str) -> str:
    """Return the last digit of a GS1 number: weights 3 and 1 from the right, to the next multiple of ten."""
    weighted = sum(int(digit) * (3 if k % 2 == 0 else 1) for k, digit in enumerate(reversed(digits)))
    return str(-weighted % 10)


def sscc(company_prefix: str, serial: int, extension: int = 0) -> str:
    """Return a serial shipping container code: 18 digits, unique by `serial` under a company's prefix.

    `company_prefix` has 4 to 12 digits, `extension` (0 to 9) is the first. Raises `InvalidValue` where the
    prefix is none, or leaves no room for the serial.
    """
    if not _PREFIX.match(company_prefix):
        raise InvalidValue(f"{company_prefix!r} is no GS1 company prefix: 4 to 12 digits.")
    room = 16 - len(company_prefix)
    if not 0 <= serial < 10**room or not 0 <= extension <= 9:
        raise InvalidValue(f"Serial {serial} does not fit into the {room} digits that the prefix leaves.")
    body = f"{extension}{company_prefix}{serial:0{room}d}"
    return body + check_digit(body)


def element_string(elements: Elements) -> str:
    """Return application identifiers with their values as people read them: `(00)...(91)...`.

    Values are of the characters that GS1 can encode, 1 to 90 of them. Raises `InvalidValue`.
    """
    for identifier, value in elements:
        if not _CHARACTERS.match(value):
            raise InvalidValue(f"({identifier}) cannot hold {value!r}.")
    return "".join(f"({identifier}){value}" for identifier, value in elements)


def encoded(elements: Elements, fnc1: str) -> str:
    """Return what a symbol holds, with `fnc1` for the function character: in front, and as the separator."""
    parts = [fnc1]
    for k, (identifier, value) in enumerate(elements):
        ends_by_itself = identifier in PREDEFINED_LENGTH or k == len(elements) - 1
        parts += [identifier, value, "" if ends_by_itself else fnc1]
    return "".join(parts)
