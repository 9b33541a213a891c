from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.world import NOW
from tracking.custody.timeline import GENESIS, CustodyDetail, CustodyEntry, HandOver, chained, faults

KEY = b"a key that lies outside the database"


def _timeline(length: int = 4) -> tuple[list[CustodyEntry], dict[int, CustodyDetail]]:
    entries, details, mac = [], {}, GENESIS
    for position in range(1, length + 1):
        at = NOW + timedelta(minutes=position)
        handover = HandOver("S-1", "moved", f"place-{position}", "anna", at, at, {"kind": "scan"})
        entry, detail = chained(handover, position, mac, f"salt-{position}", KEY)
        entries.append(entry)
        details[position] = detail
        mac = entry.mac
    return entries, details


def test_untouched_timeline_is_sound() -> None:
    assert faults(*_timeline(), KEY) == []


def test_erased_person_does_not_break_the_chain() -> None:
    entries, details = _timeline()
    del details[2]
    assert faults(entries, details, KEY) == []


@pytest.mark.parametrize(
    "change",
    [
        {"location_id": "elsewhere"},
        {"kind": "stolen"},
        {"at": NOW},
        {"recorded_at": NOW},
        {"detail_digest": "0" * 64},
        {"mac": "0" * 64},
        {"serial": "S-2"},
    ],
)
def test_changed_entry_is_found(change: dict[str, object]) -> None:
    entries, details = _timeline()
    entries[1] = replace(entries[1], **change)  # type: ignore[arg-type]
    assert any("2" in fault for fault in faults(entries, details, KEY))


def test_changed_actor_is_found() -> None:
    entries, details = _timeline()
    details[3] = replace(details[3], actor="nobody")
    assert faults(entries, details, KEY) == ["actor or proof of position 3 was changed"]


def test_missing_entry_is_found() -> None:
    entries, details = _timeline()
    assert faults([entries[0], *entries[2:]], details, KEY) == ["position 2 is missing"]


def test_entry_forged_without_the_key_is_found() -> None:
    entries, details = _timeline()
    handover = HandOver("S-1", "moved", "elsewhere", "eve", NOW, NOW, {})
    entries[3], details[4] = chained(handover, 4, entries[2].mac, "salt", b"another key")
    assert faults(entries, details, KEY) != []
