"""The reference locker loses power, radio and clock, and nothing that it was told to keep."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from device_gateway.protocol import topics
from device_gateway.protocol.commands import LockerCommand, encode_command
from device_gateway.protocol.offline_codes import code_at
from device_gateway.simulator.device import Device
from device_gateway.simulator.orders import HELP, Orders
from device_gateway.simulator.provisioned import Provisioned, write_provisioned
from device_gateway.simulator.reference import ReferenceLocker
from tests.device_gateway.conftest import (
    GATEWAY,
    RunningBroker,
    RunningGateway,
    password_of,
    wait_until,
)
from tracking.identity.secrets import locker_seal
from tracking.telemetry.journal import Journal
from tracking.telemetry.locker_reports import server_time
from tracking.telemetry.reports import LockerConnection, LockerEvent, LockerReply, LockerState

KEY = bytes(range(32))
CODE_KEY = b"12345678901234567890"
Start = Callable[..., RunningGateway]
ROOT = Path(__file__).resolve().parents[3]


class Running:
    """A reference locker on a thread of its own, with its orders."""

    def __init__(self, reference: ReferenceLocker) -> None:
        self.reference = reference
        self.orders = Orders(reference)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=reference.run, args=(self._stop,))

    def start(self) -> Running:
        self.reference.power_on()
        self._thread.start()
        wait_until(lambda: self.reference.locker.is_connected)
        return self

    def say(self, line: str) -> None:
        assert self.orders.say(line) == "done", line

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(20)


def _given(broker: RunningBroker) -> Provisioned:
    keys = {"1": CODE_KEY.hex()}
    url = f"mqtt://127.0.0.1:{broker.port}"
    secret = password_of("locker-1")
    return Provisioned("locker-1", secret, url, command_key=KEY.hex(), offline_keys=keys)


@pytest.fixture
def running(broker: RunningBroker, tmp_path: Path) -> Iterator[Running]:
    options = {"door_open_s": 0.3, "resend_after_s": 0.5}
    write_provisioned(tmp_path / "provisioned.json", _given(broker))
    locker = Running(ReferenceLocker(tmp_path, ["1", "2"], **options)).start()
    yield locker
    locker.stop()


def _heard(journal: Journal, *kinds: type[Any]) -> list[Any]:
    return [entry.value for entry in journal.read(0) if isinstance(entry.value, kinds)]


def _counted(journal: Journal) -> list[Any]:
    return [v for v in _heard(journal, LockerState, LockerEvent, LockerReply) if v.seq is not None]


def _command(running: Running, command_id: str, **changes: Any) -> bytes:
    values: dict[str, Any] = {"action": "open", "compartment": "1", "valid_for_s": 30, "key": KEY}
    times = {"issued_at": datetime.now(UTC), "session": running.reference.locker.session}
    return encode_command(
        LockerCommand(locker="locker-1", command_id=command_id, **{**values, **times, **changes})
    )


def test_power_cut_loses_no_report_and_numbers_none_anew(
    journal: Journal, gateway: Start, running: Running
) -> None:
    for _ in range(3):
        running.say("put 2 FUSE 1")
    before = running.reference.locker
    running.say("power off")
    assert running.orders.say("status") == "without power"
    assert "has no power" in running.orders.say("take 1")
    running.say("power on")
    assert running.reference.locker is not before
    assert running.reference.locker.contents["2"].quantity == 1
    gateway(journal)
    wait_until(lambda: running.reference.locker.unacknowledged == 0 and len(_counted(journal)) >= 5)
    reports = _counted(journal)
    assert len({report.boot_id for report in reports}) == 1
    assert sorted(report.seq for report in reports) == list(range(len(reports)))


def test_command_that_is_replayed_after_a_power_cut_opens_nothing(
    running: Running, device: Callable[..., Device]
) -> None:
    server = device(GATEWAY)
    recorded = _command(running, "c-1")
    server.publish(topics.command("locker-1"), recorded)
    wait_until(lambda: running.reference.locker.open_doors == {"1"})
    running.say("power off")
    running.say("power on")
    wait_until(lambda: running.reference.locker.is_connected)
    server.publish(topics.command("locker-1"), recorded)
    in_new_session = _command(running, "c-1")  # even where the session were guessed
    server.publish(topics.command("locker-1"), in_new_session)
    server.publish(topics.command("locker-1"), _command(running, "c-2", compartment="2"))
    wait_until(lambda: running.reference.locker.open_doors == {"2"})


def test_radio_that_is_lost_lets_the_buffer_grow_and_shrink_again(
    journal: Journal, gateway: Start, running: Running
) -> None:
    gateway(journal)
    wait_until(lambda: running.reference.locker.unacknowledged == 0)
    session = running.reference.locker.session
    running.say("radio off")
    wait_until(lambda: [c.online for c in _heard(journal, LockerConnection)] == [True, False])
    for _ in range(4):
        running.say("put 2 FUSE 2")
    assert running.reference.locker.unacknowledged == 4
    running.say("radio on")
    wait_until(lambda: running.reference.locker.is_connected)
    wait_until(lambda: running.reference.locker.unacknowledged == 0)
    assert running.reference.locker.session != session
    seqs = sorted(report.seq for report in _counted(journal))
    assert seqs == list(range(len(seqs)))


def test_clock_that_jumps_makes_no_event_late_and_no_command_stale(
    journal: Journal, gateway: Start, running: Running, device: Callable[..., Device]
) -> None:
    hearing = gateway(journal)
    running.say("radio off")
    assert running.orders.say(f"code 1 {code_at(CODE_KEY, 0)}") == "the door opens"
    running.say("clock -7200")
    opened_at = datetime.now(UTC)
    running.say("radio on")
    wait_until(lambda: len(_heard(journal, LockerEvent)) >= 2)
    for event in _heard(journal, LockerEvent):
        assert abs(server_time(event) - opened_at) < timedelta(seconds=5)
    wait_until(lambda: not running.reference.locker.open_doors)
    running.say("clock 86400")
    hearing.stop()  # its account sends the command
    device(GATEWAY).publish(topics.command("locker-1"), _command(running, "c-1", compartment="2"))
    wait_until(lambda: running.reference.locker.open_doors == {"2"})


def test_offline_code_opens_its_compartment_once_and_wrong_ones_lock_it_over_a_power_cut(
    journal: Journal, gateway: Start, running: Running
) -> None:
    gateway(journal)
    running.say("radio off")
    right = code_at(CODE_KEY, 0)
    assert running.orders.say(f"code 2 {right}") == "refused"
    assert running.orders.say(f"code 1 {right}") == "the door opens"
    assert running.orders.say(f"code 1 {right}") == "refused"
    for _ in range(4):
        assert running.orders.say("code 1 00000000") == "refused"
    running.say("power off")
    running.say("power on")
    assert running.orders.say(f"code 1 {code_at(CODE_KEY, 1)}") == "refused"
    running.say("radio on")
    wait_until(lambda: running.reference.locker.is_connected)
    wait_until(lambda: running.reference.locker.unacknowledged == 0)
    told = [(e.kind, e.compartment, e.code) for e in _heard(journal, LockerEvent) if e.kind != "door_closed"]
    assert sorted(told) == [("code_locked", "1", None), ("code_used", "1", "0"), ("door_opened", "1", "0")]


def test_secret_that_a_command_brings_is_kept_and_the_old_one_is_the_second_choice(
    running: Running, device: Callable[..., Device], tmp_path: Path
) -> None:
    replies: list[dict[str, Any]] = []
    server = device(
        GATEWAY,
        filters=(topics.locker("locker-1", "reply"),),
        on_message=lambda _, body: replies.append(json.loads(body)),
    )
    for command_id, sealed in (("r-1", "bm90IHNlYWxlZCBieSB1cw=="), ("r-2", locker_seal(KEY).seal("fresh"))):
        rotate = _command(running, command_id, action="rotate", compartment=None, sealed=sealed)
        server.publish(topics.command("locker-1"), rotate)
    wait_until(lambda: {r["command_id"] for r in replies} == {"r-1", "r-2"})
    results = {reply["command_id"]: (reply["result"], reply.get("reason")) for reply in replies}
    assert results == {"r-1": ("refused", "unreadable_secret"), "r-2": ("done", None)}
    kept = json.loads((tmp_path / "credentials.json").read_text())
    assert (kept["secret"], kept["previous_secret"]) == ("fresh", password_of("locker-1"))
    running.say("radio off")
    running.say("radio on")
    wait_until(lambda: running.reference.locker.is_connected)  # the broker knows the old one only


def test_orders_that_cannot_be_understood_say_so(running: Running) -> None:
    for line in ("fly", "power", "power cut x", "clock", "take 1 many", "code 1", "temperature nan"):
        assert "say `help`" in running.orders.say(line), line
    for line, fault in [
        ("take 9", "no compartment"),
        ("scan 9 x", "no compartment"),
        ("temperature 900", "temperature_c"),
        ("power cut 1e9", "is not between"),
    ]:
        assert fault in running.orders.say(line), line
    assert running.orders.say("") == ""
    assert running.orders.say("help").count("\n") == len(HELP) - 1


def test_cut_ends_by_itself_and_sensors_read_what_they_are_told(
    journal: Journal, gateway: Start, running: Running
) -> None:
    gateway(journal)
    running.say("temperature 35.5")
    running.say("mains off")
    running.say("power cut 0.1")
    time.sleep(0.15)
    assert running.orders.step() == ["power on: done"]
    wait_until(lambda: running.reference.has_power and running.reference.locker.is_connected)
    wait_until(
        lambda: any(s.temperature_c == 35.5 and s.power == "battery" for s in _heard(journal, LockerState))
    )


def _spawn(folder: Path, given: Path) -> subprocess.Popen[str]:
    words = ["simulate", "locker", "locker-1", "--folder", str(folder), "--given", str(given)]
    options = ["--resend-after-s", "0.5", "--state-every-s", "0.05"]
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", *words, *options],
        cwd=ROOT,
        env=os.environ | {"FIELDSTOCK_DATA_DIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_process_that_is_killed_again_and_again_loses_and_doubles_nothing(
    broker: RunningBroker, journal: Journal, gateway: Start, tmp_path: Path
) -> None:
    gateway(journal)
    given = tmp_path / "given.json"
    write_provisioned(given, _given(broker))
    for kill in range(3):
        seen = len(_counted(journal))
        process = _spawn(tmp_path / "home", given)
        wait_until(lambda seen=seen: len(_counted(journal)) >= seen + 8)  # type: ignore[misc]
        process.send_signal(signal.SIGKILL if kill < 2 else signal.SIGTERM)
        process.communicate(timeout=20)
    reports = _counted(journal)
    assert len({report.boot_id for report in reports}) == 1
    assert sorted(report.seq for report in reports) == list(range(len(reports)))
    counts = [c.connect_count for c in _heard(journal, LockerConnection) if c.online]
    assert counts == sorted(set(counts))
    assert len(counts) == 3
