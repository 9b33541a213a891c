"""A simulated locker: speaks the locker's protocol over real MQTT, with its own account.

paho's thread only takes notes; one worker obeys commands, closes doors and sends reports, and sends each
again until the server's own acknowledgement names it.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from device_gateway.connection import BrokerAddress, BrokerRefused
from device_gateway.protocol import topics
from device_gateway.protocol.commands import CommandInvalid, decode_command
from device_gateway.protocol.messages import (
    PROPERTY_BOOT_ID,
    PROPERTY_SEQ_RANGE,
    AckMessage,
    CommandMessage,
    ConnectionMessage,
    EventMessage,
    ReplyMessage,
    StateMessage,
    encode,
)
from device_gateway.simulator.buffer import Kept, ReportBuffer
from device_gateway.simulator.cabinet import Cabinet, Content, OpenDoor
from device_gateway.simulator.device import Device, Will
from tracking.values.times import system_clock, to_ms

log = logging.getLogger(__name__)

CLOCK_DOUBT_S = 60.0
"""How far a command's time of issue may seem to lie beyond its validity: clocks differ."""

MAX_COMMANDS_WAITING = 100
MAX_COMMANDS_KNOWN = 1_000
"""Commands remembered as dealt with; age and session refuse each long before it is forgotten."""

SEND_WAIT_S = 1.0
FAREWELL_S = 5.0
OFFLINE_PAUSE_S = 0.2

_decode_ack = msgspec.json.Decoder(AckMessage).decode


class SimulatedLocker:
    """The locker `address.user`; `contents` names every compartment.

    Doors are closed by people after `door_open_s`. `connect_count` starts at the time in milliseconds,
    unless the caller keeps it, and grows with every connection; so does the random `session` change.
    """

    def __init__(
        self,
        address: BrokerAddress,
        command_key: bytes,
        contents: Mapping[str, Content],
        *,
        door_open_s: float = 4.0,
        clock: Callable[[], datetime] = system_clock,
        connect_count: int | None = None,
        state_every_s: float = 60.0,
        resend_after_s: float = 10.0,
    ) -> None:
        self.name = address.user
        self.connect_count = to_ms(clock()) if connect_count is None else connect_count
        self.session = secrets.token_hex(8)
        self._key = command_key
        self._door_open_s = door_open_s
        self._clock = clock
        self._state_every_s = state_every_s
        self._cabinet = Cabinet(contents)
        self._buffer = ReportBuffer(resend_after_s)
        self._commands: deque[tuple[float, bytes]] = deque(maxlen=MAX_COMMANDS_WAITING)
        self._known: OrderedDict[str, None] = OrderedDict()
        self._is_connected = False
        self._must_greet = False
        self._next_state_s = 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._worker = threading.Thread(target=self._work, name=f"locker-{self.name}", daemon=True)
        self._device = Device(
            address,
            filters=(topics.command(self.name), topics.ack(self.name)),
            on_message=self._hear,
            on_connected=self._connected,
            on_disconnected=self._disconnected,
            will=self._will(),
        )

    def start(self) -> None:
        """Connect, say so, and report the whole state. Raises `BrokerRefused`."""
        self._device.connect()
        self._worker.start()

    def stop(self) -> None:
        """Send what is due, say farewell and disconnect; doors that are open stay open."""
        self._end_work()
        if self._is_connected:
            self._send_due()
            self._say_connection(online=False)
            self._device.flush(FAREWELL_S)
        self._device.close()

    def crash(self) -> None:
        """Vanish without a farewell: the broker publishes the will."""
        self._end_work()
        self._device.drop()

    @property
    def contents(self) -> dict[str, Content]:
        """Return what lies in each compartment now."""
        with self._lock:
            return dict(self._cabinet.contents)

    @property
    def open_doors(self) -> set[str]:
        """Return the compartments whose doors are open now."""
        with self._lock:
            return set(self._cabinet.doors)

    @property
    def unacknowledged(self) -> int:
        """Return how many reports the server has not named as durable yet."""
        return len(self._buffer)

    def put(self, compartment: str, content: Content) -> None:
        """Lay something into a compartment, as who restocks it does, and report it. Raises `InvalidValue`."""
        with self._lock:
            self._cabinet.put(compartment, content)
            self._report_state()

    def take(self, compartment: str, quantity: int = 1) -> Content:
        """Take something out of an open compartment, as a person does, and report it.

        Raises `InvalidValue` when its door is closed or it holds less.
        """
        with self._lock:
            taken = self._cabinet.take(compartment, quantity)
            self._report_state()
        return taken

    def _end_work(self) -> None:
        self._stop.set()
        self._wake.set()
        if self._worker.is_alive():
            self._worker.join()

    # On paho's thread: nothing here waits.

    def _hear(self, topic: str, payload: bytes) -> None:
        if topic == topics.ack(self.name):
            self._buffer.forget(_decode_ack(payload))
        elif topic == topics.command(self.name):
            self._commands.append((time.monotonic(), payload))
            self._wake.set()

    def _connected(self) -> None:
        self._is_connected = self._must_greet = True
        self._wake.set()

    def _disconnected(self) -> None:
        """Prepare the next connection: what was meant for this session must open nothing in another."""
        self._is_connected = False
        if not self._stop.is_set():
            self.session = secrets.token_hex(8)
            self.connect_count += 1
            self._device.replace_will(self._will())

    # On the worker's.

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self._work_once()
            except BrokerRefused as error:
                self._must_greet = True  # it may be the greeting that did not go out; two do no harm
                log.debug("Locker %s waits for the broker: %s", self.name, error.cause)
            self._wake.wait(self._pause_s())
            self._wake.clear()

    def _work_once(self) -> None:
        if self._must_greet:
            self._must_greet = False
            self._next_state_s = 0.0
            self._say_connection(online=True)
        while self._commands:
            self._obey(*self._commands.popleft())
        now_s = time.monotonic()
        with self._lock:
            closed = self._cabinet.close_due(now_s)
            for door in closed:
                self._report_event("door_closed", door)
            if closed or now_s >= self._next_state_s:
                self._report_state()
        if self._is_connected:
            self._send_due()

    def _pause_s(self) -> float:
        with self._lock:
            doors_s = [door.closes_s for door in self._cabinet.doors.values()]
        due_s = min(self._next_state_s, self._buffer.next_due_s(), *doors_s)
        return max(0.01 if self._is_connected else OFFLINE_PAUSE_S, due_s - time.monotonic())

    def _obey(self, arrived_s: float, payload: bytes) -> None:
        """Execute a command of the server's once, and answer it; a forged one is not answered."""
        try:
            command = decode_command(payload, self._key)
        except CommandInvalid as error:
            log.warning("Locker %s ignores a command: %s", self.name, error.cause)
            return
        if command.command_id in self._known:
            return  # delivered again: it was answered the first time
        self._known[command.command_id] = None
        if len(self._known) > MAX_COMMANDS_KNOWN:
            self._known.popitem(last=False)
        with self._lock:
            refusal = self._refusal(command, arrived_s)
            if refusal is None:
                self._open(str(command.compartment), command.command_id)
        self._reply(command.command_id, "refused" if refusal else "done", refusal)

    def _refusal(self, command: CommandMessage, arrived_s: float) -> str | None:
        """Return why a command is not executed, None when it is."""
        if command.session != self.session:
            return "wrong_session"
        if time.monotonic() - arrived_s > command.valid_for_s or self._is_stale(command):
            return "stale"
        if command.action != "open":
            return "unknown_action"
        return None if command.compartment in self._cabinet.contents else "unknown_compartment"

    def _is_stale(self, command: CommandMessage) -> bool:
        try:
            age_s = (self._clock() - datetime.fromisoformat(command.issued_at)).total_seconds()
        except (ValueError, TypeError):
            return True
        return age_s > command.valid_for_s + CLOCK_DOUBT_S

    def _open(self, compartment: str, command_id: str) -> None:
        door = OpenDoor(compartment, command_id, time.monotonic() + self._door_open_s)
        self._cabinet.open(door)
        self._report_event("door_opened", door)
        self._report_state()

    def _report_state(self) -> None:
        now, readings = self._clock(), self._cabinet.readings()
        self._next_state_s = time.monotonic() + self._state_every_s
        self._buffer.add(
            "state",
            lambda boot_id, seq: StateMessage(boot_id, seq, now, readings, temperature_c=19.0, power="mains"),
        )
        self._wake.set()

    def _report_event(self, kind: str, door: OpenDoor) -> None:
        now, where, command_id = self._clock(), door.compartment, door.command_id
        self._buffer.add(
            "event",
            lambda boot_id, seq: EventMessage(
                boot_id, seq, now, kind, compartment=where, command_id=command_id
            ),
        )

    def _reply(self, command_id: str, result: Literal["done", "refused"], reason: str | None) -> None:
        now = self._clock()
        self._buffer.add(
            "reply", lambda boot_id, seq: ReplyMessage(command_id, result, reason, now, boot_id, seq)
        )

    def _send_due(self) -> None:
        for kept in self._buffer.due(time.monotonic()):
            self._send(kept)

    def _send(self, kept: Kept) -> None:
        report, boot_id = kept.report, self._buffer.boot_id
        if not isinstance(report, ReplyMessage):
            report.sent_at = self._clock()
        self._device.publish(
            topics.locker(self.name, kept.leaf),
            encode(report),
            properties={PROPERTY_BOOT_ID: boot_id, PROPERTY_SEQ_RANGE: f"{kept.seq}-{kept.seq}"},
            wait_s=SEND_WAIT_S,
        )

    def _say_connection(self, *, online: bool) -> None:
        message = ConnectionMessage(online, self.session, self.connect_count)
        self._device.publish(
            topics.locker(self.name, "connection"), encode(message), retain=True, wait_s=SEND_WAIT_S
        )

    def _will(self) -> Will:
        gone = ConnectionMessage(online=False, session=self.session, connect_count=self.connect_count)
        return Will(topics.locker(self.name, "connection"), encode(gone))
