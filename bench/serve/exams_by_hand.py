"""The exam API's list of candidates by hand, in FastAPI: `python -m bench.serve.exams_by_hand VARIANT EXAMS AUDIT`.

With the checks that the other servers by hand make, whose school it is, and an audit record.
"""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any
from xml.sax.saxutils import escape

import orjson
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import Response

from bench.serve.by_hand import lifespan_of
from bench.serve.checks import Claims, Observed, Refused, claims_of, configure_log
from bench.serve.exam_answers import ExamAnswers, Found, Row, exam_answers, reading
from bench.serve.run import serve

SCOPE = "exams:read"
LANGUAGES = {"BOKMAL": "Bokmal", "NYNORSK": "Nynorsk", None: None}
TYPES = {"PUPIL": "Elev", "PRIVATE": "Privatist"}
PA, CT = "http://pas.udir.no/Pamelding", "http://pas.udir.no/CommonTypes"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
OPENING = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<pa:PameldteKandidater xmlns:pa="{PA}" xmlns:ct="{CT}" xmlns:xsi="{XSI}">'
)


def exams_app(answers: ExamAnswers) -> FastAPI:
    app = FastAPI(lifespan=lifespan_of(answers), openapi_url=None)

    async def reader(authorization: Annotated[str | None, Header()] = None) -> Claims:
        return claims_of(authorization, SCOPE)

    @app.exception_handler(Refused)
    async def refused(_request: Request, refusal: Refused) -> Response:
        return Response(status_code=refusal.status)

    @app.get("/sas/kandidat")
    async def candidates(
        claims: Annotated[Claims, Depends(reader)],
        orgno: Annotated[str, Query(pattern="^[0-9]{9}$")],
        periodekode: Annotated[str, Query(pattern="^[HV]-[0-9]{4}$")],
        accept: Annotated[str, Header()] = "application/json",
        x_transaction_id: Annotated[str, Header()] = "",
    ) -> Response:
        if not claims.organisations & {orgno, "*"}:
            raise HTTPException(403)
        found = await answers.registered(orgno, periodekode)
        if found is None:
            raise HTTPException(400)
        numbers = {row[4] for row in found.rows if row[4]} | {row[1] for row in found.leaders}
        await answers.record(reading(claims.subject, orgno, periodekode, x_transaction_id, numbers))
        if "xml" in accept:
            return Response(_xml(periodekode, found), media_type="application/xml")
        return Response(_json(periodekode, found), media_type="application/json")

    return app


def _leaders(found: Found) -> Mapping[int, Sequence[Row]]:
    led_by: dict[int, list[Row]] = defaultdict(list)
    for group, *leader in found.leaders:
        led_by[group].append(leader)
    return led_by


def _json(period: str, found: Found) -> bytes:
    led_by = _leaders(found)
    exams = []
    for (course, variant), of_exam in groupby(found.rows, itemgetter(0, 1)):
        groups = [
            {
                "Navn": name,
                "Kandidatgruppeansvarlige": [_leader(each) for each in led_by[group]],
                "Kandidater": [
                    {
                        "Fodselsnr": number, "Fornavn": given_name, "Etternavn": family_name,
                        "Malform": LANGUAGES[language], "Kandidattype": TYPES[kind], "Kandidatnummer": candidate,
                    }
                    for _, _, _, _, number, given_name, family_name, language, kind, candidate in of_group
                    if number is not None
                ],
            }
            for (name, group), of_group in groupby(of_exam, itemgetter(2, 3))
        ]  # fmt: skip
        exams.append({"Fagkode": course, **({"Variant": variant} if variant else {}), "Kandidatgrupper": groups})
    return orjson.dumps({"Eksamensperiodekode": period, "Eksamenspameldinger": exams})


def _leader(row: Row) -> dict[str, Any]:
    number, given_name, family_name, language, email, phone = row
    return {
        "Fodselsnr": number, "Fornavn": given_name, "Etternavn": family_name,
        **({"Malform": LANGUAGES[language]} if language else {}), "Epostadresse": email, "Mobilnr": phone,
    }  # fmt: skip


def _xml(period: str, found: Found) -> bytes:
    """Written as text, with what is text escaped: any library for it costs more."""
    led_by = _leaders(found)
    out = [OPENING, f"<Eksamensperiodekode>{escape(period)}</Eksamensperiodekode><Eksamenspameldinger>"]
    for (course, variant), of_exam in groupby(found.rows, itemgetter(0, 1)):
        out.append(f"<Eksamenspamelding><Fagkode>{escape(course)}</Fagkode>")
        if variant:
            out.append(f"<Variant>{escape(variant)}</Variant>")
        out.append("<Kandidatgrupper>")
        for (name, group), of_group in groupby(of_exam, itemgetter(2, 3)):
            out.append(f"<Kandidatgruppe><Navn>{escape(name)}</Navn><Kandidatgruppeansvarlige>")
            out.extend(map(_leader_element, led_by[group]))
            out.append("</Kandidatgruppeansvarlige><Kandidater>")
            for _, _, _, _, number, given_name, family_name, language, kind, candidate in of_group:
                out.append(
                    f"<Kandidat><Fodselsnr>{escape(number)}</Fodselsnr><Fornavn>{escape(given_name)}</Fornavn>"
                    f"<Etternavn>{escape(family_name)}</Etternavn>{_element('Malform', LANGUAGES[language])}"
                    f"<Kandidattype>{TYPES[kind]}</Kandidattype><Kandidatnummer>{escape(candidate)}</Kandidatnummer>"
                    "</Kandidat>"
                )
            out.append("</Kandidater></Kandidatgruppe>")
        out.append("</Kandidatgrupper></Eksamenspamelding>")
    out.append("</Eksamenspameldinger></pa:PameldteKandidater>")
    return "".join(out).encode()


def _leader_element(row: Row) -> str:
    number, given_name, family_name, language, email, phone = row
    spoken = _element("ct:Malform", LANGUAGES[language]) if language else ""
    return (
        f"<ct:Kandidatgruppeansvarlig><ct:Fodselsnr>{escape(number)}</ct:Fodselsnr>"
        f"<ct:Fornavn>{escape(given_name)}</ct:Fornavn><ct:Etternavn>{escape(family_name)}</ct:Etternavn>{spoken}"
        f"{_element('ct:Epostadresse', email)}{_element('ct:Mobilnr', phone)}</ct:Kandidatgruppeansvarlig>"
    )


def _element(name: str, text: str | None) -> str:
    return f'<{name} xsi:nil="true"/>' if text is None else f"<{name}>{escape(text)}</{name}>"


if __name__ == "__main__":
    configure_log()
    serve(Observed(exams_app(exam_answers(*sys.argv[1:]))))
