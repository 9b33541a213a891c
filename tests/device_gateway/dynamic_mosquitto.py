"""A Mosquitto with the dynamic-security plugin, as an operator elsewhere would run one."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from device_gateway.broker import find_mosquitto
from device_gateway.connection import BrokerAddress
from tests.ports import free_port

ADMIN, ADMIN_PASSWORD = "operator", "the operator's password"
PLUGIN_FOLDERS = ("/usr/lib", "/usr/local/lib", "/opt/homebrew/lib")


def plugin() -> Path:
    """Return the plugin that comes with Mosquitto."""
    for folder in map(Path, PLUGIN_FOLDERS):
        for found in folder.glob("**/mosquitto_dynamic_security.so"):
            return found
    raise AssertionError("Mosquitto's dynamic-security plugin is not installed.")


class DynamicMosquitto:
    """The running broker: where it is, and what its plugin has on disk."""

    def __init__(self, port: int, file: Path) -> None:
        self.port = port
        self.file = file

    def address(self, user: str, password: str) -> BrokerAddress:
        return BrokerAddress("127.0.0.1", self.port, user, password)

    def admin(self) -> BrokerAddress:
        return self.address(ADMIN, ADMIN_PASSWORD)

    def clients(self) -> dict[str, Any]:
        """Return the accounts on disk by user name; waits out a rewrite by the plugin."""
        return {client["username"]: client for client in self._whole_file()["clients"]}

    def _whole_file(self) -> dict[str, Any]:
        deadline = time.monotonic() + 20
        while True:
            try:
                whole: dict[str, Any] = json.loads(self.file.read_text())
            except (json.JSONDecodeError, FileNotFoundError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return whole


@contextmanager
def running_dynamic_mosquitto() -> Iterator[DynamicMosquitto]:
    directory = Path(tempfile.mkdtemp(prefix="fieldstock-dynsec-"))
    directory.chmod(0o755)
    file, port = directory / "dynamic-security.json", free_port()
    file.write_text(json.dumps(_initial()))
    user = "user root\n" if os.geteuid() == 0 else ""
    (directory / "mosquitto.conf").write_text(
        f"{user}listener {port} 127.0.0.1\nallow_anonymous false\nlog_type none\n"
        f"plugin {plugin()}\nplugin_opt_config_file {file}\n"
    )
    process = subprocess.Popen([find_mosquitto(), "-c", directory / "mosquitto.conf"])
    try:
        _await(port)
        yield DynamicMosquitto(port, file)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(directory, ignore_errors=True)


def _initial() -> dict[str, Any]:
    """Return what `mosquitto_ctrl dynsec init` writes: one client with the role of an administrator."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", ADMIN_PASSWORD.encode(), salt, 101)
    control = "$CONTROL/dynamic-security/#"
    return {
        "clients": [
            {
                "username": ADMIN,
                "password": base64.b64encode(digest).decode(),
                "salt": base64.b64encode(salt).decode(),
                "iterations": 101,
                "roles": [{"rolename": "admin"}],
            }
        ],
        "roles": [
            {
                "rolename": "admin",
                "acls": [
                    {"acltype": acltype, "topic": control, "allow": True}
                    for acltype in ("publishClientSend", "publishClientReceive", "subscribePattern")
                ],
            }
        ],
        "defaultACLAccess": {
            "publishClientSend": False,
            "publishClientReceive": True,
            "subscribe": False,
            "unsubscribe": True,
        },
    }


def _await(port: int) -> None:
    deadline_s = time.monotonic() + 10
    while time.monotonic() < deadline_s:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("Mosquitto did not listen within 10 s.")
