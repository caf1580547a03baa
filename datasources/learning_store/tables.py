"""The learning store's tables, as its migrations make them.

Whatever is a learner's has the learner first in its key, so that it lies together and costs the same in a store of any
size. Collections, their leaves and contexts are put there by whoever publishes them; we only read them.
"""

from sqlalchemy import Boolean, Column, Date, Float, Index, Integer, String, Table, Text

from datasources.columns import Instant, store_tables

TABLES = store_tables()
# In bytes of UTF-8: five of them make a key, and PostgreSQL's index takes 2,700 bytes a key.
ID_BYTES = 256
Id = String(ID_BYTES)

COLLECTION = Table(
    "learning_collection",
    TABLES,
    Column("collection_id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("logo", Text),
    Column("description", Text),
    Column("leaf_count", Integer, nullable=False),
)

# The contents that a collection is made of. One that is optional does not count towards completion.
LEAF = Table(
    "learning_leaf",
    TABLES,
    Column("collection_id", Id, primary_key=True),
    Column("content_id", Id, primary_key=True),
    Column("is_optional", Boolean, nullable=False),
)

# In what a collection is learned: a batch of one collection, or a programme, which has none of its own.
CONTEXT = Table(
    "learning_context",
    TABLES,
    Column("context_id", Id, primary_key=True),
    Column("collection_id", Id),
)

ENROLMENT = Table(
    "learning_enrolment",
    TABLES,
    Column("learner_id", Id, primary_key=True),
    Column("collection_id", Id, primary_key=True),
    Column("context_id", Id, primary_key=True),
    Column("enrolled_at", Instant, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("status", Integer, nullable=False),
    Column("progress_percent", Integer, nullable=False),
    Column("completed_on", Date),
    Column("certificates", Text),
    Column("accessed_at", Instant),
    # Another number after each change: whoever follows a learner compares it.
    Column("mark", Integer, nullable=False),
    sqlite_with_rowid=False,
)

VIEW = Table(
    "learning_view",
    TABLES,
    Column("learner_id", Id, primary_key=True),
    Column("collection_id", Id, primary_key=True),
    Column("context_id", Id, primary_key=True),
    Column("content_id", Id, primary_key=True),
    Column("status", Integer, nullable=False),
    Column("details", Text),
    Column("time_spent_seconds", Float(53)),
    Column("accessed_at", Instant, nullable=False),
    Column("completed_at", Instant),
    Column("updated_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

ATTEMPT = Table(
    "learning_attempt",
    TABLES,
    Column("learner_id", Id, primary_key=True),
    Column("collection_id", Id, primary_key=True),
    Column("context_id", Id, primary_key=True),
    Column("content_id", Id, primary_key=True),
    Column("attempt_id", Id, primary_key=True),
    Column("attempted_at", Instant, nullable=False),
    Column("score", Float(53), nullable=False),
    Column("max_score", Float(53), nullable=False),
    Column("answers", Text, nullable=False),
    Column("submitted_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

# Files that learners may fetch for a while: the newest of each format.
EXPORT = Table(
    "learning_export",
    TABLES,
    Column("learner_id", Id, primary_key=True),
    Column("format", String(10), primary_key=True),
    Column("content", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Index(None, "made_at"),
    sqlite_with_rowid=False,
)
