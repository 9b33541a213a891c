"""The relational store: tables, transactions, outbox, leases and migrations, on SQLite and PostgreSQL."""
