"""The script store on both kinds of database: who sends a request, and what it keeps of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from support.databases import NewDatabase

from datasources.calls import Limits, counting_calls
from datasources.errors import Conflict
from datasources.migrations.chain import Chain
from datasources.rm import ScriptDirective
from datasources.script_store.store import KEPT, RequestKey, RequestState, ScriptStore, StoredRequest
from datasources.sql import driver_url
from datasources.stores import Store

KEY = RequestKey("client:portal", "ATS 1")
ASKED = [
    ScriptDirective(
        business_stream_id="02", session_id="14244", centre_id="04200", candidate_number="1804",
        assessment_code="0500", component_id="01",
    )
]  # fmt: skip
OTHER = [*ASKED, *ASKED]
SENDING_SECONDS = 5.0


class Clock:
    """An instant that tests move on."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def scripts(new_database: NewDatabase, clock: Clock) -> AsyncIterator[ScriptStore]:
    store = Store("SCRIPTS", driver_url(new_database()), Limits(deadline_seconds=20, in_flight=5))
    await Chain(store).run()
    store.open()
    yield ScriptStore(store, clock)
    await store.close()


async def claim(scripts: ScriptStore, key: RequestKey = KEY, asked: list[ScriptDirective] = ASKED) -> StoredRequest:
    return await scripts.claim_request(key, asked, SENDING_SECONDS)


async def test_of_many_at_once_one_sends(scripts: ScriptStore) -> None:
    with counting_calls() as calls:
        found = await asyncio.gather(*(claim(scripts) for _ in range(20)))
    assert calls == {"SCRIPTS": 20}
    assert [each.is_ours for each in found].count(True) == 1
    assert len({each.rm_key for each in found}) == 1
    assert {each.state for each in found} == {RequestState.SENDING}


async def test_an_answer_is_kept_for_all_who_ask_again(scripts: ScriptStore) -> None:
    first = await claim(scripts)
    await scripts.store_answer(KEY, '{"requestId": "A"}')
    expected = StoredRequest(first.rm_key, RequestState.ANSWERED, is_ours=False, answer='{"requestId": "A"}')
    assert await claim(scripts) == expected
    assert await scripts.request_by_key(KEY) == expected
    # The first answer stays, whoever comes late.
    await scripts.store_answer(KEY, '{"requestId": "B"}')
    await scripts.release_request(KEY)
    assert await claim(scripts) == expected


async def test_a_released_request_is_the_next_ones_to_send_under_the_same_key(scripts: ScriptStore) -> None:
    first = await claim(scripts)
    await scripts.release_request(KEY)
    assert await scripts.request_by_key(KEY) == StoredRequest(
        first.rm_key, RequestState.STORED, is_ours=False, answer=None
    )
    assert await claim(scripts) == StoredRequest(first.rm_key, RequestState.SENDING, is_ours=True, answer=None)
    assert not (await claim(scripts)).is_ours


async def test_a_sender_who_died_holds_a_request_for_a_while_only(scripts: ScriptStore, clock: Clock) -> None:
    first = await claim(scripts)
    clock.at += timedelta(seconds=SENDING_SECONDS - 0.001)
    assert not (await claim(scripts)).is_ours
    clock.at += timedelta(seconds=0.002)
    again = await claim(scripts)
    assert (again.is_ours, again.rm_key) == (True, first.rm_key)


@pytest.mark.parametrize("is_answered", [False, True])
async def test_other_directives_under_the_same_reference_are_a_conflict(
    scripts: ScriptStore, *, is_answered: bool
) -> None:
    await claim(scripts)
    if is_answered:
        await scripts.store_answer(KEY, "{}")
    with pytest.raises(Conflict, match=r"^requestReference ATS 1 was used before, for other directives$"):
        await claim(scripts, asked=OTHER)


async def test_a_reference_is_its_callers_own(scripts: ScriptStore) -> None:
    mine, theirs = await claim(scripts), await claim(scripts, RequestKey("client:other", KEY.reference), OTHER)
    assert mine.is_ours
    assert theirs.is_ours
    assert mine.rm_key != theirs.rm_key


async def test_a_reference_lives_for_90_days(scripts: ScriptStore, clock: Clock) -> None:
    await claim(scripts)
    await scripts.store_answer(KEY, "{}")
    clock.at += KEPT
    assert (await claim(scripts)).answer == "{}"
    clock.at += timedelta(microseconds=1)
    assert (await claim(scripts, asked=OTHER)).is_ours
    assert timedelta(days=90) == KEPT


async def test_what_nobody_stored_is_nothing(scripts: ScriptStore) -> None:
    assert await scripts.request_by_key(KEY) is None
