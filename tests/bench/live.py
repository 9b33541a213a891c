"""Seconds from a phone's MQTT publish to a browser's event: `courier.position`, over HTTP, read two ways."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import httpx
from playwright.sync_api import Page, sync_playwright

from tests.bench.bench import Bench, Row, percentiles, say
from tests.bench.region import COURIERS
from tests.bench.town import Town
from tests.e2e.conftest import CHROMIUM

SECONDS = 25
"""Each of the couriers sends a fix a second for so long."""

SETTLE_S = 1.5

LISTEN = """async ([url, token]) => {
  const answer = await fetch(url, {headers: {Authorization: `Bearer ${token}`}});
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  window.seen = [];
  (async () => {
    let buffer = "";
    for (;;) {
      const {value, done} = await reader.read();
      if (done) return;
      buffer += value;
      const frames = buffer.split("\\n\\n");
      buffer = frames.pop();
      for (const frame of frames)
        if (frame.includes("event: courier.position"))
          window.seen.push([Date.now() / 1000, frame.split("data: ")[1]]);
    }
  })();
}"""
"""What the page runs: follow the stream as the console does, and note when each position came."""


class Seen(NamedTuple):
    """A position that a reader was told of at `heard_s`, seconds since the epoch."""

    heard_s: float
    courier: str
    fix_at: datetime


class Sent(NamedTuple):
    """A fix that a phone published at `sent_s`, seconds since the epoch."""

    sent_s: float
    courier: str
    seq: int
    fix_at: datetime


@dataclass
class Reader:
    """Reads the stream over HTTP on a thread of its own, until `stop`."""

    url: str
    token: str
    seen: list[Seen] = field(default_factory=list)
    is_open: threading.Event = field(default_factory=threading.Event)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Note when each position came."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.stream("GET", self.url, headers=headers, timeout=30) as answer:
            is_position = False
            for line in answer.iter_lines():
                self.is_open.set()
                if self.stop.is_set():
                    return
                if line.startswith("data: ") and is_position:
                    self.seen.append(_seen(time.time(), line.removeprefix("data: ")))
                is_position = line == "event: courier.position" or (is_position and bool(line))


def measure(bench: Bench) -> list[Row]:
    """Return p50 and p99 for a plain reader and for a page in Chromium, of the same fixes."""
    town = bench.town
    token = town.installation.token("dispatcher")
    reader = Reader(f"{town.installation.url}/v1/live", token)
    thread = threading.Thread(target=reader.run, daemon=True)
    thread.start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = browser.new_page()
        page.goto(f"{town.installation.url}/healthz")
        page.evaluate(LISTEN, [f"{town.installation.url}/v1/live", token])
        assert reader.is_open.wait(10)
        say(f"live: {len(COURIERS)} couriers send a fix a second each for {SECONDS} s")
        sent = _drive(town)
        in_page = [_seen(heard_s, data) for heard_s, data in _collected(page)]
        browser.close()
    reader.stop.set()
    town.drive(COURIERS[0])  # wakes the reader
    thread.join(20)
    rows = [Row("fixes published", len(sent), "")]
    rows += percentiles("publish to the phone's ack, durable", _until_durable(sent, town))
    rows += percentiles("publish to event, plain HTTP reader", _latencies(sent, reader.seen))
    return rows + percentiles("publish to event, page in Chromium", _latencies(sent, in_page))


def _drive(town: Town) -> list[Sent]:
    """Send the fixes, the couriers one after the other, evenly over each second."""
    sent = []
    began_s = time.monotonic()
    for number in range(SECONDS * len(COURIERS)):
        time.sleep(max(0.0, began_s + number / len(COURIERS) - time.monotonic()))
        courier = COURIERS[number % len(COURIERS)]
        now_s = time.time()
        sent.append(Sent(now_s, courier, *town.drive(courier)))
    time.sleep(SETTLE_S)
    return sent


def _collected(page: Page) -> list[Any]:
    return list(page.evaluate("() => window.seen"))


def _seen(heard_s: float, data: str) -> Seen:
    message = json.loads(data)
    return Seen(heard_s, message["courier_id"], datetime.fromisoformat(message["position"]["fix_at"]))


def _until_durable(sent: Sequence[Sent], town: Town) -> list[float]:
    """Return for every fix how long until its phone heard that it is durable."""
    acked = {
        (courier, seq): heard_s
        for heard_s, courier, body in reversed(town.acks)
        for first, last in json.loads(body)["ranges"]
        for seq in range(first, last + 1)
    }
    return [acked[fix.courier, fix.seq] - fix.sent_s for fix in sent]


def _latencies(sent: Sequence[Sent], seen: Iterable[Seen]) -> list[float]:
    """Return for every fix how long until its reader knew it, or a newer one of the same courier."""
    told: dict[str, list[Seen]] = {courier: [] for courier in COURIERS}
    for each in seen:
        told[each.courier].append(each)
    return [
        min(each.heard_s for each in told[fix.courier] if each.fix_at >= fix.fix_at) - fix.sent_s
        for fix in sent
    ]
