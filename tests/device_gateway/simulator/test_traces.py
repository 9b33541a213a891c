"""Traces become messages, and disturbance is exact and repeatable."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from device_gateway.protocol import topics
from device_gateway.protocol.decode import decode
from device_gateway.protocol.decoded import Heard
from device_gateway.simulator.traces import Disturbance, TraceInvalid, outgoing, read_trace
from tracking.values.errors import InvalidValue

HEADER = "fix_at,lat_deg,lon_deg,altitude_m\n"


def trace_file(directory: Path, count: int) -> Path:
    rows = [
        f"2026-01-01T{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}Z,47.{n:04d},9.5,{n}"
        for n in range(count)
    ]
    path = directory / "trace.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n")
    return path


def test_a_trace_is_cut_into_messages_that_hold_it_all(tmp_path: Path) -> None:
    trace = read_trace(trace_file(tmp_path, 53))
    messages = list(outgoing(trace, 10, Disturbance()))
    assert [(m.first_seq, m.count) for m in messages] == [(n, min(10, 53 - n)) for n in range(0, 53, 10)]
    assert trace.boot_id == read_trace(trace.path).boot_id


def test_the_same_seed_disturbs_alike_and_another_differently(tmp_path: Path) -> None:
    trace = read_trace(trace_file(tmp_path, 2000))
    disturbance = Disturbance(duplicate=0.2, reorder=0.2, corrupt=0.2, seed=3)
    first = list(outgoing(trace, 5, disturbance))
    assert first == list(outgoing(trace, 5, disturbance))
    assert first != list(outgoing(trace, 5, Disturbance(0.2, 0.2, 0.2, seed=4)))


def test_disturbance_adds_and_never_takes_away(tmp_path: Path) -> None:
    trace = read_trace(trace_file(tmp_path, 4000))
    messages = list(outgoing(trace, 4, Disturbance(duplicate=0.05, reorder=0.10, corrupt=0.01)))
    whole = [m for m in messages if not m.is_corrupted]
    assert {m.first_seq for m in whole} == set(range(0, 4000, 4))
    assert 20 <= len(whole) - 1000 <= 90
    assert 60 <= sum(m.is_late for m in messages) <= 140
    assert 2 <= len(messages) - len(whole) <= 25
    assert [m.first_seq for m in whole] != sorted(m.first_seq for m in whole)


def test_every_corrupted_message_is_exactly_one_dead_letter(tmp_path: Path) -> None:
    trace = read_trace(trace_file(tmp_path, 3000))
    now = datetime(2026, 1, 2, tzinfo=UTC)
    corrupted = [m for m in outgoing(trace, 3, Disturbance(corrupt=1.0)) if m.is_corrupted]
    assert len(corrupted) == 1000
    assert len({m.payload for m in corrupted}) == 1000
    for message in corrupted:
        decoded = decode(Heard(topics.fix("courier-0"), message.payload, now))
        assert (len(decoded.values), len(decoded.unreadable)) == (0, 1), message.payload


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "fix_at is missing"),
        ("fix_at,lat_deg\n", "lon_deg is missing"),
        (HEADER, "no fix"),
        (HEADER + "2026-01-01T00:00:00Z,91,9,0\n", "line 2: lat_deg"),
        (HEADER + "2026-01-01T00:00:00Z,47,9,0\n2026-01-01T00:00:00,47,9,0\n", "line 3: fix_at"),
        (HEADER + "soon,47,9,0\n", "line 2"),
        (HEADER + "2026-01-01T00:00:00Z,47\n", "line 2"),
        (HEADER + "2026-01-01T00:00:00Z,47,9,high\n", "line 2"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content)
    with pytest.raises(TraceInvalid, match=reason):
        read_trace(path)


def test_a_missing_file_and_a_binary_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("absent.csv", "binary.csv"):
        with pytest.raises(TraceInvalid, match="cannot be read"):
            read_trace(tmp_path / name)


@pytest.mark.parametrize("settings", [{"duplicate": -0.1}, {"reorder": 1.1}, {"corrupt": 2.0}])
def test_impossible_fractions_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InvalidValue):
        Disturbance(**settings)  # type: ignore[arg-type]
