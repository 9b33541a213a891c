"""Which store of fixes an installation has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.settings import Settings
from tracking.telemetry.journal import Journal
from tracking.telemetry.sqlite_store import SqliteFixStore
from tracking.telemetry.store import FixStore

if TYPE_CHECKING:
    from tracking.telemetry.influx_store import InfluxFixStore


def fix_store(settings: Settings, journal: Journal) -> FixStore:
    """Return the telemetry server where one is set, else the journal."""
    return server_of(settings) or SqliteFixStore(journal)


def server_of(settings: Settings) -> InfluxFixStore | None:
    """Return the telemetry server, None where the journal is the store of fixes."""
    if not settings.telemetry_url:
        return None
    from tracking.telemetry.influx_store import InfluxFixStore  # its library takes 0.3 s to import

    return InfluxFixStore(settings.telemetry_url)
