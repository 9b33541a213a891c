"""Draws what was kept over what was promised, as SVG; exact promises lie on the diagonal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

PAINT = ("#1f77b4", "#d1603d")
SIDE, LEFT, TOP, LEGEND, FOOT = 320, 60, 60, 210, 50
LOWEST = 0.4
"""Both scales begin here and end at 1."""


def picture(levels: Sequence[float], kept: Mapping[str, Sequence[float]], title: str) -> str:
    """Return an SVG with a line for each name in `kept`, whose shares belong to `levels`, all in [0, 1]."""
    width, height = LEFT + SIDE + 100, TOP + SIDE + FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-weight="bold">{escape(title)}</text>',
    ]
    for tenth in range(round(10 * LOWEST), 11):
        x, y = _at(tenth / 10, tenth / 10)
        parts.append(f'<path d="M{LEFT},{y:g}H{LEFT + SIDE}M{x:g},{TOP}V{TOP + SIDE}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:g}" text-anchor="end">{10 * tenth} %</text>')
        parts.append(f'<text x="{x:g}" y="{TOP + SIDE + 18}" text-anchor="middle">{10 * tenth} %</text>')
    (x1, y1), (x2, y2) = _at(LOWEST, LOWEST), _at(1.0, 1.0)
    parts.append(f'<path d="M{x1:g},{y1:g}L{x2:g},{y2:g}" stroke="#888888" stroke-dasharray="4 4"/>')
    for paint, left, (name, shares) in zip(PAINT, (LEFT, LEFT + LEGEND), kept.items(), strict=True):
        parts.append(f'<rect x="{left}" y="32" width="12" height="12" fill="{paint}"/>')
        parts.append(f'<text x="{left + 18}" y="42">{escape(name)}</text>')
        points = [_at(level, share) for level, share in zip(levels, shares, strict=True)]
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{paint}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:g}" cy="{y:g}" r="4" fill="{paint}"/>' for x, y in points]
    parts.append(f'<text x="{LEFT + SIDE / 2:g}" y="{TOP + SIDE + 40}" text-anchor="middle">promised</text>')
    return "\n".join([*parts, "</svg>", ""])


def _at(promised: float, kept: float) -> tuple[float, float]:
    span = 1.0 - LOWEST
    across, up = (promised - LOWEST) / span, (max(LOWEST, kept) - LOWEST) / span
    return round(LEFT + SIDE * across, 1), round(TOP + SIDE * (1 - up), 1)
