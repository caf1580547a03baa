"""Small schemas in SDL, answered by the compiled engine and by graphql-core side by side.

A case says what it expects literally, and both must give it: so neither can be wrong alone, nor both for want of data.
"""

import asyncio
import gc
import json
import warnings
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
)
from graphql.execution import Executor
from prometheus_client import REGISTRY

from engine.documents import Documents
from engine.fields import Attribute, Computed, Encoded, FieldKind, Relation, Resolved
from engine.limits import Limits
from engine.run import Answer, Engine
from resolvers.access import Viewer
from resolvers.context import Batch, Edge, RequestContext

GENEROUS = Limits(tokens=2_000_000, aliases=1_000_000, directives=1_000_000, root_fields=1_000_000, depth=10_000)
NORMAL = Limits()
# Nothing here waits for anything but the loop: whatever takes this long hangs.
HANGS_AFTER_SECONDS = 5.0
RIGHT = "x"
# Who runs a case, in this order.
RUNS = ("graphql-core", "compiled", "from the kept plan")
# How a field may come about: each must give the same.
WAYS = ("attribute", "computed", "sync", "async", "relation")

# None: nobody gave the field a resolver, so graphql-core's own default answers.
How: TypeAlias = Attribute | Computed | Edge[Any, Any] | Callable[..., Any] | None


class Context(RequestContext):
    """A context with the right that edges here ask for, and a list for what resolvers want to tell."""

    def __init__(self, sources: Any = None) -> None:
        super().__init__(Viewer("test", frozenset({RIGHT})), sources)
        self.log: list[Any] = []


class Boom(Exception):
    """What resolvers here raise."""


class Catastrophe(BaseException):
    """What nobody may swallow."""


class Holder:
    """A record whose `field` is made when first read; reading it again gives the same."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def field(self) -> Any:
        return self._make()


class HolderContext(Context):
    """A context that brings a holder along."""

    def __init__(self, make: Callable[[], Any]) -> None:
        super().__init__()
        self.holder = Holder(make)


def holder_of_context(_source: Any, info: Any) -> Holder:
    """A resolver that answers with the holder of a `HolderContext`."""
    holder: Holder = info.context.holder
    return holder


def returns(value: Any) -> Callable[..., Any]:
    """A resolver that returns `value`."""
    return lambda _source, _info, **_arguments: value


def returns_later(value: Any) -> Callable[..., Any]:
    """A coroutine function that returns `value` after a turn of the loop."""

    async def resolve(_source: Any, _info: Any, **_arguments: Any) -> Any:
        await asyncio.sleep(0)
        return value

    return resolve


def fails(message: str = "boom") -> Callable[..., Any]:
    """A resolver that raises."""

    def resolve(_source: Any, _info: Any, **_arguments: Any) -> Any:
        raise Boom(message)

    return resolve


def fails_later(message: str = "boom") -> Callable[..., Any]:
    """A coroutine function that raises after a turn of the loop."""

    async def resolve(_source: Any, _info: Any, **_arguments: Any) -> Any:
        await asyncio.sleep(0)
        raise Boom(message)

    return resolve


async def later(value: Any) -> Any:
    """`value` after a turn of the loop, raised when it is an exception."""
    await asyncio.sleep(0)
    if isinstance(value, BaseException):
        raise value
    return value


def way_to_field(way: str) -> How:
    """How a `Holder`'s `field` comes about."""
    match way:
        case "attribute":
            return Attribute("field")
        case "computed":
            return Computed(lambda holder: holder.field)
        case "sync":
            return lambda holder, _info: holder.field
        case "async":

            async def resolve(holder: Holder, _info: Any) -> Any:
                await asyncio.sleep(0)
                return holder.field

            return resolve
    return Edge(Batch(lambda _sources: _fields, absent=None), lambda holder: holder, RIGHT)


async def _fields(holders: Sequence[Holder]) -> dict[Holder, Any]:
    found = {}
    for holder in holders:
        try:
            found[holder] = holder.field
        except Boom as error:
            found[holder] = error
    return found


@dataclass
class Told:
    """An answer as text. `errors` are for reading, `sent` is all that a caller sees of them, both in any order."""

    data: str
    errors: list[str]
    sent: list[str] = field(default_factory=list)
    is_executed: bool = False
    warned: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Described:
    """What the engine is told of a schema made here."""

    fields: Mapping[str, How]
    enums: Mapping[str, type[Enum]]
    encodings: Mapping[str, Encoded]

    def field(self, parent: GraphQLObjectType, name: str, _definition: GraphQLField) -> FieldKind:
        how = self.fields[f"{parent.name}.{name}"]
        if isinstance(how, Attribute | Computed):
            return how
        return Relation(how, lambda arguments: arguments) if isinstance(how, Edge) else Resolved()

    def members(self, enum: GraphQLEnumType) -> Mapping[Enum, str]:
        return {member: member.name for member in self.enums.get(enum.name, ())}

    def encoded(self, scalar: GraphQLScalarType) -> Encoded | None:
        return self.encodings.get(scalar.name)


@dataclass
class World:
    """A schema and both engines on it."""

    schema: GraphQLSchema
    description: Described
    limits: Limits = GENEROUS
    executor: type[Executor[Any]] = Executor
    make_context: Callable[[], Any] = Context
    documents: Documents = field(init=False)

    def __post_init__(self) -> None:
        self.documents = Documents(self.schema, self.limits)
        self.compiled = Engine(self.schema, self.executor, self.description)
        self.reference = Engine(self.schema, self.executor)

    def runs(self) -> tuple[Engine, ...]:
        """graphql-core, the engine with a new plan, and the engine with the plan it kept."""
        return self.reference, self.compiled, self.compiled

    async def gives(
        self,
        text: str,
        data: Any,
        errors: Sequence[str] = (),
        *,
        variables: Mapping[str, Any] | None = None,
        operation: str | None = None,
        executed: bool = True,
        compiled: bool = True,
        hangs_after: float = HANGS_AFTER_SECONDS,
    ) -> list[Any]:
        """Check that both engines give exactly `data` and `errors`, and give back the contexts they ran in.

        `compiled` says whether the engine has a plan for it, or leaves it to graphql-core.
        An error is written "message @ path" with the path's keys joined by dots, or only "message" without a path.
        """
        contexts: list[Any] = []
        told: list[Told] = []
        before = times_compiled()
        for who, engine in zip(RUNS, self.runs(), strict=True):
            contexts.append(self.make_context())
            told.append(await self.asks(engine, text, variables, operation, contexts[-1], hangs_after))
            agree(who, told[-1].errors, sorted(errors))
            agree(who, told[-1].data, as_json(data))
            agree(who, told[-1].is_executed, executed)
            agree(who, told[-1].sent, told[0].sent)
            if engine is self.compiled:  # graphql-core leaves awaitables of failed siblings behind
                agree(who, told[-1].warned, [])
        agree("the metric", times_compiled() - before, 2 if executed and compiled else 0)
        return contexts

    async def asks(
        self,
        engine: Engine,
        text: str,
        variables: Mapping[str, Any] | None = None,
        operation: str | None = None,
        context: Any = None,
        hangs_after: float = HANGS_AFTER_SECONDS,
    ) -> Told:
        """What one engine answers, as text, so that nothing of the run is kept alive."""
        document = self.documents.prepared(text)
        agree("validation", [error.message for error in document.errors], [])
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                async with asyncio.timeout(hangs_after):
                    answer = await engine.run(document, operation, variables or {}, context)
            except TimeoutError:
                told = Told("", ["nothing, it hangs"])
            except Exception as error:  # noqa: BLE001 the case fails for it, with its text
                told = Told("", [f"nothing, it raises {error!r}"])
            else:
                sent = sorted(as_json(error.formatted) for error in answer.errors)
                told = Told(as_json(answer.data), sorted(map(written, answer.errors)), sent, answer.is_executed)
                del answer
            gc.collect(1)  # coroutines that nobody awaited are told of when they go
        told.warned = [str(warning.message) for warning in warned]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a warning keeps its coroutine, and that others
            warned.clear()
        return told

    async def refuses(self, text: str, *errors: str) -> None:
        """Check that the document is refused before it runs, with these messages."""
        document = self.documents.prepared(text)
        agree("validation", [error.message for error in document.errors], list(errors))
        answer = await self.compiled.run(document, None, {}, self.make_context())
        agree("compiled", answer, Answer(None, list(document.errors), is_executed=False))


def times_compiled() -> float:
    """How many operations ran compiled in this process."""
    return REGISTRY.get_sample_value("examgraph_executed_total", {"executor": "compiled"}) or 0.0


def as_json(data: Any) -> str:
    """As text: tells true from 1, 1 from 1.0, and one order of fields from another."""
    return json.dumps(data, default=str)


def written(error: GraphQLError) -> str:
    if error.path is None:
        return error.message
    return f"{error.message} @ {'.'.join(map(str, error.path))}"


def agree(who: str, got: object, expected: object) -> None:
    assert got == expected, f"{who} gave\n{got}\nexpected\n{expected}"


def world(
    sdl: str,
    fields: Mapping[str, How] | None = None,
    *,
    enums: Mapping[str, type[Enum]] | None = None,
    scalars: Mapping[str, Callable[[Any], Any]] | None = None,
    encodings: Mapping[str, Encoded] | None = None,
    resolve_type: Mapping[str, Callable[..., Any]] | None = None,
    is_type_of: Mapping[str, Callable[..., Any]] | None = None,
    limits: Limits = GENEROUS,
    make_context: Callable[[], Any] = Context,
) -> World:
    """A schema whose fields come about as `fields` says by "Type.field".

    Of those not named there, the root's are null, and the others are attributes of their own name.
    """
    schema = build_schema(sdl)
    given = dict(fields or {})
    roots = {schema.query_type, schema.mutation_type, schema.subscription_type}
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for name, definition in type_.fields.items():
                how = given.setdefault(f"{type_.name}.{name}", returns(None) if type_ in roots else Attribute(name))
                definition.resolve = _resolver(how)
    for name, function in (scalars or {}).items():
        scalar = schema.type_map[name]
        assert isinstance(scalar, GraphQLScalarType)
        scalar.coerce_output_value = function
    for name, function in (resolve_type or {}).items():
        abstract = schema.type_map[name]
        assert isinstance(abstract, GraphQLInterfaceType | GraphQLUnionType)
        abstract.resolve_type = function
    for name, function in (is_type_of or {}).items():
        concrete = schema.type_map[name]
        assert isinstance(concrete, GraphQLObjectType)
        concrete.is_type_of = function
    for name, enum in (enums or {}).items():
        published = schema.type_map[name]
        assert isinstance(published, GraphQLEnumType)
        for member in enum:
            published.values[member.name].value = member
    return World(schema, Described(given, enums or {}, encodings or {}), limits, make_context=make_context)


def _resolver(how: How) -> Callable[..., Any] | None:
    match how:
        case Attribute(name=name):
            return lambda source, _info, **_arguments: getattr(source, name)
        case Computed(function=function):
            return lambda source, _info, **_arguments: function(source)
        case Edge():
            return lambda source, info, **arguments: how.resolve(source, info, arguments)
    return how


@asynccontextmanager
async def leaving_no_tasks() -> AsyncIterator[None]:
    """Check that whatever was started inside has ended; a few turns of the loop are granted."""
    before = asyncio.all_tasks()
    yield
    for _ in range(5):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() - before == set()
