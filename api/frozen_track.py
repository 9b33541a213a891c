"""Freezes where a courier was when something changed hands, read from the telemetry store beforehand."""

from __future__ import annotations

import secrets
from dataclasses import replace

import structlog

from tracking.custody.track_slice import AROUND, Point, frozen
from tracking.fleet.reports import HAND_OVERS, Report
from tracking.telemetry.store import FixStore, StoreUnavailable

log = structlog.get_logger()

MOST_READ = 2_000
"""The most fixes that are looked at for one slice."""


class TrackFreezer:
    """Adds to the reports of one upload where the courier was, as far as that is known by now.

    A telemetry store that does not answer is asked once an upload, and holds no hand-over up.
    """

    def __init__(self, fixes: FixStore) -> None:
        self._fixes = fixes
        self._answers = True

    def with_track(self, report: Report) -> Report:
        """Return the report of a hand-over with the positions around it; any other as it is."""
        if report.kind not in HAND_OVERS or not self._answers:
            return report
        at = report.happened_at
        try:
            found = self._fixes.track(report.courier_id, at - AROUND, at + AROUND, MOST_READ)
        except StoreUnavailable as error:
            self._answers = False
            log.warning("no track for a hand-over", event_id=report.event_id, cause=error.cause)
            return report
        points = [Point(fix.fix_at, fix.coordinate, fix.accuracy_m) for fix in found]
        return replace(report, track=frozen(report.courier_id, at, points, secrets.token_hex(16)))
