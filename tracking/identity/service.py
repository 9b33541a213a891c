"""Use cases of identity: people, their sessions, and devices."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from tracking.identity.devices import Device, DeviceKind
from tracking.identity.passwords import password_matches, unknown_person_hash
from tracking.identity.people import (
    Person,
    Session,
    SessionEnded,
    SignInRefused,
    SignInThrottled,
    Throttle,
)
from tracking.identity.roles import Role
from tracking.identity.secrets import (
    SecretSeal,
    new_command_key,
    new_device_secret,
    secret_matches,
    sha256_hex,
)
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import AlreadyExists
from tracking.values.events import DomainEvent
from tracking.values.ids import new_id
from tracking.values.times import EPOCH

SESSION_LASTS = timedelta(days=30)
"""A session ends after this time without a refresh."""
REFRESH_GRACE = timedelta(seconds=60)
"""How long a refresh token may be sent again because its answer did not arrive."""
THROTTLE_WINDOW = timedelta(minutes=5)
THROTTLE_FAILURES = 10
"""Failed sign-ins of one login or one address in the window, before further tries are refused unread."""
PRUNED_AT_ONCE = 1000


def add_person(
    uow: UnitOfWork,
    login: str,
    display_name: str,
    role: Role,
    password_hash: str,
    at: datetime,
    courier_id: str | None = None,
) -> Person:
    """Add somebody who may sign in."""
    if uow.people.get(login) is not None:
        raise AlreadyExists(f"There is a person {login!r} already.")
    if courier_id is not None:
        uow.couriers.require(courier_id)
    person = Person(login, display_name, role, password_hash, courier_id, at)
    uow.people.add(person)
    uow.outbox.add(DomainEvent("person.added", login, at, {"role": role}))
    return person


def disable_person(uow: UnitOfWork, login: str, at: datetime) -> None:
    """Let somebody sign in no more, and end all of that person's sessions."""
    uow.people.save(replace(uow.people.require(login), disabled_at=at))
    _end_sessions(uow, login, at)
    uow.outbox.add(DomainEvent("person.disabled", login, at))


def reset_password(uow: UnitOfWork, login: str, password_hash: str, at: datetime) -> None:
    """Give somebody another password, and end all of that person's sessions."""
    uow.people.save(replace(uow.people.require(login), password_hash=password_hash, disabled_at=None))
    _end_sessions(uow, login, at)
    uow.outbox.add(DomainEvent("person.password_reset", login, at))


def checked_hash(uow: UnitOfWork, login: str, address: str, at: datetime) -> str:
    """Count an attempt to sign in, commit that, and return the hash to check the password against.

    It counts before the password is checked, so that a burst in parallel is bounded too. Raises
    `SignInThrottled` after too many attempts that failed.
    """
    for key in _throttle_keys(login, address):
        count_attempt(uow, key, at)
    person = uow.people.get(login)
    uow.commit()
    return person.password_hash if person and person.disabled_at is None else unknown_person_hash()


def count_attempt(uow: UnitOfWork, key: str, at: datetime) -> None:
    """Count something that may be tried `THROTTLE_FAILURES` times in a window. Raises `SignInThrottled`."""
    fresh = Throttle(key, 0, at + THROTTLE_WINDOW)
    known = uow.throttles.ensure(fresh)
    throttle = known if known.window_ends_at > at else fresh
    if throttle.failures >= THROTTLE_FAILURES:
        raise SignInThrottled(max(1, int((throttle.window_ends_at - at).total_seconds())))
    uow.throttles.save(replace(throttle, failures=throttle.failures + 1))


def sign_in(
    uow: UnitOfWork, login: str, address: str, password_is_right: bool, at: datetime
) -> tuple[Person, Session, str]:
    """Start a session and return it with its first refresh token. Raises `SignInRefused`.

    The attempt was counted by `checked_hash`; a success takes it back, and forgives the login its failures.
    """
    person = uow.people.get(login)
    if person is None or person.disabled_at is not None or not password_is_right:
        raise SignInRefused("The name or the password is wrong.")
    _forgive(uow, login, address)
    session_id = new_id()
    token = _new_token(session_id)
    session = Session(session_id, login, sha256_hex(token), None, at, at, at + SESSION_LASTS)
    uow.sessions.add(session)
    return person, session, token


def refresh_session(uow: UnitOfWork, token: str, at: datetime) -> tuple[Person, Session, str]:
    """Exchange a refresh token for the next one.

    The token before the one in force still counts for `REFRESH_GRACE`: on a bad radio link its answer may
    have been lost. After that its return, or that of any older one, means theft, and ends the session.
    """
    found = uow.sessions.get(_session_id(token), lock=True)
    if found is None or found.ended_at is not None or found.expires_at <= at:
        raise SessionEnded("There is no such session.")
    lost_answer = _is_previous(found, token) and at - found.refreshed_at <= REFRESH_GRACE
    if not lost_answer and not secret_matches(token, found.token_sha256):
        uow.sessions.save(replace(found, ended_at=at))
        uow.commit()
        raise SessionEnded("This refresh token was used before; the session is closed.")
    person = uow.people.require(found.login)
    if person.disabled_at is not None:
        raise SessionEnded("This person may not sign in any more.")
    new_token = _new_token(found.session_id)
    refreshed = found.refreshed(sha256_hex(token), sha256_hex(new_token), at)
    session = replace(refreshed, expires_at=at + SESSION_LASTS)
    uow.sessions.save(session)
    return person, session, new_token


def sign_out(uow: UnitOfWork, token: str, at: datetime) -> None:
    """End the session of a refresh token, the one in force or the one before it, if there is one."""
    session = uow.sessions.get(_session_id(token), lock=True)
    if session is None or session.ended_at is not None:
        return
    if secret_matches(token, session.token_sha256) or _is_previous(session, token):
        uow.sessions.save(replace(session, ended_at=at))


def prune_throttles(uow: UnitOfWork, at: datetime) -> int:
    """Forget counts whose window is over, `PRUNED_AT_ONCE` at most, and return how many there were."""
    over = uow.throttles.find_between("window_ends_at", EPOCH, at)[:PRUNED_AT_ONCE]
    for throttle in over:
        uow.throttles.remove(throttle.key)
    return len(over)


def add_device(
    uow: UnitOfWork,
    device_id: str,
    kind: DeviceKind,
    at: datetime,
    *,
    encrypted: bool = False,
    seal: SecretSeal | None = None,
) -> tuple[Device, str]:
    """Add a device, and return it with its secret, which is kept nowhere.

    With `seal` it is kept sealed, until a broker that has no use for our digests has been told of it.
    """
    if uow.devices.get(device_id) is not None:
        raise AlreadyExists(f"There is a device {device_id!r} already.")
    secret = new_device_secret()
    device = Device(
        device_id,
        kind,
        secret.sha256,
        secret.broker_verifier,
        new_command_key() if kind is DeviceKind.LOCKER else None,
        at,
        secret_sealed=seal.seal(secret.plain) if seal else None,
        encryption_key=secrets.token_hex(16) if encrypted else None,
    )
    uow.devices.add(device)
    uow.outbox.add(DomainEvent("device.added", device_id, at, {"kind": kind}))
    return device, secret.plain


def revoke_device(uow: UnitOfWork, device_id: str, at: datetime) -> Device:
    """Let a device connect no more, neither with its secret nor with one that is on its way."""
    device = replace(uow.devices.require(device_id, lock=True).settled(), secret_sealed=None, revoked_at=at)
    uow.devices.save(device)
    uow.outbox.add(DomainEvent("device.revoked", device_id, at))
    return device


def rotate_device(uow: UnitOfWork, device_id: str, at: datetime, seal: SecretSeal | None = None) -> str:
    """Give a device another secret at once, and return it; the old one, and a revocation, end.

    For a secret that others may know; see `tracking.identity.rotation` for an exchange without a gap.
    """
    secret = new_device_secret()
    device = uow.devices.require(device_id, lock=True).settled()
    uow.devices.save(
        replace(
            device,
            secret_sha256=secret.sha256,
            broker_verifier=secret.broker_verifier,
            secret_sealed=seal.seal(secret.plain) if seal else None,
            revoked_at=None,
        )
    )
    uow.outbox.add(DomainEvent("device.rotated", device_id, at))
    return secret.plain


def password_is_right(password: str, encoded: str) -> bool:
    """Check a password outside of any transaction: it takes about 0.1 s."""
    return password_matches(password, encoded)


def _throttle_keys(login: str, address: str) -> tuple[str, str]:
    return f"login:{login}", f"address:{address}"


def _forgive(uow: UnitOfWork, login: str, address: str) -> None:
    """Reset the count of the login; at an address, where others may have failed, take back one."""
    login_key, address_key = _throttle_keys(login, address)
    uow.throttles.remove(login_key)
    throttle = uow.throttles.get(address_key, lock=True)
    if throttle is not None:
        uow.throttles.save(replace(throttle, failures=max(0, throttle.failures - 1)))


def _new_token(session_id: str) -> str:
    """Return a refresh token of 64 characters: the session, a dot, and 160 random bits."""
    return f"{session_id}.{secrets.token_urlsafe(20)}"


def _session_id(token: str) -> str:
    return token.partition(".")[0]


def _is_previous(session: Session, token: str) -> bool:
    return session.previous_sha256 is not None and secret_matches(token, session.previous_sha256)


def _end_sessions(uow: UnitOfWork, login: str, at: datetime) -> None:
    for session in uow.sessions.find(login=login, ended_at=None):
        uow.sessions.save(replace(session, ended_at=at))
