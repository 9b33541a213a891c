"""Signed heads: how far each custody timeline had come, kept outside the database, so that a cut is found.

The chain itself cannot tell that its newest entries are gone, or that all of it was written anew by somebody
who has the key. A list of heads, made each day and signed with another key (Ed25519, RFC 8032), can.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from tracking.custody.timeline import CustodyEntry
from tracking.values.errors import FieldstockError

FIRST = ""
"""What stands for the list before the first one."""


class HeadsForged(FieldstockError):
    """A list of heads is not what was signed."""

    code = "heads_forged"
    action = "Compare it with a copy that was kept elsewhere."


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry of one serial's timeline."""

    serial: str
    position: int
    mac: str


@dataclass(frozen=True, slots=True)
class HeadList:
    """The heads of all serials at `made_at`; `previous` is the SHA-256 of the list before, in hex."""

    made_at: datetime
    previous: str
    heads: tuple[Head, ...]


def signed(heads: HeadList, key: SigningKey) -> str:
    """Return a list as text of JSON, with its signature."""
    content = _spelled(heads)
    return json.dumps({"signature": key.sign(content.encode()).signature.hex(), "signed": content}) + "\n"


def opened(text: str, key: VerifyKey) -> HeadList:
    """Return the list that a text holds. Raises `HeadsForged` when it is not what was signed."""
    try:
        outer = json.loads(text)
        content = str(outer["signed"])
        key.verify(content.encode(), bytes.fromhex(outer["signature"]))
        told = json.loads(content)
        heads = tuple(Head(serial, position, mac) for serial, position, mac in told["heads"])
        return HeadList(datetime.fromisoformat(told["made_at"]), told["previous"], heads)
    except (BadSignatureError, ValueError, KeyError, TypeError) as error:
        raise HeadsForged("This list of heads is not what was signed.") from error


def digest_of(text: str) -> str:
    """Return by what the next list names this one."""
    return hashlib.sha256(text.encode()).hexdigest()


def lost(entries: Sequence[CustodyEntry], lists: Iterable[HeadList]) -> list[str]:
    """Return what of one serial's timeline is gone or was written anew since lists were made, in words."""
    found: dict[int, str] = {}
    macs = {entry.position: entry.mac for entry in entries}
    serial = entries[0].serial if entries else None
    for made in lists:
        for head in made.heads:
            if head.serial != serial or head.position in found or macs.get(head.position) == head.mac:
                continue
            fate = "was written anew" if head.position in macs else "is gone"
            found[head.position] = f"position {head.position}, there on {made.made_at:%Y-%m-%d}, {fate}"
    return list(found.values())


def _spelled(heads: HeadList) -> str:
    return json.dumps(
        {
            "made_at": heads.made_at.isoformat(),
            "previous": heads.previous,
            "heads": [[head.serial, head.position, head.mac] for head in heads.heads],
        },
        separators=(",", ":"),
        sort_keys=True,
    )
