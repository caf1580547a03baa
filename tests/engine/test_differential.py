"""Random operations on random schemas give what graphql-core gives: data, errors, and calls of resolvers."""

import json
import os
from collections import Counter
from typing import Any

import pytest
from graphql import GraphQLError
from graphql.execution import Executor
from support.random_graphql import Case, CaseDescription, Context

from engine.documents import Documents
from engine.limits import Limits
from engine.run import Answer, Engine

SCHEMAS = int(os.environ.get("DIFFERENTIAL_SCHEMAS", "75"))
OPERATIONS = 20
# Every seed that ever failed stays.
FAILED_ONCE: tuple[int, ...] = ()
pytestmark = pytest.mark.proof

UNLIMITED = Limits(tokens=100_000, aliases=10_000, directives=10_000, root_fields=1000, depth=100)


# graphql-core leaves awaitables of failed siblings behind.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:coroutine:RuntimeWarning")
@pytest.mark.parametrize("seed", [*FAILED_ONCE, *range(SCHEMAS)])
async def test_gives_what_graphql_core_gives(seed: int) -> None:
    case = Case(seed, trouble=(0.0, 0.03, 0.1)[seed % 3])
    documents = Documents(case.schema, UNLIMITED)
    compiled = Engine(case.schema, Executor, CaseDescription(case))
    reference = Engine(case.schema, Executor)
    for number in range(OPERATIONS):
        text, variables = case.operation(number)
        document = documents.prepared(text)
        assert not document.errors, (text, document.errors)
        asked = Context()
        expected = await reference.run(document, None, variables, asked)
        for _ in range(2):  # compiled just now, and from the plan that was kept
            context = Context()
            got = await compiled.run(document, None, variables, context)
            where = f"seed {seed}, operation {number}: {text} {variables}"
            assert _plain(got.data) == _plain(expected.data), where
            assert_errors_agree(got, expected, where)
            assert context.effects == asked.effects, where
            assert max(Counter(context.calls).values(), default=1) == 1, where


def _plain(data: Any) -> Any:
    return json.loads(json.dumps(data))


def assert_errors_agree(got: Answer, expected: Answer, where: str) -> None:
    """Equal, but for which of several errors below one nulled position is told: the specification leaves that open."""
    ours, theirs = {_told(error) for error in got.errors}, {_told(error) for error in expected.errors}
    if ours == theirs:
        return
    for told in ours ^ theirs:
        position = _nulled_above(expected.data, told[1])
        assert position is not None, (where, told, ours, theirs)
        assert any(_is_below(error[1], position) for error in ours), (where, told)
        assert any(_is_below(error[1], position) for error in theirs), (where, told)


def _told(error: GraphQLError) -> tuple[str, tuple[Any, ...], tuple[Any, ...]]:
    locations = tuple((location.line, location.column) for location in error.locations or ())
    return error.message, tuple(error.path or ()), locations


def _nulled_above(data: Any, path: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The position at or above `path` that is null in the data."""
    for length, key in enumerate(path):
        if data is None:
            return path[:length]
        data = data[key]
    return path if data is None else None


def _is_below(path: tuple[Any, ...], position: tuple[Any, ...]) -> bool:
    return path[: len(position)] == position
