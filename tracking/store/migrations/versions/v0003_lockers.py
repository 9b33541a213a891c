"""Lockers: deposits, offline codes, alarms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lockers", sa.Column("min_temperature_c", sa.Double(), nullable=True))
    op.add_column("lockers", sa.Column("max_temperature_c", sa.Double(), nullable=True))
    op.add_column("lockers", sa.Column("alarms", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("compartments", sa.Column("size", sa.Text(), nullable=False, server_default="medium"))
    op.add_column("compartments", sa.Column("offline_key_hex", sa.Text(), nullable=True))
    op.add_column(
        "compartments", sa.Column("offline_counter", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column(
        "compartments", sa.Column("offline_used", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("compartments", sa.Column("differs_since", sa.BigInteger(), nullable=True))
    op.add_column("compartments", sa.Column("difference", sa.Text(), nullable=True))
    op.create_table(
        "deposits",
        sa.Column("deposit_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("locker_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("compartment", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("size", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("reserved_by", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("reserved_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part_number", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("quantity", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("serials", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("from_id", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("command_id", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("opened_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("placed_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("closed_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("scanned_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("code", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("failure", sa.Text(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("deposit_id", name=op.f("pk_deposits")),
    )
    op.create_index(op.f("ix_deposits_locker_id_state"), "deposits", ["locker_id", "state"], unique=False)
    op.create_table(
        "offline_codes",
        sa.Column("locker_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("compartment", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("counter", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("courier_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("withdrawal_id", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("reason", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("issued_by", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("issued_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("locker_id", "compartment", "counter", name=op.f("pk_offline_codes")),
    )


def downgrade() -> None:
    op.drop_table("offline_codes")
    op.drop_index(op.f("ix_deposits_locker_id_state"), table_name="deposits")
    op.drop_table("deposits")
    added = ("size", "offline_key_hex", "offline_counter", "offline_used", "differs_since", "difference")
    with op.batch_alter_table("compartments") as table:
        for name in reversed(added):
            table.drop_column(name)
    with op.batch_alter_table("lockers") as table:
        for name in ("alarms", "max_temperature_c", "min_temperature_c"):
            table.drop_column(name)
