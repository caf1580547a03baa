"""The exam store's tables, as its migrations make them.

Personal numbers stand in `national_number` only. A variant that there is none of is an empty text, so that it can be
part of a key.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, SmallInteger, String, Table, Text, UniqueConstraint

from datasources.columns import NUMBER, Instant, store_tables
from datasources.idempotency import requests_table

TABLES = store_tables()

PERIOD_LENGTH, SCHOOL_LENGTH, NUMBER_LENGTH, CODE_LENGTH = 6, 9, 11, 40
NAME_LENGTH, TEXT_LENGTH = 200, 300


def _course() -> tuple[Column[str], Column[str], Column[str]]:
    """The key of an exam."""
    return (
        Column("period", String(PERIOD_LENGTH), primary_key=True),
        Column("course_code", String(CODE_LENGTH), primary_key=True),
        Column("variant", String(CODE_LENGTH), primary_key=True),
    )


PERIOD = Table(
    "exam_period",
    TABLES,
    Column("code", String(PERIOD_LENGTH), primary_key=True),
    Column("registration_starts_at", Instant, nullable=False),
    Column("registration_ends_at", Instant, nullable=False),
    Column("exams_start_at", Instant, nullable=False),
    Column("exams_end_at", Instant, nullable=False),
)

SCHOOL = Table(
    "exam_school",
    TABLES,
    Column("org_number", String(SCHOOL_LENGTH), primary_key=True),
    Column("name", String(NAME_LENGTH), nullable=False),
)

EXAM = Table(
    "exam_exam",
    TABLES,
    *_course(),
    Column("level", String(20), nullable=False),
    # Only for the schools in exam_availability.
    Column("is_restricted", Boolean(create_constraint=False), nullable=False),
)

PART = Table(
    "exam_part",
    TABLES,
    *_course(),
    Column("ordinal", SmallInteger, primary_key=True),
    Column("type", String(20), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("duration_minutes", Integer, nullable=False),
)

AVAILABILITY = Table(
    "exam_availability",
    TABLES,
    *_course(),
    Column("school", String(SCHOOL_LENGTH), primary_key=True),
)

# What holds between subjects, as data: see `datasources/exam_store/judging.py` for what the kinds mean.
RULE = Table(
    "exam_course_rule",
    TABLES,
    Column("kind", String(20), primary_key=True),
    Column("course_code", String(CODE_LENGTH), primary_key=True),
    Column("other_code", String(CODE_LENGTH), primary_key=True),
)

PERSON = Table(
    "exam_person",
    TABLES,
    Column("national_number", String(NUMBER_LENGTH), primary_key=True),
    Column("given_name", String(NAME_LENGTH), nullable=False),
    Column("family_name", String(NAME_LENGTH), nullable=False),
)

# A person in a period: one number for all subjects.
CANDIDATE = Table(
    "exam_candidate",
    TABLES,
    Column("period", String(PERIOD_LENGTH), primary_key=True),
    Column("national_number", String(NUMBER_LENGTH), primary_key=True),
    Column("number", String(20), nullable=False),
    Column("language", String(10)),
    UniqueConstraint("period", "number"),
)

GROUP = Table(
    "exam_group",
    TABLES,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("school", String(SCHOOL_LENGTH), nullable=False),
    Column("period", String(PERIOD_LENGTH), nullable=False),
    Column("course_code", String(CODE_LENGTH), nullable=False),
    Column("name_key", String(NAME_LENGTH), nullable=False),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("variant", String(CODE_LENGTH), nullable=False),  # of the first who came into it
    UniqueConstraint("school", "period", "course_code", "name_key"),
)

LEADER = Table(
    "exam_group_leader",
    TABLES,
    Column("group_id", NUMBER, ForeignKey("exam_group.id"), primary_key=True),
    Column("ordinal", SmallInteger, primary_key=True),
    Column("national_number", String(TEXT_LENGTH), nullable=False),  # as given: it is not checked
    Column("given_name", String(NAME_LENGTH), nullable=False),
    Column("family_name", String(NAME_LENGTH), nullable=False),
    Column("language", String(10)),
    Column("email", String(TEXT_LENGTH)),
    Column("phone", String(TEXT_LENGTH)),
)

# A person registered for a subject in a period; what came of it.
SITTING = Table(
    "exam_sitting",
    TABLES,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("school", String(SCHOOL_LENGTH), nullable=False),
    Column("period", String(PERIOD_LENGTH), nullable=False),
    Column("national_number", String(NUMBER_LENGTH), nullable=False),
    Column("course_code", String(CODE_LENGTH), nullable=False),
    Column("variant", String(CODE_LENGTH), nullable=False),
    Column("group_id", NUMBER, ForeignKey("exam_group.id"), nullable=False, index=True),
    Column("candidate_type", String(10), nullable=False),
    Column("attendance", String(20), nullable=False),
    Column("grade", SmallInteger),
    Column("grade_published_at", Instant),
    Column("appeal_grade", SmallInteger),
    Column("appeal_reason", Text),
    Column("appeal_published_at", Instant),
    Column("registered_at", Instant, nullable=False),
    # One registration of a person for a subject and period, at whatever school, in whatever variant.
    UniqueConstraint("period", "national_number", "course_code"),
    Index("ix_exam_sitting_school_period", "school", "period"),
)

APPOINTMENT = Table(
    "exam_appointment",
    TABLES,
    Column("school", String(SCHOOL_LENGTH), primary_key=True),
    Column("period", String(PERIOD_LENGTH), primary_key=True),
    Column("national_number", String(NUMBER_LENGTH), primary_key=True),
    Column("role", String(20), primary_key=True),
    Column("course_code", String(CODE_LENGTH), primary_key=True),
    Column("given_name", String(NAME_LENGTH), nullable=False),
    Column("family_name", String(NAME_LENGTH), nullable=False),
)

# What was sent in, under a reference. It can be seen when all of it is stored: until then it is ARRIVING.
REGISTRATION = Table(
    "exam_registration",
    TABLES,
    Column("reference", String(36), primary_key=True),
    Column("school", String(SCHOOL_LENGTH), nullable=False),
    Column("school_name", String(NAME_LENGTH), nullable=False),
    Column("period", String(PERIOD_LENGTH), nullable=False),
    Column("level", String(20)),
    Column("user_name", String(TEXT_LENGTH), nullable=False),
    Column("error_email", String(TEXT_LENGTH)),
    Column("subject", String(TEXT_LENGTH), nullable=False),
    Column("status", String(20), nullable=False),
    Column("message", Text),
    Column("mail", String(10)),
    Column("candidate_count", Integer, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Index("ix_exam_registration_status_received_at", "status", "received_at"),
)

REGISTRATION_GROUP = Table(
    "exam_registration_group",
    TABLES,
    Column("reference", String(36), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("name", String(NAME_LENGTH)),
    Column("course_code", String(CODE_LENGTH), nullable=False),
    Column("variant", String(CODE_LENGTH), nullable=False),
    Column("leaders", Text, nullable=False),  # JSON, as `Leader` has it
)

ENTRY = Table(
    "exam_registration_entry",
    TABLES,
    Column("reference", String(36), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("group_ordinal", Integer, nullable=False),
    Column("national_number", String(NUMBER_LENGTH), nullable=False),
    Column("given_name", String(NAME_LENGTH), nullable=False),
    Column("family_name", String(NAME_LENGTH), nullable=False),
    Column("language", String(10), nullable=False),
    Column("candidate_type", String(10), nullable=False),
    Column("status", String(30), nullable=False),
    Column("message", Text, nullable=False),
    Index("ix_exam_registration_entry_reference_national_number", "reference", "national_number"),
    Index("ix_exam_registration_entry_reference_status", "reference", "status"),
)

# Every status that a registration has had, in order.
STATUS = Table(
    "exam_registration_status",
    TABLES,
    Column("reference", String(36), primary_key=True),
    Column("ordinal", SmallInteger, primary_key=True),
    Column("status", String(20), nullable=False),
    Column("since", Instant, nullable=False),
)

# Registrations that are to be processed, and errors that are to be told by mail.
JOB = Table(
    "exam_job",
    TABLES,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("kind", String(10), nullable=False),
    Column("reference", String(36), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    # Who holds it and until when; whoever comes later may take it.
    Column("holder", String(36)),
    Column("held_until", Instant),
    UniqueConstraint("kind", "reference"),
    Index("ix_exam_job_due_at", "due_at"),
)

REQUESTS = requests_table(TABLES, "exam")
