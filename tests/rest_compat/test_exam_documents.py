"""The exam API's schemas, and answers as XML: each root against its schema, full, minimal, nil and odd."""

import hashlib
import threading
import zipfile
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from rest_compat.exams.schema_files import FOLDER, compiled_schema, schema_archive
from rest_compat.exams.writing import ROOTS, xml_of

PA, CT = "http://pas.udir.no/Pamelding", "http://pas.udir.no/CommonTypes"
EP, KO = "http://pas.udir.no/Eksamensplan", "http://pas.udir.no/Karakteroversikt"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
NAMESPACES = {
    "ApiError": PA,
    "EksamensplanResponse": EP,
    "Karakteroversikt": KO,
    "PameldingReference": PA,
    "PameldingReport": PA,
    "PameldteKandidater": PA,
    "SlettedeKandidater": PA,
    "SlettetKandidat": PA,
}
FILES = [
    "ApiError.xsd", "CommonTypes.xsd", "Eksamensplan.xsd", "Karakteroversikt.xsd", "Pamelding.xsd",
    "PameldingReference.xsd", "PameldingReport.xsd", "PameldteKandidater.xsd", "SlettedeKandidater.xsd",
]  # fmt: skip

# The contract's sample answers, as JSON and as XML.
REPORT = {
    "Orgnr": "310000019", "Skolenavn": "Fiktivdal ungdomsskole",
    "Kandidatgrupper": [{
        "Navn": "10A", "Fagkode": "MAT0010", "Opplaeringsniva": "GS",
        "Kandidatgruppeansvarlige": [{"Fodselsnr": "12828010083"}],
        "Kandidater": [
            {"Fodselsnr": "15880270033", "Kandidatnr": "101AAA-V", "Status": "Pameldt", "StatusMessage": ""},
            {"Fodselsnr": "03910270183", "Kandidatnr": "102AAB-V", "Status": "Pameldt", "StatusMessage": ""},
        ],
    }],
    "Status": "Ferdig", "StatusMessage": None, "Eksamensperiode": "V-2018",
}  # fmt: skip
REPORT_XML = """
<PameldingReport xmlns="http://pas.udir.no/Pamelding" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Orgnr>310000019</Orgnr>
  <Skolenavn>Fiktivdal ungdomsskole</Skolenavn>
  <Kandidatgrupper>
    <Kandidatgruppe>
      <Navn>10A</Navn>
      <Fagkode>MAT0010</Fagkode>
      <Opplaeringsniva>GS</Opplaeringsniva>
      <Kandidatgruppeansvarlige>
        <Kandidatgruppeansvarlig><Fodselsnr>12828010083</Fodselsnr></Kandidatgruppeansvarlig>
      </Kandidatgruppeansvarlige>
      <Kandidater>
        <Kandidat><Fodselsnr>15880270033</Fodselsnr><Kandidatnr>101AAA-V</Kandidatnr><Status>Pameldt</Status>
          <StatusMessage/></Kandidat>
        <Kandidat><Fodselsnr>03910270183</Fodselsnr><Kandidatnr>102AAB-V</Kandidatnr><Status>Pameldt</Status>
          <StatusMessage/></Kandidat>
      </Kandidater>
    </Kandidatgruppe>
  </Kandidatgrupper>
  <Status>Ferdig</Status>
  <StatusMessage xsi:nil="true"/>
  <Eksamensperiode>V-2018</Eksamensperiode>
</PameldingReport>
"""
CANDIDATES = {
    "Eksamensperiodekode": "V-2018",
    "Eksamenspameldinger": [{
        "Fagkode": "MAT0010",
        "Kandidatgrupper": [{
            "Navn": "10A",
            "Kandidatgruppeansvarlige": [{
                "Fodselsnr": "12828010083", "Fornavn": "Rolig", "Etternavn": "Bjørk", "Malform": "Bokmal",
                "Epostadresse": "rolig.bjork@example.com", "Mobilnr": "40000001",
            }],
            "Kandidater": [{
                "Fodselsnr": "15880270033", "Fornavn": "Rask", "Etternavn": "Elv", "Malform": "Bokmal",
                "Kandidattype": "Elev", "Kandidatnummer": "101AAA-V",
            }],
        }],
    }],
}  # fmt: skip
CANDIDATES_XML = """
<pa:PameldteKandidater xmlns:pa="http://pas.udir.no/Pamelding" xmlns:ct="http://pas.udir.no/CommonTypes">
  <Eksamensperiodekode>V-2018</Eksamensperiodekode>
  <Eksamenspameldinger>
    <Eksamenspamelding>
      <Fagkode>MAT0010</Fagkode>
      <Kandidatgrupper>
        <Kandidatgruppe>
          <Navn>10A</Navn>
          <Kandidatgruppeansvarlige>
            <ct:Kandidatgruppeansvarlig>
              <ct:Fodselsnr>12828010083</ct:Fodselsnr>
              <ct:Fornavn>Rolig</ct:Fornavn>
              <ct:Etternavn>Bjørk</ct:Etternavn>
              <ct:Malform>Bokmal</ct:Malform>
              <ct:Epostadresse>rolig.bjork@example.com</ct:Epostadresse>
              <ct:Mobilnr>40000001</ct:Mobilnr>
            </ct:Kandidatgruppeansvarlig>
          </Kandidatgruppeansvarlige>
          <Kandidater>
            <Kandidat><Fodselsnr>15880270033</Fodselsnr><Fornavn>Rask</Fornavn><Etternavn>Elv</Etternavn>
              <Malform>Bokmal</Malform><Kandidattype>Elev</Kandidattype><Kandidatnummer>101AAA-V</Kandidatnummer>
            </Kandidat>
          </Kandidater>
        </Kandidatgruppe>
      </Kandidatgrupper>
    </Eksamenspamelding>
  </Eksamenspameldinger>
</pa:PameldteKandidater>
"""
GRADES = {
    "Skoleorgnr": "310000027",
    "Eksamener": [{
        "Fagkode": "REA3015", "Variant": "JAV",
        "Kandidatgrupper": [{
            "Navn": "IT2 H17",
            "Kandidater": [
                {"Fodselsnr": "11830073304", "Kandidatnr": "201BAA-H", "Deltakelsesstatus": "D", "Karakter": 4,
                 "Klagekarakter": 5, "Klagebegrunnelse": "Klagenemnda endret karakteren."},
                {"Fodselsnr": "02840055771", "Kandidatnr": "204BAD-H", "Deltakelsesstatus": "DF", "Karakter": 0,
                 "Klagekarakter": None, "Klagebegrunnelse": None},
            ],
        }],
    }],
}  # fmt: skip
GRADES_XML = """
<Karakteroversikt xmlns="http://pas.udir.no/Karakteroversikt" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Skoleorgnr>310000027</Skoleorgnr>
  <Eksamener>
    <Eksamen>
      <Fagkode>REA3015</Fagkode>
      <Variant>JAV</Variant>
      <Kandidatgrupper>
        <Kandidatgruppe>
          <Navn>IT2 H17</Navn>
          <Kandidater>
            <Kandidat><Fodselsnr>11830073304</Fodselsnr><Kandidatnr>201BAA-H</Kandidatnr>
              <Deltakelsesstatus>D</Deltakelsesstatus><Karakter>4</Karakter><Klagekarakter>5</Klagekarakter>
              <Klagebegrunnelse>Klagenemnda endret karakteren.</Klagebegrunnelse></Kandidat>
            <Kandidat><Fodselsnr>02840055771</Fodselsnr><Kandidatnr>204BAD-H</Kandidatnr>
              <Deltakelsesstatus>DF</Deltakelsesstatus><Karakter>0</Karakter><Klagekarakter xsi:nil="true"/>
              <Klagebegrunnelse xsi:nil="true"/></Kandidat>
          </Kandidater>
        </Kandidatgruppe>
      </Kandidatgrupper>
    </Eksamen>
  </Eksamener>
</Karakteroversikt>
"""
PLAN = {
    "Eksamensplaner": [{
        "Opplaeringsniva": "GS",
        "Eksamensperiode": {
            "Kode": "V-2018",
            "PameldingStart": "2018-01-15T00:00:00+01:00", "PameldingStopp": "2018-03-01T23:59:59+01:00",
            "GjennomforingStart": "2018-05-14T09:00:00+02:00", "GjennomforingStopp": "2018-06-08T15:00:00+02:00",
        },
        "Eksamener": [{
            "Fagkode": "MAT0010",
            "Eksamensdeler": [{
                "Type": "EksamenDel1", "GjennomforingStart": "2018-05-16T09:00:00+02:00",
                "GjennomforingStopp": "2018-05-16T11:00:00+02:00", "Varighet": 120,
            }],
        }],
    }],
}  # fmt: skip
PLAN_XML = """
<EksamensplanResponse xmlns="http://pas.udir.no/Eksamensplan">
  <Eksamensplaner>
    <Eksamensplan>
      <Opplaeringsniva>GS</Opplaeringsniva>
      <Eksamensperiode>
        <Kode>V-2018</Kode>
        <PameldingStart>2018-01-15T00:00:00+01:00</PameldingStart>
        <PameldingStopp>2018-03-01T23:59:59+01:00</PameldingStopp>
        <GjennomforingStart>2018-05-14T09:00:00+02:00</GjennomforingStart>
        <GjennomforingStopp>2018-06-08T15:00:00+02:00</GjennomforingStopp>
      </Eksamensperiode>
      <Eksamener>
        <Eksamen>
          <Fagkode>MAT0010</Fagkode>
          <Eksamensdeler>
            <Eksamensdel><Type>EksamenDel1</Type><GjennomforingStart>2018-05-16T09:00:00+02:00</GjennomforingStart>
              <GjennomforingStopp>2018-05-16T11:00:00+02:00</GjennomforingStopp><Varighet>120</Varighet></Eksamensdel>
          </Eksamensdeler>
        </Eksamen>
      </Eksamener>
    </Eksamensplan>
  </Eksamensplaner>
</EksamensplanResponse>
"""


def schema_of(root: str) -> etree.XMLSchema:
    files = {"EksamensplanResponse": "Eksamensplan", "SlettetKandidat": "SlettedeKandidater"}
    return compiled_schema(f"{files.get(root, root)}.xsd")


def canonical(document: bytes) -> str:
    """One spelling of a document, without blanks between elements and without names that nobody uses."""
    root = etree.fromstring(document, etree.XMLParser(remove_blank_text=True))
    etree.cleanup_namespaces(root)
    return etree.tostring(root, method="c14n").decode()


@pytest.mark.parametrize(
    ("root", "value", "sample"),
    [
        ("PameldingReport", REPORT, REPORT_XML),
        ("PameldteKandidater", CANDIDATES, CANDIDATES_XML),
        ("Karakteroversikt", GRADES, GRADES_XML),
        ("EksamensplanResponse", PLAN, PLAN_XML),
        ("ApiError", {"Message": "a < b"}, f'<ApiError xmlns="{PA}"><Message>a &lt; b</Message></ApiError>'),
        ("PameldingReference", {"Reference": "x"},
         f'<PameldingReference xmlns="{PA}"><Reference>x</Reference></PameldingReference>'),
    ],
    ids=["report", "candidates", "grades", "plan", "error", "reference"],
)  # fmt: skip
def test_samples_of_the_contract(root: str, value: Any, sample: str) -> None:
    written = xml_of(root, value)
    assert written.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    assert canonical(written) == canonical(sample.encode())
    schema_of(root).assertValid(etree.fromstring(sample.strip().encode()))


def texts(*fixed: str) -> st.SearchStrategy[str]:
    return st.sampled_from(fixed) if fixed else st.text()


def record(optional: dict[str, Any] | None = None, /, **members: Any) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(members, optional=optional or {})


def many(item: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(item, max_size=3)


def nil(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


TEXT, SPRAK, NIVA = st.text(), texts("Bokmal", "Nynorsk"), texts("GS", "VGS")
# Without the first and the last year, which other time zones may not have.
YEARS = (datetime(2, 1, 1), datetime(9998, 1, 1))  # noqa: DTZ001 Hypothesis adds the zone
INSTANT = st.datetimes(*YEARS, timezones=st.timezones()).map(lambda at: at.replace(second=0).astimezone().isoformat())
INT = st.integers(-(2**31), 2**31 - 1)
VARIANT = {"Variant": TEXT}
LEADER = record(
    {"Malform": SPRAK}, Fodselsnr=TEXT, Fornavn=TEXT, Etternavn=TEXT, Epostadresse=nil(TEXT), Mobilnr=nil(TEXT)
)
DELETED = record(
    Kandidatnummer=TEXT, Fagkode=TEXT, Status=texts("Slettet", "IkkeFunnet", "IkkeSlettet"), StatusMessage=TEXT
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "ApiError": record(Message=TEXT),
    "PameldingReference": record(Reference=TEXT),
    "SlettetKandidat": DELETED,
    "SlettedeKandidater": record(Orgnr=TEXT, Eksamensperiodekode=TEXT, Kandidater=many(DELETED)),
    "EksamensplanResponse": record(Eksamensplaner=nil(many(record(
        Opplaeringsniva=NIVA,
        Eksamensperiode=record(
            Kode=TEXT, PameldingStart=INSTANT, PameldingStopp=INSTANT, GjennomforingStart=INSTANT,
            GjennomforingStopp=INSTANT,
        ),
        Eksamener=many(record(VARIANT, Fagkode=TEXT, Eksamensdeler=many(record(
            Type=texts("Eksamen", "EksamenDel1", "EksamenDel2", "Forberedelse"), GjennomforingStart=INSTANT,
            GjennomforingStopp=INSTANT, Varighet=INT,
        )))),
    )))),
    "PameldingReport": record(
        Orgnr=TEXT, Skolenavn=TEXT,
        Kandidatgrupper=nil(many(record(
            {**VARIANT, "Opplaeringsniva": NIVA}, Navn=nil(TEXT), Fagkode=TEXT,
            Kandidatgruppeansvarlige=nil(many(record(Fodselsnr=TEXT))),
            Kandidater=nil(many(record(
                Fodselsnr=TEXT, Kandidatnr=TEXT, StatusMessage=TEXT,
                Status=texts("IkkeStartet", "Pameldt", "IkkePameldt", "DelvisPameldt", "PameldtAnnenSkole"),
            ))),
        ))),
        Status=texts("IkkeStartet", "Startet", "Ferdig", "Feilet", "DelvisFerdig"), StatusMessage=nil(TEXT),
        Eksamensperiode=nil(TEXT),
    ),
    "PameldteKandidater": record(Eksamensperiodekode=TEXT, Eksamenspameldinger=many(record(
        VARIANT, Fagkode=TEXT, Kandidatgrupper=many(record(
            Navn=TEXT, Kandidatgruppeansvarlige=many(LEADER), Kandidater=many(record(
                Fodselsnr=TEXT, Fornavn=TEXT, Etternavn=TEXT, Malform=nil(SPRAK),
                Kandidattype=texts("Elev", "Privatist"), Kandidatnummer=TEXT,
            )),
        )),
    ))),
    "Karakteroversikt": record(Skoleorgnr=TEXT, Eksamener=nil(many(record(
        VARIANT, Fagkode=TEXT, Kandidatgrupper=nil(many(record(Navn=nil(TEXT), Kandidater=nil(many(record(
            Fodselsnr=TEXT, Kandidatnr=TEXT, Deltakelsesstatus=texts("D", "IDF", "DF", "MB", "EA"), Karakter=INT,
            Klagekarakter=nil(INT), Klagebegrunnelse=nil(TEXT),
        )))))),
    )))),
}  # fmt: skip


def read_back(element: etree._Element, value: Any) -> Any:
    """What an element says, in the shape that `value` has."""
    if isinstance(value, dict):
        return {
            etree.QName(child).localname: read_back(child, value[etree.QName(child).localname]) for child in element
        }
    if element.get(NIL) == "true":
        return None
    if isinstance(value, list):
        return [read_back(child, item) for child, item in zip(element, value, strict=True)]
    return type(value)(element.text or "")


def held(value: Any) -> Any:
    """`value` with the characters that XML cannot hold replaced."""
    if isinstance(value, dict):
        return {name: held(member) for name, member in value.items()}
    if isinstance(value, list):
        return [held(item) for item in value]
    if isinstance(value, str):
        return "".join("\ufffd" if is_unheld(ord(character)) else character for character in value)
    return value


def is_unheld(code: int) -> bool:
    return (code < 32 and code not in (9, 10, 13)) or 0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF)


@pytest.mark.parametrize("root", VALUES)
@given(data=st.data())
def test_every_value_is_valid_and_says_what_was_given(root: str, data: st.DataObject) -> None:
    value = data.draw(VALUES[root])
    document = etree.fromstring(xml_of(root, value))
    schema_of(root).assertValid(document)
    assert document.tag == f"{{{NAMESPACES[root]}}}{root}"
    assert read_back(document, value) == held(value)


def test_every_root_has_values() -> None:
    assert set(VALUES) == set(ROOTS) == set(NAMESPACES)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", "<Message/>"),
        ("a\rb", "<Message>a&#13;b</Message>"),
        ("a\n\tb", "<Message>a\n\tb</Message>"),
        ("]]>", "<Message>]]&gt;</Message>"),
        ("&amp;", "<Message>&amp;amp;</Message>"),
        ("\0\x1b\ud800\uffff", "<Message>\ufffd\ufffd\ufffd\ufffd</Message>"),
        ("\u00a0\u2028\U0001f600", "<Message>\u00a0\u2028\U0001f600</Message>"),
        ("\x85", "<Message>\x85</Message>"),
    ],
)
def test_odd_text(text: str, written: str) -> None:
    document = xml_of("ApiError", {"Message": text})
    assert document.decode() == f'<?xml version="1.0" encoding="UTF-8"?>\n<ApiError xmlns="{PA}">{written}</ApiError>'


def test_a_member_that_is_missing_is_a_bug_not_an_answer() -> None:
    with pytest.raises(KeyError, match="Reference"):
        xml_of("PameldingReference", {})


def test_the_archive_holds_every_schema_and_is_always_the_same() -> None:
    with zipfile.ZipFile(BytesIO(schema_archive())) as archive:
        assert archive.testzip() is None
        assert {entry.filename: archive.read(entry) for entry in archive.infolist()} == {
            name: (FOLDER / name).read_bytes() for name in FILES
        }
        assert archive.namelist() == FILES
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    first = hashlib.sha256(schema_archive()).hexdigest()
    schema_archive.cache_clear()
    assert hashlib.sha256(schema_archive()).hexdigest() == first


@pytest.mark.parametrize("name", FILES)
def test_every_schema_compiles_from_the_archive_alone(name: str, tmp_path: Any) -> None:
    with zipfile.ZipFile(BytesIO(schema_archive())) as archive:
        archive.extractall(tmp_path)
    etree.XMLSchema(file=str(tmp_path / name))


def test_each_thread_has_a_schema_of_its_own() -> None:
    ours = compiled_schema("ApiError.xsd")
    theirs: list[etree.XMLSchema] = []
    thread = threading.Thread(target=lambda: theirs.append(compiled_schema("ApiError.xsd")))
    thread.start()
    thread.join()
    assert compiled_schema("ApiError.xsd") is ours
    assert theirs[0] is not ours
