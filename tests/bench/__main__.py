"""`python -m tests.bench [NAME...]`: run the measurements, all or those named, and print what they found."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import (
    fuzz,
    live,
    memory,
    planning,
    promises,
    report,
    route,
    sheets,
    steady,
    streams,
    throughput,
)
from tests.bench.bench import Bench, Row, say

MEASUREMENTS = {
    "throughput": throughput.measure,
    "steady": steady.measure,
    "fuzz": fuzz.measure,
    "planning": planning.measure,
    "promises": promises.measure,
    "sheets": sheets.measure,
    "live": live.measure,
    "streams": streams.measure,
    "route": route.measure,
    "memory": memory.measure,
}
"""In this order: memory tells of the processes that live and route have used."""

LATEST = Path(__file__).resolve().parents[2] / "bench" / "latest.json"


def main(names: list[str]) -> int:
    """Run measurements and return the exit code."""
    unknown = sorted(set(names) - MEASUREMENTS.keys())
    if unknown:
        print(f"No measurement {', '.join(unknown)}; there are: {', '.join(MEASUREMENTS)}", file=sys.stderr)
        return 2
    began_s = time.monotonic()
    results = _measured([name for name in MEASUREMENTS if not names or name in names])
    report.write_json(results, LATEST, time.monotonic() - began_s)
    print(report.table(results))
    say(f"took {time.monotonic() - began_s:.0f} s; also in {LATEST}")
    return 0


def _measured(names: list[str]) -> dict[str, list[Row]]:
    directory = Path(tempfile.mkdtemp(prefix="fieldstock-bench-"))
    directory.chmod(0o755)
    bench = Bench(directory)
    try:
        with bench.started:
            return {name: MEASUREMENTS[name](bench) for name in names}
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
