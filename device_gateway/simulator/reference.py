"""The reference locker: a simulated locker in a folder of its own, that can lose power, radio and clock."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from device_gateway.connection import BrokerRefused
from device_gateway.simulator.cabinet import EMPTY, Content
from device_gateway.simulator.credentials import Credentials
from device_gateway.simulator.locker import SimulatedLocker
from device_gateway.simulator.memory import LockerMemory
from device_gateway.simulator.provisioned import read_provisioned
from tracking.values.errors import FieldstockError

log = logging.getLogger(__name__)

PROVISIONED_FILE = "provisioned.json"
TICK_S = 0.1
CONNECT_EVERY_S = 3.0
"""The pause between two attempts to connect for the first time."""


class PowerIsOff(FieldstockError):
    """A locker without power can do nothing."""

    code = "power_is_off"
    action = "Say `power on` first."


class ReferenceLocker:
    """A locker whose papers and memory lie in `folder`; `run` keeps it connected until told to stop.

    `options` are those of `SimulatedLocker`. What lies in `folder` outlives a power cut and SIGKILL, nothing
    else does.
    """

    def __init__(self, folder: Path, compartments: Iterable[str], **options: Any) -> None:
        self._provisioned_file = folder / PROVISIONED_FILE
        self._credentials_file = folder / "credentials.json"
        self._memory_file = folder / "memory.sqlite"
        self._contents: dict[str, Content] = dict.fromkeys(compartments, EMPTY)
        self._options = options
        self._locker: SimulatedLocker | None = None
        self._memory: LockerMemory | None = None
        self._has_radio = True
        self._is_dialling = False
        self._next_try_s = 0.0
        self._lock = threading.RLock()

    @property
    def locker(self) -> SimulatedLocker:
        """The locker that works now. Raises `PowerIsOff`."""
        if self._locker is None:
            raise PowerIsOff("The locker has no power.")
        return self._locker

    @property
    def has_power(self) -> bool:
        """Tell whether it works at all."""
        return self._locker is not None

    @property
    def has_radio(self) -> bool:
        """Tell whether it may connect."""
        return self._has_radio

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, then take leave."""
        while not stop.wait(TICK_S):
            self.step()
        with self._lock:
            if self._locker is not None:
                self._locker.stop()
                self._close_memory()
                self._locker = None

    def step(self) -> None:
        """Connect, where there is power and radio; once connected, the locker itself connects again."""
        with self._lock:
            wants = self._is_dialling and self._has_radio and self._locker is not None
            if wants and time.monotonic() >= self._next_try_s:
                self._connect()

    def power_on(self) -> None:
        """Start with what was remembered, and nothing else."""
        with self._lock:
            if self._locker is None:
                self._memory = LockerMemory(self._memory_file)
                self._locker = self._made(self._memory)
                self._locker.start_without_radio()
                self._wants_connection()

    def power_off(self) -> None:
        """Lose all that is not remembered, in the middle of whatever is done."""
        with self._lock:
            if self._locker is not None:
                self._locker.crash()
                self._close_memory()
                self._locker = None

    def radio_off(self) -> None:
        """Lose the connection, and stay without."""
        with self._lock:
            self._has_radio = False
            if self._locker is not None:
                self._locker.lose_radio()

    def radio_on(self) -> None:
        """Look for a connection again."""
        with self._lock:
            self._has_radio = True
            self._wants_connection()

    def _made(self, memory: LockerMemory) -> SimulatedLocker:
        given = read_provisioned(self._provisioned_file)
        return SimulatedLocker(
            given.address(),
            bytes.fromhex(given.command_key or ""),
            self._contents,
            memory=memory,
            code_keys={name: bytes.fromhex(key) for name, key in given.offline_keys.items()},
            credentials=Credentials(given.secret, self._credentials_file),
            **self._options,
        )

    def _wants_connection(self) -> None:
        self._is_dialling, self._next_try_s = True, 0.0

    def _connect(self) -> None:
        try:
            self.locker.connect()
            self._is_dialling = False
        except BrokerRefused as error:
            log.info("Locker %s is not connected: %s", self.locker.name, error.cause)
        self._next_try_s = time.monotonic() + CONNECT_EVERY_S

    def _close_memory(self) -> None:
        if self._memory is not None:
            self._memory.close()
            self._memory = None
