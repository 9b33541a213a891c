"""Use cases of return links: make and revoke one, open it, and announce a return by it, once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracking.custody.photo import Photo
from tracking.identity.people import Throttle
from tracking.identity.secrets import sha256_hex
from tracking.parts.location import LocationKind
from tracking.returns.choosing import choose_way
from tracking.returns.inspecting import check_photos
from tracking.returns.link import (
    MAX_PHOTOS,
    MAX_VALID_DAYS,
    LinkExpired,
    LinkRevoked,
    LinkThrottled,
    LinkUnknown,
    LinkUsed,
    ReturnLink,
    TooManyPhotos,
)
from tracking.returns.returnable import check_serial, returnables
from tracking.returns.rma import WAY_IS_OPEN, Return
from tracking.returns.service import announce
from tracking.returns.ways import ReturnWay
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import InvalidValue, NotFound, TransitionRefused
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id

TOKEN_BYTES = 32
USE_WINDOW = timedelta(minutes=5)
USES_OF_LINK = 60
"""Writes and serials that one link may ask for in the window."""
USES_OF_ADDRESS = 20
"""Links that are not known which one address may try in the window."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What a customer says on the page; `place_id` is the locker or location of a drop."""

    part_number: str
    serial: str | None
    reason: str
    way: ReturnWay
    place_id: str | None
    photos: tuple[str, ...]


def make_link(
    uow: UnitOfWork,
    *,
    site_id: str | None = None,
    machine_id: str | None = None,
    order_id: str | None = None,
    return_id: str | None = None,
    valid_days: int,
    by: str,
    at: datetime,
) -> tuple[ReturnLink, str]:
    """Make a link for exactly one of a site, a machine, an order or a return; return it with its token.

    The link of an order that awaits its old part is for that return. `valid_days` is 1 to `MAX_VALID_DAYS`.
    Raises `InvalidValue`, `NotFound`, and `TransitionRefused` for a return that has left its site.
    """
    if sum(named is not None for named in (site_id, machine_id, order_id, return_id)) != 1:
        raise InvalidValue("Name one of site_id, machine_id, order_id and return_id.")
    if not 1 <= valid_days <= MAX_VALID_DAYS:
        raise InvalidValue(f"valid_days: 1 to {MAX_VALID_DAYS}.")
    if order_id is not None:
        order = uow.orders.require(order_id)
        return_id, site_id = order.return_id, order.site_id
    if machine_id is not None:
        site_id = uow.machines.require(machine_id).site_id
    if return_id is not None:
        rma = uow.returns.require(return_id)
        if rma.state not in WAY_IS_OPEN:
            allowed = [str(state) for state in WAY_IS_OPEN]
            raise TransitionRefused("Return", rma.number, rma.state, "sent by its customer", allowed)
        site_id = rma.site_id
    place = uow.locations.require(site_id)
    if place.kind is not LocationKind.CUSTOMER_SITE:
        raise InvalidValue(f"{site_id} is a {place.kind}, not a customer's site.")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ReturnLink(
        new_id(),
        sha256_hex(token),
        place.location_id,
        by,
        at,
        at + timedelta(days=valid_days),
        machine_id,
        order_id,
        return_id,
    )
    uow.return_links.add(link)
    uow.outbox.add(DomainEvent("return_link.made", link.link_id, at, {"site_id": link.site_id, "by": by}))
    return link, token


def revoke_link(uow: UnitOfWork, link_id: str, by: str, at: datetime) -> ReturnLink:
    """Take a link back; its page shows nothing any more. One that is revoked stays as it is."""
    link = uow.return_links.require(link_id, lock=True)
    if link.revoked_at is not None:
        return link
    revoked = replace(link, revoked_at=at)
    uow.return_links.save(revoked)
    uow.outbox.add(DomainEvent("return_link.revoked", link_id, at, {"site_id": link.site_id, "by": by}))
    return revoked


def find_link(uow: UnitOfWork, token: str, at: datetime) -> ReturnLink:
    """Return the link of a token; one by which a return was announced shows it after its end too.

    Raises `LinkUnknown`, `LinkRevoked`, `LinkExpired`.
    """
    found = uow.return_links.find(token_sha256=sha256_hex(token))
    if not found:
        raise LinkUnknown("There is no return behind this address.")
    (link,) = found
    if link.revoked_at is not None:
        raise LinkRevoked("This link was withdrawn by the service desk.")
    if link.expires_at <= at and link.submitted_at is None:
        raise LinkExpired(f"This link was valid until {link.expires_at:%d %B %Y}.")
    return link


def count_use(uow: UnitOfWork, key: str, most: int, at: datetime) -> None:
    """Count something that may be asked for `most` times in `USE_WINDOW`. Raises `LinkThrottled`."""
    fresh = Throttle(key, 0, at + USE_WINDOW)
    known = uow.throttles.ensure(fresh)
    throttle = known if known.window_ends_at > at else fresh
    if throttle.failures >= most:
        raise LinkThrottled(max(1, int((throttle.window_ends_at - at).total_seconds())))
    uow.throttles.save(replace(throttle, failures=throttle.failures + 1))


def add_link_photo(uow: UnitOfWork, link_id: str, photo: Photo) -> Photo:
    """Keep a photo with a link; the same one again changes nothing. Raises `LinkUsed`, `TooManyPhotos`."""
    link = uow.return_links.require(link_id, lock=True)
    check_photo_room(link, photo)
    kept = uow.photos.ensure(photo)
    if photo.sha256 not in link.photos:
        uow.return_links.save(replace(link, photos=(*link.photos, photo.sha256)))
    return kept


def check_photo_room(link: ReturnLink, photo: Photo) -> None:
    """Raise `LinkUsed` or `TooManyPhotos` where a link takes a photo no more."""
    if link.submitted_at is not None:
        raise LinkUsed("The return was announced already.")
    if photo.sha256 not in link.photos and len(link.photos) >= MAX_PHOTOS:
        raise TooManyPhotos(f"{MAX_PHOTOS} photos were uploaded already.")


def submit(uow: UnitOfWork, link_id: str, said: Submission, at: datetime) -> Return:
    """Announce a return by a link, or say how the one comes that the link is for; the same again counts once.

    Raises `LinkUsed` when something else was announced by it, `LinkRevoked`, `LinkExpired`, `NotFound` for a
    photo that was not uploaded through it, and what `check_serial` and `choose_way` raise.
    """
    link = uow.return_links.require(link_id, lock=True)
    if link.submitted_at is not None:
        return _submitted_before(uow, link, said)
    if link.revoked_at is not None:
        raise LinkRevoked("This link was withdrawn by the service desk.")
    if link.expires_at <= at:
        raise LinkExpired(f"This link was valid until {link.expires_at:%d %B %Y}.")
    _check(uow, link, said)
    rma = _announced(uow, link, said, at)
    serial = said.serial or rma.serial
    announced = rma.announced_serial or said.serial
    uow.returns.save(
        replace(rma, reason=said.reason, serial=serial, announced_serial=announced, photos=said.photos)
    )
    chosen = choose_way(uow, rma.return_id, said.way, said.place_id, at)
    uow.return_links.save(replace(link, return_id=rma.return_id, submitted_at=at))
    return chosen


def choose_again(uow: UnitOfWork, link_id: str, way: ReturnWay, place_id: str | None, at: datetime) -> Return:
    """Let a return that was announced by a link come in another way. Raises what `choose_way` does."""
    link = uow.return_links.require(link_id, lock=True)
    if link.submitted_at is None or link.return_id is None:
        raise LinkUsed("Nothing was announced by this link yet.", "Announce the return first.")
    return choose_way(uow, link.return_id, way, place_id, at)


def _submitted_before(uow: UnitOfWork, link: ReturnLink, said: Submission) -> Return:
    rma = uow.returns.require(link.return_id)
    same = rma.part_number == said.part_number and (said.serial is None or said.serial == rma.serial)
    if not same or rma.reason != said.reason:
        raise LinkUsed(f"{rma.number} was announced by this link already.")
    return rma


def _check(uow: UnitOfWork, link: ReturnLink, said: Submission) -> None:
    if not said.reason.strip():
        raise InvalidValue("reason: say what is wrong with the part.")
    if said.part_number not in {each.part.part_number for each in returnables(uow, link)}:
        raise NotFound("part that may be returned by this link", said.part_number)
    if said.serial is not None:
        uow.units.get(said.serial, lock=True)  # of two links, one announces it
        check_serial(uow, link, said.part_number, said.serial)
    check_photos(uow, said.photos)
    for sha256 in set(said.photos) - set(link.photos):
        raise NotFound("photo of this link", sha256)


def _announced(uow: UnitOfWork, link: ReturnLink, said: Submission, at: datetime) -> Return:
    """Return the return that a link is for, announced now unless it was before."""
    if link.return_id is not None:
        return uow.returns.require(link.return_id, lock=True)
    rma = announce(
        uow,
        site_id=link.site_id,
        part_number=said.part_number,
        serial=said.serial,
        destination_id=None,
        requested_by=link.actor,
        reason=said.reason,
        at=at,
        order_id=None,
    )
    return uow.returns.require(rma.return_id, lock=True)
