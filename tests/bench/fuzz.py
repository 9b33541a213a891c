"""A bounded time of coverage-guided fuzzing of every decoder: nothing but dead letters may come of junk."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile

from tests.bench.bench import Bench, Row, say
from tests.e2e.installation import ROOT

SECONDS = 20


def measure(bench: Bench) -> list[Row]:
    """Return how many inputs were tried, and how many crashed a decoder: the run fails at the first."""
    say(f"fuzz: the decoders, {SECONDS} s")
    with tempfile.TemporaryDirectory(dir=bench.directory) as corpus:
        command = [sys.executable, "-m", "tests.bench.fuzz_decoders", corpus, f"-max_total_time={SECONDS}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS + 120)
    assert done.returncode == 0, done.stderr[-4000:]
    runs = next(line for line in done.stderr.splitlines() if line.startswith("Done "))
    return [Row("inputs tried", json.loads(runs.split()[1]), ""), Row("inputs that crashed a decoder", 0, "")]
