"""The first tables: the plan, who sits for what, and what was sent in; with the rules between subjects."""

import sqlalchemy as sa
from alembic import op

from datasources.columns import NUMBER, Instant

revision = "0001_exams"
down_revision = None

# The two halves of Norwegian go together, the shorter course goes with neither; information technology has variants.
RULES = (
    ("TOGETHER", "NOR0214", "NOR0215"),
    ("TOGETHER", "NOR0215", "NOR0214"),
    ("NOT_WITH", "NOR1415", "NOR0214"),
    ("NOT_WITH", "NOR1415", "NOR0215"),
    ("NEEDS_VARIANT", "REA3015", ""),
)


def upgrade() -> None:
    _create_plan()
    _create_sittings()
    _create_registrations()
    _create_requests()


def _create_plan() -> None:
    op.create_table(
        "exam_period",
        sa.Column("code", sa.String(6), nullable=False),
        sa.Column("registration_starts_at", Instant, nullable=False),
        sa.Column("registration_ends_at", Instant, nullable=False),
        sa.Column("exams_start_at", Instant, nullable=False),
        sa.Column("exams_end_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_exam_period"),
    )
    op.create_table(
        "exam_school",
        sa.Column("org_number", sa.String(9), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("org_number", name="pk_exam_school"),
    )
    op.create_table(
        "exam_exam",
        sa.Column("period", sa.String(6), nullable=False),
        sa.Column("course_code", sa.String(40), nullable=False),
        sa.Column("variant", sa.String(40), nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("is_restricted", sa.Boolean(create_constraint=False), nullable=False),
        sa.PrimaryKeyConstraint("period", "course_code", "variant", name="pk_exam_exam"),
    )
    op.create_table(
        "exam_part",
        sa.Column("period", sa.String(6), nullable=False),
        sa.Column("course_code", sa.String(40), nullable=False),
        sa.Column("variant", sa.String(40), nullable=False),
        sa.Column("ordinal", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("starts_at", Instant, nullable=False),
        sa.Column("ends_at", Instant, nullable=False),
        sa.Column("duration_minutes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("period", "course_code", "variant", "ordinal", name="pk_exam_part"),
    )
    op.create_table(
        "exam_availability",
        sa.Column("period", sa.String(6), nullable=False),
        sa.Column("course_code", sa.String(40), nullable=False),
        sa.Column("variant", sa.String(40), nullable=False),
        sa.Column("school", sa.String(9), nullable=False),
        sa.PrimaryKeyConstraint("period", "course_code", "variant", "school", name="pk_exam_availability"),
    )
    rules = op.create_table(
        "exam_course_rule",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("course_code", sa.String(40), nullable=False),
        sa.Column("other_code", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("kind", "course_code", "other_code", name="pk_exam_course_rule"),
    )
    names = ("kind", "course_code", "other_code")
    op.bulk_insert(rules, [dict(zip(names, rule, strict=True)) for rule in RULES])


def _create_sittings() -> None:
    op.create_table(
        "exam_person",
        sa.Column("national_number", sa.String(11), nullable=False),
        sa.Column("given_name", sa.String(200), nullable=False),
        sa.Column("family_name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("national_number", name="pk_exam_person"),
    )
    op.create_table(
        "exam_candidate",
        sa.Column("period", sa.String(6), nullable=False),
        sa.Column("national_number", sa.String(11), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("language", sa.String(10)),
        sa.PrimaryKeyConstraint("period", "national_number", name="pk_exam_candidate"),
        sa.UniqueConstraint("period", "number", name="uq_exam_candidate_period_number"),
    )
    op.create_table(
        "exam_group",
        sa.Column("id", NUMBER, nullable=False, autoincrement=True),
        sa.Column("school", sa.String(9), nullable=False),
        sa.Column("period", sa.String(6), nullable=False),
        sa.Column("course_code", sa.String(40), nullable=False),
        sa.Column("name_key", sa.String(200), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("variant", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_exam_group"),
        sa.UniqueConstraint(
            "school", "period", "course_code", "name_key", name="uq_exam_group_school_period_course_code_name_key"
        ),
    )
    op.create_table(
        "exam_group_leader",
        sa.Column("group_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("ordinal", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("national_number", sa.String(300), nullable=False),
        sa.Column("given_name", sa.String(200), nullable=False),
        sa.Column("family_name", sa.String(200), nullable=False),
        sa.Column("language", sa.String(10)),
        sa.Column("email", sa.String(300)),
        sa.Column("phone", sa.String(300)),
        sa.PrimaryKeyConstraint("group_id", "ordinal", name="pk_exam_group_leader"),
        sa.ForeignKeyConstraint(["group_id"], ["exam_group.id"], name="fk_exam_group_leader"),
    )
    op.create_table(
        "exam_sitting",
        sa.Column("id", NUMBER, nullable=False, autoincrement=True),
        sa.Column("school", sa.String(9), nullable=False),
        sa.Column("period", sa.String(6), nullable=False),
        sa.Column("national_number", sa.String(11), nullable=False),
        sa.Column("course_code", sa.String(40), nullable=False),
        sa.Column("variant", sa.String(40), nullable=False),
        sa.Column("group_id", NUMBER, nullable=False),
        sa.Column("candidate_type", sa.String(10), nullable=False),
        sa.Column("attendance", sa.String(20), nullable=False),
        sa.Column("grade", sa.SmallInteger),
        sa.Column("grade_published_at", Instant),
        sa.Column("appeal_grade", sa.SmallInteger),
        sa.Column("appeal_reason", sa.Text),
        sa.Column("appeal_published_at", Instant),
        sa.Column("registered_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_exam_sitting"),
        sa.ForeignKeyConstraint(["group_id"], ["exam_group.id"], name="fk_exam_sitting"),
        sa.UniqueConstraint(
            "period", "national_number", "course_code", name="uq_exam_sitting_period_national_number_course_code"
        ),
    )
    op.create_index("ix_exam_sitting_group_id", "exam_sitting", ["group_id"])
    op.create_index("ix_exam_sitting_school_period", "exam_sitting", ["school", "period"])
    op.create_table(
        "exam_appointment",
        sa.Column("school", sa.String(9), nullable=False),
        sa.Column("period", sa.String(6), nullable=False),
        sa.Column("national_number", sa.String(11), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("course_code", sa.String(40), nullable=False),
        sa.Column("given_name", sa.String(200), nullable=False),
        sa.Column("family_name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint(
            "school", "period", "national_number", "role", "course_code", name="pk_exam_appointment"
        ),
    )


def _create_registrations() -> None:
    op.create_table(
        "exam_registration",
        sa.Column("reference", sa.String(36), nullable=False),
        sa.Column("school", sa.String(9), nullable=False),
        sa.Column("school_name", sa.String(200), nullable=False),
        sa.Column("period", sa.String(6), nullable=False),
        sa.Column("level", sa.String(20)),
        sa.Column("user_name", sa.String(300), nullable=False),
        sa.Column("error_email", sa.String(300)),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("message", sa.Text),
        sa.Column("mail", sa.String(10)),
        sa.Column("candidate_count", sa.Integer, nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("finished_at", Instant),
        sa.PrimaryKeyConstraint("reference", name="pk_exam_registration"),
    )
    op.create_index("ix_exam_registration_status_received_at", "exam_registration", ["status", "received_at"])
    op.create_table(
        "exam_registration_group",
        sa.Column("reference", sa.String(36), nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("name", sa.String(200)),
        sa.Column("course_code", sa.String(40), nullable=False),
        sa.Column("variant", sa.String(40), nullable=False),
        sa.Column("leaders", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("reference", "ordinal", name="pk_exam_registration_group"),
    )
    op.create_table(
        "exam_registration_entry",
        sa.Column("reference", sa.String(36), nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("group_ordinal", sa.Integer, nullable=False),
        sa.Column("national_number", sa.String(11), nullable=False),
        sa.Column("given_name", sa.String(200), nullable=False),
        sa.Column("family_name", sa.String(200), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("candidate_type", sa.String(10), nullable=False),
        sa.Column("status", sa.String(30), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("reference", "ordinal", name="pk_exam_registration_entry"),
    )
    op.create_index(
        "ix_exam_registration_entry_reference_national_number",
        "exam_registration_entry",
        ["reference", "national_number"],
    )
    op.create_index("ix_exam_registration_entry_reference_status", "exam_registration_entry", ["reference", "status"])
    op.create_table(
        "exam_registration_status",
        sa.Column("reference", sa.String(36), nullable=False),
        sa.Column("ordinal", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.PrimaryKeyConstraint("reference", "ordinal", name="pk_exam_registration_status"),
    )
    op.create_table(
        "exam_job",
        sa.Column("id", NUMBER, nullable=False, autoincrement=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("reference", sa.String(36), nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("holder", sa.String(36)),
        sa.Column("held_until", Instant),
        sa.PrimaryKeyConstraint("id", name="pk_exam_job"),
        sa.UniqueConstraint("kind", "reference", name="uq_exam_job_kind_reference"),
    )
    op.create_index("ix_exam_job_due_at", "exam_job", ["due_at"])


def _create_requests() -> None:
    op.create_table(
        "exam_request",
        sa.Column("scope", sa.String(300), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("asked_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_exam_request"),
    )
    op.create_index("ix_exam_request_asked_at", "exam_request", ["asked_at"])
