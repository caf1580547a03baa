"""The part of a selection that needs no waiting, as generated Python: one pass over the records, one literal each.

Nothing of a document goes into the source but response names, which GraphQL's grammar keeps to letters, digits and
underscores, as quoted strings. Values never do: they come in as names of the function's globals.
"""

import keyword
from collections.abc import Callable
from typing import Any

from engine.fields import Attribute, Computed
from engine.plan import FieldPlan, Leaf, Leaves, Selection, Shape, Shell

# When a value `v` of one of GraphQL's own scalars is written as it is. Anything else is the reference's to judge.
STANDARD_CHECKS = {
    "String": "type(v := {read}) is str",
    "ID": "type(v := {read}) is str",
    "Int": "type(v := {read}) is int and -2147483648 <= v <= 2147483647",
    "Float": "type(v := {read}) is float and v - v == 0.0",
    "Boolean": "type(v := {read}) is bool",
}


def shell_of(selection: Selection) -> Shell:
    """The selection's generated function, made once."""
    if selection.shell is None:
        text, names = shell_source(selection)
        code = compile(text, f"<selection of {selection.type.name}>", "exec")
        exec(code, names)  # noqa: S102 our own text: see this module's first lines
        selection.shell = names["shell"]
    return selection.shell


def shell_source(selection: Selection) -> tuple[str, dict[str, Any]]:
    """The source of a selection's shell, and the globals that it reads. The same selection gives the same source."""
    names: dict[str, Any] = {}
    lines = []
    for place, (name, plan) in enumerate(selection.fields.items()):
        lines.append(f"            {name!r}: {_value(place, plan, selection.type.name, names)},")
    text = "\n".join([
        "def shell(records, surprise):",
        "    rows = []",
        "    append = rows.append",
        "    for o in records:",
        "        append({",
        *lines,
        "        })",
        "    return rows",
        "",
    ])  # fmt: skip
    return text, names


def leaves_of(shape: Shape) -> Leaves:
    """The generated function that writes a list of one leaf's values, made once."""
    if shape.leaves is None:
        assert shape.leaf is not None
        names: dict[str, Any] = {}
        check, written = _check(0, shape.leaf, names)
        null = "None if v is None else " if shape.is_nullable else ""
        text = "\n".join([
            "def leaves(values, surprise):",
            "    done = []",
            "    for o in values:",
            f"        done.append({written} if {check.format(read='o')} else {null}surprise(len(done), 0, v))",
            "    return done",
            "",
        ])  # fmt: skip
        exec(compile(text, "<leaves>", "exec"), names)  # noqa: S102 our own text: see this module's first lines
        shape.leaves = names["leaves"]
    return shape.leaves


def _value(place: int, plan: FieldPlan | None, typename: str, names: dict[str, Any]) -> str:
    """The expression for one field: as expected, null where that is allowed, or a surprise."""
    if plan is None:
        return repr(typename)
    if not plan.is_plain or plan.shape.leaf is None:
        return "None"
    check, written = _check(place, plan.shape.leaf, names)
    null = "None if v is None else " if plan.shape.is_nullable else ""
    return f"{written} if {check.format(read=_read(place, plan, names))} else {null}surprise(len(rows), {place}, v)"


def _check(place: int, leaf: Leaf, names: dict[str, Any]) -> tuple[str, str]:
    """When a value `v` is as expected, and how it is then written."""
    if leaf.standard is not None:
        return STANDARD_CHECKS[leaf.standard], "v"
    if leaf.names:
        names[f"T{place}"], names[f"N{place}"] = type(next(iter(leaf.names))), leaf.names
        return f"type(v := {{read}}) is T{place}", f"N{place}[v]"
    if leaf.encoded is not None:
        names[f"T{place}"] = leaf.encoded.type
        names[f"H{place}"] = leaf.encoded.holds
        holds = f" and H{place}(v)" if leaf.encoded.holds else ""
        return f"type(v := {{read}}) is T{place}{holds}", "v"
    # Raises for what it cannot be: the layer is then answered row by row.
    names[f"C{place}"] = leaf.coerce
    return "(v := {read}) is not None", f"C{place}(v)"


def _read(place: int, plan: FieldPlan, names: dict[str, Any]) -> str:
    if isinstance(plan.kind, Attribute) and plan.kind.name.isidentifier() and not keyword.iskeyword(plan.kind.name):
        return f"o.{plan.kind.name}"
    names[f"R{place}"] = reader(plan)
    return f"R{place}(o)"


def reader(plan: FieldPlan) -> Callable[[Any], Any]:
    """A function that reads a plain field's value off its record."""
    if isinstance(plan.kind, Attribute):
        return attrgetter_of(plan.kind.name)
    assert isinstance(plan.kind, Computed)
    return plan.kind.function


def attrgetter_of(name: str) -> Callable[[Any], Any]:
    """Reads one attribute; a dot in its name is part of the name."""
    return lambda record: getattr(record, name)
