"""A plan as a list of steps to read: each field that has fields below it or must be asked for, and whom it asks."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from graphql import GraphQLSchema
from strawberry.types.field import StrawberryField

from datasources.sources import Sources
from engine.fields import Attribute, Computed, Relation
from engine.plan import FieldPlan, Selection, Shape
from engine.shell import shell_source
from resolvers.context import Edge
from schema.execution import DEFINITION


@dataclass(frozen=True, slots=True)
class Step:
    """One field of the answer, or its own selection at the root, whose path is empty.

    `level` counts the moments of waiting: what has the same level is asked side by side, and each relation once for
    all its parents.
    """

    level: int
    path: tuple[str, ...]
    type: str
    asks: str
    reads: tuple[str, ...]  # below it, what is read off its records without waiting

    def as_json(self) -> dict[str, Any]:
        """With the path as text."""
        return {**asdict(self), "path": ".".join(self.path)}


@dataclass(frozen=True, slots=True)
class Planned:
    """An operation's plan, all of it: also of the types of an interface or union that did not turn up.

    Fragments can come to more steps than anybody can read: take as many as you need.
    """

    root: Selection
    schema: GraphQLSchema
    sources: Sources

    def steps(self) -> Iterator[Step]:
        """Each before those below it."""
        yield Step(0, (), self.root.type.name, "", _reads(self.root))
        yield from self._steps(self.root, (), 0)

    def selections(self) -> Iterator[tuple[tuple[str, ...], Selection]]:
        """Each with its path: the first one, of those that a fragment puts in several places."""
        yield from self._selections(self.root, (), set())

    def _steps(self, selection: Selection, path: tuple[str, ...], level: int) -> Iterator[Step]:
        for plan in selection.deferred:
            here = (*path, plan.name)
            # What needs no waiting comes with the record that it stands on.
            own_level = level if isinstance(plan.kind, Attribute | Computed) else level + 1
            below = list(self._below(plan.shape))
            reads = tuple(dict.fromkeys(read for one in below for read in _reads(one)))
            yield Step(own_level, here, str(plan.shape.type), self._asks(plan), reads)
            for one in below:
                yield from self._steps(one, here, own_level)

    def _selections(
        self, selection: Selection, path: tuple[str, ...], told: set[int]
    ) -> Iterator[tuple[tuple[str, ...], Selection]]:
        if id(selection) in told:
            return
        told.add(id(selection))
        yield path, selection
        for plan in selection.deferred:
            for below in self._below(plan.shape):
                yield from self._selections(below, (*path, plan.name), told)

    def _below(self, shape: Shape) -> Iterator[Selection]:
        while shape.item is not None:
            shape = shape.item
        types = [shape.object] if shape.object else ()
        if shape.abstract is not None:
            types = self.schema.get_possible_types(shape.abstract)
        for type_ in types:
            yield shape.selection(type_)

    def _asks(self, plan: FieldPlan) -> str:
        """In words, where a field's values come from."""
        kind = plan.kind
        if isinstance(kind, Attribute):
            return "read off the record"
        if isinstance(kind, Computed):
            return f"computed by {_named(kind.function)}"
        if isinstance(kind, Relation) and isinstance(kind.edge, Edge):
            return f"batch {_named(kind.edge.batch.fetch(self.sources))}, once for all parents"
        declared = plan.definition.extensions.get(DEFINITION)
        if isinstance(declared, StrawberryField) and declared.base_resolver is not None:
            return f"resolver {_named(declared.base_resolver.wrapped_func)}, once for each parent"
        return "the schema itself"


def source_of(selection: Selection) -> str:
    """The Python that is generated for a selection, after what its short names stand for."""
    text, names = shell_source(selection)
    known = [f"# {name}: {_named(value)}" for name, value in sorted(names.items()) if value is not None]
    return "\n".join([*known, text])


def _reads(selection: Selection) -> tuple[str, ...]:
    return tuple(name for name, plan in selection.fields.items() if plan is None or plan.is_plain)


def _named(value: object) -> str:
    """A function or a type by its name; of an enum's names, all."""
    if isinstance(value, dict):
        return ", ".join(map(str, value.values()))
    name = getattr(value, "__qualname__", type(value).__name__)
    module = getattr(value, "__module__", "")
    return f"{module}.{name}" if "." in module else name
