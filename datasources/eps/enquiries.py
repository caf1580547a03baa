"""Enquiries about results: what centres asked to have looked at again, and what came of it."""

from collections.abc import Iterator, Sequence
from datetime import date
from enum import Enum
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Boolean, Column, Date, Index, Integer, Select, String, Table

from datasources.eps.candidates import CandidateKey, key_columns
from datasources.eps.servers import VIEWS, EpsServers
from datasources.errors import ServiceError
from datasources.forms import Form, optional
from datasources.keys import joined
from datasources.records import record


class EnquiryStatus(Enum):
    """How far an enquiry is."""

    REQUESTED = "REQUESTED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


@record
class EnquiryComponentRecord:
    """A component that an enquiry looks at again. A mark is None while it is not given."""

    component_id: str
    mark_before: int | None
    mark_after: int | None


@record
class EnquiryRecord:
    """What was asked about one candidate's result: a part of a centre's request."""

    enquiry_id: str  # of the centre's request
    part_number: int
    service_code: str
    service_name: str
    status: EnquiryStatus
    requested_on: date
    completed_on: date | None
    assessment_code: str
    option_code: str
    grade_changed: bool | None  # None until it is known
    grade_confirmed: bool | None
    components: tuple[EnquiryComponentRecord, ...]  # none of its own: it is about all of the assessment's

    def is_about(self, component_id: str) -> bool:
        return not self.components or any(part.component_id == component_id for part in self.components)


@record
class EnquirySelection:
    """Enquiries about a candidate; about one assessment or component, if it is given."""

    candidate: CandidateKey
    assessment_code: str | None = None
    component_id: str | None = None


ENQUIRY = Table(
    "eps_enquiry",
    VIEWS,
    Column("enquiry_id", String(20), primary_key=True),
    Column("enquiry_status", String(20), nullable=False),
    Column("created_date", Date, nullable=False),
    Column("completed_date", Date),
)
ENQUIRY_PART = Table(
    "eps_enquiry_part",
    VIEWS,
    *(Column(column.name, column.type, nullable=False) for column in key_columns(4)),
    Column("enquiry_id", String(20), primary_key=True),
    Column("part_number", Integer, primary_key=True),
    Column("service_code", String(10), nullable=False),
    Column("service_name", String(120), nullable=False),
    Column("assessment_code", String(20), nullable=False),
    Column("option_code", String(10), nullable=False),
    Column("grade_changed", Boolean),
    Column("grade_confirmed", Boolean),
    Index("eps_enquiry_part_candidate", "business_stream_id", "session_id", "centre_id", "candidate_number"),
)
ENQUIRY_COMPONENT = Table(
    "eps_enquiry_component",
    VIEWS,
    Column("enquiry_id", String(20), primary_key=True),
    Column("part_number", Integer, primary_key=True),
    Column("component_id", String(2), primary_key=True),
    Column("mark_before", Integer),
    Column("mark_after", Integer),
)

Row = tuple[Any, ...]
# A candidate's key, a part of an enquiry, and one of its components, if it has any.
ROW = Form(
    "an enquiry",
    (
        str, str, str, str, str, int, str, str, EnquiryStatus, date, optional(date), str, str, optional(bool),
        optional(bool), optional(str), optional(int), optional(int),
    ),
    lambda *row: row,
    closed="an enquiry's status",
)  # fmt: skip
_PART, _COMPONENT = slice(4, 15), slice(15, 18)


class EpsEnquiries(EpsServers):
    """What is asked of enquiries: one call to each server that holds a stream that was asked for, side by side."""

    async def enquiries_by_selection(
        self, selections: Sequence[EnquirySelection]
    ) -> dict[EnquirySelection, list[EnquiryRecord] | ServiceError]:
        """Enquiries about candidates, in the order in which they were asked.

        An enquiry that names no component is about all of its assessment's.
        """
        keys = list(dict.fromkeys(selection.candidate for selection in selections))
        found = await self._many_by_key(keys, enquiries_statement(), ROW)
        enquiries = {
            key: rows if isinstance(rows, ServiceError) else list(_enquiries(rows)) for key, rows in found.items()
        }
        return {
            selection: _chosen(enquiries[selection.candidate], selection)
            for selection in selections
            if selection.candidate in enquiries
        }


@cache
def enquiries_statement() -> Select[Any]:
    """Enquiries about the candidates asked for: a row for each component of a part, or one for a part without any."""
    head, part, component = ENQUIRY.c, ENQUIRY_PART.c, ENQUIRY_COMPONENT.c
    of_part = (component.enquiry_id == part.enquiry_id) & (component.part_number == part.part_number)
    return (
        joined(ENQUIRY_PART, 4)
        .join(ENQUIRY, head.enquiry_id == part.enquiry_id)
        .outerjoin(ENQUIRY_COMPONENT, of_part)
        .add_columns(
            *list(ENQUIRY_PART.columns)[:8],
            head.enquiry_status, head.created_date, head.completed_date,
            part.assessment_code, part.option_code, part.grade_changed, part.grade_confirmed,
            component.component_id, component.mark_before, component.mark_after,
        )
        .order_by(head.created_date, part.enquiry_id, part.part_number, component.component_id)
    )  # fmt: skip


def _enquiries(rows: Sequence[Row]) -> Iterator[EnquiryRecord]:
    """A candidate's enquiries from the rows of their components, which stand together."""
    for part, of_part in groupby(rows, lambda row: row[_PART]):
        components = [EnquiryComponentRecord(*row[_COMPONENT]) for row in of_part if row[_COMPONENT][0] is not None]
        yield EnquiryRecord(*(*part, tuple(components)))


def _chosen(
    enquiries: list[EnquiryRecord] | ServiceError, selection: EnquirySelection
) -> list[EnquiryRecord] | ServiceError:
    if isinstance(enquiries, ServiceError):
        return enquiries
    return [
        enquiry
        for enquiry in enquiries
        if selection.assessment_code in (None, enquiry.assessment_code)
        and (selection.component_id is None or enquiry.is_about(selection.component_id))
    ]
