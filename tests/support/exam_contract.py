"""The exam API's cases as they stand in the YAML file: what is sent, and what must be so afterwards.

A request sends a payload (`body`: P1, P2, P3) that is changed first: `patch` sets elements by a path of names, with
an index from 1 perhaps; `remove`, `empty`, `move_first`, `add_group`, `strip_namespaces`, `add_doctype` do as they say.
"""

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

FOLDER = Path(__file__).parents[1] / "rest_compat" / "exams"
PA = "{http://pas.udir.no/Pamelding}"
INDEXED = re.compile(r"(\w+)(?:\[(\d+)\])?")
CHANGES = frozenset(
    {"patch", "remove", "empty", "move_first", "add_group", "strip_namespaces", "add_doctype"}
)  # fmt: skip
SCHOOLS = {"P1": "tok-gs", "P2": "tok-gs", "P3": "tok-vgs"}
DOCTYPE = b'<!DOCTYPE Pamelding [<!ENTITY x SYSTEM "file:///etc/hostname">]>'

Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One case."""

    id: str
    given: Mapping[str, Any]

    @property
    def request(self) -> Mapping[str, Any] | None:
        return self.given.get("request")

    @property
    def after(self) -> Sequence[Any]:
        """What is done before: the name of a payload or of a case, or a payload that is changed, or a deletion."""
        return self.given.get("after", ())  # type: ignore[no-any-return]

    @property
    def expect(self) -> Mapping[str, Any]:
        return self.given["expect"]  # type: ignore[no-any-return]


def cases() -> dict[str, Case]:
    """All cases, those of the contract first, by their ids; what one shares with another is filled in."""
    found = [
        case for name in ("cases.yaml", "more.yaml") for case in yaml.safe_load((FOLDER / name).read_text("utf-8"))
    ]  # fmt: skip
    by_id = {case["id"]: case for case in found}
    for case in found:
        same = case["expect"].get("same_as")
        if same:
            case["expect"] = {**by_id[same]["expect"], **{k: v for k, v in case["expect"].items() if k != "same_as"}}
        request = case.get("request", {})
        if "same_as" in request:
            case["request"] = by_id[request["same_as"]]["request"]
        like = case["expect"].get("exams_same_as")
        if like:
            case["expect"]["exams"] = by_id[like]["expect"]["exams"]
    return {name: Case(name, case) for name, case in by_id.items()}


def payload(given: Mapping[str, Any]) -> bytes:
    """The payload that a request sends, changed as it says."""
    root = etree.fromstring((FOLDER / f"{given['body']}.xml").read_bytes())
    for path, value in given.get("patch", {}).items():
        _find(root, path).text = value
    for path in _listed(given.get("remove")):
        found = _find(root, path)
        _parent(found).remove(found)
    for path in _listed(given.get("empty")):
        for child in list(_find(root, path)):
            _find(root, path).remove(child)
    if "move_first" in given:
        found = _find(root, given["move_first"])
        _parent(found).insert(0, found)
    if "add_group" in given:
        _add_group(root, given["add_group"])
    text = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    if given.get("strip_namespaces"):
        text = re.sub(rb'\sxmlns(:\w+)?="[^"]*"', b"", re.sub(rb"(</?)\w+:", rb"\1", text))
    if given.get("add_doctype"):
        text = text.replace(b"?>", b"?>" + DOCTYPE, 1)
    return text


def _listed(value: Any) -> list[str]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _find(root: Any, path: str) -> Any:
    """The element that a path such as `Kandidatgruppe[2]/Fagkode` leads to: each name is looked for anywhere below."""
    found = root
    for step in path.split("/"):
        name, index = INDEXED.fullmatch(step).groups()  # type: ignore[union-attr]
        found = [each for each in found.iter() if etree.QName(each).localname == name][int(index or 1) - 1]
    return found


def _parent(element: Any) -> Any:
    return element.getparent()


def _add_group(root: Any, given: Mapping[str, Any]) -> None:
    groups = _find(root, "Kandidatgrupper")
    group = copy.deepcopy(groups[given["copy_kandidater_from"] - 1])
    for name in ("Navn", "Fagkode"):
        _find(group, name).text = given[name]
    groups.append(group)
