"""Seconds from a phone's MQTT publish to the events of a thousand connected streams."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import datetime

from tests.bench.bench import Bench, Row, percentiles, say
from tests.bench.region import COURIERS
from tests.e2e.installation import ROOT

STREAMS = 1_000
SECONDS = 20
PAUSE_S = 1.0
SETTLE_S = 3.0


def measure(bench: Bench) -> list[Row]:
    """Return p50 and p99 over all streams and fixes, and what of the events never came."""
    town = bench.town
    words = [str(town.installation.settings.port), town.installation.token("dispatcher"), str(STREAMS)]
    command = [sys.executable, "-m", "tests.bench.many_streams", *words, str(SECONDS + SETTLE_S)]
    sent: dict[tuple[str, datetime], float] = {}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as readers:
        assert readers.stdout is not None
        assert readers.stdout.readline() == "ready\n"
        say(f"streams: {STREAMS} streams follow, a fix a second for {SECONDS} s")
        for number in range(SECONDS):
            courier = COURIERS[number % len(COURIERS)]
            now_s = time.time()
            _, at = town.drive(courier)
            sent[courier, at] = now_s
            time.sleep(PAUSE_S)
        heard = json.loads(readers.stdout.read())
    latencies_s = []
    for heard_s, data in heard:
        event = json.loads(data)
        key = event["courier_id"], datetime.fromisoformat(event["position"]["fix_at"])
        if key in sent:
            latencies_s.append(heard_s - sent[key])
    rows = [
        Row("streams", STREAMS, ""),
        Row("events heard of those due", len(latencies_s) / STREAMS / SECONDS, ""),
    ]
    return rows + percentiles("publish to event, over all streams", latencies_s)
