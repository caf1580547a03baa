"""The audit store on both kinds of database: what it keeps, what it refuses, and how it is read."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from support.databases import NewDatabase

from datasources.audit_store.records import AuditRecord, NewAuditRecord, ReadingKind, SubjectKind, digest_of
from datasources.audit_store.store import AuditSelection, AuditStore
from datasources.calls import Limits, counting_calls
from datasources.errors import BackendRefused, BackendUnavailable
from datasources.migrations.chain import Chain
from datasources.paging import PageKey
from datasources.sql import driver_url
from datasources.stores import Store

BEGIN = datetime(2026, 11, 22, 9, tzinfo=UTC)
ALL = AuditSelection(BEGIN, BEGIN + timedelta(days=1))
KEY = "a key of the test's own, long enough to be one"
SUBJECTS = ["15880270033", "03910270183"]
GRADES = NewAuditRecord(
    viewer="sas", surface="eksamen", operation="LegacyGrades", kind=ReadingKind.GRADES,
    subject_kind=SubjectKind.PERSON, subjects=SUBJECTS, transaction_id="t-1", organisation="310000027",
    period="H-2017", on_behalf_of="testbruker.vgs",
)  # fmt: skip


class Clock:
    """Each look at it is a millisecond later, but for the second of each three."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> datetime:
        self.looks += 1
        return BEGIN + timedelta(milliseconds=self.looks - (self.looks % 3 == 2))


@pytest_asyncio.fixture
async def audit(new_database: NewDatabase) -> AsyncIterator[AuditStore]:
    store = Store("AUDIT", driver_url(new_database()), Limits(deadline_seconds=20))
    await Chain(store).run()
    made = AuditStore(store, Clock(), KEY)
    made.open()
    yield made
    await made.close()


async def all_of(audit: AuditStore, selection: AuditSelection = ALL) -> list[AuditRecord]:
    key = PageKey(selection, 1000)
    return list((await audit.pages([key]))[key].rows)  # type: ignore[union-attr] # no failure


async def test_a_record_is_told_as_it_was_made_but_for_whom_it_names(audit: AuditStore) -> None:
    with counting_calls() as calls:
        await audit.record(GRADES)
    assert calls == {"AUDIT": 1}
    assert await all_of(audit) == [
        AuditRecord(
            record_id=1, at=BEGIN + timedelta(milliseconds=1), viewer="sas", on_behalf_of="testbruker.vgs",
            surface="eksamen", operation="LegacyGrades", kind=ReadingKind.GRADES, organisation="310000027",
            period="H-2017", subject_kind=SubjectKind.PERSON, subject_count=2,
            subjects_digest=digest_of(SUBJECTS, KEY), transaction_id="t-1",
        )
    ]  # fmt: skip


def test_a_digest_is_of_the_subjects_and_of_the_key_alone() -> None:
    digest = digest_of(SUBJECTS, KEY)
    assert digest == digest_of([*reversed(SUBJECTS), SUBJECTS[0]], KEY)
    others = [digest_of(SUBJECTS[:1], KEY), digest_of(["".join(SUBJECTS)], KEY), digest_of(SUBJECTS, f"{KEY}!")]
    assert len({digest, *others}) == 4
    key_name, colon, told = digest.partition(":")
    assert (len(key_name), colon, len(told)) == (8, ":", 64)
    # Of which key it is can be told from it, and is the same for all digests of a key.
    assert [each.startswith(f"{key_name}:") for each in others] == [True, True, False]


async def test_what_a_caller_chose_is_cut_and_cleaned(audit: AuditStore) -> None:
    await audit.record(replace(GRADES, viewer="v" * 301, on_behalf_of="a\0b" + "c" * 300))
    [told] = await all_of(audit)
    assert (told.viewer, told.on_behalf_of) == ("v" * 300, "a\N{REPLACEMENT CHARACTER}b" + "c" * 197)


async def test_without_a_key_nothing_is_recorded(audit: AuditStore) -> None:
    keyless = AuditStore(audit.store, Clock(), None)
    with pytest.raises(BackendUnavailable, match=r"^AUDIT cannot be reached: it has no key for its digests$"):
        await keyless.record(GRADES)
    assert await all_of(audit) == []


ON_BOTH = (
    "UPDATE audit_record SET viewer = 'nobody'",
    "UPDATE audit_record SET viewer = 'nobody' WHERE id = 1",
    "DELETE FROM audit_record",
    "DELETE FROM audit_record WHERE id = 1",
)
COLUMNS = "id, at, viewer, surface, operation, kind, subject_kind, subject_count, subjects_digest, transaction_id"
VALUES = "1, '2026-11-22 09:00:00', 'nobody', '', '', 'GRADES', 'PERSON', 0, '', ''"
ON_ONE = {
    "sqlite": (
        f"INSERT OR REPLACE INTO audit_record ({COLUMNS}) VALUES ({VALUES})",
        f"INSERT INTO audit_record ({COLUMNS}) VALUES ({VALUES}) ON CONFLICT (id) DO UPDATE SET viewer = 'nobody'",
    ),
    "postgresql": (
        "TRUNCATE audit_record",
        f"INSERT INTO audit_record ({COLUMNS}) VALUES ({VALUES}) ON CONFLICT (id) DO UPDATE SET viewer = 'nobody'",
    ),
}


async def test_no_record_is_ever_changed_or_deleted(audit: AuditStore, kind: str) -> None:
    await audit.record(GRADES)
    before = await all_of(audit)
    for statement in (*ON_BOTH, *ON_ONE[kind]):

        async def run(connection: AsyncConnection, statement: str = statement) -> None:
            await connection.exec_driver_sql(statement)

        with pytest.raises(BackendRefused) as refused:
            await audit.store.write(run)
        assert "never changed or deleted" in str(refused.value.__cause__), statement
    assert await all_of(audit) == before


async def test_those_who_read_at_once_share_transactions(audit: AuditStore) -> None:
    commits = 0
    writer = audit.store._writer  # noqa: SLF001 the only place where commits can be counted
    assert writer is not None

    @event.listens_for(writer.sync_engine, "commit")
    def _count(_connection: Any) -> None:
        nonlocal commits
        commits += 1

    with counting_calls() as calls:
        await asyncio.gather(*(audit.record(replace(GRADES, transaction_id=f"t-{number}")) for number in range(200)))
    assert calls == {"AUDIT": 200}
    assert sorted(told.transaction_id for told in await all_of(audit)) == sorted(f"t-{each}" for each in range(200))
    assert commits == 1


async def test_a_page_is_a_slice_of_what_there_is_newest_first(audit: AuditStore) -> None:
    chance = random.Random(1)
    for number in range(40):
        await audit.record(
            replace(
                GRADES, viewer=chance.choice("ab"), organisation=chance.choice(("1", "2", None)),
                kind=chance.choice(list(ReadingKind)), transaction_id=str(number),
            )
        )  # fmt: skip
    everything = await all_of(audit)
    assert everything == sorted(everything, key=lambda told: (told.at, told.record_id), reverse=True)
    assert len(everything) == 40
    for _ in range(60):
        start, end = sorted(BEGIN + timedelta(milliseconds=chance.randrange(45)) for _ in range(2))
        chosen = AuditSelection(
            start, end, chance.choice(("a", None)), chance.choice(("1", None)), chance.choice((ReadingKind.MARKS, None))
        )
        expected = [
            told
            for told in everything
            if start <= told.at < end
            and chosen.viewer in (None, told.viewer)
            and chosen.organisation in (None, told.organisation)
            and chosen.kind in (None, told.kind)
        ]
        assert await audit.counts([chosen]) == {chosen: len(expected)}
        size, found, after, has_more = chance.randrange(1, 8), [], None, True
        while has_more:
            key = PageKey(chosen, size, after)
            page: Any = (await audit.pages([key]))[key]
            found += page.rows
            has_more, after = page.has_more, page.rows[-1].position if page.rows else None
        assert found == expected


async def test_a_row_that_makes_no_sense_is_refused(audit: AuditStore) -> None:
    engine = create_async_engine(audit.store.url)
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            f"INSERT INTO audit_record ({COLUMNS}) VALUES ({VALUES.replace('GRADES', 'GOSSIP')})"
        )
    await engine.dispose()
    wide = AuditSelection(BEGIN - timedelta(days=1), BEGIN + timedelta(days=1))
    with pytest.raises(BackendRefused, match="the kind of an audit record, or of whom it tells, is none that is known"):
        await all_of(audit, wide)
