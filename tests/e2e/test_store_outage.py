"""The telemetry store goes away and comes back: that costs delay alone, and couriers stay live meanwhile."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest

from device_gateway.connection import BrokerAddress
from tests.api_server import PASSWORD
from tests.device_gateway.acking_phone import AckingPhone
from tests.e2e.installation import Installation, new_installation, wait_for
from tests.influxd import Influxd
from tests.world import build_world
from tracking.fleet.service import open_shift
from tracking.identity.devices import DeviceKind
from tracking.identity.passwords import hash_password
from tracking.identity.roles import Role
from tracking.identity.service import add_device, add_person
from tracking.telemetry.influx_store import InfluxFixStore
from tracking.values.times import system_clock

COURIERS = ("anna", "ben")
PER_SECOND = 200
"""Messages of one fix, of both couriers together."""

MEMORY_BYTES = 256 << 20
FRESH_S = 2.0
STALE_S = 5.0


@dataclass
class Place:
    """An installation that stores in an InfluxDB of its own."""

    installation: Installation
    influxd: Influxd
    secrets: dict[str, str]

    @property
    def fixes(self) -> InfluxFixStore:
        return InfluxFixStore(str(self.installation.settings.telemetry_url))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "influx").mkdir()
    influxd = Influxd(tmp_path / "influx")
    influxd.start()
    installation = new_installation(
        tmp_path / "var", telemetry_url=f"{influxd.base}/fieldstock", access_token_s=7200
    )
    now = system_clock()
    store = installation.store()
    with store.writing() as uow:
        build_world(uow, now)
        open_shift(uow, "ben", now - timedelta(hours=1), now + timedelta(hours=8), now)
        add_person(uow, "dispatcher", "D", Role.DISPATCHER, hash_password(PASSWORD), now)
        secrets = {name: add_device(uow, name, DeviceKind.COURIER, now)[1] for name in COURIERS}
        uow.commit()
    store.close()
    installation.start()
    yield Place(installation, influxd, secrets)
    influxd.kill()
    assert installation.stop() == 0


def _staleness_s(place: Place) -> float:
    """Return how old the older of the couriers' shown positions is."""
    shown = place.installation.get("dispatcher", "/v1/couriers")["items"]
    fix_ats = [datetime.fromisoformat(each["position"]["fix_at"]) for each in shown if each["position"]]
    assert len(fix_ats) == len(COURIERS)
    return (system_clock() - min(fix_ats)).total_seconds()


def _peak_bytes(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def _outage(place: Place, before_s: float, outage_s: float) -> None:
    total = round(PER_SECOND * (before_s + 1.5 * outage_s)) // len(COURIERS)
    port = place.installation.settings.mqtt_port
    phones = [
        AckingPhone(
            BrokerAddress("127.0.0.1", port, name, secret),
            total,
            per_second=PER_SECOND / len(COURIERS),
            time_of=lambda _: system_clock(),
        )
        for name, secret in place.secrets.items()
    ]
    for phone in phones:
        phone.start()
    try:
        wait_for(lambda: place.fixes.count() >= PER_SECOND * before_s / 2, 60)
        place.influxd.kill()
        began_s = time.monotonic()
        staleness_s = []
        while time.monotonic() - began_s < outage_s:
            staleness_s.append(_staleness_s(place))
            time.sleep(0.5)
        behind = sum(len(phone.acked) for phone in phones)
        place.influxd.start()
        stored = place.fixes.count()
        wait_for(lambda: place.fixes.count() > stored, 60)
        carried_s = time.monotonic()
        while place.fixes.count() < behind:
            staleness_s.append(_staleness_s(place))
            assert time.monotonic() - carried_s < outage_s / 4, "slower than five times real time"
            time.sleep(0.1)
        assert statistics.median(staleness_s) < FRESH_S, staleness_s
        assert max(staleness_s) < STALE_S, staleness_s
        wait_for(lambda: all(phone.is_done() for phone in phones), 2 * outage_s + 60)
    finally:
        for phone in phones:
            phone.stop()
    wait_for(lambda: place.fixes.count() == len(COURIERS) * total, 60)
    for name in ("gateway", "fold"):
        assert _peak_bytes(place.installation.child(name)) < MEMORY_BYTES, name


def test_an_outage_of_the_store_costs_delay_alone(place: Place) -> None:
    _outage(place, before_s=2, outage_s=12)


@pytest.mark.soak
def test_half_an_hour_without_the_store_costs_delay_alone(place: Place) -> None:
    _outage(place, before_s=10, outage_s=1800)
