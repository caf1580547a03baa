"""The groups of a registration between its reading and its storing: written once, read as often as one likes.

A part is a group or the next stretch of one:
    {"name": str | None, "courseCode": str, "variant": str | None, "leaders": [...], "candidates": [...],
     "continues": bool}
    leader: {"nationalNumber", "givenName", "familyName", "language", "email", "phone"}, the last three may be None
    candidate: {"nationalNumber", "givenName", "familyName", "language", "candidateType"}
`name` is None for nil and "" for an empty one; `variant` is None for a blank one, too.
"""

import threading
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

import orjson
from lxml import etree

from rest_compat.messages import Json, Rejected

LANGUAGES = {"Bokmal": "BOKMAL", "Nynorsk": "NYNORSK"}
CANDIDATE_TYPES = {"Elev": "PUPIL", "Privatist": "PRIVATE"}
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

MEMORY_BYTES = 1 << 20
# Those responsible for a group are held together, and a group has a few.
MOST_LEADERS = 1000
# A group goes on in another part when it has this many candidates, or this many characters in their names.
PART_CANDIDATES = 500
PART_CHARACTERS = 1 << 18


class UploadedGroups:
    """The groups of one registration, in a file that is gone when they are closed."""

    def __init__(self, file: IO[bytes], candidate_count: int) -> None:
        self._file = file
        self._lock = threading.Lock()
        self.candidate_count = candidate_count

    def parts(self) -> Iterator[Json]:
        """Every part, in the order in which they came; from any thread, several at a time.

        Raises ValueError once they are closed.
        """
        place = 0
        while True:
            with self._lock:
                self._file.seek(place)
                line = self._file.readline()
                place = self._file.tell()
            if not line:
                return
            yield orjson.loads(line)

    def close(self) -> None:
        """Throw the groups away. Once is enough, twice does no harm."""
        with self._lock:
            self._file.close()


class GroupWriter:
    """Takes the elements of groups as they end: each leader, each candidate, and then the group itself."""

    def __init__(self) -> None:
        self._file: IO[bytes] = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 handed on, or abandoned
        self._leaders: list[Json] = []
        self._candidates: list[Json] = []
        self._characters = 0
        self._is_continued = False
        self._candidate_count = 0

    def take(self, element: etree._Element) -> None:
        """A valid element that has ended. Raises Rejected for one too many."""
        kind = element.tag.rpartition("}")[2]
        if kind == "Kandidat":
            self._take_candidate(element)
        elif kind == "Kandidatgruppe":
            self._write_part(element)
            self._is_continued = False
        else:
            self._take_leader(element)

    def finished(self) -> UploadedGroups:
        """All that was taken."""
        return UploadedGroups(self._file, self._candidate_count)

    def abandon(self) -> None:
        self._file.close()

    def _take_candidate(self, element: etree._Element) -> None:
        if len(self._candidates) >= PART_CANDIDATES or self._characters >= PART_CHARACTERS:
            group = next(element.iterancestors(f"{element.tag[: element.tag.index('}') + 1]}Kandidatgruppe"))
            self._write_part(group)
            self._is_continued = True
        number, given_name, family_name, language, kind = [child.text or "" for child in element]
        self._candidates.append({
            "nationalNumber": number, "givenName": given_name, "familyName": family_name,
            "language": LANGUAGES[language], "candidateType": CANDIDATE_TYPES[kind],
        })  # fmt: skip
        self._characters += len(number) + len(given_name) + len(family_name)
        self._candidate_count += 1

    def _take_leader(self, element: etree._Element) -> None:
        if len(self._leaders) >= MOST_LEADERS:
            raise Rejected("BAD_USER_INPUT", f"Kandidatgruppeansvarlige must be at most {MOST_LEADERS}")
        self._leaders.append(_leader(element))

    def _write_part(self, group: etree._Element) -> None:
        values = _texts(group)
        variant = values.get("Variant") or ""
        part = {
            "name": values["Navn"], "courseCode": values["Fagkode"], "variant": variant if variant.strip() else None,
            "leaders": self._leaders, "candidates": self._candidates, "continues": self._is_continued,
        }  # fmt: skip
        self._file.write(orjson.dumps(part, option=orjson.OPT_APPEND_NEWLINE))
        self._leaders, self._candidates, self._characters = [], [], 0


def _leader(element: etree._Element) -> Json:
    values = _texts(element)
    language = values.get("Malform")
    return {
        "nationalNumber": values["Fodselsnr"], "givenName": values["Fornavn"], "familyName": values["Etternavn"],
        "language": LANGUAGES[language] if language else None, "email": values["Epostadresse"],
        "phone": values["Mobilnr"],
    }  # fmt: skip


def _texts(element: etree._Element) -> dict[str, str | None]:
    """The text of each child by its name; None for one that is nil."""
    return {
        child.tag.rpartition("}")[2]: None if child.get(NIL, "").strip() in ("true", "1") else child.text or ""
        for child in element
    }
