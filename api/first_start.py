"""What happens when an installation starts: tables, secrets, the first administrator, the sample region."""

from __future__ import annotations

from collections.abc import Callable

from api.demo.region import SIMULATOR_SECRETS, build_region, is_empty
from api.secrets import load_secrets, secrets_folder, write_secret
from api.settings import Settings
from tracking.identity.passwords import hash_password, new_password
from tracking.identity.roles import Role
from tracking.identity.service import add_person
from tracking.parts.location import UNACCOUNTED, Location, LocationKind
from tracking.parts.service import add_location
from tracking.store.unit_of_work import Store
from tracking.values.errors import FieldstockError
from tracking.values.times import system_clock

Say = Callable[[str, str], None]
SAMPLE_STATE = "sample-region"
"""The file that says how far the sample region has come."""
BUILDING, COMPLETE = "building", "complete"


class SampleRegionIncomplete(FieldstockError):
    """The program was ended while it built the sample region."""

    code = "sample_region_incomplete"
    action = "Delete the data folder (and empty FIELDSTOCK_DATABASE_URL, if that is set), and start again."


def prepare(settings: Settings, say: Say) -> None:
    """Bring tables and secrets into being, and on the first start somebody who can sign in."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = Store(settings.relational_url, load_secrets(settings.data_dir).custody_key)
    store.migrate()
    with store.reading() as uow:
        empty = is_empty(uow)
    if empty and settings.demo:
        write_secret(settings.data_dir, SAMPLE_STATE, BUILDING)
        _create_ground(store)
        say("run", "building the sample region: the Rhine valley around Liechtenstein")
        build_region(store, settings, say)
        write_secret(settings.data_dir, SAMPLE_STATE, COMPLETE)
    elif empty:
        _create_ground(store)
    elif _is_half_built(settings):
        raise SampleRegionIncomplete(f"The sample region in {settings.data_dir} was not finished.")
    with store.reading() as uow:
        nobody = not uow.people.find(role=Role.ADMIN)
    if nobody:
        _create_admin(store, settings, say)
    store.close()


def has_sample_region(settings: Settings) -> bool:
    """Tell whether there is something to simulate."""
    return (secrets_folder(settings.data_dir) / SIMULATOR_SECRETS).exists()


def _is_half_built(settings: Settings) -> bool:
    state = secrets_folder(settings.data_dir) / SAMPLE_STATE
    return state.exists() and state.read_text().strip() != COMPLETE


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
