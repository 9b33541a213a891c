"""Accounts and the files that Mosquitto reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from device_gateway.credentials import AccountKind, BrokerAccount, rules, write_credentials
from tests.device_gateway.conftest import account
from tracking.identity.secrets import device_secret
from tracking.values.errors import InvalidValue

VERIFIER = device_secret("x").broker_verifier


@pytest.mark.parametrize(
    ("name", "verifier"),
    [
        ("", VERIFIER),
        ("with space", VERIFIER),
        ("plus+", VERIFIER),
        ("all#", VERIFIER),
        ("a/b", VERIFIER),
        ("line\nuser root", VERIFIER),
        ("Upper", VERIFIER),
        ("courier", ""),
        ("courier", "plain text"),
        ("courier", VERIFIER + "\nother:x"),
        ("courier", VERIFIER + "\n"),
        ("courier\n", VERIFIER),
        ("courier", "$6$abc$def"),
    ],
)
def test_an_account_that_could_spoil_the_files_is_refused(name: str, verifier: str) -> None:
    with pytest.raises(InvalidValue):
        BrokerAccount(name, AccountKind.COURIER, verifier)


@pytest.mark.parametrize("kind", [AccountKind.COURIER, AccountKind.LOCKER, AccountKind.OWNTRACKS_PHONE])
def test_every_rule_of_a_device_names_the_device(kind: AccountKind) -> None:
    for rule in rules(account("device-7", kind)):
        levels = rule.topic_filter.split("/")
        assert "device-7" in levels
        assert "#" not in levels
        assert levels.index("device-7") < levels.index("+") if "+" in levels else True


def test_the_files_are_replaced_whole_and_leave_nothing_behind(tmp_path: Path) -> None:
    passwords, acl = tmp_path / "passwords", tmp_path / "acl"
    write_credentials(
        [account("b", AccountKind.COURIER), account("a", AccountKind.LOCKER)], passwords, acl, None
    )
    assert [line.split(":")[0] for line in passwords.read_text().splitlines()] == ["a", "b"]
    assert acl.read_text().startswith("user a\ntopic write fieldstock/v1/lockers/a/state\n")
    write_credentials([], passwords, acl, None)
    assert passwords.read_text() == acl.read_text() == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["acl", "passwords"]


def test_two_accounts_of_one_name_are_refused(tmp_path: Path) -> None:
    twice = [account("a", AccountKind.COURIER), account("a", AccountKind.LOCKER)]
    with pytest.raises(InvalidValue, match="'a'"):
        write_credentials(twice, tmp_path / "p", tmp_path / "a", None)


def test_a_verifier_does_not_show_in_a_log() -> None:
    assert VERIFIER not in repr(BrokerAccount("a", AccountKind.COURIER, VERIFIER))
