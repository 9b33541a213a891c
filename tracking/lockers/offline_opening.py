"""Use cases of offline codes: give one out for a locker without radio, and learn that it was used."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

from tracking.lockers.commanding import raise_alert
from tracking.lockers.locker import Compartment
from tracking.lockers.offline_codes import CODE_WINDOW, NoOfflineKey, OfflineCode, OfflineCodesExhausted
from tracking.unit_of_work import UnitOfWork
from tracking.values.errors import InvalidValue
from tracking.values.events import DomainEvent

MAX_COUNTER_DIGITS = 15
"""More than any counter has; beyond 18, no database could keep it."""

KEY_BYTES = 20
"""The length of a key: that of HOTP's hash (RFC 4226, section 4, R6)."""


def offline_keys(uow: UnitOfWork, locker_id: str) -> dict[str, str]:
    """Return the key of every compartment as hex, made where there was none, for the locker's own eyes."""
    keys: dict[str, str] = {}
    for found in uow.compartments.find(locker_id=locker_id):
        compartment = uow.compartments.require(locker_id, found.compartment, lock=True)
        if compartment.offline_key_hex is None:
            compartment = replace(compartment, offline_key_hex=secrets.token_hex(KEY_BYTES))
            uow.compartments.save(compartment)
        keys[compartment.compartment] = str(compartment.offline_key_hex)
    return keys


def renew_offline_keys(uow: UnitOfWork, locker_id: str) -> None:
    """Begin anew with a locker's new hardware: other keys, counted from 0.

    No code is kept: the counter names it, and the old hardware's would pass for the new one's. What they
    opened stands in the events.
    """
    for found in uow.compartments.find(locker_id=locker_id):
        compartment = uow.compartments.require(locker_id, found.compartment, lock=True)
        key = secrets.token_hex(KEY_BYTES)
        uow.compartments.save(replace(compartment, offline_key_hex=key, offline_counter=0, offline_used=0))
    for code in uow.offline_codes.find(locker_id=locker_id):
        uow.offline_codes.remove(code.locker_id, code.compartment, code.counter)


def issue_offline_code(
    uow: UnitOfWork,
    locker_id: str,
    name: str,
    courier_id: str,
    reason: str,
    issued_by: str,
    at: datetime,
    withdrawal_id: str | None = None,
    deposit_id: str | None = None,
) -> tuple[OfflineCode, bytes]:
    """Let a courier, or a return's customer, open a compartment by a code; return it with its key.

    The same holder's unused code for the same work is given again. Raises `NoOfflineKey`,
    `OfflineCodesExhausted`.
    """
    compartment = uow.compartments.require(locker_id, name, lock=True)
    if compartment.offline_key_hex is None:
        raise NoOfflineKey(f"Locker {locker_id} has no key for compartment {name}.")
    key = bytes.fromhex(compartment.offline_key_hex)
    for known in uow.offline_codes.find(
        locker_id=locker_id,
        compartment=name,
        courier_id=courier_id,
        withdrawal_id=withdrawal_id,
        deposit_id=deposit_id,
        used_at=None,
    ):
        if known.counter >= compartment.offline_used:
            return known, key
    counter = max(compartment.offline_counter, compartment.offline_used)
    if counter - compartment.offline_used >= CODE_WINDOW:
        raise OfflineCodesExhausted(f"{CODE_WINDOW} codes of compartment {name} are out and unused.")
    code = OfflineCode(
        locker_id, name, counter, courier_id, withdrawal_id, reason, issued_by, at, deposit_id=deposit_id
    )
    uow.offline_codes.add(code)
    uow.compartments.save(replace(compartment, offline_counter=counter + 1))
    _tell(uow, "locker.offline_code_issued", code, at)
    return code, key


def code_used(uow: UnitOfWork, locker_id: str, name: str, counter_text: str | None, at: datetime) -> None:
    """Learn which code opened a compartment: all up to it are spent; one that we never gave is an alert."""
    counter = counter_of(counter_text)
    compartment = uow.compartments.require(locker_id, name, lock=True)
    if counter + 1 > compartment.offline_used:
        uow.compartments.save(
            replace(
                compartment,
                offline_used=counter + 1,
                offline_counter=max(compartment.offline_counter, counter + 1),
            )
        )
    known = uow.offline_codes.get(locker_id, name, counter, lock=True)
    if known is None:
        cause = f"Compartment {name} was opened by code {counter}, which was never given out."
        raise_alert(uow, locker_id, cause, at, compartment=name)
    elif known.used_at is None:
        used = replace(known, used_at=at)
        uow.offline_codes.save(used)
        _tell(uow, "locker.offline_code_used", used, at)


def code_locked(uow: UnitOfWork, locker_id: str, compartment: str, at: datetime) -> None:
    """Learn that a compartment takes no codes for a while, after too many wrong ones."""
    cause = f"Compartment {compartment} takes no codes for now: too many wrong ones were tried."
    raise_alert(uow, locker_id, cause, at, compartment=compartment)


def given_code(uow: UnitOfWork, compartment: Compartment, counter_text: str | None) -> OfflineCode | None:
    """Return the code that a door event names, if we gave it out."""
    if counter_text is None or not _is_counter(counter_text):
        return None
    return uow.offline_codes.get(compartment.locker_id, compartment.compartment, counter_of(counter_text))


def counter_of(text: str | None) -> int:
    """Return the counter that a report names. Raises `InvalidValue`."""
    if text is None or not _is_counter(text):
        raise InvalidValue(f"A used code is named by its counter, not {text!r}.")
    return int(text)


def _is_counter(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_COUNTER_DIGITS


def _tell(uow: UnitOfWork, kind: str, code: OfflineCode, at: datetime) -> None:
    data = {
        "compartment": code.compartment,
        "counter": code.counter,
        "courier_id": code.courier_id,
        "withdrawal_id": code.withdrawal_id,
        "reason": code.reason,
        "issued_by": code.issued_by,
    }
    uow.outbox.add(DomainEvent(kind, code.locker_id, at, data))
