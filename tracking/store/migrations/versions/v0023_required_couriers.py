"""Orders and promises: which courier has to bring it, and which must not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_TABLES = ("orders", "promises")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("required_courier_id", sa.Text(), nullable=True))
        forbidden = sa.Column("forbidden_courier_ids", sa.Text(), nullable=False, server_default="[]")
        op.add_column(table, forbidden)


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "forbidden_courier_ids")
        op.drop_column(table, "required_courier_id")
