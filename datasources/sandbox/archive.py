"""What the sandbox's RM keeps: which scripts there are, and the requests it was sent. A file, so that ids last."""

import hashlib
import json
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasources.sandbox.scans import Paper

Json = dict[str, Any]

KEY = ("business_stream_id", "session_id", "centre_id", "candidate_number", "assessment_code", "component_id")
TABLES = f"""
CREATE TABLE IF NOT EXISTS script (
    doc_store_page_id TEXT PRIMARY KEY, {", ".join(f"{column} TEXT NOT NULL" for column in KEY)},
    page_count INTEGER NOT NULL, is_grained INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS script_of ON script ({", ".join(KEY)});
CREATE TABLE IF NOT EXISTS request (
    number INTEGER PRIMARY KEY, idempotency_key TEXT UNIQUE NOT NULL, digest TEXT NOT NULL, answer TEXT NOT NULL
);
"""
# The script that the documents name is there in every sandbox.
DOCUMENTED = ("02", "14244", "04200", "1804", "0500", "01")
# One paper in twenty is not scanned yet, one in ten is a large scan.
UNSCANNED_OF, LARGE_OF = 20, 10
NAMESPACE = uuid.UUID("5f8a5a0e-6f0d-5c52-9d0b-6f6a54d1c1aa")


class OtherRequest(Exception):
    """The idempotency key was used for another request."""


@dataclass(frozen=True, slots=True)
class Filed:
    """One script in the archive."""

    doc_store_page_id: str
    key: tuple[str, ...]
    page_count: int
    is_grained: bool = False

    @property
    def paper(self) -> Paper:
        _, _, centre, candidate, assessment, component = self.key
        return Paper(self.doc_store_page_id, centre, candidate, assessment, component, self.page_count, self.is_grained)


def made_up(key: Sequence[str]) -> Filed | None:
    """The script of a component that a candidate sat; None for one that is not scanned yet."""
    name = "/".join(key)
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    if number % UNSCANNED_OF == 0 and tuple(key) != DOCUMENTED:
        return None
    is_grained = number // UNSCANNED_OF % LARGE_OF == 0
    pages = 12 + number % 9 if is_grained else 4 + number % 13
    return Filed(str(uuid.uuid5(NAMESPACE, name)), tuple(key), pages, is_grained)


class Archive:
    """A file of scripts and requests. Used by several threads, one at a time.

    With `is_complete` the candidates of every component that is asked for have sat it; otherwise only what was filed
    is there.
    """

    def __init__(self, file: Path, *, is_complete: bool = True) -> None:
        self._is_complete = is_complete
        self._lock = threading.Lock()
        file.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None, timeout=10)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(TABLES)
        if is_complete and (documented := made_up(DOCUMENTED)):
            self.file([documented])

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def file(self, scripts: Iterable[Filed]) -> None:
        """Put scripts into the archive. One that is there already stays as it is."""
        with self._lock:
            self._file(scripts)

    def empty(self) -> None:
        """Remove everything."""
        with self._lock:
            self._connection.executescript("DELETE FROM script; DELETE FROM request;")

    def of_components(self, keys: Iterable[Sequence[str]]) -> list[Filed]:
        """The scripts of each component, in the order of `keys`."""
        found: list[Filed] = []
        new: list[Filed] = []
        where = " AND ".join(f"{column} = ?" for column in KEY)
        with self._lock:
            for key in keys:
                there = self._filed(where, key)
                if not there and self._is_complete and (script := made_up(key)):
                    there = [script]
                    new.append(script)
                found += there
            if new:
                self._file(new)
        return found

    def of_ids(self, ids: Iterable[str]) -> list[Filed]:
        """The scripts with these ids; nothing in the place of an id that there is not."""
        with self._lock:
            return [script for each in ids for script in self._filed("doc_store_page_id = ?", (each,))]

    def request(self, key: str, asked: object, scripts: Sequence[Json], *, is_whole: bool) -> Json:
        """The answer to a new request; to one that was sent before under this key, its first answer."""
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                return self._request(
                    key, digest, {"status": "COMPLETED" if is_whole else "PENDING", "scripts": scripts}
                )
            finally:
                self._connection.execute("COMMIT")

    def _request(self, key: str, digest: str, answer: Json) -> Json:
        known = self._connection.execute("SELECT digest, answer FROM request WHERE idempotency_key = ?", (key,))
        if found := known.fetchone():
            if found[0] != digest:
                raise OtherRequest
            first: Json = json.loads(found[1])
            return first
        (last,) = self._connection.execute("SELECT coalesce(max(number), 0) FROM request").fetchone()
        answer = {"requestId": f"ATS-{last + 1:06d}", **answer}
        row = (last + 1, key, digest, json.dumps(answer))
        self._connection.execute("INSERT INTO request VALUES (?, ?, ?, ?)", row)
        return answer

    def _file(self, scripts: Iterable[Filed]) -> None:
        rows = [(one.doc_store_page_id, *one.key, one.page_count, one.is_grained) for one in scripts]
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT OR IGNORE INTO script VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._connection.execute("COMMIT")

    def _filed(self, where: str, values: Sequence[str]) -> list[Filed]:
        rows = self._connection.execute(f"SELECT * FROM script WHERE {where} ORDER BY 1", tuple(values))  # noqa: S608 ours
        return [Filed(row[0], tuple(row[1:7]), row[7], bool(row[8])) for row in rows]
