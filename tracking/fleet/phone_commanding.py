"""Use cases of commands to phones: ask for a location, find what is to be sent, and note that it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from tracking.fleet.phone_commands import VALID, DueCommand, PhoneAction, PhoneCommand, WatchedPlace, Way
from tracking.fleet.stops import OPEN
from tracking.identity.devices import Device, DeviceKind
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import Conflict

MAX_WATCHED = 15
"""Stops that a phone watches at once; a phone has room for 20 places in all."""


def request_location(uow: UnitOfWork, courier_id: str, at: datetime) -> PhoneCommand:
    """Ask a courier's phone to say where it is. Raises `NotFound`, or `Conflict` without a phone."""
    uow.couriers.require(courier_id)
    device = uow.devices.get(courier_id)
    if device is None or not _is_phone(device):
        raise Conflict(f"{courier_id} has no phone that could be asked.", "Add a device for the courier.")
    blank = PhoneCommand(courier_id, PhoneAction.REPORT_LOCATION, 0, at)
    known = uow.phone_commands.ensure(blank)
    command = replace(known, asked_version=known.asked_version + 1, issued_at=at)
    uow.phone_commands.save(command)
    return command


def due_commands(uow: UnitOfWork, way: Way, at: datetime, device_id: str | None = None) -> list[DueCommand]:
    """Return what is to be sent one way, to one phone or to all."""
    only = {} if device_id is None else {"device_id": device_id}
    known = {(c.device_id, c.action): c for c in uow.phone_commands.find(**only)}
    phones = {d.device_id for d in uow.devices.find(kind=DeviceKind.COURIER, **only) if _is_phone(d)}
    asked = [
        DueCommand(c.device_id, c.action, c.asked_version)
        for c in known.values()
        if c.action is PhoneAction.REPORT_LOCATION
        and c.device_id in phones
        and c.sent(way) < c.asked_version
        and at < c.issued_at + VALID
    ]
    return asked + _changed_routes(uow, way, phones, known)


def mark_sent(uow: UnitOfWork, due: DueCommand, way: Way, at: datetime) -> None:
    """Record that a command was sent one way."""
    known = uow.phone_commands.ensure(PhoneCommand(due.device_id, due.action, due.version, at))
    sent = max(known.sent(way), due.version)
    if way is Way.PUBLISHED:
        uow.phone_commands.save(replace(known, published_version=sent))
    else:
        uow.phone_commands.save(replace(known, answered_version=sent))


def _changed_routes(
    uow: UnitOfWork, way: Way, phones: set[str], known: dict[tuple[str, PhoneAction], PhoneCommand]
) -> list[DueCommand]:
    """Return the places to watch for each courier whose stops are others than those that were sent."""
    versions = {}
    for courier in uow.couriers.find_in(courier_id=phones) if phones else []:
        command = known.get((courier.courier_id, PhoneAction.SET_WAYPOINTS))
        if courier.route_version != (command.sent(way) if command else 0):
            versions[courier.courier_id] = courier.route_version
    places = _places(uow, versions.keys()) if versions else {}
    return [
        DueCommand(courier_id, PhoneAction.SET_WAYPOINTS, versions[courier_id], tuple(watched[:MAX_WATCHED]))
        for courier_id, watched in places.items()
    ]


def _places(uow: UnitOfWork, courier_ids: Iterable[str]) -> dict[str, list[WatchedPlace]]:
    stops = sorted(uow.stops.find_in(courier_id=courier_ids, state=OPEN), key=lambda stop: stop.position)
    places = {p.location_id: p for p in uow.locations.find_in(location_id={stop.place_id for stop in stops})}
    watched: dict[str, list[WatchedPlace]] = {}
    for stop in stops:
        place = places[stop.place_id]
        if place.coordinate is not None:
            watched.setdefault(stop.courier_id, []).append(
                WatchedPlace(stop.stop_id, place.name, place.coordinate)
            )
    return watched


def _is_phone(device: Device) -> bool:
    return device.kind is DeviceKind.COURIER and device.revoked_at is None
