"""Custody entries, their chain, and its verification.

Each entry's `mac` is HMAC-SHA256 under a key that lies outside the database, over the entry's facts and
the `mac` before it, in order of recording. Of actor and proof the chain holds only a salted digest, so
that a person's traces can be erased without breaking it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime

from tracking.values.times import to_ms

GENESIS = "0" * 64
"""Stands before the first entry of every serial."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Somebody took or brought one serial. `location_id` is where it is afterwards."""

    serial: str
    kind: str
    location_id: str
    actor: str
    at: datetime
    recorded_at: datetime
    proof: dict[str, str]


@dataclass(frozen=True, slots=True)
class CustodyEntry:
    """One link of the chain of one serial; `position` counts from 1."""

    serial: str
    position: int
    kind: str
    location_id: str
    at: datetime
    recorded_at: datetime
    detail_digest: str
    mac: str


@dataclass(frozen=True, slots=True)
class CustodyDetail:
    """What privacy may erase of an entry: who it was, and the proof."""

    serial: str
    position: int
    salt: str
    actor: str
    proof: dict[str, str]


def chained(
    handover: HandOver, position: int, previous_mac: str, salt: str, key: bytes
) -> tuple[CustodyEntry, CustodyDetail]:
    """Return the entry that records `handover` after the entry with `previous_mac`, and its detail."""
    detail = CustodyDetail(handover.serial, position, salt, handover.actor, dict(handover.proof))
    digest = detail_digest(detail)
    facts = (
        handover.serial,
        position,
        handover.kind,
        handover.location_id,
        handover.at,
        handover.recorded_at,
    )
    entry = CustodyEntry(*facts, digest, "")
    return CustodyEntry(*facts, digest, _mac(entry, previous_mac, key)), detail


def detail_digest(detail: CustodyDetail) -> str:
    """Return the salted SHA-256 of actor and proof, in hex."""
    spelled = json.dumps([detail.salt, detail.actor, detail.proof], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(spelled.encode()).hexdigest()


def faults(entries: list[CustodyEntry], details: dict[int, CustodyDetail], key: bytes) -> list[str]:
    """Return what is wrong with one serial's timeline, in words; empty when it is sound.

    `details` maps positions to details; one that was erased is no fault.
    """
    found: list[str] = []
    previous = GENESIS
    for expected, entry in enumerate(entries, start=1):
        if entry.position != expected:
            found.append(f"position {expected} is missing")
            break
        if not hmac.compare_digest(entry.mac, _mac(entry, previous, key)):
            found.append(f"position {entry.position} was changed, or what stands before it")
        detail = details.get(entry.position)
        if detail is not None and detail_digest(detail) != entry.detail_digest:
            found.append(f"actor or proof of position {entry.position} was changed")
        previous = entry.mac
    return found


def _mac(entry: CustodyEntry, previous_mac: str, key: bytes) -> str:
    spelled = json.dumps(
        [
            previous_mac,
            entry.serial,
            entry.position,
            entry.kind,
            entry.location_id,
            to_ms(entry.at),
            to_ms(entry.recorded_at),
            entry.detail_digest,
        ],
        separators=(",", ":"),
    )
    return hmac.new(key, spelled.encode(), hashlib.sha256).hexdigest()
