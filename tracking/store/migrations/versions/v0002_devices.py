"""Devices: secrets under rotation, provisioning tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ADDED = {
    "pending_sha256": sa.Text,
    "pending_verifier": sa.Text,
    "pending_sealed": sa.Text,
    "rotation_started_at": sa.BigInteger,
    "rotation_ends_at": sa.BigInteger,
    "secret_sealed": sa.Text,
    "encryption_key": sa.Text,
}


def upgrade() -> None:
    for name, kind in _ADDED.items():
        op.add_column("devices", sa.Column(name, kind(), nullable=True))
    op.create_index(op.f("ix_devices_secret_sha256"), "devices", ["secret_sha256"], unique=False)
    op.create_index(op.f("ix_devices_pending_sha256"), "devices", ["pending_sha256"], unique=False)
    op.create_table(
        "device_invitations",
        sa.Column("token_sha256", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("device_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("invited_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_device_invitations")),
    )


def downgrade() -> None:
    op.drop_table("device_invitations")
    op.drop_index(op.f("ix_devices_pending_sha256"), table_name="devices")
    op.drop_index(op.f("ix_devices_secret_sha256"), table_name="devices")
    with op.batch_alter_table("devices") as table:
        for name in reversed(_ADDED):
            table.drop_column(name)
