"""Dead letters are listed, read again, and the counts stay exact."""

from __future__ import annotations

from functools import partial

import pytest

from device_gateway.protocol.again import read_again
from device_gateway.protocol.decode import decode
from device_gateway.protocol.decoded import Heard
from tests.telemetry.samples import REPORTS, assert_balanced, at, fix, letter
from tracking.telemetry.dead_letters import DeadLetters, ReadAgain
from tracking.telemetry.fixes import Fix
from tracking.telemetry.journal import Journal, Judgement, Verdict
from tracking.telemetry.releases import RefusedRelease, Releases
from tracking.values.errors import NotFound

TOPIC = "fieldstock/v1/couriers/courier-1/fix"
ONE_BAD = (
    b'{"boot_id":"b","first_seq":5,"fixes":['
    b'{"fix_at":"2026-11-22T08:00:00Z","lat_deg":47.1,"lon_deg":9.5},'
    b'{"fix_at":"2026-11-22T08:00:01Z","lat_deg":471,"lon_deg":9.5}]}'
)


def test_letters_are_listed_by_device_and_reason_and_counted(journal: Journal) -> None:
    journal.append([letter(b"{", reason="malformed_json: x"), letter(b"[", device="l-1", reason="late: y")])
    letters = DeadLetters(journal)
    assert [kept.letter.payload for kept in letters.find()] == [b"{", b"["]
    assert [kept.letter.payload for kept in letters.find(device="l-1")] == [b"["]
    assert [kept.letter.payload for kept in letters.find(reason="malformed")] == [b"{"]
    assert letters.find(after_id=letters.find()[-1].letter_id) == []
    assert letters.counts() == {"late": 1, "malformed_json": 1}
    assert letters.get(1).letter.reason == "malformed_json: x"


def test_a_letter_that_can_be_read_now_is_stored_and_counted_as_if_it_had_been_then(journal: Journal) -> None:
    journal.append([letter(b"[1]"), fix(1)])
    letters = DeadLetters(journal)
    [done] = letters.replay(letters.find(), lambda _: ReadAgain((fix(1), fix(2), REPORTS[0])))
    assert (done.stored, done.duplicates, done.reason) == (2, 1, None)
    assert letters.find() == []
    assert [entry.value for entry in journal.read(0)] == [fix(1), fix(2), REPORTS[0]]
    counts = journal.counters()
    assert (counts["fix"]["received"], counts["fix"]["stored"], counts["fix"]["dead_letter"]) == (3, 2, 0)
    assert_balanced(journal)


def test_a_letter_that_still_cannot_be_read_stays_with_its_new_reason(journal: Journal) -> None:
    journal.append([letter(b"{")])
    letters = DeadLetters(journal)
    [done] = letters.replay(letters.find(), read_again)
    assert done.reason is not None
    assert letters.get(done.letter_id).letter.reason == done.reason
    assert_balanced(journal)


def test_one_bad_fix_of_a_message_is_read_again_under_its_own_number(journal: Journal) -> None:
    decoded = decode(Heard(TOPIC, ONE_BAD, at(0)))
    journal.append([*decoded.values, *decoded.unreadable])
    letters = DeadLetters(journal)
    [kept] = letters.find()
    assert read_again(kept.letter).reason is not None
    mended = partial(read_again)  # the decoder is the same; what was sent is what is mended here
    [done] = letters.replay(
        [kept], lambda given: mended(letter(given.payload.replace(b"471", b"47.1"), topic=given.topic))
    )
    assert done.stored == 1
    assert [(e.value.seq, e.value.boot_id) for e in journal.read(0) if isinstance(e.value, Fix)] == [
        (5, "b"),
        (6, "b"),
    ]
    assert_balanced(journal)


def test_what_a_store_refused_is_offered_to_it_again(journal: Journal) -> None:
    [position] = [p for p in journal.append([fix(1)]).positions if p]
    journal.record_verdicts([Judgement(position, Verdict.ACCEPTED)], at(1))
    releases = Releases(journal, "forwarder")
    [release], reached = releases.after(0, 10)
    releases.commit(reached, [RefusedRelease(release, "field type conflict")], at(2))
    letters = DeadLetters(journal)
    [done] = letters.replay(letters.find(), read_again)
    assert (done.stored, done.reason) == (1, None)
    [again], _ = releases.after(reached, 10)
    assert again.fix == fix(1)
    assert journal.counters()["fix"]["dead_letter"] == 0
    assert_balanced(journal)


def test_a_letter_is_dropped_once_and_stays_counted(journal: Journal) -> None:
    journal.append([letter(b"{")])
    letters = DeadLetters(journal)
    assert (letters.drop([1]), letters.drop([1])) == (1, 0)
    with pytest.raises(NotFound):
        letters.get(1)
    assert journal.counters()["fix"]["dead_letter"] == 1
    assert_balanced(journal)


def test_a_topic_that_only_looks_like_a_part_of_a_message_is_read_as_it_is(journal: Journal) -> None:
    journal.append(
        [letter(b"{", topic="owntracks/me/?boot_id=zz&seq=x"), letter(b"{", topic=f"{TOPIC}?boot_id=b")]
    )
    letters = DeadLetters(journal)
    done = letters.replay(letters.find(), read_again)
    assert all(each.reason for each in done)
