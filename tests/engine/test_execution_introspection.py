"""Introspection: the whole of it on several schemas, and each of its fields by hand."""

import json
from typing import Any

import pytest
from graphql import GraphQLSchema, build_client_schema, get_introspection_query, introspection_from_schema, print_schema
from graphql.execution import Executor
from support.execution import GENEROUS, Described, World, world
from support.random_graphql import Case, CaseDescription

from app.execution import Described as DescribedSchema
from engine.documents import Documents
from engine.run import Engine
from schema.execution import SchemaFacts
from schema.root import SCHEMA

SMALL = "type Query { a: Int }"
RICH = '''
"""Marks a thing."""
directive @mark(by: String = "me", times: [Int!]! = [1, 2]) repeatable on FIELD | OBJECT | INPUT_FIELD_DEFINITION
"Named."
interface Named { name: String! }
interface Aged implements Named { name: String! age(in: Unit = YEARS): Int }
"""
Somebody.

With **two** paragraphs.
"""
type Person implements Aged & Named {
  name: String! age(in: Unit = YEARS): Int friends(first: Int = 10, after: ID): [Person!]!
}
type Robot implements Named { name: String!, model: Float @deprecated(reason: "use name"), old: Int @deprecated }
union Being = Person | Robot
enum Unit { YEARS MONTHS @deprecated(reason: "too fine") "By days." DAYS }
scalar Moment @specifiedBy(url: "https://example.org/moment")
input Filter {
  text: String = "a \\"quoted\\" text", units: [Unit!] = [YEARS, DAYS], inner: Filter, gone: Int @deprecated
}
input Key @oneOf { id: ID, name: String }
type Query {
  being(key: Key!): Being, beings(filter: Filter = {text: "x", inner: {units: []}}): [[Being!]!], now: Moment
}
type Mutation { rename(key: Key!, name: String!): Named }
type Subscription { renamed: Named }
'''
EVERYTHING = get_introspection_query(
    descriptions=True,
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
    one_of=True,
)


def _engines(name: str) -> tuple[GraphQLSchema, Any]:
    match name:
        case "small" | "rich":
            made = world({"small": SMALL, "rich": RICH}[name])
            return made.schema, made.description
        case "ours":
            return SCHEMA._schema, DescribedSchema(SchemaFacts(SCHEMA))  # noqa: SLF001 as the app does
    case_ = Case(int(name))
    return case_.schema, CaseDescription(case_)


@pytest.mark.parametrize("name", ["small", "rich", "ours", "1", "2", "3", "4", "5"])
async def test_all_of_it(name: str) -> None:
    schema, description = _engines(name)
    document = Documents(schema, GENEROUS).prepared(EVERYTHING)
    compiled, reference = Engine(schema, Executor, description), Engine(schema, Executor)
    expected = await reference.run(document, None, {}, None)
    assert expected.errors == []
    for _ in range(2):
        got = await compiled.run(document, None, {}, None)
        assert got == expected
        assert json.dumps(got.data) == json.dumps(expected.data)
        assert got.data is not None
        assert print_schema(build_client_schema(got.data)) == print_schema(
            build_client_schema(introspection_from_schema(schema))
        )


@pytest.fixture(scope="module")
def rich() -> World:
    return world(RICH)


ASKED: list[tuple[str, Any]] = [
    (
        "{ __schema { queryType { name } mutationType { name } subscriptionType { name } description } }",
        {
            "__schema": {
                "queryType": {"name": "Query"},
                "mutationType": {"name": "Mutation"},
                "subscriptionType": {"name": "Subscription"},
                "description": None,
            }
        },
    ),
    ('{ __type(name: "Nobody") { name } }', {"__type": None}),
    (
        (
            '{ __type(name: "Person") { kind name description interfaces { name } possibleTypes { name }'
            " enumValues { name } inputFields { name } ofType { name } specifiedByURL } }"
        ),
        {
            "__type": {
                "kind": "OBJECT",
                "name": "Person",
                "description": "Somebody.\n\nWith **two** paragraphs.",
                "interfaces": [{"name": "Aged"}, {"name": "Named"}],
                "possibleTypes": None,
                "enumValues": None,
                "inputFields": None,
                "ofType": None,
                "specifiedByURL": None,
            }
        },
    ),
    (
        (
            '{ __type(name: "Robot") { fields { name } all: fields(includeDeprecated: true)'
            " { name isDeprecated deprecationReason } } }"
        ),
        {
            "__type": {
                "fields": [{"name": "name"}],
                "all": [
                    {"name": "name", "isDeprecated": False, "deprecationReason": None},
                    {"name": "model", "isDeprecated": True, "deprecationReason": "use name"},
                    {"name": "old", "isDeprecated": True, "deprecationReason": "No longer supported"},
                ],
            }
        },
    ),
    (
        (
            '{ __type(name: "Unit") { enumValues { name description }'
            " all: enumValues(includeDeprecated: true) { name deprecationReason } } }"
        ),
        {
            "__type": {
                "enumValues": [{"name": "YEARS", "description": None}, {"name": "DAYS", "description": "By days."}],
                "all": [
                    {"name": "YEARS", "deprecationReason": None},
                    {"name": "MONTHS", "deprecationReason": "too fine"},
                    {"name": "DAYS", "deprecationReason": None},
                ],
            }
        },
    ),
    (
        (
            '{ __type(name: "Filter") { inputFields { name defaultValue'
            " type { kind name ofType { kind name ofType { name } } } } } }"
        ),
        {
            "__type": {
                "inputFields": [
                    {
                        "name": "text",
                        "defaultValue": '"a \\"quoted\\" text"',
                        "type": {"kind": "SCALAR", "name": "String", "ofType": None},
                    },
                    {
                        "name": "units",
                        "defaultValue": "[YEARS, DAYS]",
                        "type": {
                            "kind": "LIST",
                            "name": None,
                            "ofType": {"kind": "NON_NULL", "name": None, "ofType": {"name": "Unit"}},
                        },
                    },
                    {
                        "name": "inner",
                        "defaultValue": None,
                        "type": {"kind": "INPUT_OBJECT", "name": "Filter", "ofType": None},
                    },
                ]
            }
        },
    ),
    ('{ __type(name: "Moment") { specifiedByURL } }', {"__type": {"specifiedByURL": "https://example.org/moment"}}),
    (
        '{ __type(name: "Being") { possibleTypes { name } } }',
        {"__type": {"possibleTypes": [{"name": "Person"}, {"name": "Robot"}]}},
    ),
    (
        '{ a: __type(name: "Being") { __typename n: name } __schema { __typename directives { __typename } } }',
        {
            "a": {"__typename": "__Type", "n": "Being"},
            "__schema": {"__typename": "__Schema", "directives": [{"__typename": "__Directive"}] * 6},
        },
    ),
    ('{ __type(name: "__Type") { name kind } }', {"__type": {"name": "__Type", "kind": "OBJECT"}}),
    ("mutation { __typename }", {"__typename": "Mutation"}),
]


@pytest.mark.parametrize(("text", "data"), ASKED)
async def test_by_hand(rich: World, text: str, data: Any) -> None:
    await rich.gives(text, data)


async def test_by_variable(rich: World) -> None:
    text = (
        "query ($n: String!, $d: Boolean = false) { __type(name: $n) { name fields(includeDeprecated: $d) { name } } }"
    )
    fields = [{"name": "name"}]
    await rich.gives(text, {"__type": {"name": "Robot", "fields": fields}}, variables={"n": "Robot"})
    fields = [{"name": "name"}, {"name": "model"}, {"name": "old"}]
    await rich.gives(text, {"__type": {"name": "Robot", "fields": fields}}, variables={"n": "Robot", "d": True})
    await rich.gives(text, {"__type": None}, variables={"n": "None"})


async def test_switched_off(rich: World) -> None:
    documents = Documents(rich.schema, GENEROUS, allows_introspection=False)
    for text in ("{ __schema { queryType { name } } }", '{ __type(name: "Query") { name } }'):
        (error, *_) = documents.prepared(text).errors
        assert error.message.startswith("GraphQL introspection has been disabled, but the requested query contained")
    assert not documents.prepared("{ __typename }").errors


async def test_nothing_is_suggested_when_switched_off(rich: World) -> None:
    documents = Documents(rich.schema, GENEROUS, allows_introspection=False)
    document = documents.prepared("{ beinga }")
    assert [error.message for error in document.errors] == ["Cannot query field 'beinga' on type 'Query'."]


async def test_nor_by_the_errors_of_variables(rich: World) -> None:
    documents = Documents(rich.schema, GENEROUS, allows_introspection=False)
    document = documents.prepared("query ($f: Filter) { beings(filter: $f) { __typename } }")
    for engine in rich.runs():
        answer = await engine.run(document, None, {"f": {"texta": 1}}, None)
        assert "Did you mean" not in answer.errors[0].message


def test_description_covers_the_types_of_introspection() -> None:
    """What graphql-core brings along is never asked of the description."""
    description = Described({}, {}, {})
    assert description.members(world(SMALL).schema.type_map["__TypeKind"]) == {}  # type: ignore[arg-type]
