"""Registrations read as streams: what is valid and what is not, what is told of it, and how much memory it takes."""

import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from rest_compat.exams.groups import MOST_LEADERS, PART_CANDIDATES, UploadedGroups
from rest_compat.exams.payload import CHUNK_BYTES, ELEMENT_BYTES, ReadRegistration, read_registration
from rest_compat.exams.schema_files import compiled_schema
from rest_compat.exams.telling import TOLD_CHARACTERS, told
from rest_compat.messages import Rejected

SAMPLES = Path(__file__).parent / "registrations"
P1, P2, P3 = ((SAMPLES / f"{name}.xml").read_bytes() for name in ("p1", "p2", "p3"))
MALFORMED, INVALID = "Payload is not well-formed XML: ", "Payload failed schema validation: "
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def read(body: bytes) -> tuple[ReadRegistration, list[Any]]:
    found = read_registration(BytesIO(body))
    try:
        return found, list(found.groups.parts())
    finally:
        found.groups.close()


def refusal(body: bytes) -> str:
    with pytest.raises(Rejected) as refused:
        read_registration(BytesIO(body))
    assert refused.value.code == "BAD_USER_INPUT"
    return refused.value.message


def envelope(found: ReadRegistration) -> tuple[Any, ...]:
    return (
        found.user_name, found.period, found.school_org_number, found.school_name, found.level, found.error_email,
        found.candidates,
    )  # fmt: skip


def candidate(number: str, given_name: str, family_name: str, language: str = "BOKMAL", kind: str = "PUPIL") -> Any:
    return {
        "nationalNumber": number, "givenName": given_name, "familyName": family_name, "language": language,
        "candidateType": kind,
    }  # fmt: skip


ROLIG = {
    "nationalNumber": "12828010083", "givenName": "Rolig", "familyName": "Bjørk", "language": "BOKMAL",
    "email": "rolig.bjork@example.com", "phone": "40000001",
}  # fmt: skip


def test_p1() -> None:
    found, parts = read(P1)
    assert envelope(found) == (
        "testbruker.gs", "V-2018", "310000019", "Fiktivdal ungdomsskole", "LOWER_SECONDARY",
        "skoleadmin@example.com", 2,
    )  # fmt: skip
    assert parts == [{
        "name": "10A", "courseCode": "MAT0010", "variant": None, "leaders": [ROLIG], "continues": False,
        "candidates": [
            candidate("15880270033", "Rask", "Elv"), candidate("03910270183", "Lun", "Stein", "NYNORSK"),
        ],
    }]  # fmt: skip


def test_p2() -> None:
    found, parts = read(P2)
    assert envelope(found) == ("testbruker.gs", "V-2018", "310000019", "Fiktivdal ungdomsskole", None, None, 2)
    stille = candidate("20850281158", "Stille", "Vann")
    assert parts == [
        {"name": "10A", "courseCode": code, "variant": None, "leaders": [], "candidates": [stille], "continues": False}
        for code in ("NOR0214", "NOR0215")
    ]


def test_p3() -> None:
    found, parts = read(P3)
    assert envelope(found) == (
        "testbruker.vgs", "V-2018", "310000027", "Tenkt videregående skole", "UPPER_SECONDARY", None, 2,
    )  # fmt: skip
    klok = candidate("30899910083", "Klok", "Ugle", "NYNORSK", "PRIVATE")
    assert [(part["name"], part["variant"], part["candidates"]) for part in parts] == [
        ("IT2 gruppe 1", "JAV", [candidate("11830073304", "Mild", "Vind")]),
        ("IT2 gruppe 2", "CS", [klok]),
    ]


def patched(body: bytes, old: str, new: str) -> bytes:
    assert old.encode() in body
    return body.replace(old.encode(), new.encode(), 1)


LANGUAGE_REFUSED = (
    "Element 'Malform': [facet 'enumeration'] The value '{}' is not an element of the set {{'Bokmal', 'Nynorsk'}}."
)
KIND_REFUSED = (
    "Element 'Kandidattype': [facet 'enumeration'] The value 'Deltaker' is not an element of the set"
    " {'Elev', 'Privatist'}."
)
TEXT_REFUSED = (
    "Element 'Kandidater': Character content other than whitespace is not allowed because the content type is"
    " 'element-only'."
)
# (what is changed in P1, what is said of it)
REFUSED = [
    (("<pa:Malform>Bokmal", "<pa:Malform>Bokmål"), LANGUAGE_REFUSED.format("Bokmål")),
    (("<pa:Malform>Bokmal", "<pa:Malform> Bokmal"), LANGUAGE_REFUSED.format(" Bokmal")),
    (("<pa:Malform>Bokmal", "<pa:Malform>15880270033"), LANGUAGE_REFUSED.format("158802*****")),
    (
        ("<pa:Kandidattype>Elev", "<pa:Kandidattype>Deltaker"),
        KIND_REFUSED,
    ),
    (
        ("<pa:Etternavn>Elv</pa:Etternavn>", ""),
        "Element 'Malform': This element is not expected. Expected is ( Etternavn ).",
    ),
    (
        ("<pa:BrukernavnPAS>", "<pa:Opplaeringsniva>GS</pa:Opplaeringsniva><pa:BrukernavnPAS>"),
        "Element 'Opplaeringsniva': This element is not expected. Expected is ( BrukernavnPAS ).",
    ),
    (
        ("<pa:Orgnr>310000019</pa:Orgnr>", "<pa:Orgnr a='1'>310000019</pa:Orgnr>"),
        "Element 'Orgnr', attribute 'a': The attribute 'a' is not allowed.",
    ),
    (
        ("<pa:Orgnr>310000019</pa:Orgnr>", f"<pa:Orgnr {XSI} xsi:nil='true'/>"),
        "Element 'Orgnr': The element is not 'nillable'.",
    ),
    (
        ("<pa:Kandidater>", "<pa:Kandidater>text"),
        TEXT_REFUSED,
    ),
]


@pytest.mark.parametrize(("change", "detail"), REFUSED, ids=[change[1][:40] for change, _ in REFUSED])
def test_what_the_schema_does_not_allow(change: tuple[str, str], detail: str) -> None:
    assert refusal(patched(P1, *change)) == f"{INVALID}{detail}"


def test_no_namespace_at_all() -> None:
    bare = re.sub(rb'(</?)(?:pa|ct):| xmlns:\w+="[^"]*"', lambda found: found[1] or b"", P1)
    assert refusal(bare) == (
        f"{INVALID}Element 'Pamelding': No matching global declaration available for the validation root."
    )


def test_a_root_of_another_schema() -> None:
    leader = re.search(rb"<ct:Kandidatgruppeansvarlig>.*</ct:Kandidatgruppeansvarlig>", P1, re.DOTALL)
    assert leader is not None
    body = leader[0].replace(b"ansvarlig>", b'ansvarlig xmlns:ct="http://pas.udir.no/CommonTypes">', 1)
    assert refusal(body) == f"{INVALID}Element 'Kandidatgruppeansvarlig': Pamelding is expected."


PROLOG = b'<?xml version="1.0" encoding="UTF-8"?>'
ROOT = P1.removeprefix(PROLOG).strip()
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'

NOT_WELL_FORMED = [
    ("JSON", b'{"Orgnr": "310000019"}', "not well-formed (invalid token): line 1, column 0"),
    ("nothing", b"", "no element found: line 1, column 0"),
    ("blanks", b"  \n", "no element found: line 2, column 0"),
    ("cut off", P1[:400], "unclosed token: line 9, column 18"),
    ("two roots", ROOT + ROOT, "junk after document element"),
    ("other end", P1.replace(b"</pa:Orgnr>", b"</pa:Skolenavn>"), "mismatched tag: line 5, column 23"),
    ("unknown entity", P1.replace(b"Fiktivdal", b"&x;"), "undefined entity: line 6, column 16"),
    ("unbound prefix", P1.replace(b'xmlns:ct="', b'xmlns:cu="'), "unbound prefix: line 12, column 8"),
    ("DOCTYPE", PROLOG + b"<!DOCTYPE pa:Pamelding>" + ROOT, "it has a DOCTYPE"),
    ("bomb", PROLOG + BOMB + ROOT.replace(b"Rask", b"&b;"), "it has a DOCTYPE"),
    ("entity of a file", PROLOG + b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + ROOT, "it has a DOCTYPE"),
    ("UTF-16", P1.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "its encoding is not UTF-8"),
    ("UTF-16 unmarked", P1.decode().encode("utf-16-le"), "its encoding is not UTF-8"),
    ("UTF-32", P1.decode().encode("utf-32-be"), "its encoding is not UTF-8"),
    ("Latin 1", P1.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1"), "its encoding is not UTF-8"),
    ("Latin 1 undeclared", P1.decode().encode("latin-1"), "not well-formed (invalid token): line 15, column 26"),
    ("overlong", P1.replace(b"Rask", b"\xc0\xaf"), "not well-formed (invalid token): line 24, column 22"),
    ("surrogate", P1.replace(b"Rask", b"\xed\xa0\x80"), "not well-formed (invalid token): line 24, column 22"),
    ("control", P1.replace(b"Rask", b"\x1b"), "not well-formed (invalid token): line 24, column 22"),
    ("NUL", P1.replace(b"Rask", b"\0"), "not well-formed (invalid token): line 24, column 22"),
    ("character of NUL", P1.replace(b"Rask", b"&#0;"), "reference to invalid character number: line 24, column 22"),
    ("version", P1.replace(b'version="1.0"', b'version="1.1"'), "it is not XML 1.0"),
    ("same attribute twice", P1.replace(b"<pa:Orgnr>", b"<pa:Orgnr a='1' a='2'>"), "duplicate attribute"),
    ("bytes after it", P1 + b"\0", "not well-formed (invalid token)"),
]


@pytest.mark.parametrize(
    ("body", "detail"), [row[1:] for row in NOT_WELL_FORMED], ids=[row[0] for row in NOT_WELL_FORMED]
)
def test_what_is_not_well_formed(body: bytes, detail: str) -> None:
    assert refusal(body).startswith(f"{MALFORMED}{detail}")


MEGABYTE = 1 << 20
TOO_LONG = f"{MALFORMED}an element of more than {ELEMENT_BYTES} bytes"
# None of these may take long, nor much memory: each is refused within its first pieces.
HOSTILE = [
    ("a long text", P1.replace(b"Rask", b"x" * 9 * MEGABYTE), TOO_LONG),
    ("a long attribute", P1.replace(b"<pa:Orgnr>", b"<pa:Orgnr a='%s'>" % (b"x" * MEGABYTE)), TOO_LONG),
    ("many attributes", P1.replace(b"<pa:Orgnr>", b"<pa:Orgnr %s>" % b" ".join(b"a%d=''" % n for n in range(99999))),
     TOO_LONG),
    ("many namespaces",
     P1.replace(b"<pa:Orgnr>", b"<pa:Orgnr %s>" % b" ".join(b"xmlns:a%d='b'" % n for n in range(99999))), TOO_LONG),
    ("a long comment", P1.replace(b"<pa:Orgnr>", b"<!--%s--><pa:Orgnr>" % (b"x" * MEGABYTE)), TOO_LONG),
    ("a text in pieces", P1.replace(b"Rask", b"x<!-- -->" * 99999), TOO_LONG),
    ("less-thans in CDATA", P1.replace(b"Rask", b"<![CDATA[%s]]>" % (b"<" * MEGABYTE)), TOO_LONG),
    ("many instructions", PROLOG + b"".join(b"<?p%d?>" % n for n in range(99999)) + ROOT, TOO_LONG),
    ("deep nesting", b"<a>" * 99999,
     f"{INVALID}Element 'a': No matching global declaration available for the validation root."),
    ("deep nesting of ours", b'<Pamelding xmlns="http://pas.udir.no/Pamelding">' * 9999,
     f"{INVALID}Element 'Pamelding': This element is not expected. Expected is ( BrukernavnPAS )."),
    ("everything wrong", P1.replace(b"<pa:Kandidater>", b"<pa:Kandidater>" + b"<pa:Kandidat/>" * 999999),
     f"{INVALID}Element 'Kandidat': Missing child element(s). Expected is ( Fodselsnr )."),
]  # fmt: skip


@pytest.mark.parametrize(("body", "message"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_what_is_meant_to_hurt(body: bytes, message: str) -> None:
    assert refusal(body) == message


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + P1,
        b"\xef\xbb\xbf" + ROOT,
        ROOT,
        P1.replace(b"UTF-8", b"utf-8"),
        P1.replace(PROLOG, PROLOG + b"<!-- <!DOCTYPE x> --><?p <!DOCTYPE x> ?>"),
        P1.replace(b"Rask", b"<![CDATA[Ra]]>s&#107;"),
        P1.replace(b"Rask", b"Ra<!-- x -->s<?p?>k"),
        P1.replace(b"\n", b"\r\n"),
        re.sub(rb">\s+<", b"><", P1),
        P1.replace(
            b"<pa:Pamelding", f"<pa:Pamelding {XSI} xsi:schemaLocation='http://x http://127.0.0.1:9/x'".encode()
        ),
    ],
    ids=["mark", "mark alone", "undeclared", "utf-8", "comment", "CDATA", "in pieces", "CRLF", "no blanks", "location"],
)
def test_other_spellings_of_p1(body: bytes) -> None:
    found, parts = read(body)
    plain, plain_parts = read(P1)
    assert (envelope(found), parts) == (envelope(plain), plain_parts)


def test_texts_are_kept_as_they_were_sent() -> None:
    body = patched(patched(P1, "<pa:Fornavn>Rask", "<pa:Fornavn> Ra\n sk "), ">15880270033<", ">158802 70033 <")
    body = patched(patched(body, "<ct:Epostadresse>rolig.bjork@example.com", "<ct:Epostadresse>"), ">10A<", "> 10A <")
    body = patched(body, "<ct:Mobilnr>40000001</ct:Mobilnr>", f"<ct:Mobilnr {XSI} xsi:nil=' 1 '/>")
    body = patched(body, "<ct:Malform>Bokmal</ct:Malform>", "")
    [part] = read(body)[1]
    assert part["candidates"][0] == candidate("158802 70033 ", " Ra\n sk ", "Elv")
    assert part["leaders"] == [{**ROLIG, "language": None, "email": "", "phone": None}]
    assert part["name"] == " 10A "


@pytest.mark.parametrize(("sent", "variant"), [("", None), ("  \n", None), ("JAV", "JAV"), (" JAV", " JAV")])
def test_a_blank_variant_is_none(sent: str, variant: str | None) -> None:
    [first, _] = read(patched(P3, "<Variant>JAV", f"<Variant>{sent}"))[1]
    assert first["variant"] == variant


@pytest.mark.parametrize("sent", ["", "   "])
def test_a_blank_address_is_none(sent: str) -> None:
    assert read(patched(P1, ">skoleadmin@example.com<", f">{sent}<"))[0].error_email is None


@pytest.mark.parametrize("name", ["Navn", "Kandidater", "Kandidatgruppeansvarlige"])
def test_what_is_nil(name: str) -> None:
    body = re.sub(
        rf"<pa:{name}>.*?</pa:{name}>".encode(), f"<pa:{name} {XSI} xsi:nil='true'/>".encode(), P1, flags=re.DOTALL
    )
    [part] = read(body)[1]
    plain = read(P1)[1][0]
    member, nil = {"Navn": ("name", None), "Kandidater": ("candidates", [])}.get(name, ("leaders", []))
    assert part == {**plain, member: nil}


@pytest.mark.parametrize("groups", ["<pa:Kandidatgrupper/>", f"<pa:Kandidatgrupper {XSI} xsi:nil='true'/>"])
def test_no_groups_at_all(groups: str) -> None:
    body = re.sub(rb"<pa:Kandidatgrupper>.*</pa:Kandidatgrupper>", groups.encode(), P1, flags=re.DOTALL)
    found, parts = read(body)
    assert (found.candidates, parts) == (0, [])


def registration(groups: list[Any]) -> Iterator[str]:
    """The XML of a registration of such groups, written by hand."""
    yield (
        f'<Pamelding xmlns="http://pas.udir.no/Pamelding" xmlns:ct="http://pas.udir.no/CommonTypes" {XSI}>'
        "<BrukernavnPAS>u</BrukernavnPAS><EksamensPeriodeKode>V-2018</EksamensPeriodeKode><Orgnr>310000019</Orgnr>"
        "<Skolenavn>s</Skolenavn><Kandidatgrupper>"
    )
    for group in groups:
        yield f"<Kandidatgruppe>{text('Navn', group['name'])}{text('Fagkode', group['courseCode'])}"
        yield text("Variant", group["variant"]) if group["variant"] is not None else ""
        yield "<Kandidatgruppeansvarlige>"
        for each in group["leaders"]:
            names = {"Fodselsnr": "nationalNumber", "Fornavn": "givenName", "Etternavn": "familyName"}.items()
            yield f"<ct:Kandidatgruppeansvarlig>{''.join(text(f'ct:{name}', each[key]) for name, key in names)}"
            yield text("ct:Malform", each["language"].capitalize()) if each["language"] else ""
            yield f"{text('ct:Epostadresse', each['email'])}{text('ct:Mobilnr', each['phone'])}"
            yield "</ct:Kandidatgruppeansvarlig>"
        yield "</Kandidatgruppeansvarlige><Kandidater>"
        for each in group["candidates"]:
            names = {"Fodselsnr": "nationalNumber", "Fornavn": "givenName", "Etternavn": "familyName"}.items()
            yield f"<Kandidat>{''.join(text(name, each[key]) for name, key in names)}"
            yield text("Malform", each["language"].capitalize())
            yield f"{text('Kandidattype', {'PUPIL': 'Elev', 'PRIVATE': 'Privatist'}[each['candidateType']])}</Kandidat>"
        yield "</Kandidater></Kandidatgruppe>"
    yield "</Kandidatgrupper></Pamelding>"


def text(name: str, value: str | None) -> str:
    return f'<{name} xsi:nil="true"/>' if value is None else f"<{name}>{escape(value, {chr(13): '&#13;'})}</{name}>"


XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff", include_characters="\t\n\r")
)
LANGUAGE = st.sampled_from(("BOKMAL", "NYNORSK"))
GROUPS = st.lists(st.fixed_dictionaries({
    "name": st.none() | XML_TEXT, "courseCode": XML_TEXT,
    "variant": st.none() | XML_TEXT.filter(lambda value: bool(value.strip())),
    "leaders": st.lists(st.fixed_dictionaries({
        "nationalNumber": XML_TEXT, "givenName": XML_TEXT, "familyName": XML_TEXT, "language": st.none() | LANGUAGE,
        "email": st.none() | XML_TEXT, "phone": st.none() | XML_TEXT,
    }), max_size=2),
    "candidates": st.lists(st.builds(
        candidate, XML_TEXT, XML_TEXT, XML_TEXT, LANGUAGE, st.sampled_from(("PUPIL", "PRIVATE"))
    ), max_size=4),
    "continues": st.just(value=False),
}), max_size=3)  # fmt: skip


@given(GROUPS)
def test_every_group_is_read_as_it_was_written(groups: list[Any]) -> None:
    found, parts = read("".join(registration(groups)).encode())
    assert parts == groups
    assert found.candidates == sum(len(group["candidates"]) for group in groups)


def is_valid(body: bytes) -> bool:
    """What lxml says of the whole document at once."""
    try:
        return bool(compiled_schema("Pamelding.xsd").validate(etree.fromstring(body)))
    except etree.XMLSyntaxError:
        return False


@pytest.mark.parametrize("seed", range(4))
def test_a_stream_is_judged_as_the_whole_document_is(seed: int) -> None:
    chosen = random.Random(seed)
    pieces = re.findall(rb"<[^>]+>|[^<]+", P1)
    verdicts = set()
    for _ in range(150):
        changed = list(pieces)
        place, other = chosen.randrange(1, len(changed)), chosen.randrange(1, len(changed))
        kind = chosen.randrange(4)
        if kind == 0:
            del changed[place]
        elif kind == 1:
            changed[place], changed[other] = changed[other], changed[place]
        elif kind == 2:
            changed.insert(place, changed[other])
        else:
            changed[place] = changed[place].swapcase()
        body = b"".join(changed)
        verdict = is_valid(body)
        if verdict:
            read(body)
        else:
            assert refusal(body).startswith((MALFORMED, INVALID))
        verdicts.add(verdict)
    assert verdicts == {True, False}


def many(count: int) -> list[Any]:
    return [candidate(f"{number:011}", f"Fornavn {number}", "Etternavn") for number in range(count)]


def group(candidates: list[Any]) -> Any:
    return {
        "name": "10A", "courseCode": "MAT0010", "variant": None, "leaders": [ROLIG], "candidates": candidates,
        "continues": False,
    }  # fmt: skip


@pytest.mark.parametrize("count", [499, 500, 501, 1000, 1001])
def test_a_large_group_comes_in_parts(count: int) -> None:
    sent = many(count)
    small = group(many(1))
    body = "".join(registration([group(sent), small])).encode()
    assert len(body) > CHUNK_BYTES
    found, parts = read(body)
    stretches = [sent[start : start + PART_CANDIDATES] for start in range(0, count, PART_CANDIDATES)]
    expected = [
        {**group(stretch), "leaders": [ROLIG] if place == 0 else [], "continues": place > 0}
        for place, stretch in enumerate(stretches)
    ]
    assert parts == [*expected, small]
    assert found.candidates == count + 1


def test_long_names_make_short_parts() -> None:
    sent = [candidate("1", "x" * 100_000, str(place)) for place in range(7)]
    parts = read("".join(registration([group(sent)])).encode())[1]
    assert [len(part["candidates"]) for part in parts] == [3, 3, 1]
    assert [each for part in parts for each in part["candidates"]] == sent


def test_a_group_has_a_bounded_number_of_those_responsible() -> None:
    [one] = re.findall(rb"<ct:Kandidatgruppeansvarlig>.*?</ct:Kandidatgruppeansvarlig>", P1, re.DOTALL)
    read = read_registration(BytesIO(P1.replace(one, one * MOST_LEADERS)))
    [part] = read.groups.parts()
    assert len(part["leaders"]) == MOST_LEADERS
    read.groups.close()
    too_many = P1.replace(one, one * (MOST_LEADERS + 1))
    assert refusal(too_many) == f"Kandidatgruppeansvarlige must be at most {MOST_LEADERS}"


@pytest.fixture
def groups() -> Iterator[UploadedGroups]:
    body = "".join(registration([group(many(5000))])).encode()
    found = read_registration(BytesIO(body)).groups
    yield found
    found.close()


def test_parts_are_read_by_several_threads_at_once(groups: UploadedGroups) -> None:
    with ThreadPoolExecutor(max_workers=4) as threads:
        found = list(threads.map(lambda _: list(groups.parts()), range(8)))
    assert all(parts == found[0] for parts in found)
    assert [each for part in found[0] for each in part["candidates"]] == many(5000)


def test_closed_groups_cannot_be_read(groups: UploadedGroups) -> None:
    reading = groups.parts()
    next(reading)
    groups.close()
    groups.close()
    for again in (reading, groups.parts()):
        with pytest.raises(ValueError, match="closed"):
            next(again)


def test_what_is_told_is_short_and_plain() -> None:
    assert told("Element '{http://pas.udir.no/Pamelding}Orgnr': {'a', 'b'}") == "Element 'Orgnr': {'a', 'b'}"
    assert told("a\n\x1b[31m  b\u202e") == "a [31m b"
    assert told("15880270033, 158802 70033, 158802700331588027003") == "158802*****, 158802*****, 158802*****"
    assert told("ø" * 5000) == "ø" * (TOLD_CHARACTERS - 1) + "…"


MEASURED = """
import json, resource, sys
from rest_compat.exams.payload import read_registration
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
with open(sys.argv[1], "rb") as small: read_registration(small).groups.close()
idle = peak()
with open(sys.argv[2], "rb") as file:
    found = read_registration(file)
    count = sum(len(part["candidates"]) for part in found.groups.parts())
print(json.dumps([count, peak() - idle]))
"""


def test_fifty_thousand_candidates_take_little_memory(tmp_path: Path) -> None:
    """libxml2's memory is in no trace of Python's: a process of its own is measured whole."""
    (tmp_path / "small.xml").write_bytes(P1)
    body = "".join(registration([group(many(25_000)), group(many(25_000))])).encode()
    (tmp_path / "large.xml").write_bytes(body)
    told = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path / "small.xml"), str(tmp_path / "large.xml")],
        capture_output=True, text=True, check=True, timeout=60, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    count, more_bytes = json.loads(told.stdout)
    assert count == 50_000
    assert more_bytes < len(body)
