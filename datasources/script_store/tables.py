"""The script store's tables, as its migrations make them."""

from sqlalchemy import Column, String, Table, Text

from datasources.columns import Instant, store_tables

TABLES = store_tables()
SUBJECT_LENGTH = 300
REFERENCE_LENGTH = 100

REQUEST = Table(
    "script_request",
    TABLES,
    # Whose reference it is: what two callers name alike are two requests.
    Column("subject", String(SUBJECT_LENGTH), primary_key=True),
    Column("reference", String(REFERENCE_LENGTH), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("directives", Text, nullable=False),
    # By which RM knows the request again.
    Column("rm_key", String(64), nullable=False),
    Column("sending_until", Instant),
    Column("answer", Text),
    Column("requested_at", Instant, nullable=False, index=True),
    Column("answered_at", Instant),
)
