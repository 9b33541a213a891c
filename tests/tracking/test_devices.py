"""Devices: added, invited, rotated without a gap, revoked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.world import NOW, build_world
from tracking.identity.devices import Device, DeviceKind, InvitationRefused, NoRotation
from tracking.identity.invitations import invite_device, provision_device, prune_invitations
from tracking.identity.rotation import (
    advance_rotations,
    device_with_secret,
    finish_rotation,
    is_new_secret_of,
    is_secret_of,
    start_rotation,
)
from tracking.identity.secrets import SecretSeal, locker_seal
from tracking.identity.service import add_device, revoke_device, rotate_device
from tracking.lockers.offline_opening import code_used, issue_offline_code, offline_keys
from tracking.lockers.service import connection_reported, reply_reported
from tracking.store.unit_of_work import SqlUnitOfWork, Store
from tracking.values.errors import Conflict, InvalidValue

HOUR = timedelta(hours=1)
SEAL = SecretSeal(b"k" * 32)


def test_during_a_rotation_both_secrets_count_and_afterwards_the_new_one(store: Store) -> None:
    with store.writing() as uow:
        _, old = add_device(uow, "phone", DeviceKind.COURIER, NOW)
        new = start_rotation(uow, "phone", NOW)
        for secret in (old, new):
            assert is_secret_of(uow.devices.require("phone"), secret)
            assert device_with_secret(uow, secret) == uow.devices.require("phone")
        assert is_new_secret_of(uow.devices.require("phone"), new)
        assert not is_new_secret_of(uow.devices.require("phone"), old)
        finish_rotation(uow, "phone", NOW + HOUR)
        device = uow.devices.require("phone")
        assert (is_secret_of(device, old), is_secret_of(device, new)) == (False, True)
        assert device_with_secret(uow, old) is None
        assert device == device.settled()


def test_rotation_ends_with_its_grace(sqlite_store: Store) -> None:
    with sqlite_store.writing() as uow:
        add_device(uow, "phone", DeviceKind.COURIER, NOW)
        new = start_rotation(uow, "phone", NOW, 2 * HOUR)
        assert advance_rotations(uow, NOW + HOUR) == 0
        assert advance_rotations(uow, NOW + 2 * HOUR) == 1
        device = uow.devices.require("phone")
        assert (is_secret_of(device, new), is_new_secret_of(device, new)) == (True, False)


def test_second_rotation_forgets_the_first(sqlite_store: Store) -> None:
    with sqlite_store.writing() as uow:
        add_device(uow, "phone", DeviceKind.COURIER, NOW)
        first = start_rotation(uow, "phone", NOW)
        second = start_rotation(uow, "phone", NOW)
        assert device_with_secret(uow, first) is None
        assert device_with_secret(uow, second) is not None


def rotating_locker(uow: SqlUnitOfWork, at: datetime = NOW) -> tuple[Device, str, str]:
    build_world(uow)
    device, old = add_device(uow, "locker-schaan", DeviceKind.LOCKER, at)
    connection_reported(uow, "locker-schaan", True, "s1", 1, at)
    new = start_rotation(uow, "locker-schaan", at)
    return device, old, new


def test_locker_is_sent_its_secret_sealed_and_again_in_its_next_session(store: Store) -> None:
    with store.writing() as uow:
        device, _, new = rotating_locker(uow)
        [command] = uow.locker_commands.find(action="rotate")
        assert (command.locker_id, command.session) == ("locker-schaan", "s1")
        rotating = uow.devices.require("locker-schaan")
        assert rotating.pending_sealed is not None
        assert locker_seal(bytes.fromhex(str(device.command_key_hex))).open(rotating.pending_sealed) == new
        assert new not in repr(rotating)
        assert advance_rotations(uow, NOW + timedelta(seconds=5)) == 0
        connection_reported(uow, "locker-schaan", True, "s2", 2, NOW)
        assert advance_rotations(uow, NOW + timedelta(seconds=10)) == 1
        assert advance_rotations(uow, NOW + timedelta(seconds=15)) == 0
        assert {c.session for c in uow.locker_commands.find(action="rotate")} == {"s1", "s2"}


@pytest.mark.parametrize(("result", "in_force"), [("done", True), ("refused", False), ("failed", False)])
def test_locker_that_answers_done_has_its_new_secret_in_force(
    sqlite_store: Store, result: str, in_force: bool
) -> None:
    with sqlite_store.writing() as uow:
        _, old, new = rotating_locker(uow)
        [command] = uow.locker_commands.find(action="rotate")
        reply_reported(uow, "locker-schaan", command.command_id, result, None, NOW)
        advance_rotations(uow, NOW + timedelta(seconds=1))
        device = uow.devices.require("locker-schaan")
        assert is_secret_of(device, new)
        assert is_secret_of(device, old) is not in_force


def test_locker_out_of_reach_keeps_its_secret_beyond_the_grace_until_it_has_the_new_one(
    sqlite_store: Store,
) -> None:
    with sqlite_store.writing() as uow:
        _, old, new = rotating_locker(uow)
        connection_reported(uow, "locker-schaan", False, "s1", 2, NOW)
        late = NOW + timedelta(days=90)
        assert advance_rotations(uow, late) == 0
        for secret in (old, new):
            assert is_secret_of(uow.devices.require("locker-schaan"), secret)
        connection_reported(uow, "locker-schaan", True, "s2", 3, late)
        assert advance_rotations(uow, late) == 1
        [command] = [c for c in uow.locker_commands.find(action="rotate") if c.session == "s2"]
        reply_reported(uow, "locker-schaan", command.command_id, "done", None, late)
        assert advance_rotations(uow, late) == 1
        assert not is_secret_of(uow.devices.require("locker-schaan"), old)


def test_answer_to_an_earlier_rotation_puts_nothing_in_force(sqlite_store: Store) -> None:
    with sqlite_store.writing() as uow:
        _, old, _ = rotating_locker(uow)
        [command] = uow.locker_commands.find(action="rotate")
        start_rotation(uow, "locker-schaan", NOW + HOUR)
        reply_reported(uow, "locker-schaan", command.command_id, "done", None, NOW)
        advance_rotations(uow, NOW + HOUR)
        assert is_secret_of(uow.devices.require("locker-schaan"), old)


def test_revocation_ends_both_secrets(sqlite_store: Store) -> None:
    with sqlite_store.writing() as uow:
        _, old = add_device(uow, "phone", DeviceKind.COURIER, NOW, seal=SEAL)
        new = start_rotation(uow, "phone", NOW, seal=SEAL)
        device = revoke_device(uow, "phone", NOW)
        assert not is_secret_of(device, old)
        assert not is_secret_of(device, new)
        assert (device.secret_sealed, device.pending_sealed) == (None, None)
        assert device_with_secret(uow, old) is None
        with pytest.raises(Conflict, match="revoked"):
            start_rotation(uow, "phone", NOW)
        assert is_secret_of(uow.devices.require("phone"), old) is False
        let_in = rotate_device(uow, "phone", NOW)
        assert is_secret_of(uow.devices.require("phone"), let_in)


def test_sealed_secret_is_kept_for_a_broker_that_must_be_told(sqlite_store: Store) -> None:
    with sqlite_store.writing() as uow:
        device, plain = add_device(uow, "phone", DeviceKind.COURIER, NOW, seal=SEAL)
        assert SEAL.open(str(device.secret_sealed)) == plain
        new = start_rotation(uow, "phone", NOW, seal=SEAL)
        finished = finish_rotation(uow, "phone", NOW, keep_sealed=True)
        assert SEAL.open(str(finished.secret_sealed)) == new
        start_rotation(uow, "phone", NOW, seal=SEAL)
        assert finish_rotation(uow, "phone", NOW).secret_sealed is None


def test_nothing_to_finish_is_refused(sqlite_store: Store) -> None:
    with sqlite_store.writing() as uow:
        add_device(uow, "phone", DeviceKind.COURIER, NOW)
        with pytest.raises(NoRotation):
            finish_rotation(uow, "phone", NOW)


@pytest.mark.parametrize("grace", [timedelta(0), -HOUR, timedelta(days=31)])
def test_impossible_grace_is_refused(sqlite_store: Store, grace: timedelta) -> None:
    with sqlite_store.writing() as uow:
        add_device(uow, "phone", DeviceKind.COURIER, NOW)
        with pytest.raises(InvalidValue):
            start_rotation(uow, "phone", NOW, grace)


def test_device_that_encrypts_gets_a_passphrase_that_fits_the_app(sqlite_store: Store) -> None:
    with sqlite_store.writing() as uow:
        device, _ = add_device(uow, "phone", DeviceKind.COURIER, NOW, encrypted=True)
        assert len(str(device.encryption_key)) == 32


def test_invitation_is_exchanged_once_for_a_secret(store: Store) -> None:
    with store.writing() as uow:
        invitation, token = invite_device(uow, "locker-9", DeviceKind.LOCKER, NOW)
        assert (len(token), token in repr(invitation)) == (32, False)
        device, secret = provision_device(uow, token, NOW + HOUR)
        assert (device.device_id, device.kind) == ("locker-9", DeviceKind.LOCKER)
        assert is_secret_of(uow.devices.require("locker-9"), secret)
        with pytest.raises(InvitationRefused, match="used"):
            provision_device(uow, token, NOW + HOUR)


def test_later_invitation_takes_the_place_of_the_earlier(sqlite_store: Store) -> None:
    with sqlite_store.writing() as uow:
        _, first = invite_device(uow, "locker-9", DeviceKind.LOCKER, NOW)
        invite_device(uow, "locker-9", DeviceKind.LOCKER, NOW)
        with pytest.raises(InvitationRefused, match="another took its place"):
            provision_device(uow, first, NOW)


def test_invitation_to_a_device_that_exists_gives_it_another_secret(sqlite_store: Store) -> None:
    with sqlite_store.writing() as uow:
        before, old = add_device(uow, "locker-9", DeviceKind.LOCKER, NOW)
        revoke_device(uow, "locker-9", NOW)
        _, token = invite_device(uow, "locker-9", DeviceKind.LOCKER, NOW)
        device, secret = provision_device(uow, token, NOW)
        assert is_secret_of(device, secret)
        assert not is_secret_of(device, old)
        assert len(str(device.command_key_hex)) == 64
        assert device.command_key_hex != before.command_key_hex
        assert uow.devices.require("locker-9") == device


def test_new_hardware_of_a_locker_takes_no_code_of_the_old(sqlite_store: Store) -> None:
    def issue(uow: SqlUnitOfWork) -> int:
        code, _ = issue_offline_code(uow, "locker-schaan", "1", "anna", "no radio", "dispatcher", NOW)
        return code.counter

    with sqlite_store.writing() as uow:
        build_world(uow)
        add_device(uow, "locker-schaan", DeviceKind.LOCKER, NOW)
        old = offline_keys(uow, "locker-schaan")
        assert issue(uow) == 0
        code_used(uow, "locker-schaan", "1", "0", NOW)
        assert issue(uow) == 1
        _, token = invite_device(uow, "locker-schaan", DeviceKind.LOCKER, NOW)
        provision_device(uow, token, NOW)
        assert uow.offline_codes.find() == []
        new = offline_keys(uow, "locker-schaan")
        assert new.keys() == old.keys()
        assert not set(new.values()) & set(old.values())
        compartment = uow.compartments.require("locker-schaan", "1")
        assert (compartment.offline_counter, compartment.offline_used) == (0, 0)
        assert issue(uow) == 0


@pytest.mark.parametrize(
    ("token", "after", "reason"),
    [("0" * 32, timedelta(0), "no such"), (None, 24 * HOUR, "expired"), ("", timedelta(0), "no such")],
)
def test_token_that_is_unknown_or_late_is_refused(
    sqlite_store: Store, token: str | None, after: timedelta, reason: str
) -> None:
    with sqlite_store.writing() as uow:
        _, right = invite_device(uow, "locker-9", DeviceKind.LOCKER, NOW)
        with pytest.raises(InvitationRefused, match=reason):
            provision_device(uow, right if token is None else token, NOW + after)
        assert uow.devices.get("locker-9") is None


def test_old_invitations_are_forgotten(sqlite_store: Store) -> None:
    with sqlite_store.writing() as uow:
        invite_device(uow, "locker-9", DeviceKind.LOCKER, NOW)
        assert prune_invitations(uow, NOW + timedelta(days=30)) == 0
        assert prune_invitations(uow, NOW + timedelta(days=32)) == 1


@pytest.mark.parametrize("name", ["gateway-1", "gateway-x", "Upper", "a/b", ""])
def test_device_may_not_take_a_name_of_the_server_or_no_name(sqlite_store: Store, name: str) -> None:
    with sqlite_store.writing() as uow, pytest.raises(InvalidValue):
        add_device(uow, name, DeviceKind.COURIER, NOW)


def test_half_a_rotation_is_no_device(sqlite_store: Store) -> None:
    with sqlite_store.writing() as uow:
        device, _ = add_device(uow, "phone", DeviceKind.COURIER, NOW)
    with pytest.raises(InvalidValue):
        replace(device, pending_sha256="x")


@pytest.mark.parametrize(
    "sealed",
    ["", "no base64!", "QUJD", SecretSeal(b"x" * 32).seal("other")],
    ids=["nothing", "no base64", "too short", "another key"],
)
def test_what_was_not_sealed_with_our_key_is_refused(sealed: str) -> None:
    with pytest.raises(InvalidValue):
        SEAL.open(sealed)
