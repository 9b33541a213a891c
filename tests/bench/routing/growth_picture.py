"""Draws times by size as lines, both scales logarithmic, as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

PAINT = ("#1f77b4", "#d1603d", "#2a9d5c")
WIDTH, HEIGHT, LEFT, TOP, LEGEND, FOOT = 560, 300, 70, 60, 190, 50


@dataclass(frozen=True, slots=True)
class Line:
    """One value, above zero, for each size, under one name; at most three names have a colour."""

    name: str
    values: tuple[float, ...]


def picture(lines: Sequence[Line], sizes: Sequence[int], title: str) -> str:
    """Return an SVG with a line for each name, decades as a grid, and a legend above."""
    values = [value for line in lines for value in line.values]
    across = _Scale(math.log10(min(sizes)), math.log10(max(sizes)), LEFT, LEFT + WIDTH)
    lowest, highest = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    up = _Scale(lowest, highest, TOP + HEIGHT, TOP)
    width, height = LEFT + WIDTH + 30, TOP + HEIGHT + FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-weight="bold">{escape(title)}</text>',
    ]
    for exponent in range(lowest, highest + 1):
        y = up.at(exponent)
        parts.append(f'<path d="M{LEFT},{y:g}H{LEFT + WIDTH}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:g}" text-anchor="end">{10.0**exponent:g}</text>')
    for size in sizes:
        x = across.at(math.log10(size))
        parts.append(f'<text x="{x:g}" y="{TOP + HEIGHT + 20}" text-anchor="middle">{size:,}</text>')
    for k, line in enumerate(lines):
        parts.append(f'<rect x="{LEFT + LEGEND * k}" y="32" width="12" height="12" fill="{PAINT[k]}"/>')
        parts.append(f'<text x="{LEFT + LEGEND * k + 18}" y="42">{escape(line.name)}</text>')
        points = [
            (across.at(math.log10(size)), up.at(math.log10(value)), value)
            for size, value in zip(sizes, line.values, strict=True)
        ]
        path = " ".join(f"{x:g},{y:g}" for x, y, _ in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{PAINT[k]}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x:g}" cy="{y:g}" r="4" fill="{PAINT[k]}"><title>{value:.3g} s</title></circle>'
            for x, y, value in points
        ]
    return "\n".join([*parts, "</svg>", ""])


@dataclass(frozen=True, slots=True)
class _Scale:
    """From values to pixels, along a straight line; one value alone lies at the beginning."""

    low: float
    high: float
    begin: float
    end: float

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0
        return round(self.begin + share * (self.end - self.begin), 1)
