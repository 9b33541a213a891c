"""Regions: where a place belongs, and whose plan is in force."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("locations", "publications"):
        op.add_column(table, sa.Column("region", sa.Text(), nullable=False, server_default="main"))


def downgrade() -> None:
    for table in ("publications", "locations"):
        op.drop_column(table, "region")
