"""The same key again gets the first answer; the same key for something else is a conflict; at most once, always."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from support.databases import NewDatabase

from datasources.calls import Limits
from datasources.errors import Conflict
from datasources.event_store.tables import ACCOUNT, REQUESTS
from datasources.idempotency import KEPT, Request, first_answers, forget_old, once, remember, request_of
from datasources.migrations.chain import Chain
from datasources.sql import driver_url
from datasources.stores import Store

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ASKED = request_of("portal", "recordAccountEvent", "key-1", {"event": "E", "cost": 1})


@pytest_asyncio.fixture
async def store(new_database: NewDatabase) -> AsyncIterator[Store]:
    store = Store("EVENTS", driver_url(new_database()), Limits(deadline_seconds=20))
    await Chain(store).run()
    store.open()
    yield store
    await store.close()


async def stored(store: Store) -> int:
    return int((await store.database.rows(select(func.count()).select_from(ACCOUNT), {}))[0][0])


async def asked(store: Store, request: Request, answer: str) -> str:
    """Store one event, once; its answer is `answer`."""

    async def work(connection: AsyncConnection) -> str:
        async def put() -> str:
            number = (await connection.execute(select(func.count()).select_from(ACCOUNT))).scalar_one() + 1
            row = {"id": number, "created_on": NOW, "event": "E", "resource_uri": "/"}
            await connection.execute(insert(ACCOUNT), row)
            return answer

        return await once(connection, REQUESTS, request, NOW, put)

    return await store.write(work)


def test_a_request_is_its_callers_operations_and_inputs() -> None:
    assert request_of("portal", "recordAccountEvent", "key-1", {"cost": 1, "event": "E"}) == ASKED
    others = [
        request_of("other", "recordAccountEvent", "key-1", {"event": "E", "cost": 1}),
        request_of("portal", "recordAgreementEvent", "key-1", {"event": "E", "cost": 1}),
    ]
    assert len({ASKED.scope, *(each.scope for each in others)}) == 3
    assert request_of("portal", "recordAccountEvent", "key-1", {"event": "E", "cost": 2}).digest != ASKED.digest


async def test_the_same_again_gets_the_first_answer(store: Store) -> None:
    assert await asked(store, ASKED, "first") == "first"
    assert await asked(store, ASKED, "second") == "first"
    assert await stored(store) == 1


async def test_something_else_under_the_same_key_is_a_conflict_and_stores_nothing(store: Store) -> None:
    await asked(store, ASKED, "first")
    with pytest.raises(Conflict, match="used before"):
        await asked(store, Request(ASKED.scope, ASKED.key, "f" * 64), "second")
    assert await stored(store) == 1


async def test_many_at_the_same_moment_store_once(store: Store) -> None:
    answers = await asyncio.gather(*(asked(store, ASKED, str(number)) for number in range(12)))
    assert len(set(answers)) == 1
    assert await stored(store) == 1


async def test_a_request_that_failed_may_come_again(store: Store) -> None:
    async def fail(connection: AsyncConnection) -> str:
        async def refuse() -> str:
            raise Conflict("not now")

        return await once(connection, REQUESTS, ASKED, NOW, refuse)

    with pytest.raises(Conflict, match="not now"):
        await store.write(fail)
    assert await asked(store, ASKED, "first") == "first"


async def test_many_requests_in_one_transaction(store: Store) -> None:
    requests = [request_of("portal", "recordAccountEvents", f"key-{number}", number) for number in range(5)]

    async def write(connection: AsyncConnection) -> None:
        assert await first_answers(connection, REQUESTS, requests) == {}
        await remember(connection, REQUESTS, {each: each.key for each in requests[:3]}, NOW)

    async def read(connection: AsyncConnection) -> dict[Request, str | Conflict]:
        return dict(await first_answers(connection, REQUESTS, requests))

    await store.write(write)
    assert await store.write(read) == {each: each.key for each in requests[:3]}
    other = Request(requests[0].scope, "key-0", "0" * 64)
    found = await store.write(lambda connection: first_answers(connection, REQUESTS, [requests[0], other]))
    assert found[requests[0]] == "key-0"
    assert isinstance(found[other], Conflict)


async def test_old_keys_are_forgotten(store: Store) -> None:
    await asked(store, ASKED, "first")

    async def forget(connection: AsyncConnection, now: datetime) -> None:
        await forget_old(connection, REQUESTS, now)

    await store.write(lambda connection: forget(connection, NOW + KEPT))
    assert await asked(store, ASKED, "second") == "first"
    await store.write(lambda connection: forget(connection, NOW + KEPT + timedelta(seconds=1)))
    assert await asked(store, ASKED, "second") == "second"
