"""The port of the fix store: where accepted fixes are kept and asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tracking.telemetry.fixes import Fix
from tracking.values.errors import FieldstockError

MAX_TRACK = 100_000
"""The most fixes that one call of `track` returns."""


class StoreUnavailable(FieldstockError):
    """The telemetry store cannot be reached or cannot serve now; the fixes wait in the journal."""

    code = "telemetry_store_unavailable"
    action = (
        "Check that the telemetry server of FIELDSTOCK_TELEMETRY_URL runs, its address and its credentials."
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """The fix at `index` of what was written will never be taken, for this reason."""

    index: int
    reason: str


class FixStore(Protocol):
    """Keeps fixes, one for each identity. Every method raises `StoreUnavailable` when it cannot serve."""

    def write(self, fixes: Sequence[Fix]) -> list[Refusal]:
        """Keep `fixes` durably and return those that will never be taken; writing again changes nothing."""

    def track(self, device: str, since: datetime, until: datetime, limit: int = 10_000) -> list[Fix]:
        """Return up to `limit` (at most `MAX_TRACK`) fixes with since <= fix_at < until, oldest first."""

    def latest(self, device: str) -> Fix | None:
        """Return the newest fix by the device's time, whenever it arrived."""

    def count(self, device: str | None = None) -> int:
        """Return how many fixes are kept, of one device or of all."""

    def delete_device(self, device: str, until: datetime | None = None) -> None:
        """Erase every fix of a device, or those made up to a time."""

    def close(self) -> None:
        """Let go of files and connections."""
