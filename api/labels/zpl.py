"""Writes the label of a return in ZPL II, for Zebra's label printers and their kin."""

from __future__ import annotations

from collections.abc import Iterator

from api.labels.code import MODULE_MM
from api.labels.label import SHRINKS, Address, ReturnLabel, Size
from tracking.values.gs1 import encoded

DOTS_PER_MM = {203: 8, 300: 12}
"""By the printer's resolution in dots an inch."""

MARGIN_MM = 6
CODE_MM = 34
"""From the margin to the facts at the right of the code."""

_WIDE = frozenset("MWmw@%&")
_WIDE_EM, _CAPITAL_EM, _USUAL_EM = 0.9, 0.65, 0.5
"""How wide letters of the printer's font are at most, beside their height."""

_ESCAPE = "_"
_FNC1 = f"{_ESCAPE}1"


def label_zpl(label: ReturnLabel, size: Size, dpi: int = 203) -> str:
    """Return the label in ZPL, UTF-8, for a printer of 203 or 300 dots an inch."""
    sheets = (_Sheet(label, size, DOTS_PER_MM[dpi], shrink) for shrink in SHRINKS)
    sheet = next((sheet for sheet in sheets if sheet.fits), None)
    return "\n".join((sheet or _Sheet(label, size, DOTS_PER_MM[dpi], SHRINKS[-1])).commands) + "\n"


class _Sheet:
    def __init__(self, label: ReturnLabel, size: Size, dots_per_mm: int, shrink: float) -> None:
        self._label, self._size, self._scale, self._shrink = label, size, dots_per_mm, shrink
        self._y_mm = float(MARGIN_MM)
        self.commands = list(self._commands())
        self.fits = self._y_mm <= size.height_mm - MARGIN_MM

    def _commands(self) -> Iterator[str]:
        yield "^XA"
        yield "^CI28"
        yield f"^PW{self._dots(self._size.width_mm)}"
        yield f"^LL{self._dots(self._size.height_mm)}"
        yield from self._text("Return", 4)
        yield from self._text(self._label.number, 11)
        yield self._rule()
        yield from self._address("From", self._label.sender, 4.5)
        self._y_mm += 2
        yield from self._address("To", self._label.receiver, 6)
        yield self._rule()
        top_mm = self._y_mm
        yield self._code(top_mm)
        for name, value in self._label.facts:
            yield from self._text(name, 3, left_mm=MARGIN_MM + CODE_MM)
            yield from self._text(value, 4, left_mm=MARGIN_MM + CODE_MM)
        self._y_mm = max(self._y_mm, top_mm + CODE_MM - 2)
        yield from self._text(self._label.code, 3)
        yield "^XZ"

    def _dots(self, mm: float) -> int:
        return round(mm * self._scale)

    def _text(self, words: str, height_mm: float, *, left_mm: float = MARGIN_MM) -> Iterator[str]:
        """Yield the commands for words, in as many lines as they need, and go below them."""
        height_mm *= self._shrink
        for line in _lines(words, (self._size.width_mm - left_mm - MARGIN_MM) / height_mm):
            place, height = f"{self._dots(left_mm)},{self._dots(self._y_mm)}", self._dots(height_mm)
            yield f"^FO{place}^A0N,{height},{height}^FH^FD{_escaped(line)}^FS"
            self._y_mm += height_mm * 1.2

    def _address(self, title: str, address: Address, height_mm: float) -> Iterator[str]:
        yield from self._text(title, 3)
        yield from self._text(address.name, height_mm)
        for line in address.lines:
            yield from self._text(line, height_mm * 0.8)

    def _rule(self) -> str:
        width = self._dots(self._size.width_mm - 2 * MARGIN_MM)
        field = f"^FO{self._dots(MARGIN_MM)},{self._dots(self._y_mm + 1)}^GB{width},2,2^FS"
        self._y_mm += 4
        return field

    def _code(self, top_mm: float) -> str:
        """Return the command for a DataMatrix (quality 200): GS1's, for its data begin with FNC1."""
        place = f"^FO{self._dots(MARGIN_MM + MODULE_MM)},{self._dots(top_mm + MODULE_MM)}"
        data = encoded(self._label.elements, _FNC1)
        return f"{place}^BXN,{self._dots(MODULE_MM)},200,,,,{_ESCAPE}^FD{data}^FS"


def _lines(words: str, width_em: float) -> list[str]:
    """Return words in lines that are no wider, broken between words where that is possible."""
    lines: list[str] = []
    line = ""
    for word in words.split():
        longer = f"{line} {word}" if line else word
        if _width_em(longer) <= width_em:
            line = longer
            continue
        lines += [line] if line else []
        line = ""
        for letter in word:
            if _width_em(line + letter) > width_em:
                lines.append(line)
                line = ""
            line += letter
    return [*lines, line]


def _width_em(words: str) -> float:
    return sum(
        _WIDE_EM if letter in _WIDE else _CAPITAL_EM if letter.isupper() else _USUAL_EM for letter in words
    )


def _escaped(words: str) -> str:
    """Return words with what ZPL would take for commands, and its own escape, in hexadecimal."""
    printable = "".join(letter if letter.isprintable() else " " for letter in words)
    return "".join(f"_{ord(letter):02X}" if letter in "^~_" else letter for letter in printable)
