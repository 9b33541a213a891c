"""What a courier's phone said of itself with its newest fix, and commands to phones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("courier_positions", sa.Column("charging", sa.Boolean(), nullable=True))
    op.add_column("courier_positions", sa.Column("network", sa.Text(), nullable=True))
    op.add_column("courier_positions", sa.Column("tracking", sa.Text(), nullable=True))
    op.create_table(
        "phone_commands",
        sa.Column("device_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("action", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("asked_version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("issued_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("published_version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("answered_version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("device_id", "action", name=op.f("pk_phone_commands")),
    )


def downgrade() -> None:
    op.drop_table("phone_commands")
    with op.batch_alter_table("courier_positions") as table:
        for name in ("tracking", "network", "charging"):
            table.drop_column(name)
