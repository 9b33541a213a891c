"""Draws the label of a return as a PDF of one page, for any printer."""

from __future__ import annotations

import font_source_sans_pro as fonts
from fpdf import FPDF

from api.labels.code import MODULE_MM, QUIET_MODULES, modules_of, runs_of
from api.labels.label import SHRINKS, Address, ReturnLabel, Size

MARGIN_MM = 7.0
FACTS_LEFT_MM = 44.0
"""Where the facts stand, right of the code."""

_SMALL_PT, _TEXT_PT = 9, 11
_LINE_MM_PER_PT = 0.45


def label_pdf(label: ReturnLabel, size: Size) -> bytes:
    """Return the label as a PDF."""
    pages = (_Page(label, size, shrink) for shrink in SHRINKS)
    page = next((page for page in pages if page.fits()), None)
    return (page or _Page(label, size, SHRINKS[-1])).pdf()


class _Page:
    def __init__(self, label: ReturnLabel, size: Size, shrink: float) -> None:
        self._label, self._size, self._shrink = label, size, shrink
        self._pdf = FPDF(unit="mm", format=(size.width_mm, size.height_mm))
        self._pdf.set_creation_date(label.announced_at)
        self._pdf.set_title(f"Return {label.number}")
        for style, name in (("", "SourceSansPro"), ("B", "SourceSansProBold")):
            self._pdf.add_font("Sans", style, fonts.font_files_ttf[name])
        self._pdf.set_auto_page_break(auto=False)
        self._pdf.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
        self._pdf.add_page()
        self._draw()

    def fits(self) -> bool:
        """Whether all stands above the lower margin."""
        return self._pdf.get_y() <= self._size.height_mm - MARGIN_MM

    def pdf(self) -> bytes:
        return bytes(self._pdf.output())

    def _draw(self) -> None:
        self._text("Return", _TEXT_PT)
        self._text(self._label.number, 30, bold=True)
        self._rule()
        self._address("From", self._label.sender, 12)
        self._pdf.ln(2)
        self._address("To", self._label.receiver, 17)
        self._rule()
        top_mm = self._pdf.get_y()
        bottom_mm = self._code(top_mm)
        self._facts(top_mm)
        self._pdf.set_xy(MARGIN_MM, max(bottom_mm, self._pdf.get_y()) + 1)
        self._text(self._label.code, _SMALL_PT)

    def _text(self, words: str, points: float, *, bold: bool = False, left_mm: float = MARGIN_MM) -> None:
        """Write words, broken into lines where they are wide, and go below them."""
        points *= self._shrink
        self._pdf.set_font("Sans", "B" if bold else "", points)
        self._pdf.set_x(left_mm)
        width_mm = self._size.width_mm - left_mm - MARGIN_MM
        self._pdf.multi_cell(
            width_mm, points * _LINE_MM_PER_PT, words, align="L", new_x="LMARGIN", new_y="NEXT"
        )

    def _address(self, title: str, address: Address, points: float) -> None:
        self._text(title, _SMALL_PT)
        self._text(address.name, points, bold=True)
        for line in address.lines:
            self._text(line, points * 0.8)

    def _rule(self) -> None:
        y_mm = self._pdf.get_y() + 2
        self._pdf.line(MARGIN_MM, y_mm, self._size.width_mm - MARGIN_MM, y_mm)
        self._pdf.set_y(y_mm + 3)

    def _code(self, top_mm: float) -> float:
        """Draw the code at the left margin, and return where it ends."""
        rows = modules_of(self._label.code)
        border_mm = QUIET_MODULES * MODULE_MM
        self._pdf.set_fill_color(0)
        for y, row in enumerate(rows):
            for x, length in runs_of(row):
                self._pdf.rect(
                    MARGIN_MM + border_mm + x * MODULE_MM,
                    top_mm + border_mm + y * MODULE_MM,
                    length * MODULE_MM,
                    MODULE_MM,
                    style="F",
                )
        return top_mm + len(rows) * MODULE_MM + 2 * border_mm

    def _facts(self, top_mm: float) -> None:
        self._pdf.set_y(top_mm)
        for name, value in self._label.facts:
            self._text(name, _SMALL_PT, left_mm=FACTS_LEFT_MM)
            self._text(value, _TEXT_PT, bold=True, left_mm=FACTS_LEFT_MM)
