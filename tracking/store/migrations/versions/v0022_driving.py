"""How long couriers may drive in a shift, and when they set out to a stop."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shifts", sa.Column("max_driving_s", sa.BigInteger(), nullable=True))
    op.add_column("shifts", sa.Column("max_stretch_s", sa.BigInteger(), nullable=True))
    op.add_column("stops", sa.Column("en_route_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("stops", "en_route_at")
    op.drop_column("shifts", "max_stretch_s")
    op.drop_column("shifts", "max_driving_s")
