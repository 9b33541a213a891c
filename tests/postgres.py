"""A real PostgreSQL server for the tests, on a free port and in a directory of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.ports import free_port
from tracking.store.unit_of_work import Store

MIGRATED = "fieldstock_migrated"


@dataclass
class PostgresServer:
    """A cluster that trusts local connections; each test gets a database of its own."""

    port: int
    process: subprocess.Popen[bytes]
    databases: int = 0
    migrated: bool = False

    def new_database(self) -> str:
        """Create an empty database and return its URL."""
        return self._created("template0")

    def migrated_database(self) -> str:
        """Create a database with all tables, a copy of one that was migrated, and return its URL."""
        if not self.migrated:
            store = Store(self._created("template0", MIGRATED), b"")
            store.migrate()
            store.close()
            self.migrated = True
        return self._created(MIGRATED)

    def _created(self, template: str, name: str | None = None) -> str:
        self.databases += 1
        name = name or f"fieldstock_{self.databases}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._url(name)

    def stop(self) -> None:
        """Stop the server by its own process id."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"


def start_postgres(directory: Path) -> PostgresServer:
    """Make a cluster in `directory` and serve it; as root, by the user that Debian made for it."""
    binaries = _binaries()
    as_user: dict[str, object] = {}
    directory.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        postgres = pwd.getpwnam("postgres")
        os.chown(directory, postgres.pw_uid, postgres.pw_gid)
        as_user = {"user": postgres.pw_uid, "group": postgres.pw_gid, "extra_groups": []}
    data = directory / "data"
    port = free_port()
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
        check=True,
        capture_output=True,
        cwd=directory,
        **as_user,
    )
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": directory,
        "max_connections": 200,
        "fsync": "off",
        "shared_buffers": "64MB",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, *options], stdout=log, stderr=log, cwd=directory, **as_user
        )
    server = PostgresServer(port, process)
    _wait_until_ready(server, directory / "log")
    return server


def _wait_until_ready(server: PostgresServer, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            psycopg.connect(server._url("postgres")).close()
        except psycopg.OperationalError:
            if server.process.poll() is not None:
                raise RuntimeError(log.read_text()) from None
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(log.read_text())


def _binaries() -> Path:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = debian[-1] if debian else shutil.which("initdb")
    assert found, "PostgreSQL is not installed: make test installs it where it may"
    return Path(found).parent
