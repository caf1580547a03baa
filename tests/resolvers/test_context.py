"""How questions meet: siblings in one call, answers remembered for the request, each key's failure its own."""

import asyncio
from collections.abc import Sequence

import pytest

from app.settings import Settings
from app.wiring import make_sources
from datasources.errors import BackendTimeout, BackendUnavailable, Forbidden, ServiceError
from datasources.sources import Sources
from resolvers.access import NOBODY, Viewer
from resolvers.context import KEYS_IN_CALL, Batch, RequestContext, edge, many, one


class Source:
    """Answers the square of each key; nothing for 0, and for a key of `failures` that failure."""

    def __init__(self, failures: dict[int, ServiceError] | None = None) -> None:
        self.calls: list[list[int]] = []
        self.failures = failures or {}

    async def squares(self, keys: Sequence[int]) -> dict[int, int | ServiceError]:
        self.calls.append(list(keys))
        await asyncio.sleep(0)
        return {key: self.failures.get(key, key * key) for key in keys if key}

    async def fails(self, keys: Sequence[int]) -> dict[int, int | ServiceError]:
        self.calls.append(list(keys))
        raise BackendUnavailable("EPS")


def context(viewer: Viewer = NOBODY) -> RequestContext:
    return RequestContext(viewer, make_sources(Settings()))


def test_siblings_are_one_call_and_each_key_is_asked_once() -> None:
    source = Source()
    squares = one(lambda _: source.squares)

    async def ask() -> list[int | None]:
        here = context()
        return await asyncio.gather(*(here.load(squares, key) for key in (3, 1, 2, 3, 1)))

    assert asyncio.run(ask()) == [9, 1, 4, 9, 1]
    assert source.calls == [[3, 1, 2]]


async def test_an_answer_is_remembered_within_the_request_only() -> None:
    source = Source()
    squares = one(lambda _: source.squares)
    here = context()
    assert [await here.load(squares, 3), await here.load(squares, 0), await here.load(squares, 3)] == [9, None, 9]
    assert await asyncio.gather(here.load(squares, 0), here.load(squares, 4)) == [None, 16]
    assert source.calls == [[3], [0], [4]]
    assert await context().load(squares, 3) == 9
    assert source.calls == [[3], [0], [4], [3]]


async def test_two_batches_are_two_calls_though_they_ask_the_same_source() -> None:
    source = Source()
    first, second = one(lambda _: source.squares), one(lambda _: source.squares)
    here = context()
    assert await asyncio.gather(here.load(first, 2), here.load(second, 2)) == [4, 4]
    assert source.calls == [[2], [2]]


async def test_the_source_is_the_requests_own() -> None:
    asked: list[Sources] = []

    def fetch(sources: Sources) -> object:
        asked.append(sources)
        return Source().squares

    here = context()
    squares: Batch[int, int | None] = one(fetch)  # type: ignore[arg-type]
    await here.load(squares, 1)
    await here.load(squares, 2)
    assert asked == [here.sources]


async def test_what_a_source_has_nothing_for_is_absent_not_an_error() -> None:
    async def nothing(_: Sequence[str]) -> dict[str, list[int] | ServiceError]:
        return {}

    assert await context().load(one(lambda _: Source().squares), 0) is None
    assert await context().load(many(lambda _: nothing), "a") == []


async def test_the_failure_of_a_key_is_its_own() -> None:
    failure = BackendTimeout("OEPS")
    source = Source({2: failure})
    squares = one(lambda _: source.squares)
    here = context()
    found = await asyncio.gather(*(here.load(squares, key) for key in (1, 2, 3)), return_exceptions=True)
    assert found == [1, failure, 9]
    with pytest.raises(BackendTimeout) as again:
        await here.load(squares, 2)
    assert again.value is failure
    assert source.calls == [[1, 2, 3]]


async def test_the_failure_of_a_call_is_everybodys_who_asked() -> None:
    source = Source()
    broken = one(lambda _: source.fails)
    here = context()
    found = await asyncio.gather(*(here.load(broken, key) for key in (1, 2)), return_exceptions=True)
    assert [type(each) for each in found] == [BackendUnavailable, BackendUnavailable]
    assert source.calls == [[1, 2]]


@pytest.mark.slow
async def test_one_call_carries_so_many_keys_and_no_more() -> None:
    source = Source()
    squares = one(lambda _: source.squares)
    here = context()
    found = await asyncio.gather(*(here.load(squares, key) for key in range(1, KEYS_IN_CALL + 2)))
    assert found == [key * key for key in range(1, KEYS_IN_CALL + 2)]
    assert [len(keys) for keys in source.calls] == [KEYS_IN_CALL, 1]


class Asking:
    """What a resolver is given, as far as an edge looks at it."""

    def __init__(self, here: RequestContext) -> None:
        self.context = here


async def test_an_edge_checks_the_right_before_it_looks_at_anything() -> None:
    source = Source()

    @edge(one(lambda _: source.squares), right="sessions:read")
    def square_of(parent: int, plus: int = 0) -> int:
        if plus < 0:
            raise AssertionError("looked at")
        return parent + plus

    reader = Asking(context(Viewer("someone", frozenset({"sessions:read"}))))
    assert await square_of.resolve(3, reader, {}) == 9  # type: ignore[arg-type]
    assert await square_of.resolve(3, reader, {"plus": 1}) == 16  # type: ignore[arg-type]
    stranger = Asking(context(Viewer("someone", frozenset({"results:read"}))))
    with pytest.raises(Forbidden):
        await square_of.resolve(3, stranger, {"plus": -1})  # type: ignore[arg-type]
    assert source.calls == [[3], [4]]
