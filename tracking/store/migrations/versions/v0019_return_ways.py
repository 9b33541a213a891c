"""The ways in which returns come, their photos, and the links by which customers announce them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_TEXTS = ("origin_id", "deposit_id", "carrier", "tracking_number")


def upgrade() -> None:
    op.add_column("returns", sa.Column("way", sa.Text(), nullable=False, server_default="courier"))
    op.add_column("returns", sa.Column("photos", sa.Text(), nullable=False, server_default="[]"))
    for name in _TEXTS:
        op.add_column("returns", sa.Column(name, sa.Text(), nullable=True))
    op.create_index("ix_returns_serial", "returns", ["serial"])
    op.add_column("offline_codes", sa.Column("deposit_id", sa.Text(), nullable=True))
    op.create_index("ix_offline_codes_deposit_id", "offline_codes", ["deposit_id"])
    op.create_table(
        "return_links",
        sa.Column("link_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("machine_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("return_id", sa.Text(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("submitted_at", sa.BigInteger(), nullable=True),
        sa.Column("photos", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_return_links")),
    )
    op.create_index("uq_return_links_token", "return_links", ["token_sha256"], unique=True)


def downgrade() -> None:
    op.drop_table("return_links")
    op.drop_index("ix_offline_codes_deposit_id", "offline_codes")
    op.drop_column("offline_codes", "deposit_id")
    op.drop_index("ix_returns_serial", "returns")
    for name in (*_TEXTS, "photos", "way"):
        op.drop_column("returns", name)
