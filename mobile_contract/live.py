"""The live stream: server-sent events of `GET /v1/live`.

Every domain event is sent as `id: <position>`, `event: <kind>` and a `LiveEvent` as data; a client that
comes back sends `Last-Event-ID`. `event: courier.position` carries a `CourierPosition` without an id,
coalesced: only the newest of each courier. `event: reset` means: read everything again by REST, then go
on from its `position`.
"""

from __future__ import annotations

from typing import Any

from mobile_contract.common import Answer, Instant
from mobile_contract.fleet import PositionView


class LiveEvent(Answer):
    """One domain event."""

    position: int
    kind: str
    subject: str
    at: Instant
    data: dict[str, Any]


class CourierPosition(Answer):
    """Where a courier is now."""

    courier_id: str
    position: PositionView


class Reset(Answer):
    """The client's knowledge is too old, or it has none yet."""

    position: int
    reason: str
