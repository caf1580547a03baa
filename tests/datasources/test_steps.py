"""Small transactions that follow one another: each whole or undone, durable, and asked of either kind of database."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import bindparam, insert, select
from support.databases import NewDatabase

from datasources.calls import Limits, counting_calls
from datasources.errors import BackendRefused, BackendUnavailable
from datasources.event_store.tables import ACCOUNT
from datasources.migrations.chain import Chain
from datasources.sql import driver_url
from datasources.steps import Step, Undone
from datasources.stores import Store

NOW = datetime(2026, 11, 22, 9, 0, 0, 123000, UTC)
NEW = (
    insert(ACCOUNT)
    .values({name: bindparam(f"to_{name}", type_=ACCOUNT.c[name].type) for name in ACCOUNT.c.keys()})  # noqa: SIM118 no mapping
    .returning(ACCOUNT.c.id)
)
STORED = select(ACCOUNT.c.id, ACCOUNT.c.created_on).order_by(ACCOUNT.c.id)


@pytest_asyncio.fixture
async def store(new_database: NewDatabase) -> AsyncIterator[Store]:
    store = Store("EVENTS", driver_url(new_database()), Limits(deadline_seconds=20))
    await Chain(store).run()
    store.open()
    yield store
    await store.close()


def put(number: int, *, then: type[Exception] | None = None) -> Callable[[Step], int]:
    def work(step: Step) -> int:
        values = {"to_id": number, "to_created_on": NOW, "to_event": "Created", "to_resource_uri": "/a"}
        rows = step.rows(NEW, values)
        if then is not None:
            raise then
        [(stored,)] = rows
        return int(stored)

    return work


async def stored(store: Store) -> list[tuple[int, datetime]]:
    return [(number, at) for number, at in await store.database.rows(STORED, {})]


async def test_each_is_stored_by_itself_in_one_call(store: Store) -> None:
    with counting_calls() as calls:
        assert await store.steps([put(1), put(2, then=Undone), put(3)]) == [1, None, 3]
    assert calls == {"EVENTS": 1}
    assert await stored(store) == [(1, NOW), (3, NOW)]
    assert await store.steps([]) == []


async def test_those_before_a_refused_one_are_stored_and_none_after_it(store: Store) -> None:
    with pytest.raises(BackendRefused):
        await store.steps([put(1), put(1), put(2)])
    assert await stored(store) == [(1, NOW)]
    assert await store.steps([put(3)]) == [3]


async def test_a_failure_of_the_work_undoes_it_and_is_told_as_it_is(store: Store) -> None:
    with pytest.raises(LookupError):
        await store.steps([put(1, then=LookupError)])
    assert await stored(store) == []
    assert await store.steps([put(1)]) == [1]


async def test_a_step_sees_what_the_one_before_it_stored(store: Store) -> None:
    def numbers(step: Step) -> list[int]:
        return [number for number, _ in step.rows(STORED, {})]

    assert await store.steps([put(1), numbers, put(2), numbers]) == [1, [1], 2, [1, 2]]


async def test_a_store_that_is_gone_or_closed_is_unavailable(tmp_path: Path) -> None:
    gone = Store("EVENTS", f"sqlite+aiosqlite:///{tmp_path / 'gone.sqlite'}", Limits())
    gone.open()
    with pytest.raises(BackendUnavailable):
        await gone.steps([put(1)])
    await gone.close()
    with pytest.raises(BackendUnavailable):
        await gone.steps([put(1)])
