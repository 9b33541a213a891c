"""Until when the defective part of a swap is owed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("returns", sa.Column("core_due_at", sa.BigInteger(), nullable=True))
    op.add_column("contracts", sa.Column("core_days", sa.BigInteger(), nullable=False, server_default="14"))


def downgrade() -> None:
    op.drop_column("contracts", "core_days")
    op.drop_column("returns", "core_due_at")
