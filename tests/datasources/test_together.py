"""Doing things together: in groups, in their order, each with its own outcome, whoever leaves and whatever fails."""

import asyncio
from collections.abc import Sequence

import pytest

from datasources.calls import counting_calls
from datasources.errors import BackendRefused, BackendTimeout
from datasources.together import Together


class Doing:
    """What a group is done by: it doubles its numbers, when it may go on."""

    def __init__(self, most: int = 10) -> None:
        self.groups: list[list[int]] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.together = Together("STORE", self._do, lambda item: 5 if item >= 100 else 1, most)

    async def _do(self, items: Sequence[int]) -> Sequence[int]:
        self.groups.append(list(items))
        await self.may_go_on.wait()
        if -1 in items:
            raise BackendRefused("STORE", "it is negative")
        if -2 in items:
            raise BackendTimeout("STORE")
        if -3 in items:
            raise ZeroDivisionError
        return [2 * item for item in items]


async def test_each_has_its_own_outcome_and_all_share_the_call() -> None:
    doing = Doing()
    with counting_calls() as calls:
        told = await asyncio.gather(*(doing.together.add(number) for number in range(7)))
    assert told == [0, 2, 4, 6, 8, 10, 12]
    assert doing.groups == [[0, 1, 2, 3, 4, 5, 6]]
    assert calls == {"STORE": 7}


async def test_a_group_is_bounded_by_size_and_one_that_is_larger_goes_alone() -> None:
    doing = Doing(most=4)
    await asyncio.gather(*(doing.together.add(number) for number in (1, 2, 3, 4, 5, 100, 6)))
    assert doing.groups == [[1, 2, 3, 4], [5], [100], [6]]


async def test_who_comes_during_a_call_goes_with_the_next() -> None:
    doing = Doing()
    doing.may_go_on.clear()
    first = asyncio.create_task(doing.together.add(1))
    while not doing.groups:  # noqa: ASYNC110 a few turns of the loop
        await asyncio.sleep(0)
    later = [asyncio.create_task(doing.together.add(number)) for number in (2, 3)]
    await asyncio.sleep(0)
    doing.may_go_on.set()
    assert await asyncio.gather(first, *later) == [2, 4, 6]
    assert doing.groups == [[1], [2, 3]]


async def test_one_that_is_refused_fails_no_other() -> None:
    doing = Doing()
    told = await asyncio.gather(*(doing.together.add(each) for each in (1, -1, 3)), return_exceptions=True)
    assert (told[0], type(told[1]), told[2]) == (2, BackendRefused, 6)
    assert doing.groups == [[1, -1, 3], [1], [-1], [3]]


@pytest.mark.parametrize(("number", "kind"), [(-2, BackendTimeout), (-3, ZeroDivisionError)])
async def test_any_other_failure_is_everybodys_and_the_next_group_is_done(number: int, kind: type[Exception]) -> None:
    doing = Doing()
    told = await asyncio.gather(*(doing.together.add(each) for each in (1, number)), return_exceptions=True)
    assert [type(each) for each in told] == [kind, kind]
    assert await doing.together.add(4) == 8


async def test_who_leaves_takes_nobody_along() -> None:
    doing = Doing()
    doing.may_go_on.clear()
    leaving, staying = (asyncio.create_task(doing.together.add(number)) for number in (1, 2))
    while not doing.groups:  # noqa: ASYNC110 a few turns of the loop
        await asyncio.sleep(0)
    leaving.cancel()
    doing.may_go_on.set()
    assert await staying == 4
    assert leaving.cancelled()
    await doing.together.ended()
    assert doing.groups == [[1, 2]]
