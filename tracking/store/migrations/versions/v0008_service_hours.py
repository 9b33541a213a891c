"""Service hours: calendars, responses by service days, pauses of an order's clock, where its time goes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_calendars",
        sa.Column("calendar_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("holidays_of", sa.Text(), nullable=False),
        sa.Column("closed_on", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("calendar_id", name=op.f("pk_service_calendars")),
    )
    op.create_table(
        "sla_pauses",
        sa.Column("pause_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("paused_by", sa.Text(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=True),
        sa.Column("resumed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("pause_id", name=op.f("pk_sla_pauses")),
    )
    op.create_index("ix_sla_pauses_order_id", "sla_pauses", ["order_id"])
    op.create_table(
        "order_marks",
        sa.Column("mark_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mark_id", name=op.f("pk_order_marks")),
    )
    op.create_index("ix_order_marks_order_id", "order_marks", ["order_id"])
    op.add_column("contracts", sa.Column("response", sa.Text(), nullable=False, server_default="within"))
    op.add_column("contracts", sa.Column("calendar_id", sa.Text(), nullable=True))
    op.add_column("contracts", sa.Column("cutoff", sa.Text(), nullable=False, server_default=""))
    op.add_column("orders", sa.Column("paused_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("orders") as table:
        table.drop_column("paused_at")
    with op.batch_alter_table("contracts") as table:
        for name in ("cutoff", "calendar_id", "response"):
            table.drop_column(name)
    op.drop_index("ix_order_marks_order_id", "order_marks")
    op.drop_table("order_marks")
    op.drop_index("ix_sla_pauses_order_id", "sla_pauses")
    op.drop_table("sla_pauses")
    op.drop_table("service_calendars")
