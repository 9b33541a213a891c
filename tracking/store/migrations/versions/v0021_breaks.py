"""Breaks of shifts: when they are due, planned and taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "breaks",
        sa.Column("break_id", sa.Text(), primary_key=True),
        sa.Column("shift_id", sa.Text(), nullable=False),
        sa.Column("courier_id", sa.Text(), nullable=False),
        sa.Column("earliest_at", sa.BigInteger(), nullable=False),
        sa.Column("latest_at", sa.BigInteger(), nullable=False),
        sa.Column("duration_s", sa.BigInteger(), nullable=False),
        sa.Column("planned_at", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
    )
    op.create_index("ix_breaks_shift_id", "breaks", ["shift_id"])


def downgrade() -> None:
    op.drop_table("breaks")
