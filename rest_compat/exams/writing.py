"""Answers as XML: the JSON shape of an answer, element by element in its schema's order.

In that shape a wrapper is an array, None is `xsi:nil`, and what is optional may be left out.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from rest_compat.messages import Json

# What text cannot hold as it is; all but the last four is what XML 1.0 cannot hold at all.
ODD = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[&<>\r]")
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
# In place of a character that XML cannot hold.
REPLACEMENT = "\ufffd"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
PA = "http://pas.udir.no/Pamelding"
CT = "http://pas.udir.no/CommonTypes"
EP = "http://pas.udir.no/Eksamensplan"
KO = "http://pas.udir.no/Karakteroversikt"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

Put = Callable[[str], None]
# Puts a record's part of the document, piece by piece.
Write = Callable[[Json, Put], None]


@dataclass(frozen=True, slots=True)
class Text:
    """An element that holds text or a whole number."""

    name: str
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Inside:
    """An element that holds a record."""

    name: str
    members: "tuple[Member, ...]"


@dataclass(frozen=True, slots=True)
class Items:
    """An element that holds any number of one kind of record."""

    name: str
    item: str
    members: "tuple[Member, ...]"


Member = Text | Inside | Items
Members = tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Root:
    """A document's root: its name with its prefix, and what is declared on it."""

    name: str
    declared: str
    members: tuple[Member, ...]


def _texts(*names: str) -> tuple[Text, ...]:
    return tuple(Text(name) for name in names)


VARIANT = Text("Variant", is_optional=True)
LEADER: Members = (*_texts("ct:Fodselsnr", "ct:Fornavn", "ct:Etternavn"), Text("ct:Malform", is_optional=True),
          *_texts("ct:Epostadresse", "ct:Mobilnr"))  # fmt: skip
EXAM_PERIOD: Members = _texts("Kode", "PameldingStart", "PameldingStopp", "GjennomforingStart", "GjennomforingStopp")
EXAM_PART: Members = _texts("Type", "GjennomforingStart", "GjennomforingStopp", "Varighet")
EXAM: Members = (*_texts("Fagkode"), VARIANT, Items("Eksamensdeler", "Eksamensdel", EXAM_PART))
EXAM_PLAN: Members = (
    *_texts("Opplaeringsniva"), Inside("Eksamensperiode", EXAM_PERIOD), Items("Eksamener", "Eksamen", EXAM)
)  # fmt: skip
REPORTED_GROUP: Members = (
    *_texts("Navn", "Fagkode"), VARIANT, Text("Opplaeringsniva", is_optional=True),
    Items("Kandidatgruppeansvarlige", "Kandidatgruppeansvarlig", _texts("Fodselsnr")),
    Items("Kandidater", "Kandidat", _texts("Fodselsnr", "Kandidatnr", "Status", "StatusMessage")),
)  # fmt: skip
CANDIDATE: Members = _texts("Fodselsnr", "Fornavn", "Etternavn", "Malform", "Kandidattype", "Kandidatnummer")
GROUP: Members = (
    *_texts("Navn"), Items("Kandidatgruppeansvarlige", "ct:Kandidatgruppeansvarlig", LEADER),
    Items("Kandidater", "Kandidat", CANDIDATE),
)  # fmt: skip
REGISTERED_EXAM: Members = (*_texts("Fagkode"), VARIANT, Items("Kandidatgrupper", "Kandidatgruppe", GROUP))
GRADED: Members = _texts(
    "Fodselsnr", "Kandidatnr", "Deltakelsesstatus", "Karakter", "Klagekarakter", "Klagebegrunnelse"
)
GRADED_GROUP: Members = (*_texts("Navn"), Items("Kandidater", "Kandidat", GRADED))
GRADED_EXAM: Members = (*_texts("Fagkode"), VARIANT, Items("Kandidatgrupper", "Kandidatgruppe", GRADED_GROUP))
DELETED: Members = _texts("Kandidatnummer", "Fagkode", "Status", "StatusMessage")

ROOTS = {
    "ApiError": Root("ApiError", f'xmlns="{PA}"', _texts("Message")),
    "EksamensplanResponse": Root(
        "EksamensplanResponse", f'xmlns="{EP}" {XSI}', (Items("Eksamensplaner", "Eksamensplan", EXAM_PLAN),)
    ),
    "PameldingReference": Root("PameldingReference", f'xmlns="{PA}"', _texts("Reference")),
    "PameldingReport": Root(
        "PameldingReport",
        f'xmlns="{PA}" {XSI}',
        (
            *_texts("Orgnr", "Skolenavn"),
            Items("Kandidatgrupper", "Kandidatgruppe", REPORTED_GROUP),
            *_texts("Status", "StatusMessage", "Eksamensperiode"),
        ),
    ),
    # In no namespace below its root, as its schema says.
    "PameldteKandidater": Root(
        "pa:PameldteKandidater",
        f'xmlns:pa="{PA}" xmlns:ct="{CT}" {XSI}',
        (*_texts("Eksamensperiodekode"), Items("Eksamenspameldinger", "Eksamenspamelding", REGISTERED_EXAM)),
    ),
    "Karakteroversikt": Root(
        "Karakteroversikt", f'xmlns="{KO}" {XSI}', (*_texts("Skoleorgnr"), Items("Eksamener", "Eksamen", GRADED_EXAM))
    ),
    "SlettetKandidat": Root("SlettetKandidat", f'xmlns="{PA}"', DELETED),
    "SlettedeKandidater": Root(
        "SlettedeKandidater",
        f'xmlns="{PA}"',
        (*_texts("Orgnr", "Eksamensperiodekode"), Items("Kandidater", "Kandidat", DELETED)),
    ),
}


def xml_of(root: str, value: Json) -> bytes:
    """`value` as a document whose root is `root`, declared as UTF-8. Members that its schema lacks are left out.

    Characters that XML cannot hold are replaced by U+FFFD. Raises KeyError when a required member is missing.
    """
    pieces: list[str] = []
    opening, write, closing = WRITERS[root]
    pieces.append(opening)
    write(value, pieces.append)
    pieces.append(closing)
    return "".join(pieces).encode()


def _is_plain(text: str) -> bool:
    """Whether `text` can stand in an element as it is. What is printable can, these three aside."""
    return text.isprintable() and "<" not in text and "&" not in text and ">" not in text


def _escaped(text: str) -> str:
    return text if _is_plain(text) else ODD.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return ESCAPES.get(found[0], REPLACEMENT)


def _record_writer(members: Sequence[Member]) -> Write:
    """Writes a record's members in order. Required texts that follow one another are written at once."""
    writers: list[Write] = []
    run: list[str] = []
    for member in members:
        if isinstance(member, Text) and not member.is_optional:
            run.append(member.name)
            continue
        if run:
            writers.append(_run_writer(run))
            run = []
        writers.append(_member_writer(member))
    if run:
        writers.append(_run_writer(run))
    if len(writers) == 1:
        return writers[0]

    def write(record: Json, put: Put) -> None:
        for each in writers:
            each(record, put)

    return write


def _run_writer(names: Sequence[str]) -> Write:
    keys = [_key(name) for name in names]
    if len(keys) == 1:
        return _text_writer(names[0])
    template = "".join(f"<{name}>%s</{name}>" for name in names)
    values_of = itemgetter(*keys)

    def write(record: Json, put: Put) -> None:
        values = values_of(record)
        try:
            together = " ".join(values)
        except TypeError:  # a None or a number among them
            together = "<"
        # Most values need no escape, which is seen of all of them at once.
        if _is_plain(together) and "" not in values:
            put(template % values)
        else:
            for name, value in zip(names, values, strict=True):
                put(_element(name, value))

    return write


def _member_writer(member: Member) -> Write:
    if isinstance(member, Text):
        return _optional_writer(member.name)
    if isinstance(member, Inside):
        return _inside_writer(member)
    return _items_writer(member)


def _text_writer(name: str) -> Write:
    key = _key(name)

    def write(record: Json, put: Put) -> None:
        put(_element(name, record[key]))

    return write


def _optional_writer(name: str) -> Write:
    key = _key(name)

    def write(record: Json, put: Put) -> None:
        value = record.get(key)
        if value is not None:
            put(_element(name, value))

    return write


def _inside_writer(member: Inside) -> Write:
    key, write_members = _key(member.name), _record_writer(member.members)

    def write(record: Json, put: Put) -> None:
        put(f"<{member.name}>")
        write_members(record[key], put)
        put(f"</{member.name}>")

    return write


def _items_writer(member: Items) -> Write:
    key, write_members = _key(member.name), _record_writer(member.members)
    opening, closing = f"<{member.item}>", f"</{member.item}>"

    def write(record: Json, put: Put) -> None:
        items = record[key]
        if not items:
            put(_element(member.name, None if items is None else ""))
            return
        put(f"<{member.name}>")
        for item in items:
            put(opening)
            write_members(item, put)
            put(closing)
        put(f"</{member.name}>")

    return write


def _element(name: str, value: Any) -> str:  # noqa: ANN401 text, a whole number or None
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    text = _escaped(value) if isinstance(value, str) else f"{value:d}"
    return f"<{name}>{text}</{name}>" if text else f"<{name}/>"


def _key(name: str) -> str:
    """The member of the JSON shape that an element is: its name without a prefix."""
    return name.rpartition(":")[2]


WRITERS = {
    key: (f"{DECLARATION}<{root.name} {root.declared}>", _record_writer(root.members), f"</{root.name}>")
    for key, root in ROOTS.items()
}
