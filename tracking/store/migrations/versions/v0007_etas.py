"""How sure an ETA is: the range of an arrival, and the probability of a late hand-over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stops", sa.Column("eta_early_at", sa.BigInteger(), nullable=True))
    op.add_column("stops", sa.Column("eta_late_at", sa.BigInteger(), nullable=True))
    op.add_column("stops", sa.Column("late_probability", sa.Double(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("stops") as table:
        for name in ("late_probability", "eta_late_at", "eta_early_at"):
            table.drop_column(name)
