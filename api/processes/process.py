"""What all processes have in common: signals, logs, health, metrics, and signs of life."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector
from werkzeug.wrappers import Request, Response

from api.redaction import RedactSecrets
from tracking.store.tables import Heartbeat
from tracking.store.unit_of_work import Store
from tracking.values.times import system_clock

log = structlog.get_logger()

HEARTBEAT_EVERY_S = 2.0
IDLE_LIMIT_S = 5.0
"""How long a connection to the health port may say nothing."""
SUPERVISED = "FIELDSTOCK_SUPERVISED"
_PR_SET_PDEATHSIG = 1


@dataclass
class Health:
    """What a process thinks of itself; `check` returns a fault in words, or None.

    `note` returns what does not work as it should although the process does, or None.
    """

    check: Callable[[], str | None] = field(default=lambda: None)
    note: Callable[[], str | None] = field(default=lambda: None)


def configure_logs() -> None:
    """Write one readable line an event to standard output, from our code and from libraries alike."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        _only_unusual_levels,
        structlog.processors.format_exc_info,
    ]
    if os.environ.get(SUPERVISED) is None:
        shared.insert(0, structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False))
    renderer = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    handler.addFilter(RedactSecrets())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for noisy in ("httpx", "alembic", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _only_unusual_levels(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Leave out the level of what is only said, so that what is wrong stands out."""
    if event.get("level") == "info":
        del event["level"]
    return event


def die_with_supervisor() -> None:
    """Ask the kernel to end this process when a supervisor that started it is killed."""
    if os.environ.get(SUPERVISED) is not None and sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def stop_on_signals() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def give_signs_of_life(store: Store, process: str, port: int, health: Health, stop: threading.Event) -> None:
    """Write a heartbeat row every few seconds, in a thread, until `stop` is set."""

    def beat() -> None:
        while True:
            with suppress(Exception):  # a database that is away shows as a row that grows old
                write_heartbeat(store, process, port, health)
            if stop.wait(HEARTBEAT_EVERY_S):
                return

    threading.Thread(target=beat, name="heartbeat", daemon=True).start()


def write_heartbeat(store: Store, process: str, port: int, health: Health) -> None:
    """Write one sign of life."""
    fault = health.check()
    detail = fault or health.note() or ""
    row = Heartbeat(process, os.getpid(), port, system_clock(), fault is None, detail)
    with store.writing() as uow:
        known = uow.heartbeats.get(process)
        if known is None:
            uow.heartbeats.add(row)
        else:
            uow.heartbeats.save(row)
        uow.commit()


def serve_health(bind: str, port: int, health: Health) -> int:
    """Serve `/healthz` and `/metrics` in a thread and return the port; 0 asks for a free one."""
    metrics = make_wsgi_app()

    def app(environ: dict[str, object], start: Callable[..., object]) -> object:
        if Request(environ).path == "/metrics":
            return metrics(environ, start)
        fault = health.check()
        note = health.note()
        good = "ok" if note is None else f"ok; {note}"
        return Response(fault or good, 503 if fault else 200)(environ, start)  # type: ignore[arg-type]

    server = make_server(bind, port, app, _HealthServer, _Quiet)  # type: ignore[arg-type]
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server.server_port


class _HealthServer(ThreadingMixIn, WSGIServer):
    """Gives each connection a thread, so that one that says nothing holds up no other."""

    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    timeout = IDLE_LIMIT_S

    def handle(self) -> None:
        """Answer one request; a client that goes away, or never asks, is not our fault."""
        with suppress(TimeoutError, ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing of health checks."""


class SnapshotCollector(Collector):
    """Shows a process's own counters to Prometheus as they are at the moment."""

    def __init__(self, prefix: str, snapshot: Callable[[], dict[str, int | float]]) -> None:
        self._prefix = prefix
        self._snapshot = snapshot

    def collect(self) -> list[GaugeMetricFamily]:
        """Return a gauge for each number of the snapshot."""
        return [
            GaugeMetricFamily(f"{self._prefix}_{name}".replace(".", "_"), name, value=value)
            for name, value in self._snapshot().items()
        ]


def show_metrics(
    prefix: str, snapshot: Callable[[], dict[str, int | float]], registry: CollectorRegistry = REGISTRY
) -> None:
    """Let `/metrics` show the numbers that `snapshot` returns."""
    registry.register(SnapshotCollector(prefix, snapshot))
