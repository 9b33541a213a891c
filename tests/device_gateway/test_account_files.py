"""The files that Mosquitto reads."""

from __future__ import annotations

from pathlib import Path

from device_gateway.account_files import write_credentials
from device_gateway.credentials import AccountKind
from tests.device_gateway.conftest import account


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
