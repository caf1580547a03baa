"""The audit store's table, as its migrations make it."""

from sqlalchemy import Column, Index, Integer, String, Table

from datasources.columns import NUMBER, Instant, store_tables

TABLES = store_tables()
# What callers may choose freely is cut to these lengths.
VIEWER_LENGTH = 300
NAME_LENGTH = 200

# Rows are added, and never changed or deleted: the migration has the database refuse it.
RECORD = Table(
    "audit_record",
    TABLES,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("viewer", String(VIEWER_LENGTH), nullable=False),
    Column("on_behalf_of", String(NAME_LENGTH)),
    Column("surface", String(40), nullable=False),
    Column("operation", String(NAME_LENGTH), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("organisation", String(40)),
    Column("period", String(40)),
    Column("subject_kind", String(20), nullable=False),
    Column("subject_count", Integer, nullable=False),
    Column("subjects_digest", String(80), nullable=False),
    Column("transaction_id", String(128), nullable=False),
    Index(None, "at", "id"),
    Index(None, "viewer", "at", "id"),
    Index(None, "organisation", "at", "id"),
)
