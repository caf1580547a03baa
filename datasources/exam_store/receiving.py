"""Stores what schools send in: all of it, or nothing that anybody can see."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.exam_store.new import GroupPart, NewRegistration, Parts
from datasources.exam_store.records import ARRIVING, EntryStatus, RegistrationStatus
from datasources.exam_store.tables import ENTRY, JOB, REGISTRATION, REGISTRATION_GROUP, REQUESTS, STATUS
from datasources.idempotency import Request, once
from datasources.stores import Store

# Candidates that are stored in one transaction; of more, each so many in one of their own, so that others may write.
TOGETHER = 2000
# What has been arriving for so long does not arrive any more: its process is gone.
GIVEN_UP_AFTER = timedelta(hours=1)

Row = dict[str, Any]
# Called with the transaction id of nobody: whoever waits for jobs.
Told = Callable[[], None]


class Receiver:
    """Stores registrations, and the job that processes each. `told` hears of each new one."""

    def __init__(self, store: Store, now: Callable[[], datetime], told: Told) -> None:
        self._store = store
        self._now = now
        self._told = told

    async def receive(self, new: NewRegistration, parts: Parts, request: Request | None) -> str:
        """Store a registration; its reference, or that of the one that was stored for the same request before.

        When it returns, all is on the disk. One call for `TOGETHER` candidates; more take several, and are seen only
        when all are stored. A request is for those that one transaction stores. Raises Conflict for a key that was
        used for something else; BackendTimeout, BackendUnavailable, BackendRefused.
        """
        reference = str(uuid.uuid4())
        row = self._registration(reference, new, parts)
        rows = _rows(reference, parts.parts())
        if request is not None or parts.candidate_count <= TOGETHER:
            reference = await self._store.write(lambda connection: self._at_once(connection, row, rows, request))
        else:
            await self._in_steps(row, rows)
        self._told()
        return reference

    async def sweep(self) -> None:
        """Remove what never arrived whole. One call. Raises as `Store.write`."""

        async def remove(connection: AsyncConnection) -> None:
            is_old = (REGISTRATION.c.status == ARRIVING) & (REGISTRATION.c.received_at < self._now() - GIVEN_UP_AFTER)
            for reference in (await connection.execute(select(REGISTRATION.c.reference).where(is_old))).scalars().all():
                for table in (ENTRY, REGISTRATION_GROUP, REGISTRATION):
                    await connection.execute(delete(table).where(table.c.reference == reference))

        await self._store.write(remove, is_repeatable=True)

    def _registration(self, reference: str, new: NewRegistration, parts: Parts) -> Row:
        return {
            "reference": reference, "school": new.school_org_number, "school_name": new.school_name,
            "period": new.period, "level": new.level.value if new.level else None, "user_name": new.user_name,
            "error_email": new.error_email, "subject": new.subject, "status": ARRIVING,
            "candidate_count": parts.candidate_count, "received_at": self._now(),
        }  # fmt: skip

    async def _at_once(
        self,
        connection: AsyncConnection,
        row: Row,
        rows: Iterator[tuple[list[Row], list[Row]]],
        request: Request | None,
    ) -> str:
        async def stored() -> str:
            await connection.execute(insert(REGISTRATION), row)
            for groups, entries in rows:
                await _insert(connection, groups, entries)
            await self._arrived(connection, row["reference"])
            return str(row["reference"])

        return await once(connection, REQUESTS, request, self._now(), stored) if request else await stored()

    async def _in_steps(self, row: Row, rows: Iterator[tuple[list[Row], list[Row]]]) -> None:
        async def begin(connection: AsyncConnection) -> None:
            await connection.execute(insert(REGISTRATION), row)

        await self._store.write(begin)
        for groups, entries in rows:
            await self._store.write(lambda connection, g=groups, e=entries: _insert(connection, g, e))  # type: ignore[misc]
        await self._store.write(lambda connection: self._arrived(connection, row["reference"]))

    async def _arrived(self, connection: AsyncConnection, reference: str) -> None:
        """All of it is stored: from now on it can be seen, and is to be processed."""
        now = self._now()
        status = RegistrationStatus.QUEUED.value
        is_it = REGISTRATION.c.reference == reference
        await connection.execute(update(REGISTRATION).where(is_it).values(status=status))
        await connection.execute(insert(STATUS), {"reference": reference, "ordinal": 1, "status": status, "since": now})
        await connection.execute(insert(JOB), job_row("PROCESS", reference))


def job_row(kind: str, reference: str, *, after_seconds: float = 0.0, attempts: int = 0) -> Row:
    """A job that is due now or later. Jobs are timed by the machine's clock, which nobody sets still."""
    due_at = datetime.now(UTC) + timedelta(seconds=after_seconds)
    return {"kind": kind, "reference": reference, "due_at": due_at, "attempts": attempts}


async def _insert(connection: AsyncConnection, groups: Sequence[Row], entries: Sequence[Row]) -> None:
    if groups:
        await connection.execute(insert(REGISTRATION_GROUP), groups)
    if entries:
        await connection.execute(insert(ENTRY), entries)


def _rows(reference: str, parts: Iterator[dict[str, Any]]) -> Iterator[tuple[list[Row], list[Row]]]:
    """Rows of groups and of entries, at most about `TOGETHER` entries at a time."""
    groups: list[Row] = []
    entries: list[Row] = []
    group_ordinal = ordinal = 0
    for given in parts:
        part = GroupPart.of(given)
        if not part.continues:
            group_ordinal += 1
            groups.append({
                "reference": reference, "ordinal": group_ordinal, "name": part.name, "course_code": part.course_code,
                "variant": part.variant, "leaders": orjson.dumps(list(part.leaders)).decode(),
            })  # fmt: skip
        for candidate in part.candidates:
            ordinal += 1
            entries.append({
                "reference": reference, "ordinal": ordinal, "group_ordinal": group_ordinal,
                "national_number": candidate["nationalNumber"], "given_name": candidate["givenName"],
                "family_name": candidate["familyName"], "language": candidate["language"],
                "candidate_type": candidate["candidateType"], "status": EntryStatus.QUEUED.value, "message": "",
            })  # fmt: skip
        if len(entries) >= TOGETHER:
            yield groups, entries
            groups, entries = [], []
    yield groups, entries
