"""Documents that arrive once each, and choices without end: what is kept stays bounded, and the answers right."""

import gc
import itertools
import sys
import tracemalloc
from types import SimpleNamespace

import pytest
from support.execution import GENEROUS, NORMAL, Context, World, returns, world

from engine.documents import Documents
from engine.plans import PLANS_OF_ONE

CAPACITY = 100
SDL = """
interface Named { name: String }
type Query { rows: [Row], named: Named }
type Row implements Named { name: String, number(add: Int = 0): Int, rows: [Row], strict: Int! }
"""


def _number(row: SimpleNamespace, _info: object, add: int) -> int:
    return row.strict + add


@pytest.fixture
def rows() -> World:
    row = SimpleNamespace(name="n", strict=1, rows=[])
    made = world(
        SDL,
        {"Query.rows": returns([row, row]), "Query.named": returns(row), "Row.number": _number},
        resolve_type={"Named": lambda *_: "Row"},
        limits=NORMAL,
    )
    made.documents = Documents(made.schema, NORMAL, capacity=CAPACITY)
    return made


def different(number: int) -> str:
    """A document that nobody sent before, of one of several forms."""
    forms = (
        f"query Q{number} {{ rows {{ a{number}: name strict rows {{ name }} }} }}",
        f"{{ rows {{ number(add: {number}) }} }}",
        f"{{ named {{ ...F{number} }} }} fragment F{number} on Named {{ name ... on Row {{ strict }} }}",
        f"# {number}\n{{ rows {{ name }} named {{ __typename }} }}",
        f"query ($v{number}: Boolean = true) {{ rows {{ name @include(if: $v{number}) strict }} }}",
    )
    return forms[number % len(forms)]


async def send(made: World, numbers: range) -> None:
    for number in numbers:
        answer = await made.compiled.run(made.documents.prepared(different(number)), None, {}, Context())
        assert answer.data
        assert not answer.errors


def held_blocks() -> int:
    gc.collect()
    return sys.getallocatedblocks()


def held_bytes() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.slow
async def test_three_thousand_documents_that_arrive_once(rows: World) -> None:
    """After the first hundreds, nothing more is held."""
    await send(rows, range(3 * CAPACITY))
    blocks = held_blocks()
    await send(rows, range(3 * CAPACITY, 2600))
    # What a hundred documents hold, some thousands of blocks each, differs a little from hundred to hundred.
    assert held_blocks() < blocks + 10_000
    tracemalloc.start(1)
    try:
        await send(rows, range(2600, 2800))
        traced = held_bytes()
        await send(rows, range(2800, 3000))
        assert held_bytes() < traced * 1.1
    finally:
        tracemalloc.stop()


async def test_the_oldest_go_first_and_the_used_stay(rows: World) -> None:
    kept = rows.documents.prepared("{ rows { name } }")
    forgotten = rows.documents.prepared("{ rows { strict } }")
    for number in range(CAPACITY - 1):
        rows.documents.prepared(different(number))
        assert rows.documents.prepared("{ rows { name } }") is kept
    assert rows.documents.prepared("{ rows { strict } }") is not forgotten


async def test_documents_that_cannot_run_push_out_nothing(rows: World) -> None:
    kept = rows.documents.prepared("{ rows { name } }")
    for number in range(CAPACITY * 2):
        assert rows.documents.prepared(f"{{ no{number} }}").errors
        assert rows.documents.prepared(f"{{ {number} }}").errors
        assert rows.documents.prepared("{ a " * (100 + number)).errors
    assert rows.documents.prepared("{ rows { name } }") is kept


async def test_two_to_the_power_of_ten_choices(rows: World) -> None:
    """Every combination is answered as it should be; few of the plans are kept."""
    names = [f"v{place}" for place in range(10)]
    head = ", ".join(f"${name}: Boolean!" for name in names)
    asked = " ".join(f"{name}: strict @skip(if: ${name})" for name in names)
    document = rows.documents.prepared(f"query ({head}) {{ rows {{ name {asked} }} }}")
    for choice in itertools.product((False, True), repeat=10):
        variables = dict(zip(names, choice, strict=True))
        answer = await rows.compiled.run(document, None, variables, Context())
        row = {"name": "n"} | {name: 1 for name in names if not variables[name]}
        assert answer.data == {"rows": [row, row]}
    assert len(document.plans) == PLANS_OF_ONE


async def test_variables_that_choose_nothing_make_no_plans(rows: World) -> None:
    document = rows.documents.prepared("query ($a: Int, $s: Boolean!) { rows { number(add: $a) name @skip(if: $s) } }")
    for number in range(100):
        variables = {"a": number, "s": number % 2 == 0}
        answer = await rows.compiled.run(document, None, variables, Context())
        assert answer.data == {"rows": [{"number": number + 1} | ({"name": "n"} if number % 2 else {})] * 2}
    assert len(document.plans) == 2


async def test_a_plan_for_each_operation(rows: World) -> None:
    text = " ".join(f"query Q{number} {{ rows {{ a{number}: name }} }}" for number in range(40))
    document = rows.documents.prepared(text)
    for number in range(40):
        answer = await rows.compiled.run(document, f"Q{number}", {}, Context())
        assert answer.data == {"rows": [{f"a{number}": "n"}] * 2}
    assert len(document.plans) == PLANS_OF_ONE


async def test_types_that_are_possible_bound_what_an_abstract_field_keeps() -> None:
    """One selection for each type that turned up, however often."""
    kinds = [f"T{number}" for number in range(5)]
    made = world(
        "interface I { x: Int } type Query { i: [I] } "
        + " ".join(f"type {kind} implements I {{ x: Int }}" for kind in kinds),
        {"Query.i": returns([SimpleNamespace(x=place, kind=kinds[place % 5]) for place in range(50)])},
        resolve_type={"I": lambda value, *_: value.kind},
        limits=GENEROUS,
    )
    text = "{ i { x __typename } }"
    await made.gives(text, {"i": [{"x": place, "__typename": kinds[place % 5]} for place in range(50)]})
    (kept,) = made.documents.prepared(text).plans.values()
    assert kept.root is not None
    plan = kept.root.fields["i"]
    assert plan is not None
    assert plan.shape.item is not None
    assert sorted(plan.shape.item.known) == kinds


async def test_large_documents_are_not_kept_by_the_hundred(rows: World) -> None:
    """A valid document may be as large as a request may be, and nearly all of it a comment."""
    for number in range(CAPACITY):
        rows.documents.prepared(f"# {number} {'x' * 100_000}\n{{ rows {{ name }} }}")
    kept = sum(len(text) for text in rows.documents._kept)  # noqa: SLF001 what it holds is the question
    assert kept < 5_000_000
