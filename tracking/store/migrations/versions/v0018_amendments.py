"""Amendments of orders, by when a customer needs the part, and where couriers were at hand-overs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("required_by_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "order_amendments",
        sa.Column("amendment_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("order_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("amendment_id", name=op.f("pk_order_amendments")),
    )
    op.create_index(op.f("ix_order_amendments_order_id"), "order_amendments", ["order_id"])
    op.create_table(
        "custody_slices",
        sa.Column("sha256", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("courier_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("points", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_custody_slices")),
    )
    op.create_index(op.f("ix_custody_slices_courier_id"), "custody_slices", ["courier_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_custody_slices_courier_id"), "custody_slices")
    op.drop_table("custody_slices")
    op.drop_index(op.f("ix_order_amendments_order_id"), "order_amendments")
    op.drop_table("order_amendments")
    op.drop_column("orders", "required_by_at")
