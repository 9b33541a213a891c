from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from api.quarantine import KEPT, KEPT_BYTES, WINDOW, Quarantine
from api.views.ingest import UNKNOWN_DEVICE
from tests.world import NOW
from tracking.telemetry.dead_letters import DeadLetters
from tracking.telemetry.journal import Journal
from tracking.telemetry.reports import DeadLetter


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.db")


def _come(quarantine: Quarantine, journal: Journal, count: int, at: datetime) -> int:
    """Let messages of strangers come and return how many were kept."""
    said = (quarantine.admit("osmand", b"%d" % n, UNKNOWN_DEVICE, at) for n in range(count))
    kept = [letter for letter in said if letter is not None]
    journal.append(kept)
    return len(kept)


def test_no_more_letters_of_unknown_devices_are_kept_than_fit_at_a_time(journal: Journal) -> None:
    quarantine = Quarantine(journal)
    assert _come(quarantine, journal, KEPT + 5, NOW) == KEPT
    assert _come(quarantine, journal, 5, NOW + WINDOW) == 0
    DeadLetters(journal).drop(range(1, 4))
    assert _come(quarantine, journal, 5, NOW + 2 * WINDOW - timedelta(seconds=1)) == 0
    assert _come(quarantine, journal, 5, NOW + 2 * WINDOW) == 3
    assert DeadLetters(journal).counts() == {"unknown_device": KEPT}


def test_bound_survives_a_restart(journal: Journal) -> None:
    assert _come(Quarantine(journal), journal, KEPT - 2, NOW) == KEPT - 2
    assert _come(Quarantine(journal), journal, 5, NOW + timedelta(seconds=1)) == 2


def test_letters_for_other_reasons_take_no_room(journal: Journal) -> None:
    other = DeadLetter(topic="t", kind="fix", reason="too_large: it is.", received_at=NOW, payload=b"x")
    journal.append([other])
    assert _come(Quarantine(journal), journal, KEPT + 1, NOW) == KEPT


def test_of_a_large_message_the_beginning_is_kept(journal: Journal) -> None:
    letter = Quarantine(journal).admit("osmand", b"x" * 99_999, UNKNOWN_DEVICE, NOW)
    assert letter is not None
    assert letter.payload == b"x" * KEPT_BYTES
