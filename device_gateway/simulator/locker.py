"""A simulated locker: speaks the locker's protocol over real MQTT, with its own account.

paho's thread only takes notes; one worker obeys commands, closes doors and sends reports, and sends each
again until the server's own acknowledgement names it.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
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
from device_gateway.protocol.offline_codes import try_code
from device_gateway.simulator.buffer import Kept, ReportBuffer
from device_gateway.simulator.cabinet import Cabinet, Content, OpenDoor
from device_gateway.simulator.credentials import Credentials
from device_gateway.simulator.device import Device, Will
from device_gateway.simulator.memory import LockerMemory
from device_gateway.simulator.obeying import Situation, refusal
from device_gateway.simulator.remembering import (
    next_connect_count,
    remember_code_state,
    remember_contents,
    remembered_code_states,
    remembered_contents,
)
from tracking.identity.secrets import locker_seal
from tracking.telemetry.fixes import check_range
from tracking.telemetry.reports import TEMPERATURE_RANGE_C
from tracking.values.errors import InvalidValue
from tracking.values.times import system_clock, to_ms

log = logging.getLogger(__name__)

ACTIONS = ("open", "rotate")
MAX_COMMANDS_WAITING = 100
SEND_WAIT_S = 1.0
FAREWELL_S = 5.0
OFFLINE_PAUSE_S = 0.2

_decode_ack = msgspec.json.Decoder(AckMessage).decode


class SimulatedLocker:
    """The locker `address.user`; `contents` names every compartment, unless its memory knows better.

    Doors are closed by people after `door_open_s`. `connect_count` starts at the time in milliseconds,
    unless the caller or the memory knows it, and grows with every connection; so does the random `session`
    change. `code_keys` are the keys of offline codes by compartment; `credentials`, in
    place of the address's password, learn the secret that a command brings.
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
        memory: LockerMemory | None = None,
        code_keys: Mapping[str, bytes] | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        self.name = address.user
        self._address = address
        self._key = command_key
        self._code_keys = dict(code_keys or {})
        self._credentials = credentials or Credentials(address.password)
        self._door_open_s = door_open_s
        self._clock = clock
        self._clock_ahead = timedelta(0)
        self._state_every_s = state_every_s
        self._memory = memory or LockerMemory()
        self.connect_count = next_connect_count(self._memory, connect_count, to_ms(clock()))
        self.session = secrets.token_hex(8)
        self._cabinet = Cabinet(remembered_contents(self._memory, contents))
        self._codes = remembered_code_states(self._memory, self._code_keys, time.monotonic())
        self._buffer = ReportBuffer(resend_after_s, self._memory)
        self._temperature_c = 19.0
        self._power: Literal["mains", "battery"] = "mains"
        self._commands: deque[tuple[float, bytes]] = deque(maxlen=MAX_COMMANDS_WAITING)
        self._is_connected = False
        self._must_greet = False
        self._connected_at, self._connected_s = clock(), time.monotonic()
        self._next_state_s = 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._worker = threading.Thread(target=self._work, name=f"locker-{self.name}", daemon=True)
        self._device = self._new_device()

    def start(self) -> None:
        """Connect, say so, and report the whole state. Raises `BrokerRefused`."""
        self._device.connect()
        self._worker.start()

    def start_without_radio(self) -> None:
        """Work without a connection, until `connect`."""
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
        self._stop.set()
        self._device.drop()
        self._end_work()

    def lose_radio(self) -> None:
        """Lose the connection without a farewell, and stay without until `connect`; all else goes on."""
        self._device.drop()
        self._disconnected()

    def connect(self) -> None:
        """Connect, after `start_without_radio` or `lose_radio`. Raises `BrokerRefused`."""
        self._device = self._new_device()
        self._device.connect()

    def jump_clock(self, seconds: float) -> None:
        """Let the clock be wrong by so much more, ahead or behind."""
        self._clock_ahead += timedelta(seconds=seconds)

    @property
    def is_connected(self) -> bool:
        """Tell whether there is a connection."""
        return self._is_connected

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

    def read(
        self, *, temperature_c: float | None = None, power: Literal["mains", "battery"] | None = None
    ) -> None:
        """Let the sensors read something else, and report it. Raises `InvalidValue`."""
        check_range("temperature_c", temperature_c, *TEMPERATURE_RANGE_C)
        with self._lock:
            self._temperature_c = self._temperature_c if temperature_c is None else temperature_c
            self._power = power or self._power
            self._report_state()

    def put(self, compartment: str, content: Content) -> None:
        """Lay something into a compartment, as who restocks it does, and report it. Raises `InvalidValue`."""
        with self._lock:
            self._cabinet.put(compartment, content)
            remember_contents(self._memory, self._cabinet.contents)
            if door := self._cabinet.doors.get(compartment):
                self._report_event("placed", compartment, door.command_id)
            self._report_state()

    def take(self, compartment: str, quantity: int = 1) -> Content:
        """Take something out of an open compartment, as a person does, and report it.

        Raises `InvalidValue` when its door is closed or it holds less.
        """
        with self._lock:
            taken = self._cabinet.take(compartment, quantity)
            remember_contents(self._memory, self._cabinet.contents)
            self._report_state()
        return taken

    def scan(self, compartment: str, code: str) -> None:
        """Read a code with the scanner, for the work at a compartment. Raises `InvalidValue`."""
        with self._lock:
            self._check(compartment)
            self._report_event("scanned", compartment, self._cabinet.last_command_ids.get(compartment), code)
        self._wake.set()

    def jam(self, compartment: str) -> None:
        """Let a compartment jam. Raises `InvalidValue`."""
        with self._lock:
            self._check(compartment)
            self._report_event("jammed", compartment, None)
        self._wake.set()

    def type_code(self, compartment: str, code: str) -> bool:
        """Type an offline code at a compartment; tell whether its door opened. Raises `InvalidValue`."""
        with self._lock:
            self._check(compartment)
            key = self._code_keys.get(compartment)
            if key is None:
                return False
            tried = try_code(key, code, self._codes[compartment], time.monotonic())
            self._codes[compartment] = tried.state
            remember_code_state(self._memory, compartment, tried.state)
            if tried.used is not None:
                self._report_event("code_used", compartment, None, str(tried.used))
                self._open(compartment, None, str(tried.used))
            elif tried.locks:
                self._report_event("code_locked", compartment, None)
        self._wake.set()
        return tried.used is not None

    def _check(self, compartment: str) -> None:
        if compartment not in self._cabinet.contents:
            raise InvalidValue(f"There is no compartment {compartment!r}.")

    def _new_device(self) -> Device:
        return Device(
            self._address,
            filters=(topics.command(self.name), topics.ack(self.name)),
            on_message=self._hear,
            on_connected=self._connected,
            on_disconnected=self._disconnected,
            will=self._will(),
            credentials=self._credentials,
        )

    def _end_work(self) -> None:
        self._stop.set()
        self._wake.set()
        if self._worker.is_alive():
            self._worker.join()

    def _now(self) -> datetime:
        return self._clock() + self._clock_ahead

    # On paho's thread: nothing here waits.

    def _hear(self, topic: str, payload: bytes) -> None:
        if topic == topics.ack(self.name):
            self._buffer.forget(_decode_ack(payload))
        elif topic == topics.command(self.name):
            self._commands.append((time.monotonic(), payload))
            self._wake.set()

    def _connected(self) -> None:
        self._connected_at, self._connected_s = self._now(), time.monotonic()
        self._is_connected = self._must_greet = True
        self._buffer.send_all_again()
        self._wake.set()

    def _disconnected(self) -> None:
        """Prepare the next connection: what was meant for this session must open nothing in another."""
        self._is_connected = False
        if not self._stop.is_set():
            self.session = secrets.token_hex(8)
            self.connect_count = next_connect_count(self._memory, self.connect_count + 1, 0)
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
        if self._must_greet and self._is_connected:
            self._must_greet = False
            self._next_state_s = 0.0
            self._say_connection(online=True)
        while self._commands:
            self._obey(*self._commands.popleft())
        now_s = time.monotonic()
        with self._lock:
            closed = self._cabinet.close_due(now_s)
            for door in closed:
                self._report_event("door_closed", door.compartment, door.command_id, door.code)
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
        if not self._memory.see(command.command_id):
            return  # delivered again: it was answered the first time
        reason = refusal(command, arrived_s, self._situation())
        if reason is None:
            reason = self._execute(command)
        self._reply(command.command_id, "refused" if reason else "done", reason)

    def _situation(self) -> Situation:
        now_s = time.monotonic()
        now = self._connected_at + timedelta(seconds=now_s - self._connected_s)
        return Situation(self.session, now, now_s, ACTIONS, self._cabinet.contents)

    def _execute(self, command: CommandMessage) -> str | None:
        """Do what a command says; return why not, None when it is done."""
        if command.action == "open":
            with self._lock:
                self._open(str(command.compartment), command.command_id)
            return None
        try:
            secret = locker_seal(self._key).open(command.sealed or "")
        except InvalidValue:
            return "unreadable_secret"
        self._credentials.learn(secret)
        return None

    def _open(self, compartment: str, command_id: str | None, code: str | None = None) -> None:
        door = OpenDoor(compartment, command_id, time.monotonic() + self._door_open_s, code)
        self._cabinet.open(door)
        self._report_event("door_opened", compartment, command_id, code)
        self._report_state()

    def _report_state(self) -> None:
        now, readings = self._now(), self._cabinet.readings()
        self._next_state_s = time.monotonic() + self._state_every_s
        self._buffer.add(
            "state",
            lambda boot_id, seq: StateMessage(
                boot_id, seq, now, readings, temperature_c=self._temperature_c, power=self._power
            ),
        )
        self._wake.set()

    def _report_event(
        self, kind: str, compartment: str, command_id: str | None, code: str | None = None
    ) -> None:
        now = self._now()
        self._buffer.add(
            "event",
            lambda boot_id, seq: EventMessage(
                boot_id, seq, now, kind, compartment=compartment, command_id=command_id, code=code
            ),
        )

    def _reply(self, command_id: str, result: Literal["done", "refused"], reason: str | None) -> None:
        now = self._now()
        self._buffer.add(
            "reply", lambda boot_id, seq: ReplyMessage(command_id, result, reason, now, boot_id, seq)
        )

    def _send_due(self) -> None:
        for kept in self._buffer.due(time.monotonic()):
            self._send(kept)

    def _send(self, kept: Kept) -> None:
        report, boot_id = kept.report, self._buffer.boot_id
        if not isinstance(report, ReplyMessage):
            report.sent_at = self._sent_at(kept, report.at)
        self._device.publish(
            topics.locker(self.name, kept.leaf),
            encode(report),
            properties={PROPERTY_BOOT_ID: boot_id, PROPERTY_SEQ_RANGE: f"{kept.seq}-{kept.seq}"},
            wait_s=SEND_WAIT_S,
        )

    def _sent_at(self, kept: Kept, at: datetime) -> datetime:
        """Return the time of sending, so that its distance to `at` is right although the clock jumped."""
        if kept.made_s is None:
            return self._now()
        return at + timedelta(seconds=time.monotonic() - kept.made_s)

    def _say_connection(self, *, online: bool) -> None:
        message = ConnectionMessage(online, self.session, self.connect_count)
        self._device.publish(
            topics.locker(self.name, "connection"), encode(message), retain=True, wait_s=SEND_WAIT_S
        )

    def _will(self) -> Will:
        gone = ConnectionMessage(online=False, session=self.session, connect_count=self.connect_count)
        return Will(topics.locker(self.name, "connection"), encode(gone))
