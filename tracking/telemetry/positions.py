"""Keeping positions: a courier is where the newest plausible fix says, whenever it arrived."""

from __future__ import annotations

from datetime import datetime

from tracking.fleet.courier import CourierPosition
from tracking.telemetry.fixes import Fix
from tracking.telemetry.plausibility import plausible_newest_first
from tracking.telemetry.track import Track
from tracking.unit_of_work import UnitOfWork


def keep_position(
    uow: UnitOfWork, track: Track, courier_id: str, known: CourierPosition | None, until: datetime
) -> None:
    """Write a courier's position if the newest plausible fix before `until` is not the one `known` rests on.

    It moves back in time only when the fix it rests on is seen to be impossible by fixes that came late.
    """
    newest = next(plausible_newest_first(track.backwards(courier_id, until)), None)
    if newest is None or (known is not None and _rests_on_forgotten(track, known, newest)):
        return
    position = _position(newest)
    if known is None:
        uow.positions.add(position)
    elif position != known:
        uow.positions.save(position)


def _rests_on_forgotten(track: Track, known: CourierPosition, newest: Fix) -> bool:
    """Tell whether a newer position stands whose fix is no longer in the journal."""
    return newest.fix_at < known.fix_at and not track.has(known.courier_id, known.fix_at)


def _position(fix: Fix) -> CourierPosition:
    return CourierPosition(
        courier_id=fix.device,
        coordinate=fix.coordinate,
        fix_at=fix.fix_at,
        received_at=fix.received_at,
        accuracy_m=fix.accuracy_m,
        speed_mps=fix.speed_mps,
        bearing_deg=fix.bearing_deg,
        battery_pct=fix.battery_pct,
        charging=fix.charging,
        network=fix.network,
        tracking=fix.tracking,
    )
