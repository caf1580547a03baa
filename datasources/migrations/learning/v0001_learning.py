"""The first tables: collections and contexts, and learners' enrolments, views, attempts and exported files."""

import sqlalchemy as sa
from alembic import op

from datasources.columns import Instant

revision = "0001_learning"
down_revision = None


def upgrade() -> None:
    _create_catalogue()
    op.create_table(
        "learning_enrolment",
        *_ids("learner_id", "collection_id", "context_id"),
        sa.Column("enrolled_at", Instant, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("progress_percent", sa.Integer, nullable=False),
        sa.Column("completed_on", sa.Date),
        sa.Column("certificates", sa.Text),
        sa.Column("accessed_at", Instant),
        sa.Column("mark", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "collection_id", "context_id", name="pk_learning_enrolment"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "learning_view",
        *_ids("learner_id", "collection_id", "context_id", "content_id"),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("details", sa.Text),
        sa.Column("time_spent_seconds", sa.Float(53)),
        sa.Column("accessed_at", Instant, nullable=False),
        sa.Column("completed_at", Instant),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "collection_id", "context_id", "content_id", name="pk_learning_view"),
        sqlite_with_rowid=False,
    )
    key = ("learner_id", "collection_id", "context_id", "content_id", "attempt_id")
    op.create_table(
        "learning_attempt",
        *_ids(*key),
        sa.Column("attempted_at", Instant, nullable=False),
        sa.Column("score", sa.Float(53), nullable=False),
        sa.Column("max_score", sa.Float(53), nullable=False),
        sa.Column("answers", sa.Text, nullable=False),
        sa.Column("submitted_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint(*key, name="pk_learning_attempt"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "learning_export",
        *_ids("learner_id"),
        sa.Column("format", sa.String(10), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "format", name="pk_learning_export"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_learning_export_made_at", "learning_export", ["made_at"])


def _ids(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.String(256), nullable=False) for name in names)


def _create_catalogue() -> None:
    op.create_table(
        "learning_collection",
        *_ids("collection_id"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("logo", sa.Text),
        sa.Column("description", sa.Text),
        sa.Column("leaf_count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("collection_id", name="pk_learning_collection"),
    )
    op.create_table(
        "learning_leaf",
        *_ids("collection_id", "content_id"),
        sa.Column("is_optional", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("collection_id", "content_id", name="pk_learning_leaf"),
    )
    op.create_table(
        "learning_context",
        *_ids("context_id"),
        sa.Column("collection_id", sa.String(256)),
        sa.PrimaryKeyConstraint("context_id", name="pk_learning_context"),
    )
