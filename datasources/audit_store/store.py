"""Records reads, and tells of them, newest first. Nothing here changes or deletes a record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, bindparam, func, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.audit_store.records import (
    AuditRecord,
    NewAuditRecord,
    ReadingKind,
    SubjectKind,
    digest_of,
    time_of,
)
from datasources.audit_store.tables import NAME_LENGTH, RECORD, VIEWER_LENGTH
from datasources.errors import BackendUnavailable, ServiceError
from datasources.forms import Form, optional
from datasources.paging import Page, PageKey
from datasources.stores import Store
from datasources.together import Together

# The most that one transaction stores.
RECORDS_AT_ONCE = 500

FORM = Form(
    "an audit record",
    (
        int, datetime, str, optional(str), str, str, ReadingKind, optional(str), optional(str), SubjectKind, int, str,
        str,
    ),
    AuditRecord,
    closed="the kind of an audit record, or of whom it tells,",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditSelection:
    """Records from an instant on and before another; of one viewer, organisation or kind, if it is given."""

    from_date: datetime
    to_date: datetime
    viewer: str | None = None
    organisation: str | None = None
    kind: ReadingKind | None = None

    @property
    def values(self) -> dict[str, object]:
        """What it is chosen by beside the time, by the columns' names."""
        kind = self.kind.value if self.kind else None
        given = {"viewer": self.viewer, "organisation": self.organisation, "kind": kind}
        return {name: value for name, value in given.items() if value is not None}


AuditPageKey = PageKey[AuditSelection]
AuditPage = Page[AuditSelection, AuditRecord]


class AuditStore:
    """Records who read what of whom. `key` makes the digests of whom; without one nothing can be recorded."""

    def __init__(self, store: Store, now: Callable[[], datetime], key: str | None) -> None:
        self.store = store
        self._now = now
        self._key = key
        self._together = Together(store.backend, self._store_together, lambda _row: 1, RECORDS_AT_ONCE)

    def open(self) -> None:
        self.store.open()

    async def close(self) -> None:
        """Let what is being recorded end, and close the store."""
        await self._together.ended()
        await self.store.close()

    async def record(self, new: NewAuditRecord) -> None:
        """Record a read. When this returns, the record is on the disk.

        One call, shared with others in the same moment. Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """
        if self._key is None:
            raise BackendUnavailable(self.store.backend, "it has no key for its digests")
        row = {
            "at": self._now(), "viewer": _kept(new.viewer, VIEWER_LENGTH), "surface": new.surface,
            "on_behalf_of": None if new.on_behalf_of is None else _kept(new.on_behalf_of, NAME_LENGTH),
            "operation": new.operation, "kind": new.kind.value, "organisation": new.organisation, "period": new.period,
            "subject_kind": new.subject_kind.value, "subject_count": len(set(new.subjects)),
            "subjects_digest": digest_of(new.subjects, self._key), "transaction_id": new.transaction_id,
        }  # fmt: skip
        await self._together.add(row)

    async def pages(self, keys: Sequence[AuditPageKey]) -> dict[AuditPageKey, AuditPage | ServiceError]:
        """A page for each key, newest first. One call each. Raises as `Database.rows`."""
        return {key: await self._page(key) for key in keys}

    async def counts(self, selections: Sequence[AuditSelection]) -> dict[AuditSelection, int]:
        """How many records each selection has. One call each. Raises as `Database.rows`."""
        return {each: await self._count(each) for each in selections}

    async def _page(self, key: AuditPageKey) -> AuditPage:
        chosen = key.selection
        statements = statements_of(tuple(chosen.values))
        values = {"from_date": chosen.from_date, "to_date": chosen.to_date, **chosen.values, "most": key.first + 1}
        statement = statements.newest
        if key.after is not None:
            statement = statements.older
            values |= {"after_at": time_of(key.after[0]), "after_id": int(key.after[1])}
        rows = await self.store.database.rows(statement, values)
        return Page(key, FORM.read_all(self.store.backend, rows[: key.first]), has_more=len(rows) > key.first)

    async def _count(self, chosen: AuditSelection) -> int:
        values = {"from_date": chosen.from_date, "to_date": chosen.to_date, **chosen.values}
        [(count,)] = await self.store.database.rows(statements_of(tuple(chosen.values)).count, values)
        return int(count)

    async def _store_together(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[None]:
        async def add(connection: AsyncConnection) -> None:
            await connection.execute(insert(RECORD), rows)

        await self.store.write(add)
        return [None] * len(rows)


@dataclass(frozen=True, slots=True)
class Statements:
    """One statement for each way to read. `most` bounds the rows of the first two."""

    newest: Executable
    older: Executable
    count: Executable


@cache
def statements_of(filtered_by: tuple[str, ...]) -> Statements:
    """The statements that choose by these columns, beside the time."""
    is_chosen = [RECORD.c[name] == bindparam(name) for name in filtered_by]
    is_of_time = (RECORD.c.at >= bindparam("from_date")) & (RECORD.c.at < bindparam("to_date"))
    before = tuple_(bindparam("after_at", type_=RECORD.c.at.type), bindparam("after_id"))
    newest = (
        select(*RECORD.columns)
        .where(is_of_time, *is_chosen)
        .order_by(RECORD.c.at.desc(), RECORD.c.id.desc())
        .limit(bindparam("most"))
    )
    return Statements(
        newest=newest,
        older=newest.where(tuple_(RECORD.c.at, RECORD.c.id) < before),
        count=select(func.count()).select_from(RECORD).where(is_of_time, *is_chosen),
    )


def _kept(text: str, length: int) -> str:
    """What a caller chose, as any database keeps it."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")[:length]
