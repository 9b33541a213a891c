"""A gateway as a process of its own, for tests that kill it; see `main` for its arguments."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from device_gateway.connection import BrokerAddress
from device_gateway.gateway import Gateway, GatewayConfig
from tracking.telemetry.journal import Journal


def main(host: str, port: str, user: str, password: str, journal: str) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    config = GatewayConfig(BrokerAddress(host, int(port), user, password))
    gateway = Gateway(config, Journal(Path(journal)))
    gateway.hold()
    gateway.run(stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
