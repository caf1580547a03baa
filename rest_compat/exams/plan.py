"""The exam API's schemas and its two exam plans, which are open to everyone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, NotRequired
from zoneinfo import ZoneInfo

from pydantic import Field
from typing_extensions import TypedDict

from rest_compat.exams.asking import Period, School, given
from rest_compat.exams.dialect import EXAMS, parameter_wrong
from rest_compat.exams.schema_files import schema_archive
from rest_compat.messages import Asked, Json, Rejected
from rest_compat.shapes import Instant, documented
from rest_compat.translate import Route

# The old service's path of the plan of both levels is lost; where this one has it can be configured.
BOTH_LEVELS, OF_BOTH_LEVELS = "/eksamensplan/v2", "LegacyExamPlansV2"
# The service's times are those of its country.
NORWAY = ZoneInfo("Europe/Oslo")
LEVELS: Mapping[str, str] = {"LOWER_SECONDARY": "GS", "UPPER_SECONDARY": "VGS"}
LEVELS_ASKED: Mapping[str, str] = {name: level for level, name in LEVELS.items()}
PART_TYPES: Mapping[str, str] = {
    "EXAM": "Eksamen", "PART_1": "EksamenDel1", "PART_2": "EksamenDel2", "PREPARATION": "Forberedelse",
}  # fmt: skip

Level = Annotated[str, documented("`GS` for lower secondary, `VGS` for upper secondary.", "GS", pattern="^(GS|VGS)$")]
Fagkode = Annotated[str, documented("Code of the subject.", "MAT0010")]
Variant = Annotated[str, documented("Variant of the subject.", "JAV")]


class PlanV2Asked(TypedDict):
    """Which period's plan, and for which school."""

    eksamensperiode: NotRequired[Period]
    skoleorgno: NotRequired[School]


class PlanAsked(PlanV2Asked):
    """Which period's plan, of which level, and for which school."""

    opplaeringsniva: NotRequired[Level]


class Eksamensdel(TypedDict):
    """A part of an exam."""

    Type: Annotated[str, documented("What it is.", "EksamenDel1")]
    GjennomforingStart: Annotated[Instant, documented("When it starts.", "2018-05-16T09:00:00+02:00")]
    GjennomforingStopp: Annotated[Instant, documented("When it ends.", "2018-05-16T11:00:00+02:00")]
    Varighet: Annotated[int, documented("For how long it is sat, in minutes.", 120)]


class Eksamen(TypedDict):
    """An exam."""

    Fagkode: Fagkode
    Variant: NotRequired[Variant]
    Eksamensdeler: Annotated[list[Eksamensdel], Field(description="Its parts, in the order in which they are sat.")]


class Eksamensperiode(TypedDict):
    """A period."""

    Kode: Period
    PameldingStart: Annotated[Instant, documented("When registration opens.", "2018-01-15T00:00:00+01:00")]
    PameldingStopp: Annotated[Instant, documented("When it closes.", "2018-03-01T23:59:59+01:00")]
    GjennomforingStart: Annotated[Instant, documented("When exams begin.", "2018-05-14T09:00:00+02:00")]
    GjennomforingStopp: Annotated[Instant, documented("When they end.", "2018-06-08T15:00:00+02:00")]


class Eksamensplan(TypedDict):
    """The exams of a level in a period."""

    Opplaeringsniva: Level
    Eksamensperiode: Eksamensperiode
    Eksamener: Annotated[list[Eksamen], Field(description="Its exams, by subject.")]


class EksamensplanResponse(TypedDict):
    """Exam plans."""

    Eksamensplaner: Annotated[list[Eksamensplan], Field(description="Plans, lower secondary first.")]


def legacy_time(value: str | datetime) -> str:
    """An instant as the clocks of the country show it, with their offset."""
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    return instant.astimezone(NORWAY).isoformat()


def subject(exam: Json) -> Json:
    """Subject and, if it has one, variant of an exam."""
    variant = exam["variant"]
    return {"Fagkode": exam["courseCode"], **({} if variant is None else {"Variant": variant})}


def _plan(plan: Json) -> Json:
    period = plan["period"]
    return {
        "Opplaeringsniva": LEVELS[plan["level"]],
        "Eksamensperiode": {
            "Kode": period["code"],
            "PameldingStart": legacy_time(period["registrationStartsAt"]),
            "PameldingStopp": legacy_time(period["registrationEndsAt"]),
            "GjennomforingStart": legacy_time(period["examsStartAt"]),
            "GjennomforingStopp": legacy_time(period["examsEndAt"]),
        },
        "Eksamener": [
            {**subject(exam), "Eksamensdeler": [_part(part) for part in exam["parts"]]} for exam in plan["exams"]
        ],
    }


def _part(part: Json) -> Eksamensdel:
    return {
        "Type": PART_TYPES[part["type"]],
        "GjennomforingStart": legacy_time(part["startsAt"]),
        "GjennomforingStopp": legacy_time(part["endsAt"]),
        "Varighet": part["durationMinutes"],
    }


def _plans(data: Json, _asked: Asked) -> EksamensplanResponse:
    plans: Any = [_plan(plan) for plan in data["examPlans"]]
    return {"Eksamensplaner": plans}


def _which_plan(asked: Asked) -> Json:
    return {"period": given(asked, "eksamensperiode"), "school": given(asked, "skoleorgno")}


def _which_plan_of_level(asked: Asked) -> Json:
    level = given(asked, "opplaeringsniva")
    if level is not None and level not in LEVELS_ASKED:
        raise Rejected("BAD_USER_INPUT", parameter_wrong("opplaeringsniva", "must be VGS or GS"))
    return {**_which_plan(asked), "level": None if level is None else LEVELS_ASKED[level]}


def _schemas(_data: Json, _asked: Asked) -> bytes:
    return schema_archive()


PLAN_SPELLING = {"period": "eksamensperiode", "schoolOrgNumber": "skoleorgno"}

ROUTES = (
    Route(
        path="/skjema",
        operation="LegacyExamSchemas",
        about="The XML schemas of what this service takes and gives, in a ZIP.",
        variables=lambda _asked: {},
        body=_schemas,
        dialect=EXAMS,
        answers=("application/zip",),
        is_public=True,
    ),
    Route(
        path="/eksamensplan",
        operation="LegacyExamPlans",
        about="The exam plans of a period, of the current one if none is named.",
        asks=PlanAsked,
        variables=_which_plan_of_level,
        body=_plans,
        dialect=EXAMS,
        root="EksamensplanResponse",
        is_public=True,
        spelling=PLAN_SPELLING,
        backends=("EXAMS",),
    ),
    Route(
        path=BOTH_LEVELS,
        operation=OF_BOTH_LEVELS,
        about="The exam plans of both levels of a period, of the current one if none is named.",
        asks=PlanV2Asked,
        variables=_which_plan,
        body=_plans,
        dialect=EXAMS,
        root="EksamensplanResponse",
        is_public=True,
        spelling=PLAN_SPELLING,
        backends=("EXAMS",),
    ),
)
