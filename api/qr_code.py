"""QR codes: for a terminal and for a page; segno is imported here alone."""

from __future__ import annotations

import io

import segno


def qr_text(content: str) -> str:
    """Return a QR code that a terminal shows and a phone reads from there."""
    out = io.StringIO()
    _code(content).terminal(out, compact=True)
    return out.getvalue()


def qr_svg(content: str) -> str:
    """Return a QR code as an SVG element that scales with its place on a page."""
    svg: str = _code(content).svg_inline(
        border=2, omitsize=True, dark="#000", light="#fff", svgclass=None, lineclass=None
    )
    return svg


def _code(content: str) -> segno.QRCode:
    return segno.make(content, error="l", micro=False)
