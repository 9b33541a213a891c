"""Migrations: brings a database up to this version of the program, under a lock."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from tracking.store.engine import transaction
from tracking.values.errors import FieldstockError

_ADVISORY_LOCK = 7_011_964


class SchemaTooNew(FieldstockError):
    """A newer version of the program has changed the tables."""

    code = "schema_too_new"
    action = "Install at least the version that wrote this database."


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration for a connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine) -> None:
    """Apply what is missing. Raises `SchemaTooNew` for tables that this version does not know."""
    with transaction(engine, write=True) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
        config = alembic_config(connection)
        current = MigrationContext.configure(connection).get_current_revision()
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if current is not None and current not in known:
            raise SchemaTooNew(f"The database is at revision {current}, which this version does not know.")
        command.upgrade(config, "head")
        connection.commit()
