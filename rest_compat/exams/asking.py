"""What callers of the exam API ask by, and the words in which it says what of that is wrong."""

from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from rest_compat.exams.dialect import parameter_wrong
from rest_compat.messages import Asked, Rejected
from rest_compat.shapes import documented

Period = Annotated[str, documented("Code of an exam period.", "V-2018", pattern="^[HV]-[0-9]{4}$")]
School = Annotated[
    str, documented("Organisation number of a school: nine digits.", "310000019", pattern="^[0-9]{9}$")
]  # fmt: skip

TRUE_OR_FALSE = "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$"
# What the operations call their arguments, in the words of most routes.
SPELLING = {
    "schoolOrgNumber": "orgno",
    "period": "periodekode",
    "sasUserReference": "sasBrukerReferanse",
    "candidateNumber": "Kandidatnummer",
    "courseCode": "Fagkode",
    "registrations": "Kandidatnummer",
}


class SchoolPeriodAsked(TypedDict):
    """A school in a period."""

    orgno: School
    periodekode: Period


class GradesAsked(SchoolPeriodAsked):
    """A school in a period, and who asks."""

    sasBrukerReferanse: Annotated[str, documented("The user's name in the exam service.", "testbruker.vgs")]
    includeEksamenAvlystStatus: NotRequired[
        Annotated[
            str,
            documented("`true` to be told of cancelled exams.", "true", pattern=TRUE_OR_FALSE),
        ]
    ]


def given(asked: Asked, name: str) -> str | None:
    """A query parameter; None when it is not there. Raises Rejected when it is there more than once."""
    values = asked.query.get(name)
    if values is None:
        return None
    if len(values) > 1:
        raise Rejected("BAD_USER_INPUT", parameter_wrong(name, "is given more than once"))
    return values[0]


def needed(asked: Asked, name: str) -> str:
    """A query parameter. Raises Rejected when it is missing or blank."""
    value = given(asked, name)
    if value is None or not value.strip():
        raise Rejected("BAD_USER_INPUT", parameter_wrong(name))
    return value


def school_and_period(asked: Asked) -> dict[str, str]:
    """Which school and period. Raises Rejected."""
    return {"school": needed(asked, "orgno"), "period": needed(asked, "periodekode")}
