"""Hearing: the gateways' sessions on the broker."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gateway_slots",
        sa.Column("slot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("subscribed_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_gateway_slots")),
    )


def downgrade() -> None:
    op.drop_table("gateway_slots")
