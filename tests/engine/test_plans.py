"""What is planned: as much as answers reach, no more than is allowed, kept while it is used; and what never is."""

import gc
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY
from support.execution import NORMAL, Context, World, returns, world

from engine.documents import Document, Documents
from engine.plan import Selection
from engine.plans import FIELDS_OF_ONE, PLANS_OF_ONE, Plans
from engine.run import REASONS, SWITCHED_OFF, Engine
from engine.shell import ROWS_BEFORE_GENERATED

ROW = SimpleNamespace(a=1, b="x", kind="Row")
ROW.row = ROW.named = ROW
SDL = """
directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @experimental_disableErrorPropagation on QUERY
interface Named { a: Int }
type Query { row: Row, rows(count: Int!): [Row!]!, none: Row }
type Row implements Named { a: Int, b: String, row: Row, named: Named }
"""


@pytest.fixture
def rows() -> World:
    return world(
        SDL,
        {"Query.row": returns(ROW), "Query.rows": lambda _source, _info, count: [ROW] * count},
        resolve_type={"Named": lambda value, *_: value.kind},
    )


def kept_fields() -> float:
    return REGISTRY.get_sample_value("examgraph_planned_fields") or 0.0


def left(reason: str) -> float:
    return REGISTRY.get_sample_value("examgraph_uncompiled_total", {"reason": reason}) or 0.0


async def run(made: World, text: str, variables: Any = None) -> Document:
    document = made.documents.prepared(text)
    answer = await made.compiled.run(document, None, variables or {}, Context())
    assert not answer.errors
    return document


def planned(document: Document) -> list[int]:
    return [plan.fields for plan in document.plans.values()]


async def test_what_no_answer_reaches_is_not_planned(rows: World) -> None:
    assert planned(await run(rows, "{ none { a b row { a } } }")) == [1]
    assert planned(await run(rows, "{ rows(count: 0) { a b } }")) == [1]
    assert planned(await run(rows, "{ none { a } row { a b } }")) == [4]


async def test_fields_that_come_to_the_same_are_planned_once(rows: World) -> None:
    text = "{ row { x: row { ...F } y: row { ...F } named { ...F } } } fragment F on Row { a b }"
    assert planned(await run(rows, text)) == [6]


WIDE = "fragment W on Row { " + " ".join(f"a{number}: a" for number in range(1000)) + " }"


async def test_a_plan_that_would_be_too_large_is_left_to_graphql_core(rows: World) -> None:
    """The first time below where it is, then as a whole."""
    places = range(FIELDS_OF_ONE // 1000 + 1)
    text = "{ row { " + " ".join(f"r{place}: row {{ ...W b{place}: b }}" for place in places) + " } } " + WIDE
    data = {"row": {f"r{place}": {f"a{n}": 1 for n in range(1000)} | {f"b{place}": "x"} for place in places}}
    document = rows.documents.prepared(text)
    before, kept = left("size"), kept_fields()
    for compiled in (True, False, False):
        assert (rows.compiled.planned(document, None, {}) == REASONS["size"]) is not compiled
        answer = await rows.compiled.run(document, None, {}, Context())
        assert (answer.data, answer.errors) == (data, [])
    assert left("size") - before == 2
    assert planned(document) == [0]
    assert kept_fields() == kept


async def test_directives_that_are_not_compiled(rows: World) -> None:
    for text in (
        "{ row { a ... @defer { b } } }",
        "query @experimental_disableErrorPropagation { row { a b } }",
    ):
        before = left("directive")
        await rows.gives(text, {"row": {"a": 1, "b": "x"}}, compiled=False)
        assert left("directive") - before == 2
        assert rows.compiled.planned(rows.documents.prepared(text), None, {}) == REASONS["directive"]


async def test_a_plan_can_be_looked_at_before_it_is_run(rows: World) -> None:
    several = rows.documents.prepared("query A { row { a } } query B($count: Int!) { rows(count: $count) { b } }")
    plan = rows.compiled.planned(several, "A", {})
    assert isinstance(plan, Selection)
    assert list(plan.fields) == ["row"]
    assert rows.compiled.planned(several, "A", {}) is plan
    assert rows.reference.planned(several, "A", {}) == SWITCHED_OFF
    assert {"directive", "size", "planning"} == set(REASONS)


async def test_what_cannot_run_has_no_plan(rows: World) -> None:
    several = rows.documents.prepared("query A { row { a } } query B($count: Int!) { rows(count: $count) { b } }")
    for name, told in (
        ("C", "the document holds no operation named 'C'"),
        (None, "the document holds several operations: say which by operationName"),
        ("B", "Variable '$count' has invalid value: Expected a value of non-null type 'Int!' to be provided."),
    ):
        errors = rows.compiled.planned(several, name, {})
        assert isinstance(errors, list)
        assert [error.message for error in errors] == [told]


async def test_plans_are_kept_up_to_a_number_of_fields_in_all(rows: World) -> None:
    """Those used last, whichever documents they are of."""
    rows.compiled = Engine(rows.schema, rows.executor, rows.description, Plans(fields_kept=10))
    first = await run(rows, "{ row { a b } }")
    second = await run(rows, "{ row { x: a y: b } }")
    assert await run(rows, "{ row { a b } }") is first
    third = await run(rows, "{ row { a b row { a b } } }")
    assert [len(document.plans) for document in (first, second, third)] == [1, 0, 1]
    assert rows.compiled.plans.fields == 9
    await run(rows, "{ row { x: a y: b } }")
    assert [len(document.plans) for document in (first, second, third)] == [0, 1, 1]
    assert rows.compiled.plans.fields == 9


async def test_a_plan_that_grows_pushes_out_others(rows: World) -> None:
    rows.compiled = Engine(rows.schema, rows.executor, rows.description, Plans(fields_kept=5))
    text = "query ($count: Int!) { rows(count: $count) { a b } }"
    growing = await run(rows, text, {"count": 0})
    other = await run(rows, "{ row { a b } }")
    assert (planned(growing), planned(other)) == ([1], [3])
    await run(rows, text, {"count": 1})
    assert (planned(growing), planned(other)) == ([3], [])


async def test_a_plan_goes_when_its_document_does(rows: World) -> None:
    rows.documents = Documents(rows.schema, NORMAL, capacity=1)
    gc.collect()
    kept = kept_fields()
    for _ in range(3):
        await run(rows, "{ row { a b } }")
        await run(rows, "{ row { a } }")
        assert (rows.compiled.plans.fields, kept_fields() - kept) == (2, 2)


async def test_saved_operations_are_planned_at_once_and_kept(rows: World) -> None:
    rows.compiled = Engine(rows.schema, rows.executor, rows.description, Plans(fields_kept=3))
    text = "query A($b: Boolean!) { none { named { a } b @skip(if: $b) } } query B { row { a } }"
    document = rows.documents.prepared(text)
    rows.compiled.prepare(document)
    assert sorted(document.plans) == [("A", (False,)), ("A", (True,)), ("B", (None,))]
    assert sorted(planned(document)) == [2, 3, 4]
    for place in range(5):
        await run(rows, f"{{ row {{ x{place}: a }} }}")
    assert len(document.plans) == 3
    rows.reference.prepare(document)


async def test_the_last_choices_of_a_document_are_kept(rows: World) -> None:
    names = [f"v{place}" for place in range(6)]
    head = ", ".join(f"${name}: Boolean!" for name in names)
    asked = " ".join(f"{name}: a @skip(if: ${name})" for name in names)
    text = f"query ({head}) {{ row {{ b {asked} }} }}"
    for number in range(2**6):
        document = await run(rows, text, {name: bool(number >> place & 1) for place, name in enumerate(names)})
    assert len(document.plans) == PLANS_OF_ONE
    assert (None, (True,) * 6) in document.plans
    assert (None, (False,) * 6) not in document.plans


async def test_functions_are_generated_for_what_writes_many_rows(rows: World) -> None:
    """With and without, the rows are the same."""
    text = "query ($count: Int!) { rows(count: $count) { a b __typename row { a } } }"
    row = {"a": 1, "b": "x", "__typename": "Row", "row": {"a": 1}}
    document = rows.documents.prepared(text)
    for count, is_generated in ((1, False), (ROWS_BEFORE_GENERATED, True), (2, True)):
        answer = await rows.compiled.run(document, None, {"count": count}, Context())
        assert answer.data == {"rows": [row] * count}
        (plan,) = document.plans.values()
        assert plan.root is not None
        field = plan.root.fields["rows"]
        assert field is not None
        assert field.shape.item is not None
        assert (field.shape.item.known["Row"].shell is not None) == is_generated
