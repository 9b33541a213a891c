"""Two gateways share the hearing of a running installation, and a restart of the broker costs nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
import pytest

from device_gateway.connection import BrokerAddress
from device_gateway.protocol import topics
from device_gateway.simulator.device import Device
from tests.e2e.installation import Installation, new_installation, wait_for
from tests.world import build_world
from tracking.identity.devices import DeviceKind
from tracking.identity.service import add_device
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal import Journal
from tracking.values.times import system_clock

PER_SECOND = 50


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[Installation, str]]:
    installation = new_installation(tmp_path / "var", gateways=2)
    now = system_clock()
    store = installation.store()
    with store.writing() as uow:
        build_world(uow, now)
        _, secret = add_device(uow, "anna", DeviceKind.COURIER, now)
        uow.commit()
    store.close()
    installation.start()
    yield installation, secret
    assert installation.stop() == 0


class Sender:
    """A phone that counts on the broker's word alone, as the trackers of others do."""

    def __init__(self, device: Device) -> None:
        self.sent = 0
        self._device = device
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)

    def _send(self) -> None:
        started_at = system_clock() - timedelta(hours=1)
        while not self._stop.wait(1 / PER_SECOND):
            at = started_at + timedelta(seconds=self.sent)
            fixes = [{"fix_at": at.isoformat(), "lat_deg": 47.1, "lon_deg": 9.5}]
            body = json.dumps({"boot_id": "b", "first_seq": self.sent, "fixes": fixes}).encode()
            self._device.publish(topics.fix("anna"), body, wait_s=60)
            self.sent += 1


def _stored(journal: Journal) -> list[int | None]:
    return sorted(entry.value.seq for entry in journal.read(0, 100_000) if isinstance(entry.value, Fix))


def test_a_restarted_broker_gives_nothing_to_nobody(here: tuple[Installation, str]) -> None:
    """A Mosquitto that starts again has forgotten shared subscriptions: devices must not be let in before."""
    installation, secret = here
    journal = Journal(installation.settings.journal_path)
    phone = Device(BrokerAddress("127.0.0.1", installation.settings.mqtt_port, "anna", secret), window=500)
    phone.connect()
    sender = Sender(phone)
    wait_for(lambda: len(_stored(journal)) > 100, 30, installation.log.read_text)
    [mosquitto] = [p for p in _everything(installation) if p.name() == "mosquitto"]
    mosquitto.terminate()
    gone = sender.sent
    wait_for(lambda: len(_stored(journal)) > gone + 100, 60, installation.log.read_text)
    sender.stop()
    assert phone.flush(60)
    phone.close()
    wait_for(lambda: len(_stored(journal)) >= sender.sent, 30, installation.log.read_text)
    assert _stored(journal) == list(range(sender.sent))
    journal.close()


def test_metrics_show_the_invariant_and_readyz_a_silent_stall(here: tuple[Installation, str]) -> None:
    installation, secret = here
    phone = Device(BrokerAddress("127.0.0.1", installation.settings.mqtt_port, "anna", secret))
    phone.connect()
    phone.publish(topics.fix("anna"), b"{")
    phone.publish(topics.fix("anna"), b'{"boot_id":"b","first_seq":0,"fixes":[]}')
    wait_for(lambda: _metrics(installation).get("fieldstock_journal_fix_dead_letter") == 2, 20)
    numbers = _metrics(installation)
    parts = ("stored", "duplicate", "dead_letter", "declined")
    total = sum(numbers[f"fieldstock_journal_fix_{part}"] for part in parts)
    assert numbers["fieldstock_journal_fix_received"] == total
    phone.close()

    # In the same installation: the connection stands, and nothing comes over it.
    [mosquitto] = [p for p in _everything(installation) if p.name() == "mosquitto"]
    mosquitto.suspend()
    try:
        wait_for(lambda: _readiness(installation) == 503, 15)
    finally:
        mosquitto.resume()
    wait_for(lambda: _readiness(installation) == 200, 40, installation.log.read_text)


def _readiness(installation: Installation) -> int:
    return httpx.get(f"{installation.url}/readyz", timeout=5).status_code


def _metrics(installation: Installation) -> dict[str, float]:
    text = httpx.get(f"{installation.url}/metrics", timeout=5).text
    lines = (line.split() for line in text.splitlines() if line.startswith("fieldstock_journal"))
    return {name: float(value) for name, value in lines}


def _everything(installation: Installation) -> list[psutil.Process]:
    assert installation.process is not None
    return psutil.Process(installation.process.pid).children(recursive=True)
