"""The first table: who read what of whom. The database itself refuses to change or delete a row of it."""

import sqlalchemy as sa
from alembic import op

from datasources.columns import NUMBER, Instant

revision = "0001_audit"
down_revision = None

REFUSAL = "audit records are never changed or deleted"
REFUSE = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
# A row that is replaced is deleted without a word to the trigger for deletes: so an id is never given twice.
ON_SQLITE = (
    f"CREATE TRIGGER audit_record_no_update BEFORE UPDATE ON audit_record {REFUSE}",
    f"CREATE TRIGGER audit_record_no_delete BEFORE DELETE ON audit_record {REFUSE}",
    f"""CREATE TRIGGER audit_record_no_replace BEFORE INSERT ON audit_record
        WHEN EXISTS (SELECT 1 FROM audit_record WHERE id = NEW.id) {REFUSE}""",  # noqa: S608 our own words
)
ON_POSTGRESQL = (
    f"""CREATE FUNCTION audit_record_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$""",
    """CREATE TRIGGER audit_record_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_record
        FOR EACH STATEMENT EXECUTE FUNCTION audit_record_refuse()""",
)


def upgrade() -> None:
    op.create_table(
        "audit_record",
        sa.Column("id", NUMBER, nullable=False, autoincrement=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("viewer", sa.String(300), nullable=False),
        sa.Column("on_behalf_of", sa.String(200)),
        sa.Column("surface", sa.String(40), nullable=False),
        sa.Column("operation", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("organisation", sa.String(40)),
        sa.Column("period", sa.String(40)),
        sa.Column("subject_kind", sa.String(20), nullable=False),
        sa.Column("subject_count", sa.Integer, nullable=False),
        sa.Column("subjects_digest", sa.String(80), nullable=False),
        sa.Column("transaction_id", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_record"),
    )
    op.create_index("ix_audit_record_at_id", "audit_record", ["at", "id"])
    op.create_index("ix_audit_record_viewer_at_id", "audit_record", ["viewer", "at", "id"])
    op.create_index("ix_audit_record_organisation_at_id", "audit_record", ["organisation", "at", "id"])
    for statement in ON_SQLITE if op.get_bind().dialect.name == "sqlite" else ON_POSTGRESQL:
        op.execute(statement)
