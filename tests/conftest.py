"""Fixtures that several rooms of the tests share: the databases, and the real input."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.influxd import Influxd
from tests.postgres import PostgresServer, start_postgres
from tracking.store.unit_of_work import Store

SKIP_REASON = "needs real input from ../shared"
"""The only reason for which a test may be skipped."""
CUSTODY_KEY = b"the custody key of the tests"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    directory = Path(tempfile.mkdtemp(prefix="fieldstock-postgres-"))
    directory.chmod(0o755)
    server = start_postgres(directory)
    yield server
    server.stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store can be; on PostgreSQL its tables are there already, as migrations made them once."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'fieldstock.sqlite'}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.migrated_database()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """An empty database on PostgreSQL."""
    return postgres_server.new_database()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A migrated, empty store: every test that takes it runs on SQLite and on PostgreSQL."""
    store = Store(database_url, CUSTODY_KEY)
    store.migrate()
    yield store
    store.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """A migrated, empty store on SQLite, where the database makes no difference."""
    store = Store(f"sqlite:///{tmp_path / 'fieldstock.sqlite'}", CUSTODY_KEY)
    store.migrate()
    yield store
    store.close()


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    server = Influxd(tmp_path_factory.mktemp("influxd"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real input, which is not part of the project."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("FIELDSTOCK_SHARED", beside)) / "data"
    if not folder.is_dir():
        pytest.skip(f"{SKIP_REASON}, which is not here")
    return folder


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that skipped a test for another reason than missing real input."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    wrong = [report.nodeid for report in skipped if SKIP_REASON not in str(report.longrepr)]
    if wrong and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(f"skipped without the one good reason: {wrong}", red=True)
