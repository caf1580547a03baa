"""A registration as schools send it: XML, read as a stream, checked against its schema, and kept as parts of groups.

Two parsers see each piece of it. expat says whether it is well-formed, refuses a DOCTYPE before anything in it can
mean something, and bounds what has to be held at once; libxml2 then checks it against the schema as it goes and builds
one candidate at a time. Nothing is stripped: the schema's texts and enumerations are `xs:string`, whose white space
counts, so " Bokmal" is not Bokmal, and a number with a blank is judged, and refused, by the rules.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

from lxml import etree

from rest_compat.exams.groups import GroupWriter, UploadedGroups
from rest_compat.exams.schema_files import compiled_schema
from rest_compat.exams.telling import told
from rest_compat.messages import Rejected

PA = "{http://pas.udir.no/Pamelding}"
CT = "{http://pas.udir.no/CommonTypes}"
LEVELS = {"GS": "LOWER_SECONDARY", "VGS": "UPPER_SECONDARY"}

CHUNK_BYTES = 1 << 16
UTF_16_MARKS = (b"\xfe\xff", b"\xff\xfe")
# No element of a registration is near this long; the parsers would hold a longer one, and libxml2's time for a text
# grows with its square.
ELEMENT_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class ReadRegistration:
    """What stands around a registration's groups, and the groups, which whoever reads it closes."""

    user_name: str
    period: str
    school_org_number: str
    school_name: str
    level: str | None  # LOWER_SECONDARY, UPPER_SECONDARY
    error_email: str | None  # None for a blank one, too
    candidates: int
    groups: UploadedGroups


def read_registration(file: IO[bytes]) -> ReadRegistration:
    """The registration in `file`, read from its beginning. Raises Rejected for what is no valid one.

    Blocks: for a worker thread. It reads in a thread of its own besides, because libxml2 keeps every name that it meets
    as long as the thread lives, and strangers choose the names.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="registration") as alone:
        return alone.submit(_read, file).result()


def _read(file: IO[bytes]) -> ReadRegistration:
    writer = GroupWriter()
    try:
        root = _parsed(file, writer)
        groups = writer.finished()
    except BaseException:
        writer.abandon()
        raise
    values = {etree.QName(child).localname: child.text or "" for child in root}
    email = values.get("EpostadresseVedFeil", "")
    return ReadRegistration(
        user_name=values["BrukernavnPAS"],
        period=values["EksamensPeriodeKode"],
        school_org_number=values["Orgnr"],
        school_name=values["Skolenavn"],
        level=LEVELS.get(values.get("Opplaeringsniva", "")),
        error_email=email if email.strip() else None,
        candidates=groups.candidate_count,
        groups=groups,
    )


class _SchemaErrors(etree.PyErrorLog):  # type: ignore[misc] # of which the stubs know nothing
    """The first thing that libxml2 finds wrong in this thread. Others are not kept: there may be millions."""

    def __init__(self) -> None:
        super().__init__()
        self.first: str | None = None

    def receive(self, entry: etree._LogEntry) -> None:
        if self.first is None:
            self.first = entry.message


def _parsed(file: IO[bytes], writer: GroupWriter) -> etree._Element:
    """The root, whose groups have gone to `writer` and are left out of it. Raises Rejected."""
    found = _SchemaErrors()
    etree.use_global_python_log(found)
    guard = _Guard()
    parser = etree.XMLPullParser(
        events=("end",),
        tag=(f"{PA}Kandidat", f"{CT}Kandidatgruppeansvarlig", f"{PA}Kandidatgruppe"),
        schema=compiled_schema("Pamelding.xsd"),
        encoding="UTF-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for piece in _pieces(file):
            guard.feed(piece)
            parser.feed(piece)
            if found.first is not None:
                break
            for _, element in parser.read_events():
                assert isinstance(element, etree._Element)  # noqa: SLF001 what "end" tells of
                writer.take(element)
                _forget(element)
        else:
            guard.finish()
        root = parser.close()
    except etree.XMLSyntaxError as error:
        # A document that breaks its schema ends so, too, and one that was left off because it does.
        raise _invalid(found.first) if found.first is not None else _malformed(error.msg or "") from None
    if found.first is not None or root.tag != f"{PA}Pamelding":
        raise _invalid(found.first or f"Element '{root.tag}': Pamelding is expected.")
    return root


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(CHUNK_BYTES):
        yield piece


def _forget(element: etree._Element) -> None:
    """Empty what has been read, and take what was read before it out of the tree: the parser may be at this one yet."""
    element.clear(keep_tail=True)  # type: ignore[call-arg] # which is younger than its stubs
    before, parent = element.getprevious(), element.getparent()
    if before is not None and parent is not None and before.tag == element.tag:
        parent.remove(before)


class _Guard:
    """Refuses what is not well-formed, not in UTF-8, has a DOCTYPE or an element that is too long."""

    def __init__(self) -> None:
        # Told its encoding, it takes no other but UTF-16; it knows namespaces, so that each prefix must be declared.
        self._parser = expat.ParserCreate("UTF-8", " ")
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.XmlDeclHandler = self._check_declaration
        self._ended: deque[str] = deque(maxlen=1)
        self._parser.EndElementHandler = self._ended.append
        self._bytes_without_an_end = 0
        self._has_begun = False

    def feed(self, piece: bytes) -> None:
        """Look at the next bytes. Raises Rejected."""
        if not self._has_begun and (piece.startswith(UTF_16_MARKS) or b"\0" in piece[:4]):
            raise _malformed("its encoding is not UTF-8")  # expat would read it all the same
        self._has_begun = True
        self._parse(piece, is_final=False)
        self._bytes_without_an_end = 0 if self._ended else self._bytes_without_an_end + len(piece)
        self._ended.clear()
        if self._bytes_without_an_end > ELEMENT_BYTES:
            raise _malformed(f"an element of more than {ELEMENT_BYTES} bytes")

    def finish(self) -> None:
        """There are no more bytes. Raises Rejected when there should be."""
        self._parse(b"", is_final=True)

    def _parse(self, piece: bytes, *, is_final: bool) -> None:
        try:
            self._parser.Parse(piece, is_final)
        except expat.ExpatError as error:
            raise _malformed(str(error)) from None

    def _refuse_doctype(self, *_declared: object) -> None:
        raise _malformed("it has a DOCTYPE")

    def _check_declaration(self, version: str, encoding: str | None, _standalone: int) -> None:
        if version != "1.0":
            raise _malformed("it is not XML 1.0")
        if encoding is not None and encoding.upper() != "UTF-8":
            raise _malformed("its encoding is not UTF-8")


def _malformed(detail: str) -> Rejected:
    return Rejected("BAD_USER_INPUT", f"Payload is not well-formed XML: {told(detail)}")


def _invalid(detail: str) -> Rejected:
    return Rejected("BAD_USER_INPUT", f"Payload failed schema validation: {told(detail)}")
