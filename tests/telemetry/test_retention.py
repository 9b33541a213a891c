"""What the journal forgets, and when."""

from __future__ import annotations

from datetime import timedelta

from tests.telemetry.samples import REPORTS, assert_balanced, at, fix, letter
from tracking.telemetry.journal import Journal, Judgement, Verdict
from tracking.telemetry.releases import Releases
from tracking.telemetry.retention import Pruned, prune

DAY = timedelta(days=1)
NOW = at(0)


def judged(journal: Journal, verdict: Verdict, count: int = 3) -> None:
    positions = [p for p in journal.append([fix(i) for i in range(count)]).positions if p]
    journal.record_verdicts([Judgement(p, verdict, "reason") for p in positions], NOW)


def test_what_is_held_is_declined_and_erased_after_a_day(journal: Journal) -> None:
    judged(journal, Verdict.HELD)
    assert prune(journal, NOW + timedelta(hours=24)) == Pruned(0, 0, 0)
    assert prune(journal, NOW + timedelta(hours=24, seconds=1)) == Pruned(3, 0, 0)
    assert journal.read(0) == []
    assert journal.counters()["fix"]["declined"] == 3
    assert_balanced(journal)


def test_what_was_purged_is_not_on_the_disk_any_more(journal: Journal) -> None:
    judged(journal, Verdict.HELD)
    prune(journal, NOW + 2 * DAY)
    journal.file.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"lat_deg" not in journal.path.read_bytes()


def test_a_declined_fix_is_a_duplicate_for_ten_days_and_new_after(journal: Journal) -> None:
    judged(journal, Verdict.DECLINED, 1)
    prune(journal, NOW + 10 * DAY)
    assert journal.append([fix(0)]).duplicates == 1
    assert prune(journal, NOW + 10 * DAY + timedelta(seconds=1)).forgotten == 1
    assert journal.append([fix(0)]).stored == 1
    assert_balanced(journal)


def test_rejected_fixes_and_judged_reports_go_after_ten_days(journal: Journal) -> None:
    judged(journal, Verdict.REJECTED)
    positions = [p for p in journal.append(REPORTS).positions if p]
    journal.record_verdicts([Judgement(p, Verdict.ACCEPTED) for p in positions], NOW)
    assert prune(journal, NOW + 9 * DAY).forgotten == 0
    assert prune(journal, NOW + 11 * DAY).forgotten == 3 + len(REPORTS)


def test_without_a_forwarder_accepted_fixes_stay(journal: Journal) -> None:
    judged(journal, Verdict.ACCEPTED)
    assert prune(journal, NOW + 400 * DAY) == Pruned(0, 0, 0)
    assert len(journal.read(0)) == 3


def test_what_nobody_has_judged_stays(journal: Journal) -> None:
    journal.append([fix(1), *REPORTS])
    prune(journal, NOW + 400 * DAY, reader="f")
    assert len(journal.read(0)) == 1 + len(REPORTS)


def test_forwarded_fixes_go_ten_days_after_they_were_forwarded(journal: Journal) -> None:
    judged(journal, Verdict.ACCEPTED, 5)
    releases = Releases(journal, "f")
    first, reached = releases.after(0, 3)
    releases.commit(reached, [], NOW + DAY)
    releases.commit(releases.after(reached, 3)[1], [], NOW + 5 * DAY)
    assert len(first) == 3
    assert prune(journal, NOW + 11 * DAY, reader="f").forgotten == 0
    assert prune(journal, NOW + 11 * DAY + timedelta(minutes=2), reader="f").forgotten == 3
    assert journal.append([fix(4)]).duplicates == 1
    assert prune(journal, NOW + 16 * DAY, reader="f").forgotten == 2
    assert (releases.offset(), releases.backlog()) == (5, 0)


def test_forwarded_fixes_without_trips_stay(journal: Journal) -> None:
    judged(journal, Verdict.ACCEPTED, 5)
    releases = Releases(journal, "f")
    releases.commit(releases.after(0, 5)[1], [], NOW)
    later = NOW + 20 * DAY
    assert prune(journal, later, reader="f", summarised=2).forgotten == 2
    assert prune(journal, later, reader="f", summarised=2).forgotten == 0
    assert prune(journal, later, reader="f", summarised=5).forgotten == 3


def test_dead_letters_go_after_thirty_days(journal: Journal) -> None:
    journal.append([letter()])
    assert prune(journal, NOW + 30 * DAY).dead_letters == 0
    assert prune(journal, NOW + 31 * DAY).dead_letters == 1
    assert_balanced(journal)


def test_one_pass_is_bounded_and_the_next_goes_on(journal: Journal) -> None:
    judged(journal, Verdict.HELD, 25)
    passes = [prune(journal, NOW + 2 * DAY, limit=10).declined for _ in range(4)]
    assert passes == [10, 10, 5, 0]
