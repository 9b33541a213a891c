"""paho's client with a buffer for reading, pauses for it to fill, and acknowledgements in one write.

paho asks the kernel for one byte, then another, then the rest of each packet, and looks for news after each
packet; an acknowledgement wakes its network thread; properties are looked up by name in lists. At thousands
of messages a second that costs more than all we do with them; and so does a wake for every few of them,
where several gateways share a flow. This module alone touches what paho keeps private: `_create_socket`,
`_packet_queue`, `_handle_publish`, `_in_packet`.
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Iterable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MessageType, MQTTErrorCode, MQTTProtocolVersion

from device_gateway.linger import Linger, LingerConfig

READ_BYTES = 65_536
PARTING_S = 1.0
PACKETS_A_TURN = 200
"""Packets handled from the buffer before the network thread looks to its other duties."""

READ_LINGER = LingerConfig(lone_s=0.0, first_s=0.0025, busy_s=0.0025, longest_s=0.04, messages=40)
"""The network thread's pause in a steady flow, when there is nothing more to read: for 40 messages."""

USER_PROPERTY = 0x26
"""The identifier of a user property: a pair of texts (MQTT 5.0, section 2.2.2.2)."""

_PUBACK = struct.Struct("!BBH")


class BufferedSocket:
    """A socket that is read in large pieces and given out in small ones; plain or TLS."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner
        self._buffer = memoryview(b"")

    def recv(self, size: int) -> bytes:
        """Return up to `size` bytes; raises as the inner socket does when there are none."""
        if not self._buffer:
            self._buffer = memoryview(self._inner.recv(READ_BYTES))
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return bytes(taken)

    def pending(self) -> int:
        """Return how many bytes can be had without the kernel; paho does not wait for news then."""
        inner: Any = getattr(self._inner, "pending", None)
        return len(self._buffer) + (inner() if inner else 0)

    def is_read_out(self) -> bool:
        """Tell whether neither the buffer nor the kernel holds anything."""
        return not self.pending() and not select.select([self._inner], [], [], 0)[0]

    def send(self, data: bytes) -> int:
        """Send some of `data` and return how much."""
        return self._inner.send(data)

    def setblocking(self, flag: bool) -> None:
        """Wait in `recv` and `send`, or not."""
        self._inner.setblocking(flag)

    def fileno(self) -> int:
        """Return the inner socket's descriptor, for select."""
        return self._inner.fileno()

    def shutdown(self, how: int) -> None:
        """End one or both directions."""
        self._inner.shutdown(how)

    def close(self) -> None:
        """Close the inner socket once the other side has closed, or after `PARTING_S`.

        A socket that is closed with something unread is reset, and the other side may then not look at what
        was sent last: acknowledgements, say.
        """
        deadline_s = time.monotonic() + PARTING_S
        with suppress(OSError, ValueError):
            self._inner.shutdown(socket.SHUT_WR)
            self._inner.settimeout(PARTING_S)
            while self._inner.recv(READ_BYTES) and time.monotonic() < deadline_s:
                pass
        self._inner.close()


class PahoClient(mqtt.Client):
    """See the module."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._linger = Linger(READ_LINGER)
        self._turned_s = time.monotonic()
        self._is_left_to_ack = bool(options.get("manual_ack"))

    def _create_socket(self) -> Any:
        return BufferedSocket(super()._create_socket())  # type: ignore[arg-type]

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Handle the packets that are here already, without looking for others after each of them."""
        outcome, packets = MQTTErrorCode.MQTT_ERR_SUCCESS, 0
        while packets < PACKETS_A_TURN:
            outcome = super().loop_read(max_packets)
            packets += 1
            here = self.socket()
            if outcome or not isinstance(here, BufferedSocket) or not here.pending():
                break
        before_s, self._turned_s = self._turned_s, time.monotonic()
        self._linger.turned(packets, self._turned_s - before_s)
        if not outcome and self._linger.wait_s:
            self._let_gather()
        return outcome

    def _handle_publish(self) -> MQTTErrorCode:
        """Deliver a message of the usual kind; any other, and any that is broken, is paho's."""
        message = None
        if self._is_left_to_ack and self.protocol is MQTTProtocolVersion.MQTTv5:
            message = usual_message(self._in_packet["command"], self._in_packet["packet"])
        if message is None:
            return super()._handle_publish()
        self._handle_on_message(message)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _let_gather(self) -> None:
        """Pause in a steady flow, so that many messages come at one wake; what is to be sent waits too."""
        here = self.socket()
        if isinstance(here, BufferedSocket) and here.is_read_out():
            time.sleep(self._linger.wait_s)

    def ack_all(self, mids: Iterable[int]) -> MQTTErrorCode:
        """Acknowledge messages of QoS 1 in one write; the caller knows that they came on this connection."""
        packets = b"".join(_PUBACK.pack(MessageType.PUBACK.value, 2, mid) for mid in mids)
        return self._packet_queue(MessageType.PUBACK.value, packets, 0, 1)


def usual_message(header: int, packet: bytes | bytearray) -> mqtt.MQTTMessage | None:
    """Return the message of a PUBLISH packet (MQTT 5.0, section 3.3) where it is of the usual kind.

    That is QoS 0 or 1, and no properties but user properties, of less than 128 bytes together. None says that
    the packet is another one, or breaks a rule. `header` is its first byte, `packet` what follows its length.
    """
    qos = header >> 1 & 3
    if qos > 1:
        return None
    pairs: list[tuple[str, str]] = []
    mid = 0
    try:
        at = 2 + (packet[0] << 8 | packet[1])
        topic = bytes(packet[2:at])
        if qos:
            mid = packet[at] << 8 | packet[at + 1]
            at += 2
        end = at + 1 + packet[at]
        if end - at > 128 or end > len(packet):
            return None
        at += 1
        while at < end:
            if packet[at] != USER_PROPERTY:
                return None
            name, at = _text(packet, at + 1, end)
            value, at = _text(packet, at, end)
            pairs.append((name, value))
    except (IndexError, ValueError):
        return None
    message = mqtt.MQTTMessage(mid, topic)
    message.qos, message.dup, message.retain = qos, bool(header & 8), bool(header & 1)
    message.payload = bytes(packet[end:])
    properties: Any = SimpleNamespace(UserProperty=pairs) if pairs else None
    message.properties = properties
    message.timestamp = time.monotonic()
    return message


def _text(packet: bytes | bytearray, at: int, end: int) -> tuple[str, int]:
    """Return the text at `at`, and where what follows begins. Raises `ValueError` where it breaks a rule."""
    begin = at + 2
    after = begin + (packet[at] << 8 | packet[at + 1])
    if after > end:
        raise ValueError("The text is longer than the properties are.")
    text = packet[begin:after].decode()
    if "\0" in text or "\ufeff" in text:
        raise ValueError("The text holds what MQTT forbids.")
    return text, after
