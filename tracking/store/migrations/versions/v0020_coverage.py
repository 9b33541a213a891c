"""What contracts cover: which parts, and how many returns a year."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contracts", sa.Column("covers", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("contracts", sa.Column("returns_a_year", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("contracts", "returns_a_year")
    op.drop_column("contracts", "covers")
