"""Free ports on the loopback address."""

from __future__ import annotations

import os
import random
import socket

LOWEST, HIGHEST = 15_000, 31_999
"""Below the ports of outgoing connections: one may take a port between the asking and the listening."""


def _own_ports() -> range:
    """Return the ports of this process alone, of several that run tests beside each other."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    each = (HIGHEST + 1 - LOWEST) // workers
    return range(LOWEST + number * each, LOWEST + (number + 1) * each)


_OWN = _own_ports()

_given: set[int] = set()


def free_port() -> int:
    """Return a TCP port that nothing listens on at the moment, another each time."""
    return free_run_of_ports(1)


def free_run_of_ports(count: int) -> int:
    """Return the first of so many free ports in a row, of which none was given before."""
    choice = random.SystemRandom()
    for _ in range(200):
        first = choice.randint(_OWN.start, _OWN.stop - count)
        run = range(first, first + count)
        if _given.isdisjoint(run) and all(_is_free(port) for port in run):
            _given.update(run)
            return first
    raise AssertionError(f"No {count} free ports in a row between {_OWN.start} and {_OWN.stop}.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
