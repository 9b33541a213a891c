"""Ends the sessions of devices on our own Mosquitto, through a door that nobody else has.

Mosquitto 2.0.11 corrupts its memory when it reads changed accounts while a device is away whose password
is another now: the session gets a second place in the list of those that expire, which outlives it. So such
a session must not be there at that moment.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from tracking.identity.secrets import device_secret

log = logging.getLogger(__name__)

USER = "~sessions"
"""The account of the door; no device can have this name."""
ANSWER_S = 5.0
LONGEST_PATH = 100
"""A socket's path may hold about this many bytes."""


class SessionEnder:
    """A Unix socket on which one account, with a secret of its own, may claim any session.

    `directory` is where the socket lies, unless its path is too long for that.
    """

    def __init__(self, directory: Path) -> None:
        self._secret = device_secret(secrets.token_hex(16))
        self._made = None
        if len(bytes(directory)) > LONGEST_PATH - 20:
            self._made = directory = Path(tempfile.mkdtemp(prefix="fieldstock-"))
        self.socket = directory / "sessions.socket"

    @property
    def verifier(self) -> str:
        """The account's line in the password file, without its name."""
        return self._secret.broker_verifier

    @property
    def own_directory(self) -> Path | None:
        """The directory that was made for the socket, which Mosquitto's user must be able to write to."""
        return self._made

    def end(self, names: Iterable[str], reload: Callable[[], None]) -> bool:
        """Take these sessions over, let the broker `reload` its accounts, and give them up.

        Who is connected is disconnected. Returns whether the sessions were held until the broker had done so:
        false when one could not be had, or a device took its own back.
        """
        with ExitStack() as stack:
            claims = [stack.enter_context(_Claim(self.socket, name, self._secret.plain)) for name in names]
            reload()
            return all(claim.outlives_reload() for claim in claims)

    def close(self) -> None:
        """Remove what was made for the socket."""
        if self._made is not None:
            shutil.rmtree(self._made, ignore_errors=True)


class _Claim:
    """One session that is taken over, for as long as the context lasts."""

    def __init__(self, socket: Path, name: str, password: str) -> None:
        self._socket = socket
        self._name = name
        self._answered = threading.Event()
        self._lost = False
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            protocol=mqtt.MQTTv311,
            transport="unix",
            reconnect_on_failure=False,
        )
        self._client.username_pw_set(USER, password)
        self._client.on_connect = self._connected
        self._client.on_subscribe = lambda *_: self._answered.set()
        self._client.on_disconnect = lambda *_: self._lose()

    def __enter__(self) -> _Claim:
        try:
            self._client.connect(str(self._socket))
        except OSError as error:
            log.warning("The session of %s cannot be claimed: %s.", self._name, error)
            self._lose()
            return self
        self._client.loop_start()
        self._await_answer()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def outlives_reload(self) -> bool:
        """Tell whether the session is still held once the broker has done what it was signalled before.

        It looks after signals whenever it has answered those who wrote: so at the second answer it has.
        """
        for _ in range(2):
            self._answered.clear()
            if self._lost:
                return False
            self._client.subscribe("none")
            self._await_answer()
        return not self._lost

    def _connected(
        self, _client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _p: object
    ) -> None:
        if reason.is_failure:
            self._lose()
        self._answered.set()

    def _await_answer(self) -> None:
        if not self._answered.wait(ANSWER_S):
            self._lose()

    def _lose(self) -> None:
        self._lost = True
        self._answered.set()
