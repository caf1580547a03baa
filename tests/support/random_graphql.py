"""Random schemas, records and operations, all from one seed number: the same number gives the same case.

Values go wrong on purpose: nulls where none may be, wrong types, exceptions, lists that are none, awaitables.
"""

import asyncio
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from engine.fields import Attribute, Computed, Encoded, FieldKind, Relation, Resolved
from resolvers.access import Viewer
from resolvers.context import Batch, Edge, RequestContext


class Colour(Enum):
    RED = 1
    GREEN = 2


class Wrong(Exception):
    """What random resolvers raise."""


class Record:
    """A value of an object type. What its attributes hold follows from its id alone."""

    def __init__(self, case: "Case", typename: str, id_: str) -> None:
        self.case, self.typename, self.id_ = case, typename, id_

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("f"):
            raise AttributeError(name)
        return self.case.value_of(self, name)


def upper(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"Shout cannot represent {value!r}")
    return value.upper()


SHOUT = GraphQLScalarType("Shout", serialize=upper)
COLOUR = GraphQLEnumType("Colour", {member.name: GraphQLEnumValue(member) for member in Colour})
LEAVES = (GraphQLString, GraphQLInt, GraphQLFloat, GraphQLBoolean, GraphQLID, SHOUT, COLOUR)
KINDS = ("attribute", "attribute", "attribute", "computed", "sync", "async", "relation")


@dataclass
class Case:
    """One random schema with its data, and operations on it. `trouble` is the part of values that go wrong."""

    seed: int
    trouble: float = 0.06
    kinds: dict[tuple[str, str], str] = field(default_factory=dict)

    root: str = "Query"  # of the operation that is being run

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.schema = self._schema()

    # -- schema

    def _schema(self) -> GraphQLSchema:
        chance = self.chance
        names = [f"T{number}" for number in range(chance.randint(2, 5))]
        shared = {f"f{number}": self._type(LEAVES) for number in range(2)}
        interface = GraphQLInterfaceType(
            "Shared",
            {name: GraphQLField(type_) for name, type_ in shared.items()},
            resolve_type=lambda value, _info, _type: value.typename,
        )
        implementing = set(chance.sample(names, chance.randint(1, len(names))))
        objects: list[GraphQLObjectType] = []
        union = GraphQLUnionType(
            "Either",
            lambda: objects[: max(1, len(objects) // 2)],
            resolve_type=lambda value, _info, _type: value.typename,
        )

        def fields(owner: str) -> dict[str, GraphQLField]:
            own = dict(shared) if owner in implementing else {}
            for number in range(2, 2 + chance.randint(2, 6)):
                pool: Sequence[Any] = LEAVES if chance.random() < 0.5 else [*objects, interface, union]
                own[f"f{number}"] = self._type(pool)
            return {name: self._field(owner, name, type_) for name, type_ in own.items()}

        for name in names:
            checks = chance.random() < 0.3
            objects.append(
                GraphQLObjectType(
                    name,
                    lambda name=name: self._once(name, fields),
                    interfaces=[interface] if name in implementing else [],
                    is_type_of=(lambda value, _info, name=name: getattr(value, "typename", "") == name)
                    if checks
                    else None,
                )
            )
        self._fields: dict[str, dict[str, GraphQLField]] = {}
        self.possible = {"Shared": sorted(implementing), "Either": names[: max(1, len(names) // 2)]}
        query = GraphQLObjectType("Query", lambda: self._once("Query", fields))
        mutation = GraphQLObjectType("Mutation", lambda: self._once("Mutation", fields))
        schema = GraphQLSchema(query, mutation, types=objects)
        for type_ in (query, mutation, *objects):
            _ = type_.fields
        return schema

    def _once(self, name: str, fields: Any) -> dict[str, GraphQLField]:
        if name not in self._fields:
            self._fields[name] = fields(name)
        return self._fields[name]

    def _type(self, pool: Sequence[Any]) -> Any:
        type_ = self.chance.choice(pool)
        for _ in range(self.chance.choice((0, 0, 0, 1, 1, 2))):
            type_ = GraphQLList(GraphQLNonNull(type_) if self.chance.random() < 0.4 else type_)
        return GraphQLNonNull(type_) if self.chance.random() < 0.4 else type_

    def _field(self, owner: str, name: str, type_: Any) -> GraphQLField:
        kind = self.chance.choice(KINDS)
        if owner == "Mutation" or (owner == "Query" and kind in ("attribute", "computed")):
            kind = self.chance.choice(("sync", "async"))
        self.kinds[owner, name] = kind
        arguments = {}
        if kind in ("sync", "async", "relation") and self.chance.random() < 0.4:
            arguments = {"a": GraphQLArgument(GraphQLInt, default_value=3), "b": GraphQLArgument(GraphQLString)}
        return GraphQLField(type_, arguments, resolve=getattr(self, f"_resolve_{kind}")(name))

    # -- resolvers, as graphql-core calls them

    def _resolve_attribute(self, name: str) -> Any:
        return lambda source, _info: getattr(source, name)

    def _resolve_computed(self, name: str) -> Any:
        return lambda source, _info: getattr(source, name)

    def _resolve_sync(self, name: str) -> Any:
        def resolve(source: Any, info: Any, **arguments: Any) -> Any:
            info.context.calls.append(tuple(info.path.as_list()))
            info.context.affect(info)
            return self._resolved(source, name, arguments)

        return resolve

    def _resolve_async(self, name: str) -> Any:
        async def resolve(source: Any, info: Any, **arguments: Any) -> Any:
            info.context.calls.append(tuple(info.path.as_list()))
            for _ in range(random.Random(_id(source)).randint(0, 2)):
                await asyncio.sleep(0)
            info.context.affect(info)
            return self._resolved(source, name, arguments)

        return resolve

    def _resolve_relation(self, name: str) -> Any:
        async def resolve(source: Any, info: Any, **arguments: Any) -> Any:
            edge = self.edge(name)
            edge.check(info.context)
            return await info.context.load(edge.batch, edge.key(source, **arguments))

        return resolve

    def edge(self, name: str) -> Edge[Any, Any]:
        if name not in self._edges:
            self._edges[name] = self._make_edge(name)
        return self._edges[name]

    @property
    def _edges(self) -> dict[str, Edge[Any, Any]]:
        return self.__dict__.setdefault("edges", {})

    def _make_edge(self, name: str) -> Edge[Any, Any]:
        async def fetch(keys: Sequence[Any]) -> Mapping[Any, Any]:
            await asyncio.sleep(0)
            found = {}
            for key in keys:
                _, typename, id_, arguments = key
                source = None if typename == self.root else Record(self, typename, id_)
                try:
                    found[key] = self._resolved(source, name, dict(arguments))
                except Wrong as error:
                    found[key] = error
            return found

        def key(source: Any, **arguments: Any) -> Any:
            if random.Random(f"{self.seed}:{_id(source)}:{name}:key").random() < self.trouble / 3:
                raise Wrong(f"no key for {name}")
            typename = self.root if source is None else source.typename
            return name, typename, "" if source is None else source.id_, tuple(sorted(arguments.items()))

        return Edge(Batch(lambda _sources: fetch, absent=None), key, "x")

    # -- values

    def _resolved(self, source: Any, name: str, arguments: Mapping[str, Any]) -> Any:
        owner = self.root if source is None else source.typename
        return self._value(self._fields[owner][name].type, f"{_id(source)}.{name}{sorted(arguments.items())}")

    def value_of(self, record: Record, name: str) -> Any:
        return self._value(self._fields[record.typename][name].type, f"{record.id_}.{name}")

    def _value(self, type_: Any, seed: str) -> Any:
        chance = random.Random(f"{self.seed}:{seed}")
        if chance.random() < self.trouble:
            return self._trouble(chance)
        if is_non_null_type(type_):
            type_ = type_.of_type
        elif chance.random() < 0.15:
            return None
        if is_list_type(type_):
            items = [self._item(type_.of_type, f"{seed}.{number}") for number in range(chance.randint(0, 3))]
            return tuple(items) if chance.random() < 0.3 else items
        if is_leaf_type(type_):
            return self._leaf(type_, chance)
        named = chance.choice(self.possible[type_.name]) if is_abstract_type(type_) else type_.name
        return Record(self, named, seed)

    def _item(self, type_: Any, seed: str) -> Any:
        try:
            return self._value(type_, seed)
        except Wrong as error:
            return error

    def _trouble(self, chance: random.Random) -> Any:
        wrong = chance.choice(("raise", Wrong("an exception as value"), None, 3.5, "text", [None, 2]))
        if wrong == "raise":
            raise Wrong("raised")
        return wrong

    def _leaf(self, type_: Any, chance: random.Random) -> Any:
        return {
            "String": lambda: chance.choice(("a", "b\u2028", "", 'quo"te', 7, True)),
            "Int": lambda: chance.choice((1, -5, 2**31 - 1, 2**31, True, 4.0)),
            "Float": lambda: chance.choice((1.5, 2, 1e300, float("nan"), "2.5")),
            "Boolean": lambda: chance.choice((True, False, 1)),
            "ID": lambda: chance.choice(("id", 12)),
            "Shout": lambda: chance.choice(("abc", "abc", 4)),
            "Colour": lambda: chance.choice((*Colour, *Colour, "RED")),
        }[type_.name]()

    # -- operations

    def operation(self, number: int) -> tuple[str, dict[str, Any]]:
        """A valid document with one operation, and its variables."""
        chance = random.Random(f"{self.seed}:operation:{number}")
        self._fragments: list[str] = []
        is_mutation = chance.random() < 0.15
        self.root = "Mutation" if is_mutation else "Query"
        body = self._selections(self.schema.type_map[self.root], chance, 4)
        text = "\n".join([body, *self._fragments])
        values = {"yes": chance.random() < 0.7, "no": chance.random() < 0.3, "n": chance.choice((None, 1, 8))}
        types = {"yes": "Boolean!", "no": "Boolean!", "n": "Int"}
        used = [name for name in types if re.search(rf"\${name}\b", text)]
        head = ", ".join(f"${name}: {types[name]}" for name in used)
        variables = {name: values[name] for name in used if name != "n" or chance.random() < 0.8}
        return f"{self.root.lower()} Random{f'({head})' if head else ''} {text}", variables

    def _selections(self, type_: Any, chance: random.Random, depth: int) -> str:
        names = sorted(type_.fields) if hasattr(type_, "fields") else []
        lines = [self._selection(type_, name, chance, depth) for name in names if chance.random() < 0.55]
        if chance.random() < 0.3 or not lines:
            lines.append(chance.choice(("__typename", "kind: __typename")))
        if is_abstract_type(type_):
            for possible in self.possible[type_.name]:
                if chance.random() < 0.6:
                    inner = self._selections(self.schema.type_map[possible], chance, depth - 1)
                    lines.append(f"... on {possible}{_directive(chance)} {inner}")
        elif chance.random() < 0.25 and names:
            name = f"F{len(self._fragments)}"
            self._fragments.append("")
            place = len(self._fragments) - 1
            self._fragments[place] = f"fragment {name} on {type_.name} {self._selections(type_, chance, depth - 2)}"
            lines.append(f"...{name}{_directive(chance)}")
        return "{ " + " ".join(line for line in lines if line) + " __typename }"

    def _selection(self, type_: Any, name: str, chance: random.Random, depth: int) -> str:
        definition = type_.fields[name]
        named = get_named_type(definition.type)
        arguments = ""
        if definition.args:
            arguments = chance.choice(("", "(a: 5)", "(a: $n)", '(b: "x", a: $n)', "(a: null)"))
        # An alias of its own for each way of asking: merged fields must ask alike.
        mark = {"": "", "(a: 5)": "five", "(a: $n)": "n", '(b: "x", a: $n)': "bn", "(a: null)": "null"}[arguments]
        alias = f"{type_.name}_{name}_{mark}"
        below = ""
        if not is_leaf_type(named):
            if depth <= 0:
                return ""
            below = " " + self._selections(named, chance, depth - 1)
        return f"{alias}: {name}{arguments}{_directive(chance)}{below}"


def _directive(chance: random.Random) -> str:
    return chance.choice(("", "", "", "", " @include(if: $yes)", " @skip(if: $no)", " @skip(if: false)"))


def _id(source: Any) -> str:
    return "" if source is None else f"{source.typename}:{source.id_}"


@dataclass(frozen=True)
class CaseDescription:
    """What the engine is told of a random schema."""

    case: Case

    def field(self, parent: GraphQLObjectType, name: str, _definition: GraphQLField) -> FieldKind:
        match self.case.kinds[parent.name, name]:
            case "attribute":
                return Attribute(name)
            case "computed":
                return Computed(lambda record: getattr(record, name))
            case "relation":
                return Relation(self.case.edge(name), lambda arguments: arguments)
        return Resolved()

    def members(self, enum: GraphQLEnumType) -> Mapping[Enum, str]:
        return {member: member.name for member in Colour} if enum.name == "Colour" else {}

    def encoded(self, _scalar: GraphQLScalarType) -> Encoded | None:
        return None


class Context(RequestContext):
    """A context that notes at which paths resolvers were called."""

    def __init__(self) -> None:
        super().__init__(Viewer("test", frozenset({"x"})), sources=None)  # type: ignore[arg-type]
        self.calls: list[tuple[Any, ...]] = []
        self.effects: list[str] = []

    def affect(self, info: Any) -> None:
        """What a mutation's root field does, in the order in which it is done."""
        if info.path.prev is None and info.parent_type.name == "Mutation":
            self.effects.append(info.path.key)
