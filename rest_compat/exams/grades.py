"""The exam API's grades, and who examines at a school."""

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from rest_compat.exams.asking import (
    SPELLING,
    GradesAsked,
    Period,
    School,
    given,
    needed,
    school_and_period,
)
from rest_compat.exams.dialect import EXAMS, parameter_wrong
from rest_compat.exams.plan import Fagkode, Variant, subject
from rest_compat.messages import Asked, Json, Rejected
from rest_compat.shapes import documented
from rest_compat.translate import Route

ATTENDANCE: Mapping[str, str] = {
    "PRESENT": "D", "ABSENT_UNDOCUMENTED": "IDF", "ABSENT_DOCUMENTED": "DF", "NO_ANSWER": "MB", "CANCELLED": "EA",
}  # fmt: skip
BOOLEANS = {"true": True, "false": False}

Number = Annotated[str, documented("National identity number.", "11830073304")]


class GradedKandidat(TypedDict):
    """What came of a candidate's exam."""

    Fodselsnr: Number
    Kandidatnr: Annotated[str, documented("Number of the candidate in the period.", "201BAA-H")]
    Deltakelsesstatus: Annotated[str, documented("`D`, `IDF`, `DF`, `MB` or `EA`.", "D")]
    Karakter: Annotated[int, documented("The grade, 1 to 6; 0 for none.", 4)]
    Klagekarakter: Annotated[int | None, documented("The grade after an appeal.", 5)]
    Klagebegrunnelse: Annotated[str | None, documented("Why.", "Klagenemnda endret karakteren.")]


class GradedKandidatgruppe(TypedDict):
    """A group of candidates."""

    Navn: Annotated[str, documented("Name of the group.", "IT2 H17")]
    Kandidater: Annotated[list[GradedKandidat], Field(description="Who is in it.")]


class GradedEksamen(TypedDict):
    """An exam."""

    Fagkode: Fagkode
    Variant: NotRequired[Variant]
    Kandidatgrupper: Annotated[list[GradedKandidatgruppe], Field(description="Its groups, by name.")]


class Karakteroversikt(TypedDict):
    """What came of a school's exams."""

    Skoleorgnr: School
    Eksamener: Annotated[list[GradedEksamen], Field(description="Exams, by subject.")]


class Fagperson(TypedDict):
    """A subject expert of a school."""

    Fodselsnr: Number
    Fornavn: Annotated[str, documented("Given name.", "Rolig")]
    Etternavn: Annotated[str, documented("Family name.", "Bjørk")]
    SensorFagkoder: Annotated[list[str], documented("Subjects that the person examines.", ["MAT0010"])]
    KlagenemndsmedlemFagkoder: Annotated[
        list[str], documented("Subjects of whose appeals board the person is one.", ["ENG0012"])
    ]


class ExaminersAsked(TypedDict):
    """A school in a period."""

    organisasjonsnummer: School
    eksamensperiodekode: Period


def _overview_asked(asked: Asked) -> Json:
    which = {**school_and_period(asked), "user": needed(asked, "sasBrukerReferanse")}
    cancelled = given(asked, "includeEksamenAvlystStatus")
    if cancelled is not None and cancelled.lower() not in BOOLEANS:
        raise Rejected("BAD_USER_INPUT", parameter_wrong("includeEksamenAvlystStatus", "must be true or false"))
    return {**which, "cancelled": BOOLEANS[(cancelled or "false").lower()]}


def _overview(data: Json, _asked: Asked) -> Karakteroversikt:
    overview = data["gradeOverview"]
    exams: Any = [
        {
            **subject(exam),
            "Kandidatgrupper": [
                {"Navn": group["name"], "Kandidater": [_graded(each) for each in group["candidates"]]}
                for group in exam["groups"]
            ],
        }
        for exam in overview["exams"]
    ]
    return {"Skoleorgnr": overview["schoolOrgNumber"], "Eksamener": exams}


def _graded(candidate: Json) -> GradedKandidat:
    return {
        "Fodselsnr": candidate["nationalNumber"],
        "Kandidatnr": candidate["candidateNumber"],
        "Deltakelsesstatus": ATTENDANCE[candidate["attendance"]],
        "Karakter": candidate["grade"] or 0,
        "Klagekarakter": candidate["appealGrade"],
        "Klagebegrunnelse": candidate["appealReason"],
    }


def _examiners(data: Json, _asked: Asked) -> list[Fagperson] | None:
    found = data["examinerAssignments"]
    if found is None:
        return None
    return [
        {
            "Fodselsnr": person["nationalNumber"],
            "Fornavn": person["givenName"],
            "Etternavn": person["familyName"],
            "SensorFagkoder": person["examinerCourseCodes"],
            "KlagenemndsmedlemFagkoder": person["appealsBoardCourseCodes"],
        }
        for person in found
    ]


ROUTES = (
    Route(
        path="/karakteroversikt",
        operation="LegacyGradeOverview",
        about="What came of a school's exams in a period.",
        asks=GradesAsked,
        variables=_overview_asked,
        body=_overview,
        dialect=EXAMS,
        root="Karakteroversikt",
        right="grades:read",
        spelling=SPELLING,
        backends=("EXAMS", "AUDIT"),
    ),
    Route(
        path="/sensoroppdrag/{organisasjonsnummer}/{eksamensperiodekode}",
        operation="LegacyExaminerAssignments",
        about="Who of a school examines in a period. Only in test environments.",
        asks=ExaminersAsked,
        variables=lambda asked: {
            "school": asked.values["organisasjonsnummer"],
            "period": asked.values["eksamensperiodekode"],
        },
        body=_examiners,
        dialect=EXAMS,
        answers=("application/json",),
        right="examiners:read",
        spelling={"schoolOrgNumber": "organisasjonsnummer", "period": "eksamensperiodekode"},
        backends=("EXAMS", "AUDIT"),
    ),
)
