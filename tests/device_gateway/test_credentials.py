"""Accounts, and what is refused as one."""

from __future__ import annotations

import pytest

from device_gateway.credentials import AccountKind, BrokerAccount, by_name
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


def test_two_accounts_of_one_name_are_refused() -> None:
    twice = [account("a", AccountKind.COURIER), account("a", AccountKind.LOCKER)]
    with pytest.raises(InvalidValue, match="'a'"):
        by_name(twice)


def test_a_verifier_does_not_show_in_a_log() -> None:
    assert VERIFIER not in repr(BrokerAccount("a", AccountKind.COURIER, VERIFIER, "plain"))
    assert "plain" not in repr(BrokerAccount("a", AccountKind.COURIER, VERIFIER, "plain"))
