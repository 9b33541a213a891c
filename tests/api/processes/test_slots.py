"""Several gateways share the hearing: a slot whose gateway dies is taken over, one too many is drained."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.processes.slots import filters_of, slot_name_prefix
from api.secrets import load_secrets
from device_gateway.broker import Broker, BrokerConfig
from device_gateway.connection import BrokerAddress
from device_gateway.credentials import AccountKind, BrokerAccount
from device_gateway.protocol import topics
from device_gateway.simulator.device import Device
from tests.e2e.installation import ROOT, Installation, new_installation, wait_for
from tracking.identity.secrets import device_secret
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal import Journal

TAKEN_OVER_S = 15.0
"""What is promised for a slot whose gateway has died."""

SECRET = "the secret of anna"


@pytest.fixture
def here() -> Iterator[Installation]:
    """An installation of which only the broker runs."""
    directory = Path(tempfile.mkdtemp(prefix="fieldstock-slots-"))
    directory.chmod(0o755)
    here = new_installation(directory / "var", gateways=2)
    here.store().close()
    password = load_secrets(here.settings.data_dir).gateway_password
    verifier = device_secret(password).broker_verifier
    accounts = [BrokerAccount(f"gateway-{n}", AccountKind.SERVER, verifier) for n in (1, 2)]
    accounts.append(BrokerAccount("anna", AccountKind.COURIER, device_secret(SECRET).broker_verifier))
    broker = Broker(BrokerConfig(directory / "broker", port=here.settings.mqtt_port))
    broker.start(accounts)
    yield here
    broker.stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def phone(here: Installation) -> Iterator[Device]:
    phone = Device(BrokerAddress("127.0.0.1", here.settings.mqtt_port, "anna", SECRET), window=500)
    phone.connect()
    yield phone
    phone.close()


@contextmanager
def running_gateway(here: Installation, number: int, gateways: int = 2) -> Iterator[subprocess.Popen[bytes]]:
    environment = here.environment | {"FIELDSTOCK_GATEWAYS": str(gateways)}
    with here.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "gateway", "--number", str(number)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def holders(here: Installation) -> dict[str, str]:
    store = here.store()
    with store.writing() as uow:
        found = uow.leases.holders(slot_name_prefix())
    store.close()
    return found


def subscribed(here: Installation) -> set[int]:
    store = here.store()
    with store.reading() as uow:
        found = {record.slot for record in uow.gateway_slots.find()}
    store.close()
    return found


def share_out(here: Installation) -> bool:
    """Tell whether two gateways hold one slot each, both subscribed."""
    return len(set(holders(here).values())) == 2 and subscribed(here) == {1, 2}


def publish(phone: Device, first: int, count: int) -> None:
    for seq in range(first, first + count):
        body = {
            "boot_id": "boot",
            "first_seq": seq,
            "fixes": [{"fix_at": datetime.now(UTC).isoformat(), "lat_deg": 47.1, "lon_deg": 9.5}],
        }
        phone.publish(topics.fix("anna"), json.dumps(body).encode())
    assert phone.flush(30)


@pytest.fixture
def stored(here: Installation) -> Iterator[Callable[[], list[int | None]]]:
    """Return the numbers that are stored, in order, with their repetitions."""
    here.settings.journal_path.parent.mkdir(parents=True, exist_ok=True)
    journal = Journal(here.settings.journal_path)

    def numbers() -> list[int | None]:
        entries = journal.read(0, 100_000)
        return sorted(entry.value.seq for entry in entries if isinstance(entry.value, Fix))

    yield numbers
    journal.close()


def test_two_gateways_share_the_messages_and_a_dead_ones_slot_is_taken_over(
    here: Installation, phone: Device, stored: Callable[[], list[int | None]]
) -> None:
    with running_gateway(here, 1), running_gateway(here, 2) as second:
        wait_for(lambda: share_out(here), 30, here.log.read_text)
        publish(phone, 0, 1000)
        wait_for(lambda: stored() == list(range(1000)), 20, here.log.read_text)
        second.kill()
        second.wait()
        died_s = time.monotonic()
        publish(phone, 1000, 1000)  # half of these are dealt to the dead one's session
        wait_for(lambda: stored() == list(range(2000)), TAKEN_OVER_S, here.log.read_text)
        assert time.monotonic() - died_s < TAKEN_OVER_S
        assert len(set(holders(here).values())) == 1
        with running_gateway(here, 2):  # one that comes back gets its share again
            wait_for(lambda: share_out(here), 30, here.log.read_text)
            publish(phone, 2000, 500)
            wait_for(lambda: stored() == list(range(2500)), 20, here.log.read_text)


def test_scaling_down_drains_the_slot_that_is_too_many(
    here: Installation, phone: Device, stored: Callable[[], list[int | None]]
) -> None:
    with running_gateway(here, 1), running_gateway(here, 2):
        wait_for(lambda: share_out(here), 30, here.log.read_text)
    publish(phone, 0, 400)  # nobody hears; both sessions keep what they are dealt
    with running_gateway(here, 1, gateways=1):
        wait_for(lambda: subscribed(here) == {1}, 40, here.log.read_text)
        assert stored() == list(range(400))
        publish(phone, 400, 100)
        wait_for(lambda: stored() == list(range(500)), 30, here.log.read_text)


def test_what_lockers_retain_is_not_shared_and_the_group_is_secret(here: Installation) -> None:
    group = load_secrets(here.settings.data_dir).gateway_group
    assert len(group) == 64
    assert filters_of(1, group) == topics.GATEWAY_FILTERS
    plain = [f for f in filters_of(2, group) if not f.startswith(f"$share/{group}/")]
    assert plain == [topics.locker("+", "connection")]
