"""A gateway and the fold behind it as one process, for tests that kill it; see `main` for its arguments."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path

from device_gateway.connection import BrokerAddress
from device_gateway.gateway import Gateway, GatewayConfig
from tracking.store.unit_of_work import Store
from tracking.telemetry.arrivals import Fence
from tracking.telemetry.fold import Fold
from tracking.telemetry.journal import Journal
from tracking.values.coordinates import Coordinate


def main(host: str, port: str, user: str, password: str, journal: str, database: str, places: str) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    store = Store(database, b"the custody key of the tests")
    fences = [Fence(name, Coordinate(lat, lon)) for name, lat, lon in json.loads(places)]
    fold = Fold(Journal(Path(journal)), store.writing, open_reading=store.reading, places=fences)
    gateway = Gateway(GatewayConfig(BrokerAddress(host, int(port), user, password)), Journal(Path(journal)))
    folding = threading.Thread(target=fold.run, args=(stop,))
    folding.start()
    gateway.hold()
    gateway.run(stop)
    folding.join()
    while fold.step():
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
