"""Draws the material certificate of what was recycled as a PDF on A4, for the file and for auditors."""

from __future__ import annotations

import font_source_sans_pro as fonts
from fpdf import FPDF

from tracking.repairs.disposition import Certificate

MARGIN_MM = 20.0
NAMES_MM = 48.0
"""How wide the names of facts are; the values stand right of them."""

_TEXT_PT, _LINE_MM = 11, 6.0


def certificate_pdf(certificate: Certificate) -> bytes:
    """Return the certificate as a PDF; long texts and many materials make it longer."""
    pdf = FPDF(unit="mm", format="A4")
    pdf.set_creation_date(certificate.issued_at)
    pdf.set_title(f"Material certificate {certificate.number}")
    for style, name in (("", "SourceSansPro"), ("B", "SourceSansProBold")):
        pdf.add_font("Sans", style, fonts.font_files_ttf[name])
    pdf.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
    pdf.set_auto_page_break(auto=True, margin=MARGIN_MM)
    pdf.add_page()
    _line(pdf, "Material certificate", 20, bold=True)
    _line(pdf, certificate.number, 14)
    pdf.ln(6)
    for name, value in _facts(certificate):
        _fact(pdf, name, value)
    _materials(pdf, certificate)
    _proof(pdf, certificate)
    return bytes(pdf.output())


def _facts(certificate: Certificate) -> list[tuple[str, str]]:
    pieces = "" if certificate.quantity == 1 else f" ({certificate.quantity} pieces)"
    return [
        ("Part", f"{certificate.part_number} {certificate.part_name}{pieces}"),
        ("Serial", certificate.serial or "none: a counted part"),
        ("Weight", _weight(certificate.weight_g)),
        ("Recycler", certificate.recycler),
        ("Their reference", certificate.reference or "none given"),
        ("Handed over", f"{certificate.recycled_at:%Y-%m-%d %H:%M} UTC"),
        ("Issued", f"{certificate.issued_at:%Y-%m-%d %H:%M} UTC by {certificate.issued_by}"),
    ]


def _materials(pdf: FPDF, certificate: Certificate) -> None:
    pdf.ln(6)
    _line(pdf, "Materials", 14, bold=True)
    if not certificate.materials:
        _line(pdf, "Not known by material.", _TEXT_PT)
        return
    for material in certificate.materials:
        _fact(pdf, _weight(material["weight_g"]), material["material"])
    rest_g = certificate.weight_g - sum(material["weight_g"] for material in certificate.materials)
    if rest_g:
        _fact(pdf, _weight(rest_g), "Other, or not known by material")


def _proof(pdf: FPDF, certificate: Certificate) -> None:
    if certificate.custody_position is None:
        return
    pdf.ln(6)
    _line(pdf, "Custody", 14, bold=True)
    _line(pdf, f"Entry {certificate.custody_position} of the timeline of this serial, sealed with", _TEXT_PT)
    _line(pdf, certificate.custody_mac or "", 9)


def _weight(weight_g: int) -> str:
    return f"{weight_g // 1000}.{weight_g % 1000:03d} kg"


def _fact(pdf: FPDF, name: str, value: str) -> None:
    """Write a name and its value beside each other, the value in as many lines as it needs."""
    pdf.set_font("Sans", "", _TEXT_PT)
    pdf.cell(NAMES_MM, _LINE_MM, name)
    pdf.set_font("Sans", "B", _TEXT_PT)
    pdf.multi_cell(0, _LINE_MM, value, align="L", new_x="LMARGIN", new_y="NEXT")


def _line(pdf: FPDF, words: str, points: float, *, bold: bool = False) -> None:
    pdf.set_font("Sans", "B" if bold else "", points)
    pdf.multi_cell(0, points * 0.5, words, align="L", new_x="LMARGIN", new_y="NEXT")
