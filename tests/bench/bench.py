"""What every measurement works with: rows, percentiles, a directory of its own, and one shared town."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tests.bench.town import Town, running_town


@dataclass(frozen=True, slots=True)
class Row:
    """One figure with its unit."""

    name: str
    value: float
    unit: str


@dataclass
class Bench:
    """One run: a directory for its files, and what it has started and must stop."""

    directory: Path
    started: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def town(self) -> Town:
        """The running installation, which starts with the first measurement that asks for it."""
        say("starting an installation with couriers and orders")
        return self.started.enter_context(running_town(self.directory / "town"))

    def new_directory(self, name: str) -> Path:
        """Return an empty directory, which the broker's own user may pass through."""
        directory = self.directory / name
        directory.mkdir(parents=True, mode=0o755)
        return directory


def percentiles(name: str, seconds: Sequence[float]) -> list[Row]:
    """Return p50 and p99 by nearest rank, in ms."""
    ordered = sorted(seconds)
    return [
        Row(f"{name}, p{percent}", 1000 * ordered[math.ceil(percent / 100 * len(ordered)) - 1], "ms")
        for percent in (50, 99)
    ]


def say(text: str) -> None:
    """Tell the person who waits what is going on."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)
