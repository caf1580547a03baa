"""Enquiries about results: what centres asked to have looked at again, and what came of it."""

from datetime import date

import strawberry

from datasources.eps import EnquiryStatus
from schema.fields import attribute, published

published(
    EnquiryStatus,
    "EnquiryStatus",
    "How far an enquiry is.",
    {
        "REQUESTED": "It was asked for.",
        "IN_PROGRESS": "It is being looked into.",
        "COMPLETED": "It is answered.",
        "CANCELLED": "It was taken back.",
    },
)


@strawberry.type(description="A component that an enquiry looks at again.")
class EnquiryComponent:
    component_id: strawberry.ID = attribute("Number of the component within its assessment, two digits.")
    mark_before: int | None = attribute("The mark that was asked about; null if there was none.")
    mark_after: int | None = attribute("The mark after the enquiry; null until it is known.")


@strawberry.type(description="What a centre asked to have looked at again in one candidate's result.")
class Enquiry:
    enquiry_id: strawberry.ID = attribute("Number of the centre's request, which may be about several candidates.")
    service_code: str = attribute(
        "What was asked for: `1`, `1S`, `2`, `2P`, `2PS`, `2S`, `3`, `ASC` or `ASR`, such as `2` for a review of "
        "marking."
    )
    service_name: str = attribute("What was asked for, in words.")
    status: EnquiryStatus = attribute("How far it is.")
    requested_on: date = attribute("Day on which it was asked for.")
    completed_on: date | None = attribute("Day on which it was answered; null before.")
    assessment_code: str = attribute("Code of the assessment that it is about.")
    option_code: str = attribute("Which components that assessment was taken by.")
    grade_changed: bool | None = attribute("Whether the grade was changed; null until it is known.")
    grade_confirmed: bool | None = attribute("Whether the grade was confirmed; null until it is known.")
    components: list[EnquiryComponent] = attribute("The components looked at; empty when it is all of them.")
