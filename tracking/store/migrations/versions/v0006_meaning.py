"""What fixes mean: standing alerts, trips, erasures, and what the jobs did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("cause", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("raised_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cleared_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alerts")),
    )
    op.create_table(
        "trips",
        sa.Column("trip_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("courier_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("from_lat_deg", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("from_lon_deg", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("to_lat_deg", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("to_lon_deg", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("distance_m", sa.Double(), autoincrement=False, nullable=False),
        sa.Column("fixes", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("trip_id", name=op.f("pk_trips")),
    )
    op.create_index(op.f("ix_trips_courier_id_ended_at"), "trips", ["courier_id", "ended_at"], unique=False)
    op.create_table(
        "trip_marks",
        sa.Column("courier_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("courier_id", "hour", name=op.f("pk_trip_marks")),
    )
    op.create_table(
        "erasures",
        sa.Column("courier_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("asked_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("topics_cleared_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("store_cleared_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("courier_id", name=op.f("pk_erasures")),
    )
    op.create_table(
        "job_runs",
        sa.Column("run_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("ran_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("counts", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_job_runs")),
    )
    op.create_index(op.f("ix_job_runs_name_ran_at"), "job_runs", ["name", "ran_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_job_runs_name_ran_at"), table_name="job_runs")
    op.drop_table("job_runs")
    op.drop_table("erasures")
    op.drop_table("trip_marks")
    op.drop_index(op.f("ix_trips_courier_id_ended_at"), table_name="trips")
    op.drop_table("trips")
    op.drop_table("alerts")
