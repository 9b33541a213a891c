"""The bench: photos, inspections of returns, work orders and what was done on them, dispositions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("returns", sa.Column("announced_serial", sa.Text(), nullable=True))
    op.create_table(
        "photos",
        sa.Column("sha256", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_photos")),
    )
    op.create_table(
        "inspections",
        sa.Column("return_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("part_number", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("damage", sa.Text(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("unopened", sa.Boolean(), nullable=False),
        sa.Column("photos", sa.Text(), nullable=False),
        sa.Column("differences", sa.Text(), nullable=False),
        sa.Column("inspected_by", sa.Text(), nullable=False),
        sa.Column("inspected_at", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("return_id", name=op.f("pk_inspections")),
    )
    _add_work()
    _add_dispositions()


def _add_work() -> None:
    op.create_table(
        "work_orders",
        sa.Column("work_order_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("part_number", sa.Text(), nullable=False),
        sa.Column("bench_id", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("state_since_at", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.Text(), nullable=True),
        sa.Column("unopened", sa.Boolean(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("photos", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("outcome_at", sa.BigInteger(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("moved_to_id", sa.Text(), nullable=True),
        sa.Column("warranty_until", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("work_order_id", name=op.f("pk_work_orders")),
    )
    op.create_index("ix_work_orders_serial", "work_orders", ["serial"])
    op.create_index("ix_work_orders_part_number_closed_at", "work_orders", ["part_number", "closed_at"])
    op.create_index("uq_work_orders_number", "work_orders", ["number"], unique=True)
    op.create_table(
        "test_procedures",
        sa.Column("procedure_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("part_number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("procedure_id", name=op.f("pk_test_procedures")),
    )
    op.create_index(
        "uq_test_procedures_version", "test_procedures", ["part_number", "name", "version"], unique=True
    )
    op.create_table(
        "test_runs",
        sa.Column("run_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("work_order_id", sa.Text(), nullable=False),
        sa.Column("procedure_id", sa.Text(), nullable=False),
        sa.Column("readings", sa.Text(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_test_runs")),
    )
    op.create_index("ix_test_runs_work_order_id", "test_runs", ["work_order_id"])
    op.create_table(
        "consumed_parts",
        sa.Column("consumed_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("work_order_id", sa.Text(), nullable=False),
        sa.Column("part_number", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("serials", sa.Text(), nullable=False),
        sa.Column("from_id", sa.Text(), nullable=False),
        sa.Column("cost_cents", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consumed_id", name=op.f("pk_consumed_parts")),
    )
    op.create_index("ix_consumed_parts_work_order_id", "consumed_parts", ["work_order_id"])
    op.create_table(
        "labour",
        sa.Column("labour_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("work_order_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("labour_id", name=op.f("pk_labour")),
    )
    op.create_index("ix_labour_work_order_id", "labour", ["work_order_id"])


def _add_dispositions() -> None:
    op.create_table(
        "disposition_rules",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rates", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_disposition_rules")),
    )
    op.create_table(
        "dispositions",
        sa.Column("disposition_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("part_number", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.Text(), nullable=False),
        sa.Column("return_id", sa.Text(), nullable=True),
        sa.Column("rules_version", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("best", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("overridden_by", sa.Text(), nullable=True),
        sa.Column("overridden_at", sa.BigInteger(), nullable=True),
        sa.Column("executed_by", sa.Text(), nullable=True),
        sa.Column("executed_at", sa.BigInteger(), nullable=True),
        sa.Column("work_order_id", sa.Text(), nullable=True),
        sa.Column("certificate", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("disposition_id", name=op.f("pk_dispositions")),
    )
    op.create_index("ix_dispositions_serial", "dispositions", ["serial"])
    op.create_index("ix_dispositions_return_id", "dispositions", ["return_id"])
    op.create_index("uq_dispositions_number", "dispositions", ["number"], unique=True)
    op.create_table(
        "certificates",
        sa.Column("number", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("disposition_id", sa.Text(), nullable=False),
        sa.Column("part_number", sa.Text(), nullable=False),
        sa.Column("part_name", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("weight_g", sa.BigInteger(), nullable=False),
        sa.Column("materials", sa.Text(), nullable=False),
        sa.Column("recycler", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("recycled_at", sa.BigInteger(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("custody_position", sa.BigInteger(), nullable=True),
        sa.Column("custody_mac", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_certificates")),
    )


def downgrade() -> None:
    for name in ("certificates", "dispositions", "disposition_rules"):
        op.drop_table(name)
    for name in ("labour", "consumed_parts", "test_runs", "test_procedures", "work_orders"):
        op.drop_table(name)
    op.drop_table("inspections")
    op.drop_table("photos")
    with op.batch_alter_table("returns") as table:
        table.drop_column("announced_serial")
