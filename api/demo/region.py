"""Builds the sample region through the use cases: catalogue, places, people, devices, stock, history."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from api.demo.history import live_through, start_mid_shift
from api.demo.places import BENCH, CONSUMABLE, COURIERS, DEPOT, LOCKERS, REPAIRABLE, SITES, Place
from api.secrets import secrets_folder, write_secret
from api.settings import Settings
from tracking.fleet.courier import Courier
from tracking.fleet.service import add_courier, open_shift
from tracking.identity.devices import DeviceKind
from tracking.identity.passwords import hash_password, new_password
from tracking.identity.roles import Role
from tracking.identity.service import add_device, add_person
from tracking.lockers.offline_opening import offline_keys
from tracking.lockers.service import add_locker
from tracking.orders.calendar import ServiceCalendar
from tracking.orders.contracts import add_calendar, add_contract
from tracking.orders.sla import Contract, Response
from tracking.parts.location import Location, LocationKind, compartment_location_id
from tracking.parts.part import Part, PartKind
from tracking.parts.service import Movement, add_location, add_part, receive
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.times import system_clock

Say = Callable[[str, str], None]

SEED = 20_261_122
HISTORY = timedelta(hours=6)
SHIFT_LEFT = timedelta(hours=5)
COMPARTMENTS = 12
SIMULATOR_SECRETS = "simulator.json"
SIGN_IN_SECRETS = "sample-sign-ins"
OFFICE_HOURS = ServiceCalendar("office-hours", "Office hours", "Europe/Vaduz", "Mo-Fr 08:00-17:00", "LI")
CONTRACTS = (
    Contract("response-2h", "2 h, around the clock", 7200),
    Contract("response-4h", "4 h, around the clock", 14_400),
    Contract(
        "next-day", "Next business day", 0, Response.NEXT_BUSINESS_DAY, OFFICE_HOURS.calendar_id, "15:30"
    ),
)


def is_empty(uow: SqlUnitOfWork) -> bool:
    """Tell whether the installation has no place yet."""
    return not uow.locations.find()


def build_region(store: Store, settings: Settings, say: Say) -> None:
    """Fill an empty store, and write down the secrets of its people and simulated devices."""
    now = system_clock()
    chance = random.Random(SEED)
    with store.writing() as uow:
        parts = _add_catalogue(uow, chance, now - HISTORY)
        _add_places(uow, now - HISTORY)
        _add_couriers(uow, now)
        _fill_up(uow, parts, chance, now - HISTORY)
        passwords = _add_people(uow, now - HISTORY)
        devices = _add_devices(uow, now - HISTORY)
        uow.commit()
    write_secret(
        settings.data_dir, SIMULATOR_SECRETS, json.dumps({"passwords": passwords, "devices": devices})
    )
    say("run", "living through six hours of orders and returns")
    live_through(store, chance, now - HISTORY, now)
    start_mid_shift(store, chance, now)
    _tell_sign_ins(settings, passwords, say)


def _add_catalogue(uow: SqlUnitOfWork, chance: random.Random, at: datetime) -> list[Part]:
    parts = [
        Part(
            f"R-{1001 + n}",
            name,
            PartKind.REPAIRABLE,
            chance.randrange(400, 18_000),
            chance.randrange(800, 40_000),
            chance.randrange(20_000, 900_000),
        )
        for n, name in enumerate(REPAIRABLE)
    ] + [
        Part(
            f"C-{2001 + n}",
            name,
            PartKind.CONSUMABLE,
            chance.randrange(10, 5_000),
            chance.randrange(10, 6_000),
            chance.randrange(200, 20_000),
        )
        for n, name in enumerate(CONSUMABLE)
    ]
    for part in parts:
        add_part(uow, part, at)
    return parts


def _add_places(uow: SqlUnitOfWork, at: datetime) -> None:
    add_location(uow, _location(DEPOT, LocationKind.DEPOT), at)
    add_location(uow, _location(BENCH, LocationKind.BENCH), at)
    for site in SITES:
        add_location(uow, _location(site, LocationKind.CUSTOMER_SITE), at)
    for locker in LOCKERS:
        names = [str(number) for number in range(1, COMPARTMENTS + 1)]
        add_locker(uow, _location(locker, LocationKind.LOCKER), names, at)
    add_calendar(uow, OFFICE_HOURS)
    for contract in CONTRACTS:
        add_contract(uow, contract)


def _add_couriers(uow: SqlUnitOfWork, now: datetime) -> None:
    for n, (name, label) in enumerate(COURIERS):
        add_courier(uow, Courier(name, label, 400_000, 2_000_000, (), DEPOT.name), now - HISTORY)
        starts_at = now - HISTORY - timedelta(minutes=10 * n)
        open_shift(uow, name, starts_at, now + SHIFT_LEFT + timedelta(minutes=45 * n), starts_at)


def _fill_up(uow: SqlUnitOfWork, parts: list[Part], chance: random.Random, at: datetime) -> None:
    """Put two repairable parts and a consumable or more into every locker, the rest into the depot."""
    number = 0
    for locker in LOCKERS:
        chosen = chance.sample(parts[: len(REPAIRABLE)], COMPARTMENTS - 4)
        chosen += chance.sample(parts[len(REPAIRABLE) :], 4)
        for compartment, part in enumerate(chosen, start=1):
            quantity = 1 if part.serialised else 8
            number = _receive(
                uow, part, compartment_location_id(locker.name, str(compartment)), quantity, number, at
            )
    for part in parts:
        number = _receive(uow, part, DEPOT.name, 4 if part.serialised else 120, number, at)


def _receive(
    uow: SqlUnitOfWork, part: Part, location_id: str, quantity: int, number: int, at: datetime
) -> int:
    serials = tuple(f"SN-{100_000 + number + n}" for n in range(quantity)) if part.serialised else ()
    movement = Movement(
        part.part_number,
        quantity,
        "supplier",
        location_id,
        "received",
        "sample",
        at,
        at,
        reference="opening stock",
        serials=serials,
        proof={"kind": "statement"},
    )
    receive(uow, movement)
    return number + len(serials)


def _add_people(uow: SqlUnitOfWork, at: datetime) -> dict[str, str]:
    passwords = {}
    staff = [(str(role), role, None) for role in Role if role is not Role.COURIER]
    drivers = [(name, Role.COURIER, name) for name, _ in COURIERS]
    labels = dict(COURIERS)
    for login, role, courier_id in [*staff, *drivers]:
        passwords[login] = new_password()
        label = labels.get(login, login.title())
        add_person(uow, login, label, role, hash_password(passwords[login]), at, courier_id=courier_id)
    return passwords


def _add_devices(uow: SqlUnitOfWork, at: datetime) -> dict[str, dict[str, Any]]:
    devices: dict[str, dict[str, Any]] = {}
    names = [(name, DeviceKind.COURIER) for name, _ in COURIERS]
    names += [(locker.name, DeviceKind.LOCKER) for locker in LOCKERS]
    for name, kind in names:
        device, secret = add_device(uow, name, kind, at)
        codes = offline_keys(uow, name) if kind is DeviceKind.LOCKER else {}
        devices[name] = {
            "kind": str(kind),
            "secret": secret,
            "command_key": device.command_key_hex,
            "offline_keys": codes,
        }
    return devices


def _tell_sign_ins(settings: Settings, passwords: dict[str, str], say: Say) -> None:
    lines = "\n".join(f"{login:<12} {password}" for login, password in passwords.items())
    path = write_secret(settings.data_dir, SIGN_IN_SECRETS, lines)
    for login in ("dispatcher", "desk", "anna"):
        say("run", f"sign in as {login:<10} with the password {passwords[login]}")
    say("run", f"(printed once; all sign-ins are in {secrets_folder(settings.data_dir) / path.name})")


def _location(place: Place, kind: LocationKind) -> Location:
    return Location(place.name, kind, place.label, place.at, place.town)
