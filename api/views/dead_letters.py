"""Dead letters: what devices sent and nobody could read."""

from __future__ import annotations

from functools import partial
from typing import Any

from apiflask import APIBlueprint

from api.context import context
from api.device_keys import DeviceKeys
from api.operation import operation
from api.paging import decoded_cursor, encoded_cursor
from device_gateway.protocol.again import read_again
from mobile_contract.common import Page
from mobile_contract.dead_letters import (
    DeadLetterQuery,
    DeadLetterView,
    LetterChoice,
    LetterCounts,
    ReplayedLetters,
)
from tracking.identity.roles import Scope
from tracking.telemetry.dead_letters import DeadLetters, KeptLetter
from tracking.values.errors import InvalidValue

dead_letters = APIBlueprint("dead_letters", __name__, url_prefix="/v1", tag="Dead letters")

AT_ONCE = 500
SHOWN_BYTES = 2_000
LARGEST_ID = 2**63 - 1


@operation(
    dead_letters, "GET", "/dead-letters", Page[DeadLetterView], scope=Scope.FLEET_WRITE, query=DeadLetterQuery
)
def list_dead_letters(query: DeadLetterQuery) -> dict[str, Any]:
    """Messages that could not be read, oldest first."""
    after = _letter_id(decoded_cursor(query.cursor)) if query.cursor else 0
    found = _letters().find(after, query.limit + 1, device=query.device, reason=query.reason)
    shown = found[: query.limit]
    more = len(found) > query.limit
    cursor = encoded_cursor(str(shown[-1].letter_id)) if more else None
    return {"items": [_view(kept) for kept in shown], "next_cursor": cursor}


@operation(dead_letters, "GET", "/dead-letters/counts", LetterCounts, scope=Scope.FLEET_WRITE)
def count_dead_letters() -> LetterCounts:
    """How many there are of each reason."""
    return LetterCounts(reasons=_letters().counts())


@operation(dead_letters, "GET", "/dead-letters/<letter_id>", DeadLetterView, scope=Scope.FLEET_WRITE)
def get_dead_letter(letter_id: str) -> DeadLetterView:
    """One of them."""
    return _view(_letters().get(_letter_id(letter_id)))


@operation(dead_letters, "DELETE", "/dead-letters/<letter_id>", None, scope=Scope.FLEET_WRITE, status=204)
def drop_dead_letter(letter_id: str) -> tuple[str, int]:
    """Throw one away."""
    kept = _letters().get(_letter_id(letter_id))
    _letters().drop([kept.letter_id])
    return "", 204


@operation(
    dead_letters,
    "POST",
    "/dead-letters/replay",
    ReplayedLetters,
    scope=Scope.FLEET_WRITE,
    body=LetterChoice,
    errors={404: "A letter that was named does not exist."},
)
def replay_dead_letters(body: LetterChoice) -> ReplayedLetters:
    """Read letters again, at most 500 at once; what can be read now is stored as if it had been then."""
    if bool(body.letter_ids) == (body.reason is not None):
        raise InvalidValue("Name letters, or a reason: one of the two.")
    letters = _letters()
    chosen = (
        [letters.get(_letter_id(str(number))) for number in dict.fromkeys(body.letter_ids)]
        if body.letter_ids
        else letters.find(body.after_id, AT_ONCE + 1, reason=body.reason)
    )
    done = letters.replay(chosen[:AT_ONCE], partial(read_again, keys=DeviceKeys(context().store)))
    unread = sum(each.reason is not None for each in done)
    return ReplayedLetters(
        read=len(done) - unread,
        stored=sum(each.stored for each in done),
        duplicate=sum(each.duplicates for each in done),
        still_unreadable=unread,
        more=len(chosen) > AT_ONCE,
        reached_id=done[-1].letter_id if done else body.after_id,
    )


def _letters() -> DeadLetters:
    return DeadLetters(context().journal)


def _letter_id(text: str) -> int:
    """Return the number of a letter; what is none names no letter."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else LARGEST_ID


def _view(kept: KeptLetter) -> DeadLetterView:
    letter = kept.letter
    return DeadLetterView(
        letter_id=kept.letter_id,
        topic=letter.topic,
        kind=letter.kind,
        device=letter.device,
        reason=letter.reason,
        received_at=letter.received_at,
        size_bytes=len(letter.payload),
        payload=letter.payload[:SHOWN_BYTES].decode("utf-8", "backslashreplace"),
    )
