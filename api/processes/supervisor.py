"""The supervisor behind `fieldstock run`: starts one machine's processes, and starts again what dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.processes.process import SUPERVISED

FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 30.0
STEADY_AFTER_S = 30.0
"""A child that lived this long starts again at once when it dies."""
STOP_WITHIN_S = 20.0

Say = Callable[[str, str], None]


@dataclass
class Child:
    """One supervised process: `command` are the words after `fieldstock`."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    backoff_s: float = 0.0
    start_at: float = 0.0


def supervise(children: list[Child], stop: threading.Event, say: Say) -> None:
    """Run the children until `stop` is set, then end them in reverse order, each gracefully.

    A child that dies is started again after a pause that doubles up to 30 s.
    """
    try:
        while not stop.is_set():
            for child in children:
                _look_after(child, say)
            stop.wait(0.1)
    finally:
        _stop_all(children, say)


def print_line(name: str, text: str) -> None:
    """Print one event of one process."""
    moment = time.strftime("%H:%M:%S")
    print(f"{moment}  {name:<9} {text}", flush=True)


def _look_after(child: Child, say: Say) -> None:
    now = time.monotonic()
    if child.process is None:
        if now >= child.start_at:
            _start(child, say)
        return
    code = child.process.poll()
    if code is None:
        return
    lived_s = now - child.started_at
    child.backoff_s = (
        0.0 if lived_s > STEADY_AFTER_S else min(LONGEST_BACKOFF_S, max(FIRST_BACKOFF_S, child.backoff_s * 2))
    )
    child.process, child.start_at = None, now + child.backoff_s
    say(child.name, f"ended ({_how(code)}); starting again in {child.backoff_s:.1f} s")


def _start(child: Child, say: Say) -> None:
    child.process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "api.cli", *child.command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        env=os.environ | {SUPERVISED: "1", "PYTHONUNBUFFERED": "1"},
        start_new_session=True,  # Ctrl-C is for us; we pass it on in order
    )
    child.started_at = time.monotonic()
    threading.Thread(target=_relay_output, args=(child.name, child.process, say), daemon=True).start()


def _relay_output(name: str, process: subprocess.Popen[str], say: Say) -> None:
    if process.stdout is not None:
        for line in process.stdout:
            say(name, line.rstrip())


def _stop_all(children: list[Child], say: Say) -> None:
    for child in reversed(children):
        process = child.process
        if process is None or process.poll() is not None:
            continue
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            say(child.name, f"did not stop within {STOP_WITHIN_S:.0f} s and was killed")
            process.kill()
            process.wait()


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
