"""Accounts on the broker: whose they are, what proves them, and the port through which a broker is told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from tracking.values.errors import InvalidValue
from tracking.values.ids import checked_name

_VERIFIER = re.compile(r"\$7\$[0-9]{1,7}\$[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+")


class AccountKind(StrEnum):
    """What an account is for, and thereby what it is granted (`device_gateway.grants`)."""

    COURIER = "courier"
    LOCKER = "locker"
    OWNTRACKS_PHONE = "owntracks-phone"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class BrokerAccount:
    """An account on the broker: `verifier` is `DeviceSecret.broker_verifier`, `$7$iterations$salt$hash`.

    `password` is there only where it must still be told to a broker that has no use for a verifier.
    """

    name: str
    kind: AccountKind
    verifier: str = field(repr=False)
    password: str | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        checked_name(self.name, "account")
        if not _VERIFIER.fullmatch(self.verifier):
            raise InvalidValue(
                f"The verifier of account {self.name!r} is not in the form of a password file."
            )


class BrokerAccounts(Protocol):
    """Where a broker keeps who may connect: files, its dynamic security, or questions to us over HTTP."""

    def replace_accounts(self, accounts: Iterable[BrokerAccount]) -> None:
        """Put these accounts in force at once and no others; who is not among them is disconnected.

        Raises `InvalidValue` when two accounts share a name.
        """


def by_name(accounts: Iterable[BrokerAccount]) -> dict[str, BrokerAccount]:
    """Return accounts by name, in the order of names. Raises `InvalidValue` when two share one."""
    found: dict[str, BrokerAccount] = {}
    for account in sorted(accounts, key=lambda account: account.name):
        if account.name in found:
            raise InvalidValue(f"Two broker accounts are named {account.name!r}.")
        found[account.name] = account
    return found
