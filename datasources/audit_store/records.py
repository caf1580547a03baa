"""What is recorded of a read, and what is told of it later."""

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

import orjson

from datasources.records import record

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEY_NAME_DIGITS = 8


class ReadingKind(Enum):
    """What was read of somebody."""

    RESULTS = "RESULTS"
    MARKS = "MARKS"
    ENQUIRIES = "ENQUIRIES"
    SCRIPTS = "SCRIPTS"
    GRADES = "GRADES"
    REGISTRATIONS = "REGISTRATIONS"
    EXAMINERS = "EXAMINERS"


class SubjectKind(Enum):
    """By what somebody is named."""

    CANDIDATE = "CANDIDATE"  # "02/14244/04200/1804": business stream, session, centre, number
    SCRIPT = "SCRIPT"  # the id of a scanned document
    PERSON = "PERSON"  # a national identity number


@dataclass(frozen=True, slots=True)
class NewAuditRecord:
    """A read as it is recorded. `subjects` are those of whom something was read; only their digest is kept."""

    viewer: str
    surface: str
    operation: str
    kind: ReadingKind
    subject_kind: SubjectKind
    subjects: Collection[str]
    transaction_id: str
    organisation: str | None = None
    period: str | None = None
    on_behalf_of: str | None = None


@record
class AuditRecord:
    """A read as it was recorded."""

    record_id: int
    at: datetime
    viewer: str
    on_behalf_of: str | None
    surface: str
    operation: str
    kind: ReadingKind
    organisation: str | None
    period: str | None
    subject_kind: SubjectKind
    subject_count: int
    subjects_digest: str
    transaction_id: str

    @property
    def position(self) -> tuple[str, ...]:
        """Its place in any list: when it was recorded, in microseconds since 1970, and its id."""
        return str((self.at - EPOCH) // timedelta(microseconds=1)), str(self.record_id)


def time_of(place: str) -> datetime:
    """When the record at a place was made. Raises ValueError, OverflowError for what is no place."""
    return EPOCH + timedelta(microseconds=int(place))


def digest_of(subjects: Collection[str], key: str) -> str:
    """The same for the same subjects in whatever order, and worth nothing without the key.

    Before the colon stands which key it was: after a change of keys, old digests are still known for what they are.
    """
    told = hmac.digest(key.encode(), orjson.dumps(sorted(set(subjects))), hashlib.sha256).hex()
    return f"{hashlib.sha256(key.encode()).hexdigest()[:KEY_NAME_DIGITS]}:{told}"
