"""What the cases of the exam API's contract may expect, by its words; each check fails for anything else."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
from lxml import etree

from support.exam_contract import FOLDER, Case

GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# The files of roots that are not called as their file.
FILES = {"EksamensplanResponse": "Eksamensplan", "SlettetKandidat": "SlettedeKandidater"}

Json = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """What came of a case: its answer, or the report on what it sent; and the service, for looking on."""

    case: Case
    answer: httpx.Response
    listed: Callable[..., Awaitable[Json]]  # who is registered now, at a school for a period
    lookups: Sequence[str]  # numbers that the population register was asked for
    logs: list[Any]
    folder: Path  # that of the schemas which the service serves

    @property
    def json(self) -> Any:
        return self.answer.json()

    @property
    def xml(self) -> Any:
        return etree.fromstring(self.answer.content)

    @property
    def message(self) -> str:
        is_xml = "xml" in self.answer.headers["content-type"]
        return self.xml.findtext("{*}Message") if is_xml else self.json["Message"]


def people(body: Json) -> Iterator[tuple[str, Json]]:
    """Every candidate of a report, a list or an overview: by number, subject and variant; with the group's name."""
    for exam in body.get("Eksamenspameldinger") or body.get("Eksamener") or [{"Kandidatgrupper": []}]:
        for group in exam["Kandidatgrupper"]:
            yield from _of_group({**exam, **group})
    if "Skolenavn" in body:
        for group in body["Kandidatgrupper"]:
            yield from _of_group(group)


def _of_group(group: Json) -> Iterator[tuple[str, Json]]:
    subject = [group[name] for name in ("Fagkode", "Variant") if name in group]
    for person in group["Kandidater"]:
        yield "/".join([person["Fodselsnr"], *subject]), {**person, "Fagkode": group["Fagkode"], "group": group["Navn"]}


def registrations(body: Json) -> list[str]:
    return [f"{person['Fodselsnr']}/{person['Fagkode']}/{person['group']}" for _, person in people(body)]


def exams_of(found: Found) -> list[Json]:
    return [exam for plan in found.json["Eksamensplaner"] for exam in plan["Eksamener"]]


def schema_of(folder: Path, root: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(folder / f"{FILES.get(root, root)}.xsd"))


# --- what a case may expect, by the contract's words ---


def status(found: Found, expected: int) -> None:
    assert found.answer.status_code == expected, found.answer.text


def content_type(found: Found, expected: str) -> None:
    assert found.answer.headers["content-type"].partition(";")[0] == expected


def zip_contains(found: Found, expected: list[str]) -> None:
    names = ZipFile(BytesIO(found.answer.content)).namelist()
    assert sorted({*names, *expected}) == sorted(names)
    assert [name for name in names if "/" in name] == []


def schemas_compile(found: Found, expected: Any) -> None:
    names = sorted(path.name for path in found.folder.iterdir())
    assert names == sorted(ZipFile(BytesIO(found.answer.content)).namelist())
    for name in names:
        etree.XMLSchema(etree.parse(found.folder / name))
    assert expected


def validates(found: Found, expected: list[str]) -> None:
    for name in expected:
        schema_of(found.folder, "Pamelding").assertValid(etree.parse(FOLDER / f"{name}.xml"))


def root(found: Found, expected: str) -> None:
    assert found.xml.tag == expected


def valid_against(found: Found, expected: str) -> None:
    etree.XMLSchema(etree.parse(found.folder / expected)).assertValid(found.xml)


def plans(found: Found, expected: list[Json]) -> None:
    assert [
        {"Opplaeringsniva": plan["Opplaeringsniva"], "Kode": plan["Eksamensperiode"]["Kode"]}
        for plan in found.json["Eksamensplaner"]
    ] == expected


def exams(found: Found, expected: list[str]) -> None:
    assert ["/".join([exam["Fagkode"], *filter(None, [exam.get("Variant")])]) for exam in exams_of(found)] == expected


def exam(found: Found, expected: Json) -> None:
    [one] = [each for each in exams_of(found) if each["Fagkode"] == expected["Fagkode"]]
    parts = [{name: part[name] for name in ("Type", "Varighet")} for part in one["Eksamensdeler"]]
    assert parts == expected["parts"]


def error(found: Found, expected: list[str]) -> None:
    assert [fragment for fragment in expected if fragment not in found.message] == [], found.message


def error_excludes(found: Found, expected: list[str]) -> None:
    assert [fragment for fragment in expected if fragment in found.answer.text] == []


def json_keys(found: Found, expected: list[str]) -> None:
    assert list(found.json) == expected


def reference_is_guid(found: Found, expected: Any) -> None:
    assert bool(re.fullmatch(GUID, found.json["Reference"])) is expected
    location = f"http://service/sas/kandidatpamelding/{found.json['Reference']}"
    assert found.answer.headers["location"] == location


def json_whole(found: Found, expected: Any) -> None:
    assert found.json == expected


def json_part(found: Found, expected: Json) -> None:
    assert {name: found.json[name] for name in expected} == expected


async def report(found: Found, expected: Json) -> None:
    told = found.json
    of_people = dict(people(told))
    assert told["Status"] == expected["Status"]
    for key, (its_status, fragment) in ((key, value) for key, value in expected.items() if key != "Status"):
        person = of_people[key]
        assert person["Status"] == its_status, person
        assert fragment in person["StatusMessage"]
        assert bool(fragment) is bool(person["StatusMessage"])


def kandidatnr_pattern(found: Found, expected: str) -> None:
    numbers = [person["Kandidatnr"] for _, person in people(found.json)]
    assert [number for number in numbers if not re.fullmatch(expected, number)] == []
    assert len(set(numbers)) == len(numbers) == 2


def same_kandidatnr(found: Found, expected: Any) -> None:
    assert (len({person["Kandidatnr"] for _, person in people(found.json)}) == 1) is expected


def equals_sample(found: Found, expected: str) -> None:
    ignored = found.case.expect["ignoring"]
    assert _told(found.xml, ignored) == _told(etree.parse(FOLDER / f"{expected}.xml").getroot(), ignored)


def _told(element: Any, ignored: list[str]) -> list[tuple[str, dict[str, str], str]]:
    """Every element's name, attributes and text, in their order."""
    return [
        (each.tag, dict(each.attrib), "" if etree.QName(each).localname in ignored else (each.text or "").strip())
        for each in element.iter()
    ]


def registrations_are(found: Found, expected: list[str]) -> None:
    assert registrations(found.json) == expected


async def then_registrations(found: Found, expected: list[str]) -> None:
    query = httpx.URL(found.case.request["path"]).params if found.case.request else {}
    assert registrations(await found.listed(query["orgno"], query["periodekode"])) == expected


async def registrations_count(found: Found, expected: int) -> None:
    assert len(registrations(await found.listed())) == expected


async def group(found: Found, expected: Json) -> None:
    listed = await found.listed()
    groups = [
        {"Fagkode": exam["Fagkode"], "Navn": each["Navn"], "size": len(each["Kandidater"])}
        for exam in listed["Eksamenspameldinger"]
        for each in exam["Kandidatgrupper"]
    ]
    assert groups == [expected]


def lookups(found: Found, expected: list[str]) -> None:
    assert list(found.lookups) == expected


async def stored_name(found: Found, expected: Mapping[str, str]) -> None:
    names = {
        person["Fodselsnr"]: f"{person['Fornavn']} {person['Etternavn']}" for _, person in people(await found.listed())
    }
    assert {number: names[number] for number in expected} == expected


def child_without_namespace(found: Found, expected: str) -> None:
    assert next(child.tag for child in found.xml) == expected


def items(found: Found, expected: list[list[str]]) -> None:
    members = ("Kandidatnummer", "Fagkode", "Status")
    assert [[each[name] for name in members] for each in found.json["Kandidater"]] == expected


def grades(found: Found, expected: Mapping[str, Json]) -> None:
    grades_part(found, expected)
    assert sorted(key for key, _ in people(found.json)) == sorted(expected)


def grades_part(found: Found, expected: Mapping[str, Json]) -> None:
    told = dict(people(found.json))
    spelled = {"status": "Deltakelsesstatus"}
    for key, of_person in expected.items():
        of_key = {name: told[key][spelled.get(name, name.capitalize())] for name in of_person}
        assert of_key == of_person, key


def nil_elements(found: Found, expected: list[str]) -> None:
    is_nil = "{http://www.w3.org/2001/XMLSchema-instance}nil"
    nil = {etree.QName(each).localname for each in found.xml.iter() if each.get(is_nil) == "true"}
    assert nil == set(expected)


def message_pattern(found: Found, expected: str) -> None:
    assert re.fullmatch(expected, found.message)


def logged_reference(found: Found, expected: Any) -> None:
    references = [line["reference"] for line in found.logs if line["event"] == "request_failed"]
    assert [found.message.split("reference ")[1].partition(".")[0]] == references
    assert expected


CHECKS: Mapping[str, Callable[[Found, Any], Any]] = {
    **{check.__name__: check for check in (
        status, content_type, zip_contains, schemas_compile, validates, root, valid_against, plans, exams, exam, error,
        error_excludes, json_keys, reference_is_guid, json_part, report, kandidatnr_pattern, same_kandidatnr,
        equals_sample, then_registrations, registrations_count, group, lookups, stored_name, child_without_namespace,
        items, grades, grades_part, nil_elements, message_pattern, logged_reference,
    )},
    "json": json_whole,
    "registrations": registrations_are,
    "ignoring": lambda *_: None,
    "exams_same_as": lambda *_: None,
}  # fmt: skip
