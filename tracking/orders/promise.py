"""A promise: when a part can be there, as a caller was told, held for a while and redeemed by an order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from tracking.orders.order import Urgency
from tracking.parts.location import LocationKind
from tracking.values.errors import FieldstockError, InvalidValue
from tracking.values.times import EPOCH
from tracking.values.transitions import check_transition


class PromiseState(StrEnum):
    """The life of a promise."""

    ASKED = "asked"
    OFFERED = "offered"
    REFUSED = "refused"
    REDEEMED = "redeemed"
    LAPSED = "lapsed"


_S = PromiseState
TRANSITIONS = MappingProxyType(
    {
        _S.ASKED: frozenset({_S.OFFERED, _S.REFUSED, _S.LAPSED}),
        _S.OFFERED: frozenset({_S.REDEEMED, _S.LAPSED}),
        _S.REFUSED: frozenset[PromiseState](),
        _S.REDEEMED: frozenset[PromiseState](),
        _S.LAPSED: frozenset[PromiseState](),
    }
)
"""Which state may follow which: only what was offered, and is still held, can be redeemed."""

LONGEST_HOLD = timedelta(hours=4)


class PromiseLapsed(FieldstockError):
    """A promise is not held any more."""

    code = "promise_lapsed"
    action = "Ask for another promise: the part may have gone elsewhere."


@dataclass(frozen=True, slots=True)
class Promise:
    """What was asked for at `asked_at`, and what was offered.

    `confidence`, in [0.5, 0.99], is how sure `promised_at` is meant to be (`half_at`: 0.5); `in_time` the
    probability that the part is handed over by `due_at`. `options` are all sources that were looked at, the
    one that is offered first (`Option.told`). `reason` says why nothing is offered. The offer is held for
    `hold_s`, until `held_until`. `request_key` names the request, so that the same one asks once. What is
    offered fits `machine_id`, the machine at the site that it is for, where one is named, and is brought by
    the courier who is required, where one is, and by none who is forbidden.
    """

    promise_id: str
    state: PromiseState
    site_id: str
    part_number: str
    quantity: int
    contract_id: str
    urgency: Urgency
    confidence: float
    hold_s: int
    asked_by: str
    asked_at: datetime
    due_at: datetime
    offered_part: str | None = None
    source_id: str | None = None
    courier_id: str | None = None
    promised_at: datetime | None = None
    half_at: datetime | None = None
    in_time: float | None = None
    held_until: datetime | None = None
    order_id: str | None = None
    reason: str | None = None
    options: tuple[dict[str, Any], ...] = ()
    request_key: str | None = None
    machine_id: str | None = None
    required_courier_id: str | None = None
    forbidden_courier_ids: tuple[str, ...] = ()
    version: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.quantity <= 1000:
            raise InvalidValue(f"A promise is for 1 to 1000 pieces, not {self.quantity}.")
        if not 0.5 <= self.confidence <= 0.99:
            raise InvalidValue(f"confidence must lie in [0.5, 0.99], not {self.confidence}.")
        if not 1 <= self.hold_s <= LONGEST_HOLD.total_seconds():
            raise InvalidValue(f"hold_s must lie in [1, 14400], not {self.hold_s}.")


@dataclass(frozen=True, slots=True)
class Option:
    """A source that was looked at. `reason` says why it is not the one, empty for the one that is."""

    part_number: str
    source_id: str
    kind: LocationKind
    reason: str = ""

    def told(self) -> dict[str, Any]:
        """Return the option as it is kept with the promise."""
        return {
            "part_number": self.part_number,
            "source_id": self.source_id,
            "kind": str(self.kind),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Offer(Option):
    """A source that can serve: `courier_id` would hand the part over before `promised_at` with the confidence
    that was asked for, before `half_at` in every second case, and by when it is due with the probability
    `in_time`.
    """

    courier_id: str = ""
    promised_at: datetime = EPOCH
    half_at: datetime = EPOCH
    in_time: float = 0.0

    def told(self) -> dict[str, Any]:
        """Return the option as it is kept with the promise; times in ISO 8601."""
        return {
            **Option.told(self),
            "courier_id": self.courier_id,
            "promised_at": self.promised_at.isoformat(),
            "half_at": self.half_at.isoformat(),
            "in_time": self.in_time,
        }


def offered(promise: Promise, offer: Offer, options: tuple[dict[str, Any], ...], at: datetime) -> Promise:
    """Return the promise with an offer, held from `at` on."""
    _check(promise, PromiseState.OFFERED)
    return replace(
        promise,
        state=PromiseState.OFFERED,
        offered_part=offer.part_number,
        source_id=offer.source_id,
        courier_id=offer.courier_id,
        promised_at=offer.promised_at,
        half_at=offer.half_at,
        in_time=offer.in_time,
        held_until=at + timedelta(seconds=promise.hold_s),
        options=options,
    )


def refused(promise: Promise, reason: str, options: tuple[dict[str, Any], ...]) -> Promise:
    """Return the promise that offers nothing, and why."""
    _check(promise, PromiseState.REFUSED)
    return replace(promise, state=PromiseState.REFUSED, reason=reason, options=options)


def lapsed(promise: Promise, reason: str) -> Promise:
    """Return the promise that is not held any more."""
    _check(promise, PromiseState.LAPSED)
    return replace(promise, state=PromiseState.LAPSED, reason=reason)


def redeemed(promise: Promise, order_id: str, at: datetime) -> Promise:
    """Return the promise as kept by an order. Raises `PromiseLapsed` when it is not held any more."""
    if promise.state is PromiseState.LAPSED or (promise.held_until is not None and promise.held_until <= at):
        raise PromiseLapsed(
            f"The promise was held until {promise.held_until or promise.asked_at:%H:%M:%S} UTC."
        )
    _check(promise, PromiseState.REDEEMED)
    return replace(promise, state=PromiseState.REDEEMED, order_id=order_id)


def _check(promise: Promise, wish: PromiseState) -> None:
    check_transition(TRANSITIONS, "Promise", promise.promise_id, promise.state, wish)
