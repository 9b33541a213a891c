"""What a run found: a table for people, `bench/latest.json` for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.bench import Row

Results = Mapping[str, Sequence[Row]]


def table(results: Results) -> str:
    """Return the figures as aligned lines, one block for each measurement."""
    width = max(len(row.name) for rows in results.values() for row in rows)
    blocks = []
    for measurement, rows in results.items():
        lines = [f"  {row.name:<{width}}  {_figure(row.value):>9} {row.unit}".rstrip() for row in rows]
        blocks.append("\n".join([measurement, *lines]))
    return "\n\n".join(blocks)


def write_json(results: Results, path: Path, seconds: float) -> None:
    """Write the figures with what is needed to compare them."""
    document = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "took_s": round(seconds, 1),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "measurements": {
            name: [{"name": row.name, "value": float(f"{row.value:.5g}"), "unit": row.unit} for row in rows]
            for name, rows in results.items()
        },
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")


def _figure(value: float) -> str:
    """Return three figures that count, and no exponent."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
