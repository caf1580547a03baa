"""The part of a selection that needs no waiting, as generated Python: one pass over the records, one literal each.

Nothing of a document goes into the source but response names, which GraphQL's grammar keeps to letters, digits and
underscores, as quoted strings. Values never do: they come in as names of the function's globals.
"""

import keyword
from collections.abc import Iterable, Sequence
from enum import Flag
from functools import partial
from itertools import repeat
from typing import Any

from graphql import GraphQLSchema

from engine.fields import Attribute
from engine.plan import FieldPlan, Leaf, Leaves, Selection, Shape, Shell, Surprise

Row = dict[str, Any]

# When a value `v` of one of GraphQL's own scalars is written as it is. Anything else is the reference's to judge.
STANDARD_CHECKS = {
    "String": "type(v := {read}) is str",
    "ID": "type(v := {read}) is str",
    "Int": "type(v := {read}) is int and -2147483648 <= v <= 2147483647",
    "Float": "type(v := {read}) is float and -1.7976931348623157e308 <= v <= 1.7976931348623157e308",
    "Boolean": "type(v := {read}) is bool",
}
# What else is written without being judged: an id that is a number, as sources have them.
STANDARD_ELSE = {"ID": "str(v) if type(v) is int else "}


# Rows that a selection writes before its function is generated: what that costs, it has then cost not to have it.
ROWS_BEFORE_GENERATED = 200


def shell_of(selection: Selection, rows: int) -> Shell:
    """The selection's shell for so many rows more: the generated function when it has come to write many."""
    if selection.shell is not None:
        return selection.shell
    selection.rows += rows
    if selection.rows > ROWS_BEFORE_GENERATED:
        return generated(selection)
    return partial(by_columns, selection)


def generated(selection: Selection) -> Shell:
    """The selection's generated function, made once."""
    if selection.shell is None:
        text, names = shell_source(selection)
        code = compile(text, f"<selection of {selection.type.name}>", "exec")
        exec(code, names)  # noqa: S102 our own text: see this module's first lines
        selection.shell = names["shell"]
    return selection.shell


def compile_all(selection: Selection, schema: GraphQLSchema) -> None:
    """Plan what stands below a selection, whatever the types that will turn up, and generate all its functions.

    Raises GraphQLError, TooManyFields.
    """
    if selection.shell is not None:
        return
    generated(selection)
    for plan in selection.deferred:
        shape = plan.shape
        while shape.item is not None:
            shape = shape.item
        types = [shape.object] if shape.object else schema.get_possible_types(shape.abstract) if shape.abstract else ()
        for type_ in types:
            compile_all(shape.selection(type_), schema)


def by_columns(selection: Selection, records: Sequence[Any], surprise: Surprise) -> list[Row]:
    """What the generated function would write, without one: field by field."""
    columns: list[Iterable[Any]] = []
    for place, plan in enumerate(selection.fields.values()):
        if plan is None:
            columns.append(repeat(selection.type.name, len(records)))
        elif not plan.is_plain:
            columns.append(repeat(None, len(records)))
        else:
            assert plan.read is not None
            columns.append(leaves_of(plan.shape)(list(map(plan.read, records)), _reported_as(place, surprise)))
    if not columns:
        return [{} for _ in records]
    return [dict(zip(selection.fields, row, strict=True)) for row in zip(*columns, strict=True)]


def _reported_as(place: int, surprise: Surprise) -> Surprise:
    return lambda at, _, value: surprise(at, place, value)


def shell_source(selection: Selection) -> tuple[str, dict[str, Any]]:
    """The source of a selection's shell, and the globals that it reads. The same selection gives the same source."""
    names: dict[str, Any] = {}
    lines = []
    for place, (name, plan) in enumerate(selection.fields.items()):
        lines.append(f"            {name!r}: {_value(place, plan, selection.type.name, names)},")
    text = "\n".join([
        "def shell(records, surprise):",
        "    at = iter(records)",
        "    return [",
        "        {",
        *lines,
        "        }",
        "        for o in at",
        "    ]",
        "",
    ])  # fmt: skip
    return text, names


def leaves_of(shape: Shape) -> Leaves:
    """The generated function that writes a list of one leaf's values, made once."""
    if shape.leaves is None:
        assert shape.leaf is not None
        names: dict[str, Any] = {}
        text = "\n".join([
            "def leaves(values, surprise):",
            "    at = iter(values)",
            f"    return [{_leaf(shape, 'o', 0, names)} for o in at]",
            "",
        ])  # fmt: skip
        exec(compile(text, "<leaves>", "exec"), names)  # noqa: S102 our own text: see this module's first lines
        shape.leaves = names["leaves"]
    return shape.leaves


def _value(place: int, plan: FieldPlan | None, typename: str, names: dict[str, Any]) -> str:
    """The expression for one field."""
    if plan is None:
        return repr(typename)
    if not plan.is_plain:
        return "None"
    return _leaf(plan.shape, _read(place, plan, names), place, names)


def _leaf(shape: Shape, read: str, place: int, names: dict[str, Any]) -> str:
    """The expression for a leaf's value: as expected, null where that is allowed, or a surprise."""
    assert shape.leaf is not None
    check, written = _check(place, shape.leaf, names)
    also = STANDARD_ELSE.get(shape.leaf.standard or "", "")
    null = "None if v is None else " if shape.is_nullable else ""
    return f"{written} if {check.format(read=read)} else {also}{null}surprise(at, {place}, v)"


def _check(place: int, leaf: Leaf, names: dict[str, Any]) -> tuple[str, str]:
    """When a value `v` is as expected, and how it is then written."""
    if leaf.standard is not None:
        return STANDARD_CHECKS[leaf.standard], "v"
    if leaf.names:
        kind = names[f"T{place}"] = type(next(iter(leaf.names)))
        check = f"type(v := {{read}}) is T{place}"
        if all(member.name == name for member, name in leaf.names.items()) and not issubclass(kind, Flag):
            return check, "v._name_"
        names[f"N{place}"] = {member.name: name for member, name in leaf.names.items()}
        return check, f"N{place}[v._name_]"  # a member's own hash is slow
    if leaf.encoded is not None:
        names[f"T{place}"] = leaf.encoded.type
        if leaf.encoded.attribute is None:
            return f"type(v := {{read}}) is T{place}", "v"
        names[f"H{place}"] = leaf.encoded.value
        return f"type(v := {{read}}) is T{place} and v.{leaf.encoded.attribute} is H{place}", "v"
    # Raises for what it cannot be: the layer is then answered row by row.
    names[f"C{place}"] = leaf.coerce
    return "(v := {read}) is not None", f"C{place}(v)"


def _read(place: int, plan: FieldPlan, names: dict[str, Any]) -> str:
    if isinstance(plan.kind, Attribute) and plan.kind.name.isidentifier() and not keyword.iskeyword(plan.kind.name):
        return f"o.{plan.kind.name}"
    names[f"R{place}"] = plan.read
    return f"R{place}(o)"
