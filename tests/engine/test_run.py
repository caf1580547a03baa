"""One operation, run: its answer, its errors, and whether it ever began."""

import asyncio
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema
from graphql.execution import Executor

from engine.documents import Documents
from engine.limits import Limits
from engine.run import Answer, Engine


def schema() -> GraphQLSchema:
    built = build_schema("""
        enum Colour { RED GREEN }
        type Query { who: String soon: Int fails: Int required: Int! echo(number: Int, colour: Colour): String }
    """)
    query = built.query_type
    assert query is not None

    async def soon(_root: object, _info: object) -> int:
        await asyncio.sleep(0)
        return 7

    def fails(_root: object, _info: object) -> int:
        raise LookupError("not to be found")

    query.fields["who"].resolve = lambda _root, info: info.context
    query.fields["soon"].resolve = soon
    query.fields["fails"].resolve = fails
    query.fields["required"].resolve = fails
    query.fields["echo"].resolve = lambda _root, _info, number=None, colour=None: f"{number} {colour}"
    return built


SCHEMA = schema()
DOCUMENTS = Documents(SCHEMA, Limits(tokens=50))

NO_SUCH_COLOUR = "Variable '$c' has invalid value: Value 'REED' does not exist in 'Colour' enum."


async def run(text: str, name: str | None = None, variables: dict[str, Any] | None = None) -> Answer:
    return await Engine(SCHEMA, Executor).run(DOCUMENTS.prepared(text), name, variables or {}, "somebody")


def told(answer: Answer) -> tuple[dict[str, Any] | None, list[str], bool]:
    return answer.data, [error.message for error in answer.errors], answer.is_executed


async def test_answers_with_the_context_it_was_given() -> None:
    assert told(await run("{ who soon }")) == ({"who": "somebody", "soon": 7}, [], True)


async def test_runs_the_operation_that_is_named() -> None:
    text = "query A { who } query B { soon }"
    assert told(await run(text, "B")) == ({"soon": 7}, [], True)
    assert told(await run(text)) == (None, ["the document holds several operations: say which by operationName"], False)
    assert told(await run(text, "C")) == (None, ["the document holds no operation named 'C'"], False)


async def test_takes_variables() -> None:
    text = "query ($n: Int = 3, $c: Colour) { echo(number: $n, colour: $c) }"
    assert told(await run(text)) == ({"echo": "3 None"}, [], True)
    assert told(await run(text, variables={"n": 5, "c": "RED", "unused": []})) == ({"echo": "5 RED"}, [], True)


async def test_does_not_begin_with_a_wrong_document() -> None:
    assert told(await run("{ who")) == (None, ["Syntax Error: Expected Name, found <EOF>."], False)
    suggestion = "Cannot query field 'whom' on type 'Query'. Did you mean 'who'?"
    assert told(await run("{ whom }")) == (None, [suggestion], False)
    assert told(await run("{ who }" + " " * 10 + "{ " * 100)) == (
        None,
        ["the document's tokens is 103, the limit is 50", "the document's nesting is 100, the limit is 60"],
        False,
    )


async def test_does_not_begin_with_wrong_variables() -> None:
    answer = await run(
        "query ($n: Int!, $c: Colour) { echo(number: $n, colour: $c) }", variables={"n": "x", "c": "REED"}
    )
    assert told(answer) == (
        None,
        [
            "Variable '$n' has invalid value: Int cannot represent non-integer value: 'x'",
            f"{NO_SUCH_COLOUR} Did you mean the enum value 'RED' or 'GREEN'?",
        ],
        False,
    )


async def test_hides_suggestions_where_introspection_is_refused() -> None:
    documents = Documents(SCHEMA, Limits(), allows_introspection=False)
    document = documents.prepared("query ($c: Colour) { echo(colour: $c) }")
    answer = await Engine(SCHEMA, Executor).run(document, None, {"c": "REED"}, None)
    assert told(answer) == (None, [NO_SUCH_COLOUR], False)


async def test_a_failing_field_is_null_and_told() -> None:
    answer = await run("{ fails soon }")
    assert told(answer) == ({"fails": None, "soon": 7}, ["not to be found"], True)
    assert isinstance(answer.errors[0].original_error, LookupError)
    assert answer.errors[0].path == ["fails"]


async def test_a_failing_field_that_is_required_takes_all_with_it() -> None:
    assert told(await run("{ required soon }")) == (None, ["not to be found"], True)


async def test_can_be_cancelled() -> None:
    waiting = asyncio.Event()
    slow = build_schema("type Query { slow: Int }")

    async def never(_root: object, _info: object) -> None:
        waiting.set()
        await asyncio.Event().wait()

    assert slow.query_type is not None
    slow.query_type.fields["slow"].resolve = never
    running = asyncio.create_task(
        Engine(slow, Executor).run(Documents(slow, Limits()).prepared("{ slow }"), None, {}, None)
    )
    await waiting.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
