"""The folder of signed heads: one list a day that names the one before, and what they say of a serial."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nacl.signing import SigningKey, VerifyKey

from api.secrets import secret_file
from tracking.custody.heads import FIRST, HeadList, HeadsForged, digest_of, lost, opened, signed
from tracking.store.unit_of_work import SqlUnitOfWork, Store

FOLDER = "custody-heads"


def signing_key(data_dir: Path) -> SigningKey:
    """Return the key that signs lists: made on first use, a file of the installation."""
    return SigningKey(bytes.fromhex(secret_file(data_dir, "custody-signing-key")))


def export_heads(store: Store, data_dir: Path, now: datetime) -> Path | None:
    """Write the list of today (UTC), unless there is one; return its file."""
    folder = data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now:%Y-%m-%d}.json"
    if path.exists():
        return None
    earlier = sorted(folder.glob("*.json"))
    previous = digest_of(earlier[-1].read_text()) if earlier else FIRST
    with store.reading() as uow:
        heads = tuple(uow.custody.heads())
    draft = path.with_suffix(".draft")
    draft.write_text(signed(HeadList(now, previous, heads), signing_key(data_dir)))
    draft.replace(path)
    return path


@dataclass(frozen=True, slots=True)
class KeptHeads:
    """The lists of a folder that hold, the oldest first, and what is wrong with it, in words.

    `of_serial` holds what the lists say of each serial, so that many are verified in one pass over them.
    """

    lists: tuple[HeadList, ...]
    faults: tuple[str, ...]
    of_serial: Mapping[str, Sequence[HeadList]]


def read_heads(folder: Path, key: VerifyKey) -> KeptHeads:
    """Return what a folder of lists holds; one that is changed or missing in the row is a fault."""
    lists, faults, previous = [], [], None
    for path in sorted(folder.glob("*.json")):
        text = path.read_text()
        try:
            found = opened(text, key)
        except HeadsForged:
            faults.append(f"{path.name} is not what was signed")
        else:
            lists.append(found)
            if previous is not None and found.previous != previous:
                faults.append(f"between {path.name} and the list before it one is missing, or was changed")
        previous = digest_of(text)
    return KeptHeads(tuple(lists), tuple(faults), _of_serial(lists))


def _of_serial(lists: Iterable[HeadList]) -> dict[str, list[HeadList]]:
    found: dict[str, list[HeadList]] = defaultdict(list)
    for made in lists:
        for head in made.heads:
            found[head.serial].append(HeadList(made.made_at, made.previous, (head,)))
    return found


def faults_of(uow: SqlUnitOfWork, serial: str, kept: KeptHeads) -> list[str]:
    """Return what is wrong with the custody of a serial: its chain, and what lists of heads know of it."""
    entries, _ = uow.custody.timeline(serial)
    if not entries:
        return ["the whole timeline is gone"] if serial in kept.of_serial else []
    return [*uow.custody.faults(serial), *lost(entries, kept.of_serial.get(serial, ()))]
