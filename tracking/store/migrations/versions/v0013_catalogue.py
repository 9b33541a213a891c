"""The catalogue's revisions, hazards, customs codes and models; opening hours; the installed base."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NEW = {
    "parts": {"revision": "", "hazards": "[]", "customs_code": "", "fits_models": "[]"},
    "locations": {"opening_hours": "", "zone": ""},
}
"""The new columns of each table, and what stands in them for what was there before."""


def upgrade() -> None:
    for table, columns in _NEW.items():
        for name, default in columns.items():
            op.add_column(table, sa.Column(name, sa.Text(), nullable=False, server_default=default))
    op.create_table(
        "machines",
        sa.Column("machine_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("machine_id", name=op.f("pk_machines")),
    )
    op.create_index("ix_machines_site_id", "machines", ["site_id"])
    op.create_index("uq_machines_model_serial", "machines", ["model", "serial"], unique=True)


def downgrade() -> None:
    op.drop_table("machines")
    for table, columns in _NEW.items():
        with op.batch_alter_table(table) as altered:
            for name in columns:
                altered.drop_column(name)
