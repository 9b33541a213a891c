"""The migrations lead to the tables that the program knows, and back to none."""

from __future__ import annotations

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from tracking.store.engine import transaction
from tracking.store.migrate import alembic_config
from tracking.store.tables import metadata
from tracking.store.unit_of_work import Store


def test_migrated_tables_are_those_of_the_program(store: Store) -> None:
    with transaction(store.engine, write=False) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(store: Store) -> None:
    store.migrate()
    with transaction(store.engine, write=False) as connection:
        assert set(metadata.tables) < set(inspect(connection).get_table_names())


def test_migrations_can_be_taken_back(store: Store) -> None:
    with transaction(store.engine, write=True) as connection:
        command.downgrade(alembic_config(connection), "base")
        connection.commit()
    with transaction(store.engine, write=False) as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
