"""Values on their way into an answer: which are as expected, which are odd, and what is still to be waited for."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from operator import length_hint
from types import GeneratorType, NoneType
from typing import Any, TypeGuard

from graphql.pyutils import UndefinedType, is_awaitable

from engine.plan import Selection, Shape
from engine.shell import leaves_of, shell_of
from engine.work import together

Row = dict[str, Any]


def written(shape: Shape, values: Sequence[Any]) -> tuple[list[Any], list[int]]:
    """The leaves as they are written, and the places of those that are odd."""
    odd: list[int] = []
    leaves = leaves_of(shape)
    try:
        return leaves(values, lambda at, _place, _value: odd.append(_index(at, values))), odd
    except Exception:  # noqa: BLE001 a value that cannot be written: all of them are left to the reference
        return [None] * len(values), list(range(len(values)))


def sorted_out(shape: Shape, values: Sequence[Any]) -> tuple[Sequence[int], list[int]]:
    """The places of values that are what the shape needs, and of those that are not; a null that may be is neither."""
    kinds = set(map(type, values))
    odd_kinds = {kind for kind in kinds if is_odd(shape, kind)}
    if not odd_kinds and NoneType not in kinds:
        return range(len(values)), []
    good: list[int] = []
    odd: list[int] = []
    for index, value in enumerate(values):
        if value is not None:
            (odd if type(value) in odd_kinds else good).append(index)
        elif not shape.is_nullable:
            odd.append(index)
    return good, odd


def is_odd(shape: Shape, kind: type) -> bool:
    if shape.item is not None:
        return kind is not list and kind is not tuple and kind is not NoneType
    return issubclass(kind, BaseException) or kind is UndefinedType


def shell_rows(selection: Selection, records: Sequence[Any], surprises: list[tuple[int, int, object]]) -> list[Row]:
    """A row for each record, by the shell; what it did not expect goes to `surprises`, with its row and field."""
    shell = shell_of(selection, len(records))
    try:
        return shell(records, lambda at, *surprise: surprises.append((_index(at, records), *surprise)))
    except Exception:  # noqa: BLE001 a record that cannot be read: found out below, and told by the reference
        surprises.clear()
    rows = []
    for index, record in enumerate(records):
        own: list[tuple[int, int, object]] = []
        rows.append(careful_row(selection, record, own))
        surprises += [(index, place, value) for _, place, value in own]
    return rows


def _index(at: Iterator[Any], values: Sequence[Any]) -> int:
    """Which of the values an iterator over them gave last."""
    return len(values) - length_hint(at) - 1


def careful_row(selection: Selection, record: object, surprises: list[tuple[int, int, object]]) -> Row:
    """One record's row, by the shell when it can be read as a whole."""
    try:
        return shell_of(selection, 1)([record], lambda _at, *surprise: surprises.append((0, *surprise)))[0]
    except Exception:  # noqa: BLE001 read field by field instead
        surprises.clear()
        return bare_row(selection, record, surprises)


def bare_row(selection: Selection, record: object, surprises: list[tuple[int, int, object]]) -> Row:
    """A row of nulls for a record that cannot be read as a whole; each plain field's value is a surprise."""
    for place, plan in enumerate(selection.fields.values()):
        if plan is not None and plan.is_plain:
            assert plan.read is not None
            surprises.append((0, place, tried(plan.read, record)))
    return {name: selection.type.name if plan is None else None for name, plan in selection.fields.items()}


def tried(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 the function's answer
    """What the function answers, or the exception that it raised."""
    try:
        return function(*arguments, **named)
    except Exception as error:  # noqa: BLE001 a resolver may raise anything: it becomes the field's error
        return error


def is_error(value: object) -> TypeGuard[Exception]:
    return isinstance(value, Exception)


def hold_awaitables(values: Sequence[Any]) -> bool:
    """Whether any of the values is to be awaited."""
    kinds = {kind for kind in set(map(type, values)) if kind is GeneratorType or hasattr(kind, "__await__")}
    return bool(kinds) and any(type(value) in kinds and is_awaitable(value) for value in values)


def any_error(values: Sequence[Any]) -> bool:
    return any(issubclass(kind, Exception) for kind in set(map(type, values)))


def mapped(key_of: Callable[..., Any], records: Sequence[Any]) -> list[Any]:
    """The key of each record; where one cannot be made, the exception in its place."""
    try:
        return list(map(key_of, records))
    except Exception:  # noqa: BLE001 found out one by one
        return [tried(key_of, record) for record in records]


async def caught(awaitable: Awaitable[Any]) -> Any:  # noqa: ANN401 the awaitable's own
    """What it answers, or the exception that it raised: that becomes the field's error."""
    try:
        return await awaitable
    except Exception as error:  # noqa: BLE001 a resolver may raise anything
        return error


async def awaited(values: list[Any]) -> list[Any]:
    """The values with every awaitable's own in its place, waited for together; or the exception it raised."""
    places = [place for place, value in enumerate(values) if is_awaitable(value)]
    if len(places) == 1:
        values[places[0]] = await caught(values[places[0]])
    elif places:
        found = await together([caught(values[place]) for place in places])
        for place, value in zip(places, found, strict=True):
            values[place] = value
    return values
