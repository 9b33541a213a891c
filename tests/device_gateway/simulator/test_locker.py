"""The simulated locker against a real broker, gateway and journal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from device_gateway.protocol import topics
from device_gateway.protocol.commands import LockerCommand, encode_command
from device_gateway.simulator.cabinet import EMPTY, Content
from device_gateway.simulator.device import Device
from device_gateway.simulator.locker import SimulatedLocker
from tests.device_gateway.conftest import ACCOUNTS, GATEWAY, RunningBroker, RunningGateway, wait_until
from tracking.telemetry.journal import Journal
from tracking.telemetry.reports import (
    CommandResult,
    LockerConnection,
    LockerEvent,
    LockerReply,
    LockerReport,
    LockerState,
)
from tracking.values.errors import InvalidValue

KEY = b"the command key of locker-1"
PUMP = Content("PUMP-1", "SN-1", 1)
FUSES = Content("FUSE-10A", None, 5)
Start = Callable[..., RunningGateway]


@pytest.fixture
def locker(broker: RunningBroker) -> Iterator[Callable[..., SimulatedLocker]]:
    """Start `locker-1`; it is stopped after the test."""
    running: list[SimulatedLocker] = []

    def start(**options: Any) -> SimulatedLocker:
        contents = {"1": PUMP, "2": FUSES, "3": EMPTY}
        made = SimulatedLocker(broker.address("locker-1"), KEY, contents, **{"door_open_s": 0.3, **options})
        made.start()
        running.append(made)
        return made

    yield start
    for item in running:
        item.stop()


class Commands:
    """Commands that wait for the gateway, in memory."""

    def __init__(self) -> None:
        self._waiting: list[LockerCommand] = []

    def add(self, command: LockerCommand) -> None:
        self._waiting.append(command)

    def pending(self) -> list[LockerCommand]:
        return list(self._waiting)

    def mark_sent(self, command_id: str) -> None:
        self._waiting = [item for item in self._waiting if item.command_id != command_id]

    mark_expired = mark_sent


def command(locker: SimulatedLocker, command_id: str = "c-1", **changes: Any) -> LockerCommand:
    values: dict[str, Any] = {
        "locker": locker.name,
        "command_id": command_id,
        "session": locker.session,
        "action": "open",
        "compartment": "1",
        "issued_at": datetime.now(UTC),
        "valid_for_s": 30,
        "key": KEY,
    }
    return LockerCommand(**{**values, **changes})


def heard(journal: Journal, kind: type[Any]) -> list[Any]:
    values: list[LockerReport] = [entry.value for entry in journal.read(0)]  # type: ignore[misc]
    return [value for value in values if isinstance(value, kind)]


def test_a_locker_says_that_it_is_there_and_what_it_holds(
    journal: Journal, gateway: Start, locker: Callable[..., SimulatedLocker]
) -> None:
    gateway(journal)
    running = locker(connect_count=41)
    wait_until(lambda: len(heard(journal, LockerState)) == 1)
    (connection,) = heard(journal, LockerConnection)
    assert (connection.online, connection.session, connection.connect_count) == (True, running.session, 41)
    (state,) = heard(journal, LockerState)
    assert [(c.compartment, c.door, c.part, c.serial, c.quantity) for c in state.compartments] == [
        ("1", "closed", "PUMP-1", "SN-1", 1),
        ("2", "closed", "FUSE-10A", None, 5),
        ("3", "closed", None, None, 0),
    ]
    wait_until(lambda: running.unacknowledged == 0)
    running.stop()
    wait_until(lambda: [c.online for c in heard(journal, LockerConnection)] == [True, False])


def test_a_command_opens_the_door_a_person_takes_the_part_and_all_is_reported(
    journal: Journal, gateway: Start, locker: Callable[..., SimulatedLocker]
) -> None:
    source = Commands()
    gateway(journal, source)
    running = locker(door_open_s=1.0)
    source.add(command(running))
    wait_until(lambda: running.open_doors == {"1"})
    assert running.take("1") == PUMP
    wait_until(lambda: running.open_doors == set() and running.unacknowledged == 0)
    assert running.contents == {"1": EMPTY, "2": FUSES, "3": EMPTY}
    assert [(e.kind, e.compartment, e.command_id) for e in heard(journal, LockerEvent)] == [
        ("door_opened", "1", "c-1"),
        ("door_closed", "1", "c-1"),
    ]
    assert [(r.command_id, r.result) for r in heard(journal, LockerReply)] == [("c-1", CommandResult.DONE)]
    newest = heard(journal, LockerState)[-1].compartments[0]
    assert (newest.door, newest.part, newest.quantity) == ("closed", None, 0)
    counted = [v for kind in (LockerState, LockerEvent, LockerReply) for v in heard(journal, kind)]
    assert sorted(value.seq for value in counted) == list(range(len(counted)))
    assert len({value.boot_id for value in counted}) == 1


def test_the_state_is_reported_now_and_then(
    journal: Journal, gateway: Start, locker: Callable[..., SimulatedLocker]
) -> None:
    gateway(journal)
    locker(state_every_s=0.2)
    wait_until(lambda: len(heard(journal, LockerState)) >= 4)


def test_some_of_a_compartments_pieces_can_be_taken_and_laid_back(
    journal: Journal, gateway: Start, locker: Callable[..., SimulatedLocker]
) -> None:
    source = Commands()
    gateway(journal, source)
    running = locker(door_open_s=5.0)
    source.add(command(running, compartment="2"))
    wait_until(lambda: running.open_doors == {"2"})
    assert running.take("2", 2) == Content("FUSE-10A", None, 2)
    running.put("3", PUMP)
    assert running.contents == {"1": PUMP, "2": Content("FUSE-10A", None, 3), "3": PUMP}


NOT_TO_BE_TAKEN: list[tuple[str, str, int]] = [
    ("behind a closed door", "1", 1),
    ("from no compartment", "9", 1),
]


@pytest.mark.parametrize(("compartment", "quantity"), [c[1:] for c in NOT_TO_BE_TAKEN])
def test_nothing_is_taken(locker: Callable[..., SimulatedLocker], compartment: str, quantity: int) -> None:
    running = locker()
    with pytest.raises(InvalidValue):
        running.take(compartment, quantity)
    assert running.contents["1"] == PUMP


def _forged(payload: bytes, **changes: Any) -> bytes:
    return json.dumps({**json.loads(payload), **changes}).encode()


OPEN_NOTHING: list[tuple[str, Callable[[SimulatedLocker], bytes], list[str]]] = [
    ("for another session", lambda x: encode_command(command(x, session="another")), ["wrong_session"]),
    (
        "stale",
        lambda x: encode_command(command(x, issued_at=datetime.now(UTC) - timedelta(minutes=5))),
        ["stale"],
    ),
    (
        "for another compartment",
        lambda x: encode_command(command(x, compartment="9")),
        ["unknown_compartment"],
    ),
    ("for no compartment", lambda x: encode_command(command(x, compartment=None)), ["unknown_compartment"]),
    ("to do something else", lambda x: encode_command(command(x, action="melt")), ["unknown_action"]),
    ("tampered with", lambda x: _forged(encode_command(command(x)), compartment="2"), []),
    ("prolonged", lambda x: _forged(encode_command(command(x)), valid_for_s=86_400), []),
    ("signed by another", lambda x: encode_command(command(x, key=b"another key")), []),
    ("not a command", lambda x: b"open sesame", []),
]


@pytest.mark.parametrize(
    ("forge", "answers"), [case[1:] for case in OPEN_NOTHING], ids=[case[0] for case in OPEN_NOTHING]
)
def test_a_command_that_must_not_be_executed_opens_nothing(
    locker: Callable[..., SimulatedLocker],
    device: Callable[..., Device],
    forge: Callable[[SimulatedLocker], bytes],
    answers: list[str],
) -> None:
    replies: list[dict[str, Any]] = []
    replies_topic = topics.locker("locker-1", "reply")
    server = device(
        GATEWAY, filters=(replies_topic,), on_message=lambda _, body: replies.append(json.loads(body))
    )
    running = locker(door_open_s=60.0)
    server.publish(topics.command("locker-1"), forge(running))
    server.publish(topics.command("locker-1"), encode_command(command(running, "c-good", compartment="3")))
    wait_until(lambda: any(reply["command_id"] == "c-good" for reply in replies))
    assert running.open_doors == {"3"}
    assert [reply["reason"] for reply in replies if reply["result"] == "refused"] == answers


def test_a_command_that_is_played_again_opens_once(
    locker: Callable[..., SimulatedLocker], device: Callable[..., Device]
) -> None:
    events: list[str] = []
    topic = topics.locker("locker-1", "event")
    server = device(
        GATEWAY, filters=(topic,), on_message=lambda _, body: events.append(json.loads(body)["kind"])
    )
    running = locker(door_open_s=0.1)
    recorded = encode_command(command(running))
    server.publish(topics.command("locker-1"), recorded)
    wait_until(lambda: events == ["door_opened", "door_closed"])
    server.publish(topics.command("locker-1"), recorded)
    server.publish(topics.command("locker-1"), encode_command(command(running, "c-2", compartment="2")))
    wait_until(lambda: len(events) == 4)
    assert events.count("door_opened") == 2


def test_a_locker_that_vanishes_is_reported_by_its_will(
    journal: Journal, gateway: Start, locker: Callable[..., SimulatedLocker]
) -> None:
    gateway(journal)
    running = locker()
    wait_until(lambda: len(heard(journal, LockerConnection)) == 1)
    running.crash()
    wait_until(lambda: [c.online for c in heard(journal, LockerConnection)] == [True, False])
    came, went = heard(journal, LockerConnection)
    assert (came.session, came.connect_count) == (went.session, went.connect_count)


def test_connections_count_upwards_over_restarts_each_with_a_session_of_its_own(
    journal: Journal, gateway: Start, locker: Callable[..., SimulatedLocker]
) -> None:
    gateway(journal)
    locker().stop()
    locker().stop()
    wait_until(lambda: len(heard(journal, LockerConnection)) == 4)
    counts = [(c.connect_count, c.session) for c in heard(journal, LockerConnection) if c.online]
    assert counts[0][0] < counts[1][0]
    assert counts[0][1] != counts[1][1]


def test_a_connection_that_is_lost_ends_the_session(
    broker: RunningBroker, journal: Journal, gateway: Start, locker: Callable[..., SimulatedLocker]
) -> None:
    gateway(journal)
    running = locker()
    before = running.session, running.connect_count
    broker.broker.stop()
    broker.broker.start(ACCOUNTS)
    wait_until(lambda: len({c.session for c in heard(journal, LockerConnection) if c.online}) == 2)
    newest = [c for c in heard(journal, LockerConnection) if c.online][-1]
    assert (newest.session, newest.connect_count) == (running.session, running.connect_count)
    assert running.session != before[0]
    assert running.connect_count > before[1]
    wait_until(lambda: running.unacknowledged == 0)


def test_reports_are_sent_again_until_the_server_names_them(
    broker: RunningBroker, journal: Journal, gateway: Start, locker: Callable[..., SimulatedLocker]
) -> None:
    running = locker(resend_after_s=0.5)  # nobody subscribes: the broker takes and drops what is said
    wait_until(lambda: running.unacknowledged == 1)
    running.put("1", EMPTY)
    assert running.unacknowledged == 2
    gateway(journal)
    wait_until(lambda: running.unacknowledged == 0)
    assert sorted(state.seq for state in heard(journal, LockerState)) == [0, 1]
