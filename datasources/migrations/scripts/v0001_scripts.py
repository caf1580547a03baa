"""The first table: requests for scripts."""

import sqlalchemy as sa
from alembic import op

from datasources.columns import Instant

revision = "0001_scripts"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "script_request",
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("reference", sa.String(100), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("directives", sa.Text, nullable=False),
        sa.Column("rm_key", sa.String(64), nullable=False),
        sa.Column("sending_until", Instant),
        sa.Column("answer", sa.Text),
        sa.Column("requested_at", Instant, nullable=False),
        sa.Column("answered_at", Instant),
        sa.PrimaryKeyConstraint("subject", "reference", name="pk_script_request"),
    )
    op.create_index("ix_script_request_requested_at", "script_request", ["requested_at"])
