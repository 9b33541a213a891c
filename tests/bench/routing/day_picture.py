"""Draws costs as bars, in groups, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

PAINT = ("#b0b0b0", "#1f77b4", "#7fb8de", "#2a9d5c")
BAR, GAP, HEIGHT, LEFT, TOP, LEGEND = 22, 26, 260, 70, 60, 150


@dataclass(frozen=True, slots=True)
class Bars:
    """One bar for each group, under one name; at most four names have a colour."""

    name: str
    values: tuple[float, ...]


def picture(bars: Sequence[Bars], groups: Sequence[str], title: str) -> str:
    """Return an SVG with bars from zero, a scale at the left and a legend above."""
    highest = max((value for each in bars for value in each.values), default=0.0) or 1.0
    wide = BAR * len(bars) + GAP
    width = LEFT + max(wide * len(groups) + GAP, LEGEND * len(bars))
    height = TOP + HEIGHT + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-weight="bold">{escape(title)}</text>',
        *_scale(highest, width),
    ]
    for k, each in enumerate(bars):
        parts.append(f'<rect x="{LEFT + LEGEND * k}" y="32" width="12" height="12" fill="{PAINT[k]}"/>')
        parts.append(f'<text x="{LEFT + LEGEND * k + 18}" y="42">{escape(each.name)}</text>')
        for n, value in enumerate(each.values):
            parts.append(_bar(LEFT + GAP + wide * n + BAR * k, value / highest, value, PAINT[k]))
    for n, group in enumerate(groups):
        middle = LEFT + GAP + wide * n + BAR * len(bars) / 2
        parts.append(
            f'<text x="{middle:g}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{escape(group)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _bar(left: int, share: float, value: float, paint: str) -> str:
    high = round(HEIGHT * share, 1)
    place = f'x="{left}" y="{TOP + HEIGHT - high:g}" width="{BAR - 3}" height="{high:g}"'
    return f'<rect {place} fill="{paint}"><title>{value:,.2f}</title></rect>'


def _scale(highest: float, width: int) -> list[str]:
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = round(TOP + HEIGHT * (1 - share), 1)
        parts.append(f'<path d="M{LEFT},{y:g}H{width - GAP}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:g}" text-anchor="end">{highest * share:,.0f}</text>')
    return parts
