"""What is read in place of paho is read as paho reads it, broken packets included."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import paho.mqtt.client as mqtt
from hypothesis import example, given
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.exception import MQTTException
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from device_gateway.paho_client import PARTING_S, BufferedSocket, PahoClient, usual_message

HEADERS = st.integers(0x30, 0x3F).filter(lambda header: header >> 1 & 3 < 3)
TEXTS = st.text(max_size=20) | st.sampled_from(["", "boot_id", "\0", "\ufeff", "\U0001f600"])
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=8)


def packed(header: int, topic: str, pairs: list[tuple[str, str]], expiry: int | None, body: bytes) -> bytes:
    """Return what follows the length of a PUBLISH packet, with properties as paho packs them."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    if expiry is not None:
        properties.MessageExpiryInterval = expiry
    if pairs:
        properties.UserProperty = pairs
    name = topic.encode()
    mid = b"\x12\x34" if header >> 1 & 3 else b""
    return len(name).to_bytes(2) + name + mid + properties.pack() + body  # type: ignore[no-untyped-call]


def heard(kind: type[mqtt.Client], header: int, packet: bytes, *, manual_ack: bool = True) -> Any:
    """Return what a client makes of a packet: the message in full, or the error."""
    client = kind(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5, manual_ack=manual_ack)
    messages: list[mqtt.MQTTMessage] = []
    client.on_message = lambda _client, _data, message: messages.append(message)
    client._in_packet = {"command": header, "packet": bytearray(packet)}  # type: ignore[typeddict-item]
    try:
        client._handle_publish()
    except (MQTTException, ValueError) as error:
        return type(error)
    return [
        (m._topic, m.mid, m.qos, m.dup, m.retain, m.payload, vars(m.properties).get("UserProperty", []))
        if m.properties
        else (m._topic, m.mid, m.qos, m.dup, m.retain, m.payload, [])
        for m in messages
    ]


@given(HEADERS, st.text(max_size=30), PAIRS, st.none() | st.integers(0, 2**32 - 1), st.binary(max_size=40))
@example(0x32, "owntracks/eva/phone", [("boot_id", "1f2e"), ("seq_range", "7-7")], None, b"{}")
def test_a_packet_is_heard_as_paho_hears_it(
    header: int, topic: str, pairs: list[tuple[str, str]], expiry: int | None, body: bytes
) -> None:
    packet = packed(header, topic, pairs, expiry, body)
    assert heard(PahoClient, header, packet) == heard(mqtt.Client, header, packet)


@given(HEADERS, PAIRS, st.data())
def test_a_broken_packet_is_judged_as_paho_judges_it(
    header: int, pairs: list[tuple[str, str]], data: st.DataObject
) -> None:
    whole = packed(header, "a/b", pairs, None, b"body")
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    at, byte = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.binary(min_size=1, max_size=1))
    changed = whole[:at] + byte + whole[at + 1 :]
    for packet in (cut, changed):
        assert heard(PahoClient, header, packet) == heard(mqtt.Client, header, packet)


@given(HEADERS, st.binary(max_size=60))
def test_noise_is_judged_as_paho_judges_it(header: int, noise: bytes) -> None:
    assert heard(PahoClient, header, noise) == heard(mqtt.Client, header, noise)


def test_what_a_phone_or_a_locker_sends_is_of_the_usual_kind() -> None:
    packet = packed(
        0x32, "fieldstock/v1/couriers/eva/fix", [("boot_id", "1f2e"), ("seq_range", "7-7")], None, b"{}"
    )
    message = usual_message(0x32, packet)
    assert message is not None
    assert (message.topic, message.mid, message.payload) == ("fieldstock/v1/couriers/eva/fix", 0x1234, b"{}")


def test_a_client_that_acknowledges_by_itself_leaves_that_to_paho() -> None:
    packet = packed(0x32, "a/b", [], None, b"body")
    assert heard(PahoClient, 0x32, packet, manual_ack=False) == heard(
        mqtt.Client, 0x32, packet, manual_ack=False
    )


def test_what_was_sent_last_is_read_although_something_came_that_nobody_read() -> None:
    """A broker in the middle of deliveries still hears the acknowledgements before the farewell."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = BufferedSocket(socket.create_connection(server.getsockname()))
        theirs, _ = server.accept()
    with theirs:
        theirs.sendall(b"delivery" * 1000)
        assert ours.send(b"acknowledgement") == 15
        leaving = threading.Thread(target=ours.close)
        leaving.start()
        time.sleep(0.2)
        theirs.sendall(b"one more delivery")
        assert theirs.recv(100) == b"acknowledgement"
        assert theirs.recv(100) == b""
    leaving.join(10)
    assert not leaving.is_alive()


def test_a_peer_that_never_closes_is_left_after_a_while() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = BufferedSocket(socket.create_connection(server.getsockname()))
        theirs, _ = server.accept()
    leaving = threading.Thread(target=ours.close)
    leaving.start()
    leaving.join(PARTING_S + 5)
    assert not leaving.is_alive()
    theirs.close()
