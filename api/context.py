"""What the HTTP API is made of: its store, journal, clock and keys, put together in one place."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import current_app

from api.device_keys import DeviceKeys
from api.fix_store import fix_store
from api.live import LiveFeed
from api.quarantine import Quarantine
from api.secrets import InstallationSecrets, load_secrets
from api.settings import Settings
from tracking.store.photo_files import PhotoFiles
from tracking.store.unit_of_work import Store
from tracking.telemetry.clock_offset import ClockOffsets
from tracking.telemetry.journal import Journal
from tracking.telemetry.store import FixStore
from tracking.values.times import Clock, system_clock

EXTENSION = "fieldstock"


@dataclass
class Context:
    """The parts of one api process."""

    settings: Settings
    secrets: InstallationSecrets
    store: Store
    journal: Journal
    fixes: FixStore
    live: LiveFeed
    device_keys: DeviceKeys
    quarantine: Quarantine
    photos: PhotoFiles
    clock: Clock = system_clock
    clocks: ClockOffsets = field(default_factory=ClockOffsets)


def build_context(settings: Settings) -> Context:
    """Open what an api process needs; the store must have been migrated."""
    secrets = load_secrets(settings.data_dir)
    settings.journal_path.parent.mkdir(parents=True, exist_ok=True)
    store = Store(settings.relational_url, secrets.custody_key)
    journal = Journal(settings.journal_path, max_bytes=settings.journal_max_mb * 1_000_000)
    fixes = fix_store(settings, journal)
    quarantine = Quarantine(journal)
    return Context(
        settings,
        secrets,
        store,
        journal,
        fixes,
        LiveFeed(store),
        DeviceKeys(store),
        quarantine,
        PhotoFiles(settings.photos_dir),
    )


def context() -> Context:
    """Return the context of the app that serves this request."""
    found: Context = current_app.extensions[EXTENSION]
    return found
