"""Processes a registration by a plain script: the inserts and updates that ours makes, a commit for each candidate.

On the bare drivers, sqlite3 and asyncpg, with nothing between. It asks nothing, judges nothing, and nobody else may
process the same registration at once.
"""

import random
import sqlite3
import string
from collections.abc import Sequence
from typing import Any

import asyncpg  # type: ignore[import-untyped] # has no types

from bench.exam_stores import NOW, PERIOD, SENDING_SCHOOL

GROUPS = "SELECT ordinal, name, course_code, variant FROM exam_registration_group WHERE reference = ?"
ENTRIES = (
    "SELECT ordinal, group_ordinal, national_number, given_name, family_name, language, candidate_type"
    " FROM exam_registration_entry WHERE reference = ? AND status = 'QUEUED' ORDER BY ordinal"
)
NEW_GROUP = (
    "INSERT INTO exam_group (school, period, course_code, name_key, name, variant) VALUES (?, ?, ?, ?, ?, ?)"
    " RETURNING id"
)
# None when the number that was drawn is another's.
NEW_CANDIDATE = (
    "INSERT INTO exam_candidate (period, national_number, number, language) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING RETURNING number"
)
NEW_SITTING = (
    "INSERT INTO exam_sitting (school, period, national_number, course_code, variant, group_id, candidate_type,"
    " attendance, registered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
NEW_PERSON = (
    "INSERT INTO exam_person (national_number, given_name, family_name) VALUES (?, ?, ?)"
    " ON CONFLICT (national_number) DO NOTHING"
)
SETTLE = "UPDATE exam_registration_entry SET status = 'REGISTERED' WHERE reference = ? AND ordinal = ?"
END = "UPDATE exam_registration SET status = 'COMPLETED', finished_at = ? WHERE reference = ?"
END_JOB = "DELETE FROM exam_job WHERE reference = ?"

Statement = tuple[str, tuple[Any, ...]]


async def process(url: str, reference: str) -> None:
    """Process a registration to its end."""
    if url.startswith("sqlite"):
        _process_in_sqlite(url.partition(":///")[2], reference)
    else:
        await _process_in_postgresql(url.replace("+asyncpg", "", 1), reference)


def _process_in_sqlite(path: str, reference: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    now = NOW.replace(tzinfo=None).isoformat(" ", "microseconds")
    groups = {row[0]: row[1:] for row in connection.execute(GROUPS, (reference,))}
    ids: dict[int, int] = {}
    for entry in connection.execute(ENTRIES, (reference,)).fetchall():
        connection.execute("BEGIN IMMEDIATE")
        if entry[1] not in ids:
            [(ids[entry[1]],)] = connection.execute(*_new_group(*groups[entry[1]]))
        while not connection.execute(NEW_CANDIDATE, _candidate(entry)).fetchall():
            continue
        for statement, values in _stored(reference, entry, groups[entry[1]], ids[entry[1]], now):
            connection.execute(statement, values)
        connection.execute("COMMIT")
    connection.execute(END, (now, reference))
    connection.execute(END_JOB, (reference,))
    connection.close()


async def _process_in_postgresql(url: str, reference: str) -> None:
    connection = await asyncpg.connect(url)
    groups = {row[0]: tuple(row)[1:] for row in await connection.fetch(_numbered(GROUPS), reference)}
    ids: dict[int, int] = {}
    for entry in await connection.fetch(_numbered(ENTRIES), reference):
        async with connection.transaction():
            if entry[1] not in ids:
                statement, values = _new_group(*groups[entry[1]])
                ids[entry[1]] = await connection.fetchval(_numbered(statement), *values)
            while await connection.fetchval(_numbered(NEW_CANDIDATE), *_candidate(entry)) is None:
                continue
            for statement, values in _stored(reference, entry, groups[entry[1]], ids[entry[1]], NOW):
                await connection.execute(_numbered(statement), *values)
    await connection.execute(_numbered(END), NOW, reference)
    await connection.execute(_numbered(END_JOB), reference)
    await connection.close()


def _new_group(name: str, course: str, variant: str) -> Statement:
    return NEW_GROUP, (SENDING_SCHOOL, PERIOD, course, name.casefold(), name, variant)


def _candidate(entry: Sequence[Any]) -> tuple[str, ...]:
    drawn = f"{random.randrange(1000):03}{''.join(random.choices(string.ascii_uppercase, k=3))}-{PERIOD[0]}"
    return PERIOD, entry[2], drawn, entry[5]


def _stored(
    reference: str, entry: Sequence[Any], group: tuple[str, str, str], group_id: int, now: object
) -> Sequence[Statement]:
    """What is stored of a candidate who has a number."""
    ordinal, _, number, given_name, family_name, _, candidate_type = entry
    _, course, variant = group
    sitting = (SENDING_SCHOOL, PERIOD, number, course, variant, group_id, candidate_type, "PRESENT", now)
    return (
        (NEW_SITTING, sitting),
        (NEW_PERSON, (number, given_name, family_name)),
        (SETTLE, (reference, ordinal)),
    )


_NUMBERED: dict[str, str] = {}


def _numbered(statement: str) -> str:
    """With PostgreSQL's own place holders: $1, $2 and so on."""
    if statement not in _NUMBERED:
        first, *rest = statement.split("?")
        _NUMBERED[statement] = first + "".join(f"${place}{text}" for place, text in enumerate(rest, 1))
    return _NUMBERED[statement]
