"""How commands reach the installation on this machine."""

from __future__ import annotations

from api.secrets import load_secrets
from api.settings import load_settings
from tracking.store.unit_of_work import Store


def open_store() -> Store:
    """Open the database of this installation, brought up to this version."""
    settings = load_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = Store(settings.relational_url, load_secrets(settings.data_dir).custody_key)
    store.migrate()
    return store
