"""The first tables: four kinds of events, a counter for each, and the requests that were answered."""

import sqlalchemy as sa
from alembic import op

from datasources.columns import NUMBER, Instant, Money

revision = "0001_events"
down_revision = None


def upgrade() -> None:
    _create_shared()
    _create_apprenticeship()
    op.create_table(
        "agreement_event",
        *_head(),
        sa.Column("event", sa.String(50), nullable=False),
        sa.Column("provider_id", sa.String(20), nullable=False),
        sa.Column("contract_type", sa.String(50), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agreement_event"),
    )
    op.create_index("ix_agreement_event_created_on_id", "agreement_event", ["created_on", "id"])
    op.create_table(
        "account_event",
        *_head(),
        sa.Column("event", sa.String(50), nullable=False),
        sa.Column("resource_uri", sa.String(1000), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account_event"),
    )
    op.create_index("ix_account_event_created_on_id", "account_event", ["created_on", "id"])
    op.create_table(
        "generic_event",
        *_head(),
        sa.Column("type", sa.String(255), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("resource_type", sa.String(255)),
        sa.Column("resource_id", sa.String(255)),
        sa.PrimaryKeyConstraint("id", name="pk_generic_event"),
    )
    op.create_index("ix_generic_event_type_id", "generic_event", ["type", "id"])
    op.create_index("ix_generic_event_type_created_on_id", "generic_event", ["type", "created_on", "id"])
    resource = ["resource_type", "resource_id", "created_on", "id"]
    op.create_index("ix_generic_event_resource_type_resource_id_created_on_id", "generic_event", resource)


def _head() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("created_on", Instant, nullable=False),
    )


def _create_shared() -> None:
    counter = op.create_table(
        "event_counter",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("last_id", sa.BigInteger, nullable=False),
        sa.Column("last_created_on", Instant),
        sa.Column("even_from", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_event_counter"),
    )
    kinds = ("apprenticeship", "agreement", "account", "generic")
    op.bulk_insert(counter, [{"kind": kind, "last_id": 0, "even_from": 1} for kind in kinds])
    op.create_table(
        "events_request",
        sa.Column("scope", sa.String(300), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("asked_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_events_request"),
    )
    op.create_index("ix_events_request_asked_at", "events_request", ["asked_at"])


def _create_apprenticeship() -> None:
    op.create_table(
        "apprenticeship_event",
        *_head(),
        sa.Column("event", sa.String(50), nullable=False),
        sa.Column("apprenticeship_id", sa.BigInteger, nullable=False),
        sa.Column("payment_status", sa.String(50)),
        sa.Column("agreement_status", sa.String(50)),
        sa.Column("provider_id", sa.String(20), nullable=False),
        sa.Column("learner_id", sa.String(20), nullable=False),
        sa.Column("training_type", sa.String(20), nullable=False),
        sa.Column("training_id", sa.String(20), nullable=False),
        sa.Column("employer_account_id", sa.String(20), nullable=False),
        sa.Column("training_start_date", Instant, nullable=False),
        sa.Column("training_end_date", Instant, nullable=False),
        sa.Column("training_total_cost", Money, nullable=False),
        sa.Column("payment_order", sa.Integer),
        sa.Column("legal_entity_id", sa.String(50)),
        sa.Column("legal_entity_name", sa.String(100)),
        sa.Column("legal_entity_organisation_type", sa.String(20)),
        sa.Column("account_legal_entity_public_hashed_id", sa.String(6)),
        sa.Column("effective_from", Instant),
        sa.Column("effective_to", Instant),
        sa.Column("date_of_birth", Instant),
        sa.Column("paused_on_date", Instant),
        sa.Column("stopped_on_date", Instant),
        sa.Column("price_history", sa.Text),
        sa.Column("transfer_sender_id", sa.BigInteger),
        sa.Column("transfer_sender_name", sa.String(100)),
        sa.Column("transfer_approval_status", sa.String(20)),
        sa.Column("transfer_approval_actioned_on", Instant),
        sa.PrimaryKeyConstraint("id", name="pk_apprenticeship_event"),
    )
    op.create_index("ix_apprenticeship_event_created_on_id", "apprenticeship_event", ["created_on", "id"])
    op.create_index("ix_apprenticeship_event_learner_id_id", "apprenticeship_event", ["learner_id", "id"])
