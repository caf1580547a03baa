"""Interfaces and unions: how a value's type is found, and what is told when it cannot be."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLResolveInfo
from support.execution import (
    WAYS,
    Boom,
    HolderContext,
    World,
    as_json,
    holder_of_context,
    later,
    returns,
    way_to_field,
    world,
)

from engine.fields import Attribute

SDL = """
interface Being { name: String }
interface Animal implements Being { name: String, legs: Int }
type Dog implements Animal & Being { name: String, legs: Int, barks: Boolean, owner: Person }
type Cat implements Animal & Being { name: String, legs: Int, meows: Boolean }
type Person implements Being { name: String, pets: [Animal!], first: Pet }
type Stone { weight: Int! }
union Pet = Dog | Cat
union Anything = Dog | Cat | Person | Stone
enum Mood { GOOD }
type Query {
  holder: Holder, animal: Animal, strict: Animal!, animals: [Animal], strictAnimals: [Animal!],
  pet: Pet, things: [Anything], being: Being, dog: Dog, person: Person
}
type Holder { field: Animal, more: Int }
"""


def dog(**more: Any) -> SimpleNamespace:
    return SimpleNamespace(kind="Dog", name="Rex", legs=4, barks=True, owner=None, **more)


def cat() -> SimpleNamespace:
    return SimpleNamespace(kind="Cat", name="Tom", legs=4, meows=False)


def person() -> SimpleNamespace:
    return SimpleNamespace(kind="Person", name="Ann", pets=[dog(), cat()], first=cat())


def kind(value: Any, _info: Any, _type: Any) -> str:
    return value.kind


BY_KIND: dict[str, Callable[..., Any]] = dict.fromkeys(("Being", "Animal", "Pet", "Anything"), kind)


def zoo(**more: Any) -> World:
    return world(
        SDL,
        {
            "Query.animal": lambda *_: dog(),
            "Query.strict": lambda *_: cat(),
            "Query.animals": lambda *_: [dog(), None, cat(), dog()],
            "Query.strictAnimals": lambda *_: (cat(), dog()),
            "Query.pet": lambda *_: later(cat()),
            "Query.things": lambda *_: [person(), SimpleNamespace(kind="Stone", weight=3), cat()],
            "Query.being": lambda *_: person(),
            "Query.dog": lambda *_: dog(),
        },
        **more,
    )


SELECTIONS: dict[str, tuple[str, Any]] = {
    "an interface's own field": ("{ animal { name } }", {"animal": {"name": "Rex"}}),
    "typename": (
        "{ animal { __typename } strict { __typename } }",
        {"animal": {"__typename": "Dog"}, "strict": {"__typename": "Cat"}},
    ),
    "a fragment per type": (
        "{ animals { name ... on Dog { barks } ... on Cat { meows } } }",
        {
            "animals": [
                {"name": "Rex", "barks": True},
                None,
                {"name": "Tom", "meows": False},
                {"name": "Rex", "barks": True},
            ]
        },
    ),
    "one name for different fields": (
        "{ animals { ... on Dog { is: barks } ... on Cat { is: meows } } }",
        {"animals": [{"is": True}, None, {"is": False}, {"is": True}]},
    ),
    "nothing asked of one type": (
        "{ animals { ... on Dog { barks } } }",
        {"animals": [{"barks": True}, None, {}, {"barks": True}]},
    ),
    "a union": ("{ pet { __typename ... on Cat { name } } }", {"pet": {"__typename": "Cat", "name": "Tom"}}),
    "a union through an interface": (
        "{ things { ... on Being { name } ... on Animal { legs } ... on Stone { weight } __typename } }",
        {
            "things": [
                {"name": "Ann", "__typename": "Person"},
                {"weight": 3, "__typename": "Stone"},
                {"name": "Tom", "legs": 4, "__typename": "Cat"},
            ]
        },
    ),
    "an interface through a union": (
        "{ being { ... on Anything { ... on Person { name } } } }",
        {"being": {"name": "Ann"}},
    ),
    "an object through its interface": (
        "{ dog { ... on Being { name } ... on Pet { ... on Dog { legs } } } }",
        {"dog": {"name": "Rex", "legs": 4}},
    ),
    "below one another": (
        "{ being { ... on Person { pets { name ... on Cat { meows } } first { ... on Animal { legs } } } } }",
        {"being": {"pets": [{"name": "Rex"}, {"name": "Tom", "meows": False}], "first": {"legs": 4}}},
    ),
    "a fragment by name": (
        "{ strictAnimals { ...A } } fragment A on Animal { legs ...D } fragment D on Dog { barks }",
        {"strictAnimals": [{"legs": 4}, {"legs": 4, "barks": True}]},
    ),
}


def name_is_kind(name: str) -> Callable[..., bool]:
    return lambda value, _info: value.kind == name


def name_is_kind_later(name: str) -> Callable[..., Any]:
    async def check(value: Any, _info: Any) -> bool:
        return await later(value.kind == name)

    return check


CONCRETE = ("Dog", "Cat", "Person", "Stone")
FINDING: dict[str, dict[str, Any]] = {
    "resolve_type": {"resolve_type": BY_KIND},
    "is_type_of": {"is_type_of": {name: name_is_kind(name) for name in CONCRETE}},
    "both": {"resolve_type": BY_KIND, "is_type_of": {name: name_is_kind(name) for name in CONCRETE}},
    "truthy is_type_of": {
        "is_type_of": {name: lambda value, _info, name=name: [1] if value.kind == name else "" for name in CONCRETE}
    },
}
FINDING_LATER: dict[str, dict[str, Any]] = {
    "async resolve_type": {"resolve_type": dict.fromkeys(BY_KIND, lambda value, _info, _type: later(value.kind))},
    "async is_type_of": {"is_type_of": {name: name_is_kind_later(name) for name in CONCRETE}},
    "mixed is_type_of": {
        "is_type_of": {"Dog": name_is_kind("Dog"), **{name: name_is_kind_later(name) for name in CONCRETE[1:]}}
    },
}


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("finding", FINDING)
async def test_selection(finding: str, selection: str) -> None:
    await zoo(**FINDING[finding]).gives(*SELECTIONS[selection])


@pytest.mark.parametrize("finding", FINDING_LATER)
async def test_selection_with_types_found_later(finding: str) -> None:
    for selection in SELECTIONS.values():
        await zoo(**FINDING_LATER[finding]).gives(*selection)


@pytest.mark.parametrize("finding", FINDING_LATER)
async def test_data_with_types_found_later(finding: str) -> None:
    """As above, but for what is left behind."""
    found = zoo(**FINDING_LATER[finding])
    for text, data in SELECTIONS.values():
        for engine in found.runs():
            told = await found.asks(engine, text)
            assert (told.data, told.errors) == (as_json(data), [])


async def test_a_typename_in_the_value_itself() -> None:
    """With neither resolve_type nor is_type_of, a value may say what it is."""

    class Rex:
        __typename = "Dog"
        name = "Rex"

    found = world(
        SDL,
        {
            "Query.animals": lambda *_: [Rex(), {"__typename": "Cat", "name": "Tom"}],
            **{f"{type_}.name": None for type_ in ("Dog", "Cat")},
        },
    )
    await found.gives(
        "{ animals { __typename name } }",
        {"animals": [{"__typename": "Dog", "name": "Rex"}, {"__typename": "Cat", "name": "Tom"}]},
    )


MUST = "Abstract type 'Animal' must resolve to an Object type at runtime for field 'Holder.field'"
WRONG_TYPES: list[tuple[str, Callable[..., Any], str]] = [
    (
        "none",
        lambda *_: None,
        (
            f"{MUST}. Either the 'Animal' type should provide a 'resolve_type' function"
            " or each possible type should provide an 'is_type_of' function."
        ),
    ),
    ("empty", lambda *_: "", "Abstract type 'Animal' was resolved to a type '' that does not exist inside the schema."),
    (
        "unknown",
        lambda *_: "Fish",
        "Abstract type 'Animal' was resolved to a type 'Fish' that does not exist inside the schema.",
    ),
    ("not possible", lambda *_: "Person", "Runtime Object type 'Person' is not a possible type for 'Animal'."),
    ("an interface", lambda *_: "Being", "Abstract type 'Animal' was resolved to a non-object type 'Being'."),
    ("itself", lambda *_: "Animal", "Abstract type 'Animal' was resolved to a non-object type 'Animal'."),
    ("an enum", lambda *_: "Mood", "Abstract type 'Animal' was resolved to a non-object type 'Mood'."),
    ("a scalar", lambda *_: "Int", "Abstract type 'Animal' was resolved to a non-object type 'Int'."),
    ("an introspection type", lambda *_: "__Type", "Runtime Object type '__Type' is not a possible type for 'Animal'."),
    ("a number", lambda *_: 5, f"{MUST} with value 'v', received '5', which is not a valid Object type name."),
    (
        "a list",
        lambda *_: ["Dog"],
        f"{MUST} with value 'v', received '['Dog']', which is not a valid Object type name.",
    ),
    (
        "the type itself",
        lambda _value, info, _type: info.schema.type_map["Dog"],
        f"{MUST} with value 'v', received 'Dog', which is not a valid Object type name.",
    ),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("resolve_type", "message"), [case[1:] for case in WRONG_TYPES], ids=[c[0] for c in WRONG_TYPES]
)
async def test_a_wrong_type(way: str, resolve_type: Any, message: str) -> None:
    found = world(
        SDL,
        {"Query.holder": holder_of_context, "Holder.field": way_to_field(way), "Holder.more": returns(1)},
        resolve_type={"Animal": resolve_type},
        make_context=lambda: HolderContext(lambda: "v"),
    )
    await found.gives(
        "{ holder { field { name } more } }", {"holder": {"field": None, "more": 1}}, [f"{message} @ holder.field"]
    )


async def test_an_exception_given_as_type() -> None:
    """Only raising fails; an exception as an answer is not a name."""
    found = world(SDL, {"Query.animal": returns("v")}, resolve_type={"Animal": lambda *_: Boom("given")})
    message = (
        "Abstract type 'Animal' must resolve to an Object type at runtime for field 'Query.animal' with value 'v',"
        " received '<exception Boom>', which is not a valid Object type name."
    )
    await found.gives("{ animal { name } }", {"animal": None}, [f"{message} @ animal"])


def fails_to_tell(*_: Any) -> Any:
    raise Boom("cannot tell")


@pytest.mark.parametrize("way", WAYS)
async def test_resolve_type_that_raises(way: str) -> None:
    found = world(
        SDL,
        {"Query.holder": holder_of_context, "Holder.field": way_to_field(way)},
        resolve_type={"Animal": fails_to_tell},
        make_context=lambda: HolderContext(dog),
    )
    await found.gives("{ holder { field { name } } }", {"holder": {"field": None}}, ["cannot tell @ holder.field"])


async def test_is_type_of_that_raises_or_denies() -> None:
    for is_type_of, message in (
        (fails_to_tell, "cannot tell"),
        (lambda *_: False, "Expected value of type 'Dog' but got: <SimpleNamespace instance>."),
        (lambda *_: None, "Expected value of type 'Dog' but got: <SimpleNamespace instance>."),
        (lambda *_: 0, "Expected value of type 'Dog' but got: <SimpleNamespace instance>."),
    ):
        found = zoo(resolve_type=BY_KIND, is_type_of={"Dog": is_type_of})
        await found.gives("{ dog { name } }", {"dog": None}, [f"{message} @ dog"])
        await found.gives("{ animal { name } }", {"animal": None}, [f"{message} @ animal"])
        await found.gives(
            "{ animals { name } }",
            {"animals": [None, None, {"name": "Tom"}, None]},
            [f"{message} @ animals.0", f"{message} @ animals.3"],
        )
        await found.gives("{ strictAnimals { name } }", {"strictAnimals": None}, [f"{message} @ strictAnimals.1"])


async def test_only_some_of_a_list_are_of_a_type() -> None:
    def find(value: Any, *_: Any) -> Any:
        if value.name == "raises":
            raise Boom("cannot tell")
        return value.kind

    animals = [SimpleNamespace(kind=kind_, name=name, legs=4) for kind_, name in (
        ("Dog", "a"), ("Fish", "b"), ("Cat", "c"), ("Dog", "raises"), (None, "d"), ("Person", "e"), ("Dog", "f")
    )]  # fmt: skip
    found = world(SDL, {"Query.animals": returns(animals)}, resolve_type={"Animal": find})
    answers = [
        await engine.run(found.documents.prepared("{ animals { name __typename } }"), None, {}, None)
        for engine in found.runs()
    ]
    for answer in answers:
        assert answer.data == {
            "animals": [
                {"name": "a", "__typename": "Dog"},
                None,
                {"name": "c", "__typename": "Cat"},
                None,
                None,
                None,
                {"name": "f", "__typename": "Dog"},
            ]
        }
        assert {tuple(error.path or ()) for error in answer.errors} == {("animals", index) for index in (1, 3, 4, 5)}


async def test_errors_below_an_abstract_position() -> None:
    stones = [SimpleNamespace(kind="Stone", weight=weight) for weight in (1, None, "x", 4)]
    found = world(SDL, {"Query.things": returns([*stones, cat()])}, resolve_type=BY_KIND)
    await found.gives(
        "{ things { ... on Stone { weight } ... on Cat { name } } }",
        {"things": [{"weight": 1}, None, None, {"weight": 4}, {"name": "Tom"}]},
        [
            "Cannot return null for non-nullable field Stone.weight. @ things.1.weight",
            "Int cannot represent non-integer value: 'x' @ things.2.weight",
        ],
    )


@pytest.mark.parametrize("way", ["attribute", "computed", "sync", "async"])
async def test_null_and_exceptions_in_abstract_lists(way: str) -> None:
    found = world(
        SDL.replace("field: Animal", "field: [Animal]"),
        {"Query.holder": holder_of_context, "Holder.field": way_to_field(way)},
        resolve_type=BY_KIND,
        make_context=lambda: HolderContext(lambda: [dog(), None, Boom("item"), later(cat())]),
    )
    await found.gives(
        "{ holder { field { name } } }",
        {"holder": {"field": [{"name": "Rex"}, None, None, {"name": "Tom"}]}},
        ["item @ holder.field.2"],
    )


@pytest.mark.parametrize(
    "where",
    [
        "animal",
        "people",
        "animals",
    ],
)
async def test_the_info_that_resolve_type_is_given(where: str) -> None:
    """The field's, of the value's own parent."""
    seen: list[Any] = []

    def find(value: Any, info: Any, type_: Any) -> str:
        seen.append((info.path.as_list(), info.field_name, info.parent_type.name, str(info.return_type), type_.name))
        return value.kind

    people = [SimpleNamespace(name=name, first=cat(), pets=[dog(), cat()]) for name in ("a", "b")]
    found = world(
        SDL.replace("dog: Dog", "people: [Person]"),
        {"Query.animal": returns(dog()), "Query.animals": returns([dog(), cat()]), "Query.people": returns(people)},
        resolve_type={"Animal": find, "Pet": find},
    )
    below = "{ first { __typename } }" if where == "people" else "{ name }"
    document = found.documents.prepared(f"{{ {where} {below} }}")
    answers = []
    for engine in found.runs():
        seen.clear()
        assert not (await engine.run(document, None, {}, None)).errors
        answers.append(sorted(seen, key=repr))
    expected = {
        "animal": [(["animal"], "animal", "Query", "Animal", "Animal")],
        "animals": [(["animals"], "animals", "Query", "[Animal]", "Animal")] * 2,
        "people": [(["people", place, "first"], "first", "Person", "Pet", "Pet") for place in (0, 1)],
    }[where]
    assert answers == [expected] * 3


async def test_the_info_that_is_type_of_is_given() -> None:
    seen: list[Any] = []

    def check(value: Any, info: Any) -> bool:
        assert isinstance(info, GraphQLResolveInfo)
        assert (info[0], len(info), next(iter(info))) == ("dog", len(GraphQLResolveInfo._fields), "dog")
        seen.append((info.path.as_list(), info.field_name, info.context))
        return True

    found = world(SDL, {"Query.dog": returns(dog())}, is_type_of={"Dog": check})
    for engine in found.runs():
        seen.clear()
        assert not (await engine.run(found.documents.prepared("{ dog { name } }"), None, {}, "c")).errors
        assert seen == [(["dog"], "dog", "c")]


async def test_types_that_turn_up_in_turn() -> None:
    """A plan that met one type meets another later."""
    found = world(
        SDL,
        {"Query.holder": holder_of_context, "Holder.field": Attribute("field")},
        resolve_type=BY_KIND,
    )
    text = "{ holder { field { __typename ... on Dog { barks } ... on Cat { meows } } } }"
    for make, data in (
        (dog, {"__typename": "Dog", "barks": True}),
        (cat, {"__typename": "Cat", "meows": False}),
        (dog, {"__typename": "Dog", "barks": True}),
        (lambda: None, None),
    ):
        found.make_context = lambda make=make: HolderContext(make)
        await found.gives(text, {"holder": {"field": data}})
