"""The conformance list: the reference locker keeps it, and one that breaks rules fails on their lines."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from device_gateway.conformance import RULES, Check, Patience
from device_gateway.conformance_bench import Bench
from device_gateway.connection import BrokerAddress
from device_gateway.credentials import AccountKind
from device_gateway.simulator.cabinet import EMPTY
from device_gateway.simulator.locker import SimulatedLocker
from device_gateway.simulator.obeying import Situation
from tests.device_gateway.conftest import account, password_of
from tests.ports import free_port

KEY = bytes(range(32))
QUICK = Patience(connect_s=10.0, state_s=5.0, answer_s=1.5, resend_s=5.0, quiet_s=0.8)


@pytest.fixture
def bench() -> Iterator[tuple[Bench, int]]:
    directory, port = Path(tempfile.mkdtemp(prefix="fieldstock-check-")), free_port()
    directory.chmod(0o755)
    made = Bench(account("locker-1", AccountKind.LOCKER), KEY, directory / "broker", port)
    made.start()
    yield made, port
    made.stop()
    shutil.rmtree(directory, ignore_errors=True)


def _faults(bench: tuple[Bench, int], kind: type[SimulatedLocker]) -> dict[str, str]:
    address = BrokerAddress("127.0.0.1", bench[1], "locker-1", password_of("locker-1"))
    options: dict[str, Any] = {"door_open_s": 0.2, "resend_after_s": 0.4}
    locker = kind(address, KEY, {"1": EMPTY, "2": EMPTY}, **options)
    locker.start()
    try:
        findings = list(Check(bench[0], "1", QUICK).run())
    finally:
        locker.stop()
    assert [finding.rule for finding in findings] == [rule for rule, _ in RULES]
    return {finding.rule: finding.fault for finding in findings if finding.fault is not None}


def test_reference_locker_keeps_every_rule(bench: tuple[Bench, int]) -> None:
    assert _faults(bench, SimulatedLocker) == {}


class Careless(SimulatedLocker):
    """Executes whatever session a command is for, and forgets nothing that is acknowledged."""

    def _situation(self) -> Situation:
        here = super()._situation()
        return Situation(self._last_session(), here.now, here.now_s, here.actions, here.compartments)

    def _last_session(self) -> str:
        return getattr(self, "heard_session", self.session)

    def _hear(self, topic: str, payload: bytes) -> None:
        if topic.endswith("/command"):
            self.heard_session = json.loads(payload)["session"]
            super()._hear(topic, payload)


def test_careless_locker_fails_on_the_rules_that_it_breaks(bench: tuple[Bench, int]) -> None:
    assert set(_faults(bench, Careless)) == {
        "forgets what is acknowledged",
        "refuses a command for another session",
    }


def test_locker_that_never_comes_fails_on_the_first_rule(bench: tuple[Bench, int]) -> None:
    (finding,) = Check(bench[0], "1", Patience(connect_s=0.2)).run()
    assert finding.fault == "Nothing came on its connection topic."


def test_page_for_makers_lists_every_rule_and_nothing_else() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "lockers.md").read_text()
    listed = re.findall(r"^\| (.+) \|$", page.partition("| rule |")[2], re.M)
    assert listed == [rule for rule, _ in RULES]
