"""The picture of the graph shows the schema as it is: every type that a query reaches, every field to another."""

import re
from pathlib import Path

from graphql import GraphQLObjectType, get_named_type

from schema.root import SCHEMA
from web.pages import bundle_folder

GRAPH = SCHEMA._schema  # noqa: SLF001 Strawberry has no public way to the schema it builds
OF_PAGES = re.compile(r"(Connection|Edge)$|^PageInfo$")


def relations(kind: GraphQLObjectType) -> dict[str, GraphQLObjectType]:
    """The types that a type's fields lead to, through connections too, by field."""
    found = {}
    for name, field in kind.fields.items():
        target = get_named_type(field.type)
        if isinstance(target, GraphQLObjectType):
            nodes = target.fields.get("nodes") if target.name.endswith("Connection") else None
            found[name] = get_named_type(nodes.type) if nodes else target
    return found


def reached(kinds: list[GraphQLObjectType]) -> dict[str, GraphQLObjectType]:
    """Every type that can be come to from these, these among them."""
    found: dict[str, GraphQLObjectType] = {}
    while kinds:
        kind = kinds.pop()
        if kind.name not in found:
            found[kind.name] = kind
            kinds += relations(kind).values()
    return found


def test_the_picture_shows_the_schema() -> None:
    svg = Path(bundle_folder() / "graph.svg").read_text("utf-8")
    assert GRAPH.query_type is not None
    kinds = reached([GRAPH.query_type])
    del kinds["Query"]
    assert [name for name in kinds if OF_PAGES.search(name)] == []
    stale = "the picture lags behind the schema: run `make setup`"
    assert set(re.findall(r'data-type="(\w+)"', svg)) == set(kinds), stale
    edges = {f"{kind.name}.{field}" for kind in kinds.values() for field in relations(kind)}
    assert set(re.findall(r'data-edge="([\w.]+)"', svg)) == edges, stale
    for name in kinds:
        assert f">{name}</text>" in svg
