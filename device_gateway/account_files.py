"""The accounts of our own broker as Mosquitto's password and ACL files.

Mosquitto grants any subscription and checks each delivery against these rules, which is how the wide
subscriptions of the OwnTracks apps reveal nothing.
"""

from __future__ import annotations

import os
import pwd
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from device_gateway.credentials import BrokerAccount, by_name
from device_gateway.grants import grants


def write_credentials(
    accounts: Iterable[BrokerAccount],
    passwords: Path,
    acl: Path,
    owner: str | None,
    others: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write both files, each replaced at once; readable by `owner` (a system user) alone, None for oneself.

    `others` are the verifiers of accounts that may sign in and no more. Raises `InvalidValue` when two
    accounts share a name.
    """
    chosen = by_name(accounts).values()
    # Rules first: an account that can sign in without its rules may do nothing, which is safe.
    replace_private(acl, "".join(_acl_of(account) for account in chosen), owner)
    write_verifiers({a.name: a.verifier for a in chosen} | dict(others), passwords, owner)


def write_verifiers(verifiers: Mapping[str, str], passwords: Path, owner: str | None) -> None:
    """Write the password file alone; see `write_credentials`."""
    replace_private(passwords, "".join(f"{name}:{verifier}\n" for name, verifier in verifiers.items()), owner)


def read_verifiers(passwords: Path) -> dict[str, str]:
    """Return the verifiers of a password file by name; none where there is no file."""
    lines = passwords.read_text().splitlines() if passwords.exists() else []
    return {name: verifier for name, _, verifier in (line.partition(":") for line in lines)}


def _acl_of(account: BrokerAccount) -> str:
    lines = [f"topic {grant.access} {grant.topic_filter}" for grant in grants(account.kind, account.name)]
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
