"""Promises, and the orders that redeem them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "promises",
        sa.Column("promise_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("part_number", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("contract_id", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("hold_s", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("offered_part", sa.Text(), nullable=True),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("courier_id", sa.Text(), nullable=True),
        sa.Column("promised_at", sa.BigInteger(), nullable=True),
        sa.Column("half_at", sa.BigInteger(), nullable=True),
        sa.Column("in_time", sa.Double(), nullable=True),
        sa.Column("held_until", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("request_key", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("promise_id", name=op.f("pk_promises")),
    )
    op.create_index("ix_promises_state", "promises", ["state"])
    op.create_index("uq_promises_request_key", "promises", ["request_key"], unique=True)
    op.add_column("orders", sa.Column("promise_id", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("promised_at", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("half_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("orders", "half_at")
    op.drop_column("orders", "promised_at")
    op.drop_column("orders", "promise_id")
    op.drop_table("promises")
