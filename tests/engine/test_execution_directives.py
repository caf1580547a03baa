"""@skip and @include on fields, fragments and inline fragments; other directives change nothing."""

from types import SimpleNamespace
from typing import Any

import pytest
from support.execution import WAYS, Holder, World, returns, way_to_field, world

SDL = """
directive @mark(tags: [String], options: Options, n: Float) repeatable on FIELD | FRAGMENT_SPREAD | QUERY
input Options { deep: [Int] }
type Query { a: Int, b: Int, pet: Pet, animal: Animal, animals: [Animal], none: Pet, odd: Pet! }
interface Animal { name: String }
type Pet implements Animal { name: String, age: Int, friend: Pet, strict: Pet! }
"""


@pytest.fixture(scope="module")
def pets() -> World:
    pet = SimpleNamespace(name="Rex", age=3, friend=None)
    pet.friend = pet.strict = pet
    return world(
        SDL,
        {
            "Query.a": returns(1),
            "Query.b": returns(2),
            **{f"Query.{name}": returns(pet) for name in ("pet", "animal", "odd")},
            "Query.animals": returns([pet, pet]),
        },
        resolve_type={"Animal": lambda *_: "Pet"},
    )


@pytest.mark.parametrize("skip", [None, False, True])
@pytest.mark.parametrize("include", [None, False, True])
@pytest.mark.parametrize("place", ["a", "... on Query", "...", "...F", "pet"])
@pytest.mark.parametrize("is_variable", [False, True])
async def test_every_combination(
    pets: World, place: str, *, skip: bool | None, include: bool | None, is_variable: bool
) -> None:
    def directive(name: str) -> str:
        value = {"skip": skip, "include": include}[name]
        if value is None:
            return ""
        return f" @{name}(if: {f'${name}' if is_variable else str(value).lower()})"

    below = {"a": "", "... on Query": " { a }", "...": " { a }", "...F": "", "pet": " { name }"}[place]
    head = ", ".join(
        f"${name}: Boolean!" for name, value in (("skip", skip), ("include", include)) if value is not None
    )
    text = (
        f"query {f'({head})' if head and is_variable else ''} {{ b"
        f" {place}{directive('skip')}{directive('include')}{below} }}"
        + (" fragment F on Query { a }" if place == "...F" else "")
    )
    data: dict[str, Any] = {"b": 2}
    if not skip and include is not False:
        data |= {"pet": {"name": "Rex"}} if place == "pet" else {"a": 1}
    variables = {name: value for name, value in (("skip", skip), ("include", include)) if value is not None}
    await pets.gives(text, data, variables=variables if is_variable else {})


CASES: dict[str, tuple[str, dict[str, Any], Any]] = {
    "everything skipped": ("{ a @skip(if: true) b @include(if: false) }", {}, {}),
    "everything below skipped": ("{ pet { name @skip(if: true) } }", {}, {"pet": {}}),
    "everything below skipped in a list": ("{ animals { name @skip(if: true) } }", {}, {"animals": [{}, {}]}),
    "one of two occurrences": ("{ a @skip(if: true) a }", {}, {"a": 1}),
    "the first occurrence gone moves the field": ("{ a @skip(if: true) b a }", {}, {"b": 2, "a": 1}),
    "one of two selections": (
        "{ pet @skip(if: true) { name } pet { age } }",
        {},
        {"pet": {"age": 3}},
    ),
    "a fragment skipped here and wanted there": (
        (
            "{ ...F @skip(if: true) pet { ...G @include(if: false) ...G } } fragment F on Query { a }"
            " fragment G on Pet { name }"
        ),
        {},
        {"pet": {"name": "Rex"}},
    ),
    "typename": (
        "{ __typename @skip(if: true) pet { __typename @include(if: false) name } }",
        {},
        {"pet": {"name": "Rex"}},
    ),
    "both say yes": ("{ a @skip(if: false) @include(if: true) }", {}, {"a": 1}),
    "skip wins": ("{ a @include(if: true) @skip(if: true) b }", {}, {"b": 2}),
    "on an abstract type": (
        "query ($y: Boolean!) { animal { name @skip(if: $y) ... on Pet @include(if: $y) { age } } }",
        {"y": True},
        {"animal": {"age": 3}},
    ),
    "a default": ("query ($y: Boolean = true) { a @skip(if: $y) b }", {}, {"b": 2}),
    "a default overridden": ("query ($y: Boolean = true) { a @skip(if: $y) b }", {"y": False}, {"a": 1, "b": 2}),
    "marked by another directive": (
        "query @mark { a @mark ...F @mark(tags: []) @mark(n: 1) } fragment F on Query { b }",
        {},
        {"a": 1, "b": 2},
    ),
    "another directive's variable": ("query ($n: Float) { a @mark(n: $n) }", {"n": 1.5}, {"a": 1}),
}


@pytest.mark.parametrize("name", CASES)
async def test_case(pets: World, name: str) -> None:
    text, variables, data = CASES[name]
    await pets.gives(text, data, variables=variables)


@pytest.mark.parametrize(
    ("declared", "argument", "value"),
    [("[String]", "tags", ["x"]), ("Options", "options", {"deep": [1]})],
)
async def test_another_directive_with_a_list_or_an_object(
    pets: World, declared: str, argument: str, value: Any
) -> None:
    await pets.gives(f"query ($v: {declared}) {{ a @mark({argument}: $v) }}", {"a": 1}, variables={"v": value})


async def test_one_document_with_ever_other_choices(pets: World) -> None:
    text = "query ($x: Boolean!, $y: Boolean!) { a @include(if: $x) pet @skip(if: $y) { name age @include(if: $x) } }"
    for x, y, data in (
        (True, True, {"a": 1}),
        (True, False, {"a": 1, "pet": {"name": "Rex", "age": 3}}),
        (False, True, {}),
        (False, False, {"pet": {"name": "Rex"}}),
        (True, True, {"a": 1}),
    ):
        await pets.gives(text, data, variables={"x": x, "y": y})


@pytest.mark.parametrize("way", WAYS)
async def test_a_field_skipped_is_not_asked(way: str) -> None:
    def never() -> None:
        raise AssertionError

    held = world(
        "type Query { holder: Holder } type Holder { field: Int, fine: Int }",
        {"Query.holder": lambda *_: Holder(never), "Holder.field": way_to_field(way), "Holder.fine": returns(1)},
    )
    text = "query ($s: Boolean!) { holder { fine field @skip(if: $s) more: field @skip(if: true) } }"
    await held.gives(text, {"holder": {"fine": 1}}, variables={"s": True})


NULL = "Argument 'if' has invalid value: Expected variable '$y' provided to non-null type 'Boolean!' not to be None."


async def test_a_null_choice_at_the_root(pets: World) -> None:
    """Valid by the rules, for the variable has a default."""
    text = "query ($y: Boolean = true) { a @skip(if: $y) b }"
    for engine in pets.runs():
        answer = await engine.run(pets.documents.prepared(text), None, {"y": None}, None)
        assert answer.data is None
        assert [(error.message, error.path) for error in answer.errors] == [(NULL, None)]
        assert answer.errors[0].locations[0] == (1, 42)


@pytest.mark.parametrize(
    ("text", "data", "errors"),
    [
        ("{ a pet { name @skip(if: $y) } }", {"a": 1, "pet": None}, [f"{NULL} @ pet"]),
        ("{ a pet { friend { age @include(if: $y) } } }", {"a": 1, "pet": {"friend": None}}, [f"{NULL} @ pet.friend"]),
        ("{ a pet { strict { age @include(if: $y) } } }", {"a": 1, "pet": None}, [f"{NULL} @ pet.strict"]),
        ("{ a none { age @include(if: $y) } }", {"a": 1, "none": None}, []),
        ("{ a animal { ... on Pet @include(if: $y) { age } } }", {"a": 1, "animal": None}, [f"{NULL} @ animal"]),
        (
            "{ a animals { name @include(if: $y) } }",
            {"a": 1, "animals": [None, None]},
            [f"{NULL} @ animals.0", f"{NULL} @ animals.1"],
        ),
    ],
)
async def test_a_null_choice_below(pets: World, text: str, data: Any, errors: list[str]) -> None:
    """What stands there is planned when it is reached, and left to graphql-core when it cannot be."""
    await pets.gives(f"query ($y: Boolean = true) {text}", data, errors, variables={"y": None})


async def test_a_null_choice_in_a_place_that_cannot_be_null(pets: World) -> None:
    text = "query ($y: Boolean = true) { a odd { name @skip(if: $y) } }"
    answers = [await engine.run(pets.documents.prepared(text), None, {"y": None}, None) for engine in pets.runs()]
    assert [answer.data for answer in answers] == [None] * 3
    assert {error.message for answer in answers for error in answer.errors} == {NULL}


async def test_whether_a_null_choice_at_the_root_was_executed(pets: World) -> None:
    document = pets.documents.prepared("query ($y: Boolean = true) { a @skip(if: $y) b }")
    answers = [await engine.run(document, None, {"y": None}, None) for engine in pets.runs()]
    assert {answer.is_executed for answer in answers} == {answers[0].is_executed}
