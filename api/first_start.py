"""What happens when an installation starts: tables, secrets, the first administrator, the sample region."""

from __future__ import annotations

from collections.abc import Callable

from api.demo.region import build_region, is_empty
from api.secrets import load_secrets, secrets_folder, write_secret
from api.settings import Settings
from tracking.identity.passwords import hash_password, new_password
from tracking.identity.roles import Role
from tracking.identity.service import add_person
from tracking.parts.location import UNACCOUNTED, Location, LocationKind
from tracking.parts.service import add_location
from tracking.store.unit_of_work import Store
from tracking.values.times import system_clock

Say = Callable[[str, str], None]


def prepare(settings: Settings, say: Say) -> None:
    """Bring tables and secrets into being, and on the first start somebody who can sign in."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = Store(settings.relational_url, load_secrets(settings.data_dir).custody_key)
    store.migrate()
    with store.reading() as uow:
        empty = is_empty(uow)
    if empty:
        _create_ground(store)
        if settings.demo:
            say("run", "building the sample region: the Rhine valley around Liechtenstein")
            build_region(store, settings, say)
    with store.reading() as uow:
        nobody = not uow.people.find(role=Role.ADMIN)
    if nobody:
        _create_admin(store, settings, say)
    store.close()


def _create_ground(store: Store) -> None:
    """Add the places that every installation has."""
    now = system_clock()
    with store.writing() as uow:
        add_location(uow, Location("supplier", LocationKind.SUPPLIER, "Suppliers", None), now)
        add_location(uow, Location("scrap", LocationKind.SCRAP, "Scrap", None), now)
        add_location(uow, Location(UNACCOUNTED, LocationKind.UNACCOUNTED, "Unaccounted for", None), now)
        uow.commit()


def _create_admin(store: Store, settings: Settings, say: Say) -> None:
    password = new_password()
    with store.writing() as uow:
        add_person(uow, "admin", "Administrator", Role.ADMIN, hash_password(password), system_clock())
        uow.commit()
    write_secret(settings.data_dir, "first-password-of-admin", password)
    say("run", f"sign in as admin with the password {password}")
    say("run", f"(printed once; also in {secrets_folder(settings.data_dir)}/first-password-of-admin)")
