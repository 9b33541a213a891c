"""Replay: recorded traces, sent over real MQTT as the couriers who might have made them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from heapq import merge
from pathlib import Path

from device_gateway.connection import BrokerAddress, BrokerRefused
from device_gateway.protocol import topics
from device_gateway.protocol.messages import PROPERTY_BOOT_ID, PROPERTY_SEQ_RANGE
from device_gateway.simulator.device import Device
from device_gateway.simulator.traces import Disturbance, Outgoing, Trace, outgoing, read_trace
from tracking.values.errors import InvalidValue

PROGRESS_S = 0.5


@dataclass(frozen=True, slots=True)
class ReplayConnection:
    """Where the broker is."""

    host: str
    port: int
    tls: bool = False


@dataclass(frozen=True, slots=True)
class ReplayFile:
    """A trace, and the courier account that sends it."""

    path: Path
    courier: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """`speed` times as fast as recorded, None for as fast as the broker takes it.

    `ack_wait_s` bounds every wait for the broker.
    """

    speed: float | None = None
    fixes_per_message: int = 25
    disturbance: Disturbance = field(default_factory=Disturbance)
    ack_wait_s: float = 60.0

    def __post_init__(self) -> None:
        if self.speed is not None and not self.speed > 0:
            raise InvalidValue(f"speed must be positive, not {self.speed}.")


@dataclass(slots=True)
class FileReport:
    """What was sent of one file; every count is acknowledged by the broker once `replay` returns.

    `fixes` is what the file holds; `fixes_sent` counts repeats too, `fixes_repeated` those alone.
    """

    path: Path
    courier: str
    boot_id: str
    fixes: int
    fixes_sent: int = 0
    messages: int = 0
    late_messages: int = 0
    corrupted_messages: int = 0

    @property
    def fixes_repeated(self) -> int:
        """Return how many fixes were sent again."""
        return max(0, self.fixes_sent - self.fixes)


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What was sent: `sent` is what stored + duplicate + dead letter + declined must rise by, exactly."""

    files: tuple[FileReport, ...]
    duration_s: float

    @property
    def fixes_sent(self) -> int:
        """Return the fixes sent, repeats included."""
        return sum(report.fixes_sent for report in self.files)

    @property
    def corrupted_messages(self) -> int:
        """Return the messages that nobody can read: one dead letter each."""
        return sum(report.corrupted_messages for report in self.files)

    @property
    def sent(self) -> int:
        """Return what the server must account for: fixes, and one for each corrupted message."""
        return self.fixes_sent + self.corrupted_messages


@dataclass(frozen=True, slots=True)
class ReplayProgress:
    """How far a replay is; `messages_total` counts those of an undisturbed replay."""

    messages: int
    messages_total: int
    fixes_sent: int
    elapsed_s: float


def replay(
    files: Sequence[ReplayFile],
    connection: ReplayConnection,
    options: ReplayOptions | None = None,
    progress: Callable[[ReplayProgress], None] | None = None,
    stop: threading.Event | None = None,
) -> ReplayReport:
    """Send traces and return exact counts once the broker has acknowledged all of it.

    `stop` ends it early; the counts are then of what was sent. Raises `TraceInvalid` before anything
    is sent, and `BrokerRefused`.
    """
    options, stop = options or ReplayOptions(), stop or threading.Event()
    started_s = time.monotonic()
    traces = [read_trace(file.path) for file in files]
    reports = [
        FileReport(trace.path, file.courier, trace.boot_id, len(trace.fixes))
        for file, trace in zip(files, traces, strict=True)
    ]
    watch = _Watch(traces, reports, options, progress, started_s)
    with ExitStack() as open_devices:
        devices = [_connect(file, connection) for file in files]
        for device in devices:
            open_devices.callback(device.close)
        for index, message in _schedule(traces, options):
            if stop.is_set():
                break
            _await_due(message, options, started_s, stop)
            _send(devices[index], reports[index], message, options)
            watch.tick()
        _await_acknowledged(devices, options)
    watch.tick(is_last=True)
    return ReplayReport(tuple(reports), time.monotonic() - started_s)


def _connect(file: ReplayFile, connection: ReplayConnection) -> Device:
    device = Device(
        BrokerAddress(connection.host, connection.port, file.courier, file.password, tls=connection.tls)
    )
    device.connect()
    return device


def _schedule(traces: list[Trace], options: ReplayOptions) -> Iterator[tuple[int, Outgoing]]:
    """Yield all messages with their file's index: by recorded time, or in turn at full speed."""
    runs = [_timed(index, trace, options) for index, trace in enumerate(traces)]
    for _, index, message in merge(*runs, key=lambda item: item[:2]):
        yield index, message


def _timed(index: int, trace: Trace, options: ReplayOptions) -> Iterator[tuple[float, int, Outgoing]]:
    due = 0.0
    messages = outgoing(trace, options.fixes_per_message, options.disturbance)
    for place, message in enumerate(messages):
        due = place if options.speed is None else max(due, message.offset_s)
        yield due, index, message


def _await_due(message: Outgoing, options: ReplayOptions, started_s: float, stop: threading.Event) -> None:
    if options.speed is not None:
        stop.wait(max(0.0, started_s + message.offset_s / options.speed - time.monotonic()))


def _send(device: Device, report: FileReport, message: Outgoing, options: ReplayOptions) -> None:
    last_seq = message.first_seq + message.count - 1
    device.publish(
        topics.fix(report.courier),
        message.payload,
        properties={
            PROPERTY_BOOT_ID: report.boot_id,
            PROPERTY_SEQ_RANGE: f"{message.first_seq}-{last_seq}",
        },
        wait_s=options.ack_wait_s,
    )
    report.messages += 1
    report.late_messages += message.is_late
    report.corrupted_messages += message.is_corrupted
    report.fixes_sent += 0 if message.is_corrupted else message.count


def _await_acknowledged(devices: list[Device], options: ReplayOptions) -> None:
    for device in devices:
        if not device.flush(options.ack_wait_s):
            raise BrokerRefused(f"Not all was acknowledged within {options.ack_wait_s:.0f} s.")
        if device.refused:
            raise BrokerRefused(f"The broker refused {device.refused} messages: check the account's kind.")


class _Watch:
    """Tells the caller how far it is, now and then."""

    def __init__(
        self,
        traces: list[Trace],
        reports: list[FileReport],
        options: ReplayOptions,
        progress: Callable[[ReplayProgress], None] | None,
        started_s: float,
    ) -> None:
        self._total = sum(-(-len(trace.fixes) // options.fixes_per_message) for trace in traces)
        self._reports = reports
        self._progress = progress
        self._started_s = started_s
        self._next_s = started_s + PROGRESS_S

    def tick(self, *, is_last: bool = False) -> None:
        """Report progress when it is time."""
        now_s = time.monotonic()
        if self._progress is None or (now_s < self._next_s and not is_last):
            return
        self._next_s = now_s + PROGRESS_S
        messages = sum(report.messages for report in self._reports)
        fixes_sent = sum(report.fixes_sent for report in self._reports)
        self._progress(ReplayProgress(messages, self._total, fixes_sent, now_s - self._started_s))
