"""The fold of locker reports: each is applied once, in our time, or refused with its reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.telemetry.folding import FixedClock, fold_all, reasons, world
from tests.world import NOW, SCHAAN
from tracking.lockers.depositing import open_deposit, reserve_deposit
from tracking.lockers.deposits import DepositState
from tracking.lockers.locker import CompartmentSize, DoorState
from tracking.lockers.service import add_locker, connection_reported, set_temperature_limits
from tracking.parts.location import Location, LocationKind
from tracking.store.unit_of_work import Store
from tracking.telemetry.journal import Journal, Judgement, Verdict
from tracking.telemetry.locker_reports import server_time
from tracking.telemetry.reports import (
    CommandResult,
    CompartmentReading,
    Door,
    LockerConnection,
    LockerEvent,
    LockerReply,
    LockerReport,
    LockerState,
    Power,
)
from tracking.telemetry.retention import IDENTITIES_KEPT_FOR, prune

LOCKER = "locker-schaan"


def _at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def event(kind: str, seconds: float = 0, seq: int = 1, **changes: Any) -> LockerEvent:
    values: dict[str, Any] = {"device": LOCKER, "boot_id": "b", "compartment": "1"}
    return LockerEvent(
        **{**values, "seq": seq, "at": _at(seconds), "received_at": _at(seconds + 1), "kind": kind, **changes}
    )


def state(seconds: float, seq: int, *readings: CompartmentReading, **changes: Any) -> LockerState:
    values: dict[str, Any] = {"device": LOCKER, "boot_id": "b", "power": Power.MAINS, "temperature_c": 18.5}
    times = {"at": _at(seconds), "received_at": _at(seconds + 1)}
    return LockerState(**{**values, **times, "seq": seq, "compartments": readings, **changes})


def online(count: int, is_online: bool = True, session: str = "s") -> LockerConnection:
    return LockerConnection(
        device=LOCKER, online=is_online, session=f"{session}{count}", connect_count=count, received_at=_at(0)
    )


@pytest.fixture
def folded(journal: Journal, store: Store) -> tuple[Journal, Store]:
    world(store)
    return journal, store


@pytest.fixture
def on_sqlite(journal: Journal, sqlite_store: Store) -> tuple[Journal, Store]:
    world(sqlite_store)
    return journal, sqlite_store


def hear(world: tuple[Journal, Store], *reports: LockerReport) -> None:
    journal, store = world
    journal.append(reports)
    fold_all(journal, store)


def test_a_locker_comes_reports_itself_and_goes(folded: tuple[Journal, Store]) -> None:
    reading = CompartmentReading("1", Door.CLOSED, "PUMP-1", "SN-1", 1)
    hear(folded, online(3), state(5, 1, reading, battery_pct=80.0))
    with folded[1].reading() as uow:
        locker, compartment = uow.lockers.require(LOCKER), uow.compartments.require(LOCKER, "1")
    assert (locker.online, locker.session, locker.connect_count) == (True, "s3", 3)
    assert (locker.temperature_c, locker.power, locker.battery_pct) == (18.5, "mains", 80.0)
    assert (locker.reported_at, locker.last_heard_at) == (_at(5), _at(6))
    assert (compartment.door, compartment.serial, compartment.quantity) == (DoorState.CLOSED, "SN-1", 1)
    hear(folded, online(3, is_online=False))
    with folded[1].reading() as uow:
        assert not uow.lockers.require(LOCKER).online
    assert reasons(folded[0]) == {"accepted": 3}


def test_an_older_connections_will_changes_nothing(on_sqlite: tuple[Journal, Store]) -> None:
    hear(on_sqlite, online(3), online(4), online(3, is_online=False))
    with on_sqlite[1].reading() as uow:
        assert uow.lockers.require(LOCKER).online


def test_a_late_state_report_does_not_turn_the_locker_back(on_sqlite: tuple[Journal, Store]) -> None:
    full, empty = (
        CompartmentReading("1", Door.CLOSED, "PUMP-1", "SN-1", 1),
        CompartmentReading("1", Door.OPEN),
    )
    hear(on_sqlite, state(60, 2, empty), state(5, 1, full))
    with on_sqlite[1].reading() as uow:
        compartment = uow.compartments.require(LOCKER, "1")
    assert (compartment.door, compartment.serial) == (DoorState.OPEN, None)


def test_doors_and_jams_reach_the_compartment(folded: tuple[Journal, Store]) -> None:
    hear(folded, event("door_opened", 10, 1), event("door_closed", 20, 2), event("jammed", 30, 3))
    with folded[1].reading() as uow:
        compartment = uow.compartments.require(LOCKER, "1")
        tasks = uow.count_tasks.find()
    assert (compartment.door, compartment.door_at) == (DoorState.CLOSED, _at(20))
    assert compartment.fault is not None
    assert [task.location_id for task in tasks] == [f"{LOCKER}-c1"]


def test_tampering_raises_an_alert_and_unknown_kinds_are_let_pass(on_sqlite: tuple[Journal, Store]) -> None:
    hear(on_sqlite, event("tamper", 1, 1), event("scanned", 2, 2, code="SN-1"), event("sang_a_song", 3, 3))
    assert reasons(on_sqlite[0]) == {"accepted": 3}
    with on_sqlite[1].writing() as uow:
        uow.outbox.stamp()
        uow.commit()
        alerts = [e.event.data["cause"] for e in uow.outbox.read(0, 1000) if e.event.kind == "alert.raised"]
    assert alerts == ["Locker locker-schaan reports tampering at compartment 1."]


def test_a_reply_to_nothing_is_let_pass(on_sqlite: tuple[Journal, Store]) -> None:
    reply = LockerReply(device=LOCKER, command_id="c", result=CommandResult.DONE, received_at=_at(0))
    hear(on_sqlite, reply)
    assert reasons(on_sqlite[0]) == {"accepted": 1}


@pytest.mark.parametrize(("replying", "result"), [(LOCKER, "failed"), ("locker-buchs", None)])
def test_a_reply_counts_from_the_locker_that_was_commanded(
    on_sqlite: tuple[Journal, Store], replying: str, result: str | None
) -> None:
    with on_sqlite[1].writing() as uow:
        add_locker(uow, Location("locker-buchs", LocationKind.LOCKER, "Buchs", SCHAAN), ["1"], NOW)
        reserve_deposit(uow, "d-1", LOCKER, CompartmentSize.MEDIUM, "anna", NOW)
        connection_reported(uow, LOCKER, True, "s-9", 9, NOW)
        command_id = str(open_deposit(uow, "d-1", NOW).command_id)
        uow.commit()
    reply = LockerReply(
        device=replying, command_id=command_id, result=CommandResult.FAILED, received_at=_at(0)
    )
    hear(on_sqlite, reply)
    with on_sqlite[1].reading() as uow:
        assert uow.locker_commands.require(command_id).result == result
        assert uow.deposits.require("d-1").failure == result


REFUSED: list[tuple[str, LockerReport, str]] = [
    ("unknown locker", event("door_opened", device="locker-nowhere"), "not_found"),
    ("unknown locker's state", state(0, 1, device="locker-nowhere"), "not_found"),
    ("unknown compartment", event("door_opened", compartment="99"), "not_found"),
    ("a jam of nothing", event("jammed", compartment=None), "compartment_missing"),
    ("a door of nothing", event("door_closed", compartment=None), "compartment_missing"),
    ("a character no database keeps", event("door_opened", compartment="1\0"), "invalid_value"),
    ("the same in a state", state(0, 1, CompartmentReading("\0", Door.OPEN)), "invalid_value"),
]


@pytest.mark.parametrize(("report", "code"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_a_report_that_the_domain_refuses_has_its_reason_and_stops_nothing(
    on_sqlite: tuple[Journal, Store], report: LockerReport, code: str
) -> None:
    hear(on_sqlite, report, event("door_opened", 10, 2, boot_id="other"))
    verdicts = on_sqlite[0].file.rows("SELECT verdict, reason FROM verdicts ORDER BY entry")
    assert [verdict for verdict, _ in verdicts] == ["rejected", "accepted"]
    assert verdicts[0][1].startswith(f"{code}: ")
    with on_sqlite[1].reading() as uow:
        assert uow.compartments.require(LOCKER, "1").door is DoorState.OPEN


def test_a_refused_report_leaves_nothing_half_done(folded: tuple[Journal, Store]) -> None:
    journal, store = folded
    with store.writing() as uow:
        uow.compartments.remove(LOCKER, "2")
        uow.connection.exec_driver_sql("DELETE FROM locations WHERE location_id = 'locker-schaan-c2'")
        uow.commit()
    hear(folded, event("jammed", 5, 1, compartment="2"), event("door_opened", 6, 2))
    assert [v for (v,) in journal.file.rows("SELECT verdict FROM verdicts ORDER BY entry")] == [
        "rejected",
        "accepted",
    ]


def test_a_verdict_that_stands_is_honoured(on_sqlite: tuple[Journal, Store]) -> None:
    journal, store = on_sqlite
    journal.append([event("door_opened", 1, 1), event("door_closed", 2, 2)])
    journal.record_verdicts([Judgement(2, Verdict.REJECTED, "by hand")], NOW)
    fold_all(journal, store)
    with store.reading() as uow:
        assert uow.compartments.require(LOCKER, "1").door is DoorState.OPEN
    assert reasons(journal) == {"accepted": 1, "rejected: by hand": 1}


def test_reports_are_pruned_once_they_have_their_verdict(on_sqlite: tuple[Journal, Store]) -> None:
    journal, store = on_sqlite
    journal.append([online(1), event("door_opened", device="locker-nowhere")])
    fold_all(journal, store, clock=FixedClock(NOW))
    assert prune(journal, NOW + IDENTITIES_KEPT_FOR + timedelta(minutes=1)).forgotten == 2


TIMES: list[tuple[str, float, float | None, float, float]] = [
    # at, sent_at and received_at in seconds by their clocks; when it happened by ours
    ("without a time of sending, a right clock", 10, None, 12, 10),
    ("without a time of sending, a clock ahead", 500, None, 12, 12),
    ("sent at once, a clock ahead", 500, 500, 12, 12),
    ("sent later, a clock ahead", 500, 530, 60, 30),
    ("sent later, a clock behind", -3600, -3570, 60, 30),
    ("sent before it happened", 500, 400, 60, 60),
    ("a clock that was never set", -1_700_000_000, -1_700_000_000, 60, 60),
]


@pytest.mark.parametrize(
    ("at", "sent", "received", "ours"), [c[1:] for c in TIMES], ids=[c[0] for c in TIMES]
)
def test_a_lockers_time_is_corrected(at: float, sent: float | None, received: float, ours: float) -> None:
    sent_at = None if sent is None else _at(sent)
    report = event("door_opened", at=_at(at), sent_at=sent_at, received_at=_at(received))
    assert server_time(report) == _at(ours)


def test_deposit_is_advanced_by_what_the_locker_reports(folded: tuple[Journal, Store]) -> None:
    with folded[1].writing() as uow:
        deposit = reserve_deposit(uow, "d-1", LOCKER, CompartmentSize.MEDIUM, "anna", NOW)
        connection_reported(uow, LOCKER, True, "s-9", 9, NOW)
        command_id = open_deposit(uow, "d-1", NOW).command_id
        uow.commit()
    named: dict[str, Any] = {"compartment": deposit.compartment, "command_id": command_id}
    kinds = ("scanned", "door_closed", "placed", "door_opened")  # in no order at all
    times = {"door_opened": 10, "placed": 20, "door_closed": 30, "scanned": 40}
    reports = [event(kind, times[kind], seq, code="SN-1", **named) for seq, kind in enumerate(kinds)]
    hear(folded, *reports)
    with folded[1].reading() as uow:
        done = uow.deposits.require("d-1")
        assert uow.count_tasks.find() == []
    assert (done.state, done.code) == (DepositState.SCANNED, "SN-1")
    assert (done.opened_at, done.scanned_at) == (_at(10), _at(40))


def test_offline_codes_alarms_and_differences_reach_the_dispatchers(on_sqlite: tuple[Journal, Store]) -> None:
    with on_sqlite[1].writing() as uow:
        set_temperature_limits(uow, LOCKER, None, 25.0)
        uow.commit()
    strange = CompartmentReading("1", Door.CLOSED, "PUMP-1", "SN-1", 1)
    unseen = CompartmentReading("2", Door.CLOSED)
    hear(
        on_sqlite,
        event("code_locked", 1, 1),
        event("code_used", 2, 2, code="4"),
        *(state(60 * n, 10 + n, strange, unseen, temperature_c=30.0) for n in range(5)),
    )
    with on_sqlite[1].writing() as uow:
        uow.outbox.stamp()
        alerts = [e.event.data["cause"] for e in uow.outbox.read(0, 1000) if e.event.kind == "alert.raised"]
        assert uow.compartments.require(LOCKER, "1").offline_used == 5
        assert uow.lockers.require(LOCKER).alarms == ("too_warm",)
    assert sorted(alerts) == [
        "Compartment 1 holds 1 of PUMP-1; the ledger has nothing.",
        "Compartment 1 takes no codes for now: too many wrong ones were tried.",
        "Compartment 1 was opened by code 4, which was never given out.",
        "Locker locker-schaan is too warm: 30.0 °C, the limit is 25.0 °C.",
    ]
    assert reasons(on_sqlite[0]) == {"accepted": 7}


def test_used_code_without_its_counter_is_refused(on_sqlite: tuple[Journal, Store]) -> None:
    hear(on_sqlite, event("code_used", 1, 1, code="sesame"))
    (reason,) = reasons(on_sqlite[0])
    assert reason.startswith("rejected: invalid_value")
