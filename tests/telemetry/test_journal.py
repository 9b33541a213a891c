"""The journal: durable, counted exactly, judged once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from tests.telemetry.samples import REPORTS, START, assert_balanced, at, fix, letter, uncounted
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal import Entry, Journal, Judgement, Verdict
from tracking.telemetry.journal_file import JournalUnavailable
from tracking.telemetry.releases import Releases
from tracking.telemetry.sqlite import library_is_safe, sqlite
from tracking.values.coordinates import Coordinate

ROOT = Path(__file__).resolve().parents[2]


def test_everything_comes_back_as_it_was_and_in_order(journal: Journal) -> None:
    values = [fix(1), *REPORTS, uncounted(2), fix(0)]
    result = journal.append(values)
    assert (result.stored, result.duplicates, result.dead_letters) == (len(values), 0, 0)
    entries = journal.read(0)
    assert [entry.value for entry in entries] == values
    assert tuple(entry.position for entry in entries) == result.positions
    assert journal.last_position() == result.positions[-1]


def test_reading_continues_after_a_position(journal: Journal) -> None:
    journal.append([fix(i) for i in range(10)])
    first = journal.read(0, limit=4)
    rest = journal.read(first[-1].position)
    assert [e.value.seq for e in first + rest if isinstance(e.value, Fix)] == list(range(10))
    assert journal.read(rest[-1].position) == []


def test_a_duplicate_is_recognised_within_a_batch_and_across_restarts(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = Journal(path)
    assert journal.append([fix(1), fix(1)]).duplicates == 1
    journal.close()
    journal = Journal(path)
    result = journal.append([fix(1, received_at=at(99)), fix(2)])
    assert (result.stored, result.duplicates, result.positions[0]) == (1, 1, None)
    assert_balanced(journal)


@pytest.mark.parametrize("count", [0, 1, 9, 10, 99, 100, 101, 212])
def test_batches_of_any_length_know_what_is_new_and_where_it_lies(journal: Journal, count: int) -> None:
    journal.append([fix(i) for i in range(0, count, 3)])
    batch = [fix(i) for i in range(count)] + [fix(i) for i in range(0, count, 2)]
    result = journal.append([*batch, letter()])
    is_new = [i % 3 != 0 for i in range(count)] + [False] * len(range(0, count, 2)) + [False]
    assert [position is not None for position in result.positions] == is_new
    assert (result.stored, result.duplicates, result.dead_letters) == (
        sum(is_new),
        len(batch) - sum(is_new),
        1,
    )
    entered = {entry.position: entry.value for entry in journal.read(0)}
    assert all(entered[p] == batch[n] for n, p in enumerate(result.positions) if p is not None)
    assert len(entered) == count
    assert_balanced(journal)


@pytest.mark.parametrize(
    "other",
    [
        fix(1, boot_id="boot-2"),
        fix(2, fix_at=at(1)),
        fix(1, device="courier-2"),
        uncounted(1),
    ],
)
def test_another_identity_is_another_fix(journal: Journal, other: Fix) -> None:
    assert journal.append([fix(1), other]).stored == 2


@pytest.mark.parametrize(
    ("second", "is_new"),
    [
        (uncounted(1), False),
        (uncounted(1, received_at=at(500), sent_at=at(400)), False),
        (uncounted(1, coordinate=Coordinate(47.2, 9.52)), True),
        (uncounted(1, speed_mps=4.6), True),
        (uncounted(2), True),
    ],
)
def test_two_fixes_of_an_app_without_counters_in_one_second_are_two(
    journal: Journal, second: Fix, is_new: bool
) -> None:
    assert journal.append([uncounted(1), second]).stored == 1 + is_new


def test_a_dead_letter_is_kept_once_with_its_reason(journal: Journal) -> None:
    journal.append([letter(b"\xff\x00"), letter(b"other"), letter(b"\xff\x00", received_at=at(9))])
    kept = [item for _, item in journal.dead_letters()]
    assert kept == [letter(b"\xff\x00"), letter(b"other")]
    assert journal.counters()["fix"]["dead_letter"] == 2
    assert journal.counters()["fix"]["duplicate"] == 1
    assert_balanced(journal)


def test_a_verdict_is_final_once_it_is_not_held(journal: Journal) -> None:
    [position] = [p for p in journal.append([fix(1)]).positions if p]
    assert journal.record_verdicts([Judgement(position, Verdict.HELD, "off_duty")], at(0)) == 1
    assert journal.record_verdicts([Judgement(position, Verdict.HELD, "off_duty")], at(1)) == 0
    assert journal.record_verdicts([Judgement(position, Verdict.ACCEPTED)], at(2)) == 1
    assert journal.record_verdicts([Judgement(position, Verdict.REJECTED, "late")], at(3)) == 0
    assert [entry.verdict for entry in journal.read(0)] == [Verdict.ACCEPTED]


def test_accepted_fixes_are_released_in_the_order_of_their_verdicts(journal: Journal) -> None:
    positions = [p for p in journal.append([fix(0), fix(1), fix(2), REPORTS[0]]).positions if p]
    for index in (2, 0, 3):
        journal.record_verdicts([Judgement(positions[index], Verdict.ACCEPTED)], at(0))
    journal.record_verdicts([Judgement(positions[1], Verdict.REJECTED, "impossible_speed")], at(0))
    releases, reached = Releases(journal, "r").after(0, 10)
    assert [release.fix.seq for release in releases] == [2, 0]
    assert reached == releases[-1].position


def test_a_declined_fix_is_erased_counted_and_still_recognised(journal: Journal) -> None:
    [position] = [p for p in journal.append([fix(1)]).positions if p]
    journal.record_verdicts([Judgement(position, Verdict.DECLINED, "no_consent")], at(0))
    assert journal.read(0) == []
    assert journal.counters()["fix"] == {
        "received": 1,
        "stored": 0,
        "duplicate": 0,
        "dead_letter": 0,
        "declined": 1,
    }
    assert journal.append([fix(1)]).duplicates == 1
    assert_balanced(journal)


def test_held_fixes_are_found_for_a_shift_that_starts_late(journal: Journal) -> None:
    positions = journal.append([fix(i) for i in range(5)]).positions
    journal.record_verdicts([Judgement(p, Verdict.HELD, "off_duty") for p in positions if p], at(0))
    found = journal.held("courier-1", at(1), at(4))
    assert [e.value.seq for e in found if isinstance(e.value, Fix)] == [1, 2, 3]
    assert all(entry.verdict is Verdict.HELD for entry in found)
    assert journal.held("courier-2", START, at(99)) == []


def test_a_batch_that_fails_leaves_nothing_behind(journal: Journal) -> None:
    with pytest.raises(KeyError):
        journal.append([fix(1), letter(), None])  # type: ignore[list-item]
    assert journal.read(0) == []
    assert journal.counters() == {}


def test_a_lock_held_too_long_is_said_so_and_changes_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite", busy_s=0.05)
    other = sqlite.connect(journal.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalUnavailable, match="locked") as caught:
        journal.append([fix(1)])
    assert caught.value.code == "journal_unavailable"
    other.execute("ROLLBACK")
    assert journal.append([fix(1)]).stored == 1


def test_a_full_disk_is_said_so_and_changes_nothing(journal: Journal) -> None:
    pages = journal.file.rows("PRAGMA page_count")[0][0]
    journal.file.rows(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(JournalUnavailable, match="full"):
        journal.append([fix(i) for i in range(2000)])
    assert journal.read(0) == []
    journal.file.rows("PRAGMA max_page_count = 1000000")
    assert journal.append([fix(i) for i in range(2000)]).stored == 2000


def test_the_file_is_its_owners_alone(journal: Journal) -> None:
    journal.append([fix(1)])
    for path in journal.path.parent.glob("journal.sqlite*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_commits_are_durable_and_the_library_is_a_safe_one(journal: Journal) -> None:
    assert journal.file.rows("PRAGMA synchronous") == [(2,)]
    assert journal.file.rows("PRAGMA journal_mode") == [("wal",)]
    assert library_is_safe()


def test_threads_share_a_journal(journal: Journal) -> None:
    threads = [
        threading.Thread(
            target=lambda name=f"courier-{n}": [journal.append([fix(i, device=name)]) for i in range(50)]
        )
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert journal.counters()["fix"]["stored"] == 200
    assert_balanced(journal)


WRITER = """
import sys
from pathlib import Path
from tests.telemetry.samples import fix
from tracking.telemetry.journal import Journal
journal = Journal(Path(sys.argv[1]), busy_s=30)
for start in range(0, 500, 10):
    journal.append([fix(i) for i in range(start, start + 10)])
"""


def test_processes_share_a_journal_and_store_each_fix_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    command = [sys.executable, "-c", WRITER, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    journal = Journal(path)
    assert journal.counters()["fix"] == {
        "received": 1500,
        "stored": 500,
        "duplicate": 1000,
        "dead_letter": 0,
        "declined": 0,
    }
    seqs = [entry.value.seq for entry in journal.read(0, 1000) if isinstance(entry.value, Fix)]
    assert sorted(seqs, key=lambda s: s or 0) == list(range(500))


def test_entries_are_values(journal: Journal) -> None:
    journal.append([fix(1)])
    assert journal.read(0) == [Entry(1, fix(1), None)]
    assert journal.read(0)[0].value.received_at - at(1) == timedelta(seconds=2)
