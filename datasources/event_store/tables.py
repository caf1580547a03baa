"""The event store's tables, as its migrations make them."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from datasources.columns import NUMBER, Instant, Money, store_tables
from datasources.idempotency import requests_table

TABLES = store_tables()
REQUESTS = requests_table(TABLES, "events")

# One row a kind. Whoever stores events holds its row, so that ids become visible in their order and without gaps.
COUNTER = Table(
    "event_counter",
    TABLES,
    Column("kind", String(20), primary_key=True),
    Column("last_id", BigInteger, nullable=False),
    Column("last_created_on", Instant),
    # From this id on there are no gaps and no event is older than one before it: there, paging needs no counting.
    Column("even_from", BigInteger, nullable=False),
)

APPRENTICESHIP = Table(
    "apprenticeship_event",
    TABLES,
    Column("id", NUMBER, primary_key=True, autoincrement=False),
    Column("created_on", Instant, nullable=False),
    Column("event", String(50), nullable=False),
    Column("apprenticeship_id", BigInteger, nullable=False),
    Column("payment_status", String(50)),
    Column("agreement_status", String(50)),
    Column("provider_id", String(20), nullable=False),
    Column("learner_id", String(20), nullable=False),
    Column("training_type", String(20), nullable=False),
    Column("training_id", String(20), nullable=False),
    Column("employer_account_id", String(20), nullable=False),
    Column("training_start_date", Instant, nullable=False),
    Column("training_end_date", Instant, nullable=False),
    Column("training_total_cost", Money, nullable=False),
    Column("payment_order", Integer),
    Column("legal_entity_id", String(50)),
    Column("legal_entity_name", String(100)),
    Column("legal_entity_organisation_type", String(20)),
    Column("account_legal_entity_public_hashed_id", String(6)),
    Column("effective_from", Instant),
    Column("effective_to", Instant),
    Column("date_of_birth", Instant),
    Column("paused_on_date", Instant),
    Column("stopped_on_date", Instant),
    Column("price_history", Text),
    Column("transfer_sender_id", BigInteger),
    Column("transfer_sender_name", String(100)),
    Column("transfer_approval_status", String(20)),
    Column("transfer_approval_actioned_on", Instant),
    Index(None, "created_on", "id"),
    Index(None, "learner_id", "id"),
)

AGREEMENT = Table(
    "agreement_event",
    TABLES,
    Column("id", NUMBER, primary_key=True, autoincrement=False),
    Column("created_on", Instant, nullable=False),
    Column("event", String(50), nullable=False),
    Column("provider_id", String(20), nullable=False),
    Column("contract_type", String(50), nullable=False),
    Index(None, "created_on", "id"),
)

ACCOUNT = Table(
    "account_event",
    TABLES,
    Column("id", NUMBER, primary_key=True, autoincrement=False),
    Column("created_on", Instant, nullable=False),
    Column("event", String(50), nullable=False),
    Column("resource_uri", String(1000), nullable=False),
    Index(None, "created_on", "id"),
)

GENERIC = Table(
    "generic_event",
    TABLES,
    Column("id", NUMBER, primary_key=True, autoincrement=False),
    Column("created_on", Instant, nullable=False),
    Column("type", String(255), nullable=False),
    Column("payload", Text, nullable=False),
    Column("resource_type", String(255)),
    Column("resource_id", String(255)),
    Index(None, "type", "id"),
    Index(None, "type", "created_on", "id"),
    Index(None, "resource_type", "resource_id", "created_on", "id"),
)
