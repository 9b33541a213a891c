"""Who may connect to the embedded broker and which topics are theirs: Mosquitto's password and ACL files.

Every rule belongs to one user name, and the broker makes the user name the client id; so a device reads and
writes its own topics whatever it claims to be. Mosquitto grants any subscription and checks each delivery
against these rules, which is how the wide subscriptions of the OwnTracks apps reveal nothing.
"""

from __future__ import annotations

import os
import pwd
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from device_gateway.protocol import topics
from tracking.values.errors import InvalidValue
from tracking.values.ids import checked_name

_VERIFIER = re.compile(r"\$7\$[0-9]{1,7}\$[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+")


class AccountKind(StrEnum):
    """What an account is for, and thereby which rules it gets."""

    COURIER = "courier"
    LOCKER = "locker"
    OWNTRACKS_PHONE = "owntracks-phone"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class BrokerAccount:
    """An account on the broker: `verifier` is `DeviceSecret.broker_verifier`, `$7$iterations$salt$hash`."""

    name: str
    kind: AccountKind
    verifier: str = field(repr=False)

    def __post_init__(self) -> None:
        checked_name(self.name, "account")
        if not _VERIFIER.fullmatch(self.verifier):
            raise InvalidValue(
                f"The verifier of account {self.name!r} is not in the form of a password file."
            )


@dataclass(frozen=True, slots=True)
class Rule:
    """`access` is `read` or `write`; `topic_filter` may end in or hold wildcards."""

    access: str
    topic_filter: str


def rules(account: BrokerAccount) -> tuple[Rule, ...]:
    """Return all that an account may do."""
    return _RULES[account.kind](account.name)


def _courier(name: str) -> tuple[Rule, ...]:
    return (Rule("write", topics.fix(name)), Rule("read", topics.ack(name)), *_owntracks(name))


def _owntracks(name: str) -> tuple[Rule, ...]:
    own = f"owntracks/{name}/+"
    leaves = ("event", "waypoint", "waypoints", "status", "step", "beacon", "dump", "request")
    return (
        Rule("write", own),
        *(Rule("write", f"{own}/{leaf}") for leaf in leaves),
        Rule("read", f"{own}/cmd"),
    )


def _locker(name: str) -> tuple[Rule, ...]:
    says = ("state", "event", "connection", "reply")
    return (
        *(Rule("write", topics.locker(name, leaf)) for leaf in says),
        Rule("read", topics.command(name)),
        Rule("read", topics.ack(name)),
    )


def _server(name: str) -> tuple[Rule, ...]:
    return (
        *(Rule("read", topic_filter) for topic_filter in topics.GATEWAY_FILTERS),
        Rule("read", topics.heartbeat(name)),
        Rule("write", topics.heartbeat(name)),
        Rule("write", topics.ack("+")),
        Rule("write", topics.command("+")),
        Rule("write", "owntracks/+/+/cmd"),
    )


_RULES = {
    AccountKind.COURIER: _courier,
    AccountKind.LOCKER: _locker,
    AccountKind.OWNTRACKS_PHONE: _owntracks,
    AccountKind.SERVER: _server,
}


def write_credentials(
    accounts: Iterable[BrokerAccount], passwords: Path, acl: Path, owner: str | None
) -> None:
    """Write both files, each replaced at once; readable by `owner` (a system user) alone, None for oneself.

    Raises `InvalidValue` when two accounts share a name.
    """
    by_name: dict[str, BrokerAccount] = {}
    for account in accounts:
        if account.name in by_name:
            raise InvalidValue(f"Two broker accounts are named {account.name!r}.")
        by_name[account.name] = account
    chosen = [by_name[name] for name in sorted(by_name)]
    # Rules first: an account that can sign in without its rules may do nothing, which is safe.
    replace_private(acl, "".join(_acl_of(account) for account in chosen), owner)
    replace_private(passwords, "".join(f"{a.name}:{a.verifier}\n" for a in chosen), owner)


def _acl_of(account: BrokerAccount) -> str:
    lines = [f"topic {rule.access} {rule.topic_filter}" for rule in rules(account)]
    return "\n".join([f"user {account.name}", *lines, "", ""])


def replace_private(path: Path, text: str, owner: str | None) -> None:
    """Replace a file at once and durably; mode 0600, owned by `owner` or oneself."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            if owner is not None:
                user = pwd.getpwnam(owner)
                os.fchown(file.fileno(), user.pw_uid, user.pw_gid)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
