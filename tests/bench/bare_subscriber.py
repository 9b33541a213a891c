"""The yardstick: a bare paho subscriber in a process of its own, which keeps nothing of what it hears."""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

WAIT_S = 100.0


def main(port: str, user: str, password: str, expected: str) -> None:
    """Take a session's backlog, acknowledged by paho itself, and print how long it took."""
    heard: list[tuple[float, float]] = []
    is_done = threading.Event()

    def hear(_client: mqtt.Client, _data: Any, _message: mqtt.MQTTMessage) -> None:
        heard.append((time.monotonic(), time.process_time()))
        if len(heard) == int(expected):
            is_done.set()

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=user, protocol=mqtt.MQTTv5)
    client.username_pw_set(user, password)
    client.on_message = hear
    wishes = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    wishes.SessionExpiryInterval = 3600
    wishes.ReceiveMaximum = 5000
    client.connect("127.0.0.1", int(port), 30, clean_start=False, properties=wishes)
    client.loop_start()
    is_done.wait(WAIT_S)
    client.disconnect()
    client.loop_stop()
    seconds, cpu_s = (last - first for first, last in zip(heard[0], heard[-1], strict=True))
    print(json.dumps({"messages": len(heard), "seconds": seconds, "cpu_s": cpu_s}))


if __name__ == "__main__":
    main(*sys.argv[1:])
