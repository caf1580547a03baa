"""The exam API's candidates who are registered at a school, and registrations that are taken back."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, NotRequired

import orjson
from pydantic import Field
from typing_extensions import TypedDict

from rest_compat.exams.asking import (
    SPELLING,
    Period,
    School,
    SchoolPeriodAsked,
    given,
    needed,
    school_and_period,
)
from rest_compat.exams.dialect import EXAMS, parameter_wrong
from rest_compat.exams.plan import Fagkode, Variant, subject
from rest_compat.messages import Asked, Json, Rejected
from rest_compat.shapes import documented
from rest_compat.translate import Route

LANGUAGES: Mapping[str, str] = {"BOKMAL": "Bokmal", "NYNORSK": "Nynorsk"}
TYPES: Mapping[str, str] = {"PUPIL": "Elev", "PRIVATE": "Privatist"}
DELETED: Mapping[str, str] = {"DELETED": "Slettet", "NOT_FOUND": "IkkeFunnet", "NOT_DELETED": "IkkeSlettet"}
# A text in JSON, to its end or to that of the body, or a word with the colon that makes a name of it. Each is taken
# whole and never looked at twice: a body of one long word would else keep us for hours.
WORDS = re.compile(r'"(?:[^"\\]|\\.)*+"?|([A-Za-z_][A-Za-z0-9_]*+)(\s*+:)?+', re.DOTALL)
MEMBERS = {"kandidatnummer": "candidateNumber", "fagkode": "courseCode"}
SPELLED = {"candidateNumber": "Kandidatnummer", "courseCode": "Fagkode"}

Number = Annotated[str, documented("National identity number.", "15880270033")]
GivenName = Annotated[str, documented("Given name.", "Rask")]
FamilyName = Annotated[str, documented("Family name.", "Elv")]
Malform = Annotated[str, documented("`Bokmal` or `Nynorsk`.", "Bokmal")]
Kandidatnummer = Annotated[str, documented("Number of the candidate in the period.", "101AAA-V")]


class Kandidatgruppeansvarlig(TypedDict):
    """A person responsible for a group."""

    Fodselsnr: Number
    Fornavn: GivenName
    Etternavn: FamilyName
    Malform: NotRequired[Malform]
    Epostadresse: Annotated[str | None, documented("E-mail address.", "rolig.bjork@example.com")]
    Mobilnr: Annotated[str | None, documented("Mobile phone number.", "40000001")]


class PameldtKandidat(TypedDict):
    """A candidate who is registered."""

    Fodselsnr: Number
    Fornavn: GivenName
    Etternavn: FamilyName
    Malform: Annotated[str | None, documented("`Bokmal` or `Nynorsk`.", "Bokmal")]
    Kandidattype: Annotated[str, documented("`Elev` or `Privatist`.", "Elev")]
    Kandidatnummer: Kandidatnummer


class PameldtGruppe(TypedDict):
    """A group of candidates."""

    Navn: Annotated[str, documented("Name of the group.", "10A")]
    Kandidatgruppeansvarlige: Annotated[list[Kandidatgruppeansvarlig], Field(description="Who is responsible for it.")]
    Kandidater: Annotated[list[PameldtKandidat], Field(description="Who is in it.")]


class Eksamenspamelding(TypedDict):
    """A subject for which candidates are registered."""

    Fagkode: Fagkode
    Variant: NotRequired[Variant]
    Kandidatgrupper: Annotated[list[PameldtGruppe], Field(description="Its groups, by name.")]


class PameldteKandidater(TypedDict):
    """Who is registered at a school for a period."""

    Eksamensperiodekode: Period
    Eksamenspameldinger: Annotated[list[Eksamenspamelding], Field(description="Subjects, by code.")]


class DeletionAsked(SchoolPeriodAsked):
    """A school in a period; and one candidate's registration for a subject, unless the body lists them."""

    kandidatnummer: NotRequired[Kandidatnummer]
    fagkode: NotRequired[Fagkode]


class ToDelete(TypedDict):
    """A candidate's registration for a subject."""

    Kandidatnummer: Kandidatnummer
    Fagkode: Fagkode


class SlettetKandidat(TypedDict):
    """What became of a registration that was to be deleted."""

    Kandidatnummer: Kandidatnummer
    Fagkode: Fagkode
    Status: Annotated[str, documented("`Slettet`, `IkkeFunnet` or `IkkeSlettet`.", "Slettet")]
    StatusMessage: Annotated[str, documented("Why it was not deleted; empty when it was.", "")]


class SlettedeKandidater(TypedDict):
    """What became of registrations that were to be deleted, in the order asked."""

    Orgnr: School
    Eksamensperiodekode: Period
    Kandidater: Annotated[list[SlettetKandidat], Field(description="What became of each.")]


def leader(person: Json) -> Json:
    """A person responsible for a group, as this service tells it."""
    spoken = person["language"]
    return {
        "Fodselsnr": person["nationalNumber"],
        "Fornavn": person["givenName"],
        "Etternavn": person["familyName"],
        **({} if spoken is None else {"Malform": LANGUAGES[spoken]}),
        "Epostadresse": person["email"],
        "Mobilnr": person["phone"],
    }


def _registered(data: Json, _asked: Asked) -> PameldteKandidater:
    registered = data["registeredCandidates"]
    exams: Any = [
        {
            **subject(exam),
            "Kandidatgrupper": [
                {
                    "Navn": group["name"],
                    "Kandidatgruppeansvarlige": [leader(person) for person in group["leaders"]],
                    "Kandidater": _named(group["candidates"]),
                }
                for group in exam["groups"]
            ],
        }
        for exam in registered["exams"]
    ]
    return {"Eksamensperiodekode": registered["period"], "Eksamenspameldinger": exams}


def _named(candidates: list[Json]) -> list[Json]:
    """Candidates as the operation gives them, under this service's names, with its words for two of their members."""
    for candidate in candidates:
        spoken = candidate["Malform"]
        candidate["Malform"] = None if spoken is None else LANGUAGES[spoken]
        candidate["Kandidattype"] = TYPES[candidate["Kandidattype"]]
    return candidates


def _is_one(asked: Asked) -> bool:
    """Whether one registration is named in the query string."""
    return given(asked, "kandidatnummer") is not None or given(asked, "fagkode") is not None


def _to_delete(asked: Asked) -> Json:
    which = school_and_period(asked)
    if _is_one(asked):
        registrations = [{name: needed(asked, parameter) for parameter, name in MEMBERS.items()}]
        if asked.body.strip():
            raise Rejected("BAD_USER_INPUT", parameter_wrong("kandidatnummer", "must not be given beside a body"))
    else:
        registrations = _listed(asked.body)
    return {
        "input": {"schoolOrgNumber": which["school"], "period": which["period"], "registrations": registrations}
    }  # fmt: skip


def _listed(body: bytes) -> list[dict[str, str]]:
    """The registrations in a body. Raises Rejected."""
    found = _read(body)
    if not isinstance(found, list) or not found:
        raise Rejected("BAD_USER_INPUT", f"{parameter_wrong('kandidatnummer')}; or send a list, with something in it")
    return [_item(place, item) for place, item in enumerate(found)]


def _item(place: int, item: object) -> dict[str, str]:
    members = {name.lower(): value for name, value in item.items()} if isinstance(item, dict) else {}
    for member, name in MEMBERS.items():
        if not isinstance(members.get(member), str):
            raise Rejected("BAD_USER_INPUT", parameter_wrong(SPELLED[name], f"of item {place} must be a text"))
    return {name: members[member] for member, name in MEMBERS.items()}


def _read(body: bytes) -> Any:  # noqa: ANN401 JSON is any
    """The JSON of a body, in which names of members may stand without quotes, as the documentation writes them."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    if not body.strip():
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return orjson.loads(WORDS.sub(lambda found: f'"{found[1]}"{found[2]}' if found[2] else found[0], body.decode()))
    except (orjson.JSONDecodeError, UnicodeDecodeError):
        raise Rejected("BAD_USER_INPUT", "The body is not JSON in UTF-8, or nests too deeply") from None


def _deletion(each: Json) -> SlettetKandidat:
    return {
        "Kandidatnummer": each["candidateNumber"],
        "Fagkode": each["courseCode"],
        "Status": DELETED[each["status"]],
        "StatusMessage": each["message"],
    }


def _deleted(data: Json, asked: Asked) -> SlettetKandidat | SlettedeKandidater:
    deleted = data["deleteRegistrations"]
    outcomes = [_deletion(each) for each in deleted["registrations"]]
    if _is_one(asked):
        return outcomes[0]
    return {
        "Orgnr": deleted["schoolOrgNumber"], "Eksamensperiodekode": deleted["period"], "Kandidater": outcomes,
    }  # fmt: skip


ROUTES = (
    Route(
        path="/kandidat",
        operation="LegacyRegisteredCandidates",
        about="Who is registered at a school for a period.",
        asks=SchoolPeriodAsked,
        variables=school_and_period,
        body=_registered,
        dialect=EXAMS,
        root="PameldteKandidater",
        right="exams:read",
        spelling=SPELLING,
        backends=("EXAMS", "AUDIT"),
    ),
    Route(
        method="DELETE",
        path="/kandidat",
        operation="LegacyDeleteRegistrations",
        about="Take back one registration that the query string names, or those that the body lists.",
        asks=DeletionAsked,
        takes=list[ToDelete],
        variables=_to_delete,
        body=_deleted,
        dialect=EXAMS,
        root=lambda asked: "SlettetKandidat" if _is_one(asked) else "SlettedeKandidater",
        right="exams:register",
        spelling=SPELLING,
        backends=("EXAMS",),
    ),
)
