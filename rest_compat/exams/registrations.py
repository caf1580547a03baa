"""The exam API's registrations: sent in, acknowledged with a reference, and reported on."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from rest_compat.exams.asking import Period, School
from rest_compat.exams.dialect import EXAMS
from rest_compat.exams.payload import read_registration
from rest_compat.exams.plan import LEVELS, Fagkode, Level, Variant, subject
from rest_compat.messages import Asked, Json, Rejected
from rest_compat.shapes import documented
from rest_compat.translate import Route

UNKNOWN = "Unknown pameldingsreferanse"
GUID = re.compile("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
STATUSES: Mapping[str, str] = {
    "QUEUED": "IkkeStartet", "PROCESSING": "Startet", "COMPLETED": "Ferdig", "PARTLY_COMPLETED": "DelvisFerdig",
    "FAILED": "Feilet",
}  # fmt: skip
ENTRY_STATUSES: Mapping[str, str] = {
    "QUEUED": "IkkeStartet", "REGISTERED": "Pameldt", "NOT_REGISTERED": "IkkePameldt",
    "PARTLY_REGISTERED": "DelvisPameldt", "REGISTERED_AT_OTHER_SCHOOL": "PameldtAnnenSkole",
}  # fmt: skip
# What the input calls what is wrong, and what the payload does.
ELEMENTS: Mapping[str, str] = {
    "schoolName": "Skolenavn", "userName": "BrukernavnPAS", "givenName": "Fornavn", "familyName": "Etternavn",
    "email": "Epostadresse", "phone": "Mobilnr", "variant": "Variant", "name": "Navn", "courseCode": "Fagkode",
    "nationalNumber": "Fodselsnr",
}  # fmt: skip

Number = Annotated[str, documented("National identity number.", "15880270033")]


class PameldingReference(TypedDict):
    """Under which reference a registration is stored."""

    Reference: Annotated[str, documented("The reference, a UUID.", "0c7d6a4e-8f0b-4d2a-9d0e-1a2b3c4d5e6f")]


class RapportertAnsvarlig(TypedDict):
    """A person responsible for a group."""

    Fodselsnr: Number


class RapportertKandidat(TypedDict):
    """What became of a candidate."""

    Fodselsnr: Number
    Kandidatnr: Annotated[str, documented("Number of the candidate; empty until there is one.", "101AAA-V")]
    Status: Annotated[str, documented("How far it is.", "Pameldt")]
    StatusMessage: Annotated[str, documented("Why; empty when there is nothing to say.", "")]


class RapportertGruppe(TypedDict):
    """A group of candidates as it was sent in."""

    Navn: Annotated[str | None, documented("Name of the group.", "10A")]
    Fagkode: Fagkode
    Variant: NotRequired[Variant]
    Opplaeringsniva: NotRequired[Level]
    Kandidatgruppeansvarlige: Annotated[list[RapportertAnsvarlig], Field(description="Who is responsible for it.")]
    Kandidater: Annotated[list[RapportertKandidat], Field(description="Who is in it, in the order sent.")]


class PameldingReport(TypedDict):
    """What became of a registration."""

    Orgnr: School
    Skolenavn: Annotated[str, documented("Name of the school, as sent.", "Fiktivdal ungdomsskole")]
    Kandidatgrupper: Annotated[list[RapportertGruppe], Field(description="Its groups, in the order sent.")]
    Status: Annotated[str, documented("How far it is.", "Ferdig")]
    StatusMessage: Annotated[str | None, documented("Why it could not be processed.", None)]
    Eksamensperiode: Period


class ReportAsked(TypedDict):
    """Which registration."""

    pameldingsref: Annotated[
        str,
        documented(
            "The reference with which it was acknowledged.", "0c7d6a4e-8f0b-4d2a-9d0e-1a2b3c4d5e6f",
            pattern="^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
        ),
    ]  # fmt: skip


def _registration(asked: Asked) -> Json:
    assert asked.file is not None  # the route takes one
    read = read_registration(asked.file)
    asked.closing.callback(read.groups.close)
    return {
        "input": {
            "schoolOrgNumber": read.school_org_number, "schoolName": read.school_name, "period": read.period,
            "userName": read.user_name, "level": read.level, "errorEmail": read.error_email, "upload": read.groups,
        }
    }  # fmt: skip


def _acknowledged(data: Json, _asked: Asked) -> PameldingReference:
    payload = data["registerCandidates"]
    if payload["problems"]:
        raise Rejected("BAD_USER_INPUT", "; ".join(_findings(payload["problems"])))
    return {"Reference": payload["registration"]["reference"]}


# What is said of a kind of problem, by the member that is wrong: each told once, with all values.
FINDINGS: Mapping[str, Callable[[str], str]] = {
    "period": "Eksamensperiodekode '{}' is not valid".format,
    "errorEmail": "EpostadresseVedFeil '{}' is not a valid e-mail address".format,
    "schoolOrgNumber": "Organisasjonsnummer '{}' is not valid".format,
    "nationalNumber": "Invalid fodselsnummer for kandidat: {}".format,
    "courseCode": "Fagkode not valid in the active eksamensplan: {}".format,
    "name": "Navn on kandidatgruppe must be unique within fagkode: {}".format,
}


def _findings(problems: Sequence[Json]) -> list[str]:
    """What is wrong, in the order found; the values of one kind together, each once."""
    by_kind: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for problem in problems:
        *_, member = problem["path"]
        by_kind[member, problem["code"] if problem["value"] is not None else problem["message"]][
            problem["value"] or ""
        ] = None
    return [_finding(member, kind, ", ".join(values)) for (member, kind), values in by_kind.items()]


def _finding(member: str, kind: str, values: str) -> str:
    if kind == "NOT_FOUND":
        return f"Skole with organisasjonsnummer '{values}' is not known"
    if kind != "BAD_USER_INPUT":  # a rule without a value to tell
        return kind.replace(member, ELEMENTS.get(member, member), 1)
    return FINDINGS[member](values)


def _reference(asked: Asked) -> Json:
    reference = asked.values["pameldingsref"]
    if GUID.fullmatch(reference) is None:
        raise Rejected("NOT_FOUND", UNKNOWN)
    return {"reference": reference}


def _report(data: Json, _asked: Asked) -> PameldingReport | None:
    registration = data["examRegistration"]
    if registration is None:
        return None
    level = registration["level"]
    given_level = {} if level is None else {"Opplaeringsniva": LEVELS[level]}
    groups: Any = [
        {
            "Navn": group["name"],
            **subject(group),
            **given_level,
            "Kandidatgruppeansvarlige": [{"Fodselsnr": person["nationalNumber"]} for person in group["leaders"]],
            "Kandidater": [_candidate(each) for each in group["candidates"]],
        }
        for group in registration["groups"]
    ]
    return {
        "Orgnr": registration["schoolOrgNumber"],
        "Skolenavn": registration["schoolName"],
        "Kandidatgrupper": groups,
        "Status": STATUSES[registration["status"]],
        "StatusMessage": registration["message"],
        "Eksamensperiode": registration["period"],
    }


def _candidate(candidate: Json) -> RapportertKandidat:
    return {
        "Fodselsnr": candidate["nationalNumber"],
        "Kandidatnr": candidate["candidateNumber"] or "",
        "Status": ENTRY_STATUSES[candidate["status"]],
        "StatusMessage": candidate["message"],
    }


ROUTES = (
    Route(
        method="POST",
        path="/kandidatpamelding",
        operation="LegacyRegisterCandidates",
        about="Send in candidates to be registered, as XML.",
        takes_file=True,
        variables=_registration,
        body=_acknowledged,
        dialect=EXAMS,
        root="PameldingReference",
        status=202,
        location="/sas/kandidatpamelding/{Reference}",
        right="exams:register",
        backends=("EXAMS",),
    ),
    Route(
        path="/kandidatpamelding/{pameldingsref}",
        operation="LegacyExamRegistration",
        about="What became of a registration.",
        asks=ReportAsked,
        variables=_reference,
        body=_report,
        dialect=EXAMS,
        root="PameldingReport",
        missing=UNKNOWN,
        right="exams:read",
        backends=("EXAMS", "AUDIT"),
    ),
)
