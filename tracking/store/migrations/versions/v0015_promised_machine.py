"""The machine that a promise is for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("promises", sa.Column("machine_id", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("promises", "machine_id")
