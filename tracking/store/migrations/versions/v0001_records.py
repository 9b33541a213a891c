"""The kernel of records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "compartments",
        sa.Column("locker_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("compartment", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("door", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("door_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("part_number", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("serial", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("quantity", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fault", sa.Text(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("locker_id", "compartment", name=op.f("pk_compartments")),
    )
    op.create_table(
        "contracts",
        sa.Column("contract_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("response_s", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("contract_id", name=op.f("pk_contracts")),
    )
    op.create_table(
        "count_tasks",
        sa.Column("task_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("location_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("part_number", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("cause", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("opened_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("closed_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_count_tasks")),
    )
    op.create_table(
        "courier_positions",
        sa.Column("courier_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("lat_deg", sa.Double(), nullable=False),
        sa.Column("lon_deg", sa.Double(), nullable=False),
        sa.Column("fix_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("received_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("accuracy_m", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("speed_mps", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("bearing_deg", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("battery_pct", sa.Double(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("courier_id", name=op.f("pk_courier_positions")),
    )
    op.create_table(
        "couriers",
        sa.Column("courier_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("display_name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("capacity_weight_g", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("capacity_volume_cm3", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("skills", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("home_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("route_version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("courier_id", name=op.f("pk_couriers")),
    )
    op.create_table(
        "custody_details",
        sa.Column("serial", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("proof", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("serial", "position", name=op.f("pk_custody_details")),
    )
    op.create_table(
        "custody_entries",
        sa.Column("serial", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("location_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("detail_digest", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("mac", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("serial", "position", name=op.f("pk_custody_entries")),
    )
    op.create_table(
        "devices",
        sa.Column("device_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("secret_sha256", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("broker_verifier", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("command_key_hex", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("added_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_devices")),
    )
    op.create_table(
        "driver_reports",
        sa.Column("event_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("courier_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("received_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("verdict", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("note", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("cause", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("action", sa.Text(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_driver_reports")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("process", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("pid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("port", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("healthy", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("detail", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "locations",
        sa.Column("location_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("lat_deg", sa.Double(), nullable=True),
        sa.Column("lon_deg", sa.Double(), nullable=True),
        sa.Column("address", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("parent_id", sa.Text(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("location_id", name=op.f("pk_locations")),
    )
    op.create_table(
        "locker_commands",
        sa.Column("command_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("locker_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("session", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("action", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("compartment", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("issued_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid_for_s", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sent_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("result", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("reason", sa.Text(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("command_id", name=op.f("pk_locker_commands")),
    )
    op.create_index(op.f("ix_locker_commands_sent_at"), "locker_commands", ["sent_at"], unique=False)
    op.create_table(
        "lockers",
        sa.Column("locker_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("online", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("session", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("connect_count", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_heard_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("reported_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("temperature_c", sa.Double(), autoincrement=False, nullable=True),
        sa.Column("power", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("battery_pct", sa.Double(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("locker_id", name=op.f("pk_lockers")),
    )
    op.create_table(
        "offsets",
        sa.Column("reader", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("reader", name=op.f("pk_offsets")),
    )
    op.create_table(
        "orders",
        sa.Column("order_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("urgency", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("site_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("part_number", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("quantity", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contract_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("called_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("requested_by", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("courier_id", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("source_id", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("serials", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("predicted_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("stopped_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("return_id", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("unserved_code", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("unserved_reason", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("not_before_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("alerted_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("closed_reason", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_orders")),
    )
    op.create_index(op.f("ix_orders_state"), "orders", ["state"], unique=False)
    op.create_index("uq_orders_number", "orders", ["number"], unique=True)
    op.create_table(
        "outbox",
        sa.Column(
            "outbox_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("position", name=op.f("uq_outbox_position")),
    )
    op.create_index(
        "ix_outbox_unstamped",
        "outbox",
        ["outbox_id"],
        unique=False,
        sqlite_where=sa.text("position IS NULL"),
        postgresql_where=sa.text("position IS NULL"),
    )
    op.create_table(
        "parts",
        sa.Column("part_number", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("weight_g", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("volume_cm3", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value_cents", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("substitutes", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("part_number", name=op.f("pk_parts")),
    )
    op.create_table(
        "people",
        sa.Column("login", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("display_name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("password_hash", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("courier_id", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("added_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_people")),
    )
    op.create_table(
        "publications",
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("published_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cost_cents", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("solver", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("fencing_token", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_publications")),
    )
    op.create_table(
        "reservations",
        sa.Column("reservation_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("location_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("part_number", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("quantity", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("serials", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("released_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("reservation_id", name=op.f("pk_reservations")),
    )
    op.create_index("ix_reservations_open", "reservations", ["location_id", "part_number"], unique=False)
    op.create_index(op.f("ix_reservations_order_id"), "reservations", ["order_id"], unique=False)
    op.create_table(
        "returns",
        sa.Column("return_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("site_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("part_number", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("serial", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("destination_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("announced_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("requested_by", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("courier_id", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("unserved_code", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("unserved_reason", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("not_before_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("closed_reason", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("return_id", name=op.f("pk_returns")),
    )
    op.create_index(op.f("ix_returns_state"), "returns", ["state"], unique=False)
    op.create_index("uq_returns_number", "returns", ["number"], unique=True)
    op.create_table(
        "sequences",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sequences")),
    )
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("login", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("token_sha256", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("previous_sha256", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("started_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("refreshed_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_sessions")),
    )
    op.create_table(
        "shifts",
        sa.Column("shift_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("courier_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("starts_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ends_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("shift_id", name=op.f("pk_shifts")),
    )
    op.create_index(op.f("ix_shifts_courier_id_ends_at"), "shifts", ["courier_id", "ends_at"], unique=False)
    op.create_table(
        "steps",
        sa.Column("step_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("stop_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("location_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("step_id", "stop_id", name=op.f("pk_steps")),
    )
    op.create_index(op.f("ix_steps_step_id"), "steps", ["step_id"], unique=False)
    op.create_table(
        "stops",
        sa.Column("stop_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("courier_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("eta_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("departs_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("done_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("stop_id", name=op.f("pk_stops")),
    )
    op.create_index(op.f("ix_stops_courier_id_done_at"), "stops", ["courier_id", "done_at"], unique=False)
    op.create_index(op.f("ix_stops_courier_id_state"), "stops", ["courier_id", "state"], unique=False)
    op.create_table(
        "stored_answers",
        sa.Column("principal", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("idempotency_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("request_sha256", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("status", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("principal", "idempotency_key", name=op.f("pk_stored_answers")),
    )
    op.create_table(
        "throttles",
        sa.Column("key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("failures", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("window_ends_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttles")),
    )
    op.create_table(
        "units",
        sa.Column("serial", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("part_number", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("condition", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_units")),
    )
    op.create_table(
        "visits",
        sa.Column("visit_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("courier_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("place_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("departed_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_visits")),
    )
    op.create_index(
        op.f("ix_visits_courier_id_departed_at"), "visits", ["courier_id", "departed_at"], unique=False
    )
    op.create_table(
        "withdrawals",
        sa.Column("withdrawal_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("locker_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("compartment", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("courier_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("command_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("authorised_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opened_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("closed_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("scanned_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("failure", sa.Text(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("withdrawal_id", name=op.f("pk_withdrawals")),
    )
    op.create_index(
        op.f("ix_withdrawals_locker_id_compartment"),
        "withdrawals",
        ["locker_id", "compartment"],
        unique=False,
    )
    op.create_index(op.f("ix_withdrawals_order_id"), "withdrawals", ["order_id"], unique=False)
    op.create_table(
        "stock_lines",
        sa.Column("location_id", sa.Text(), nullable=False),
        sa.Column("part_number", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["locations.location_id"], name=op.f("fk_stock_lines_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["part_number"], ["parts.part_number"], name=op.f("fk_stock_lines_part_number")
        ),
        sa.PrimaryKeyConstraint("location_id", "part_number", name=op.f("pk_stock_lines")),
    )
    op.create_table(
        "stock_moves",
        sa.Column("move_id", sa.Text(), nullable=False),
        sa.Column("part_number", sa.Text(), nullable=False),
        sa.Column("from_id", sa.Text(), nullable=False),
        sa.Column("to_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["locations.location_id"], name=op.f("fk_stock_moves_from_id")),
        sa.ForeignKeyConstraint(
            ["part_number"], ["parts.part_number"], name=op.f("fk_stock_moves_part_number")
        ),
        sa.ForeignKeyConstraint(["to_id"], ["locations.location_id"], name=op.f("fk_stock_moves_to_id")),
        sa.PrimaryKeyConstraint("move_id", name=op.f("pk_stock_moves")),
    )
    op.create_table(
        "stock_postings",
        sa.Column(
            "posting_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("move_id", sa.Text(), nullable=False),
        sa.Column("location_id", sa.Text(), nullable=False),
        sa.Column("part_number", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["move_id"], ["stock_moves.move_id"], name=op.f("fk_stock_postings_move_id")),
        sa.PrimaryKeyConstraint("posting_id", name=op.f("pk_stock_postings")),
    )
    op.create_index(
        op.f("ix_stock_postings_location_id_part_number"),
        "stock_postings",
        ["location_id", "part_number"],
        unique=False,
    )
    op.create_index(op.f("ix_stock_postings_serial"), "stock_postings", ["serial"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_stock_postings_serial"), table_name="stock_postings")
    op.drop_index(op.f("ix_stock_postings_location_id_part_number"), table_name="stock_postings")
    op.drop_table("stock_postings")
    op.drop_table("stock_moves")
    op.drop_table("stock_lines")
    op.drop_index(op.f("ix_withdrawals_order_id"), table_name="withdrawals")
    op.drop_index(op.f("ix_withdrawals_locker_id_compartment"), table_name="withdrawals")
    op.drop_table("withdrawals")
    op.drop_index(op.f("ix_visits_courier_id_departed_at"), table_name="visits")
    op.drop_table("visits")
    op.drop_table("units")
    op.drop_table("throttles")
    op.drop_table("stored_answers")
    op.drop_index(op.f("ix_stops_courier_id_state"), table_name="stops")
    op.drop_index(op.f("ix_stops_courier_id_done_at"), table_name="stops")
    op.drop_table("stops")
    op.drop_index(op.f("ix_steps_step_id"), table_name="steps")
    op.drop_table("steps")
    op.drop_index(op.f("ix_shifts_courier_id_ends_at"), table_name="shifts")
    op.drop_table("shifts")
    op.drop_table("sessions")
    op.drop_table("sequences")
    op.drop_index("uq_returns_number", table_name="returns")
    op.drop_index(op.f("ix_returns_state"), table_name="returns")
    op.drop_table("returns")
    op.drop_index(op.f("ix_reservations_order_id"), table_name="reservations")
    op.drop_index("ix_reservations_open", table_name="reservations")
    op.drop_table("reservations")
    op.drop_table("publications")
    op.drop_table("people")
    op.drop_table("parts")
    op.drop_index(
        "ix_outbox_unstamped",
        table_name="outbox",
        sqlite_where=sa.text("position IS NULL"),
        postgresql_where=sa.text("position IS NULL"),
    )
    op.drop_table("outbox")
    op.drop_index("uq_orders_number", table_name="orders")
    op.drop_index(op.f("ix_orders_state"), table_name="orders")
    op.drop_table("orders")
    op.drop_table("offsets")
    op.drop_table("lockers")
    op.drop_index(op.f("ix_locker_commands_sent_at"), table_name="locker_commands")
    op.drop_table("locker_commands")
    op.drop_table("locations")
    op.drop_table("leases")
    op.drop_table("heartbeats")
    op.drop_table("driver_reports")
    op.drop_table("devices")
    op.drop_table("custody_entries")
    op.drop_table("custody_details")
    op.drop_table("couriers")
    op.drop_table("courier_positions")
    op.drop_table("count_tasks")
    op.drop_table("contracts")
    op.drop_table("compartments")
