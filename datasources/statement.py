"""A statement as a driver takes it: its text compiled once, its values in the driver's order, its rows as tuples.

SQLAlchemy writes the texts and knows the types. Asking through it costs several times what the driver's own connection
does, at each call; so from a statement that was asked before only the values are worked on.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import chain, cycle
from typing import Any, NamedTuple

from sqlalchemy import ClauseElement, Dialect, Executable
from sqlalchemy.engine.processors import str_to_date, str_to_datetime
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Process = Callable[[Any], Any]
Rows = Sequence[tuple[Any, ...]]

# The number that PostgreSQL has for the type "numeric". Its dialect asks for it before it reads numbers.
NUMERIC = 1700


class _Part(NamedTuple):
    """Some neighbouring arguments: one value, or all values of a list."""

    name: str
    width: int  # 0: one value, 1: a list of values, 2 and more: a list of tuples of so many
    processes: tuple[Process | None, ...] | None  # what must be done to them, in turn; None when nothing

    def arguments(self, value: Any) -> Iterable[Any]:  # noqa: ANN401 a parameter's value
        flat = (value,) if self.width == 0 else value if self.width == 1 else chain.from_iterable(value)
        if self.processes is None:
            return flat
        return [process(each) if process else each for process, each in zip(cycle(self.processes), flat, strict=False)]


class _Form(NamedTuple):
    """A statement's text for lists of certain lengths, and what its arguments are."""

    text: str
    parts: tuple[_Part, ...]


class DriverStatement:
    """A statement compiled for one dialect, whose driver takes arguments by their order.

    Lists are filled up to a power of two, so that there are few texts: for us, and for the servers that prepare them.
    """

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        assert isinstance(statement, ClauseElement)
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self._compiled = compiled
        self._dialect = dialect
        self._binds = {name: bind for bind, name in compiled.bind_names.items()}
        self._lists = tuple(name for name, bind in self._binds.items() if bind.expanding)
        # The values that stand in the statement itself.
        self._constants = {name: compiled.params[name] for name, bind in self._binds.items() if not bind.required}
        self._forms: dict[tuple[int, ...], _Form] = {}
        processes = [_process(column.type, dialect) for column in getattr(statement, "selected_columns", ())]
        self._read = _reader(processes, {})
        self._read_quickly = _reader(processes, QUICK)

    def asked(self, parameters: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The text and the arguments with which to ask for `parameters`. Raises KeyError for one that lacks."""
        values = {**self._constants, **parameters}
        for name in self._lists:
            values[name] = _filled_up(values[name])
        lengths = tuple(len(values[name]) for name in self._lists)
        form = self._forms.get(lengths)
        if form is None:
            form = self._forms[lengths] = self._form(values)
        arguments: list[Any] = []
        for part in form.parts:
            arguments += part.arguments(values[part.name])
        return form.text, arguments

    def rows(self, found: Sequence[Sequence[Any]]) -> Rows:
        """What the driver found, as tuples whose values are of their columns' types, or what is read as a tuple.

        `in` is the exception: a row of asyncpg's looks for a name where a tuple looks for a value.
        Raises TypeError or ValueError when a value is not.
        """
        if self._read is None or self._read_quickly is None:
            return found  # type: ignore[return-value] # asyncpg's rows are read as tuples are
        try:
            return self._read_quickly(found)
        except (TypeError, ValueError):  # an offset, unless the slower way does not like it either
            return self._read(found)

    def _form(self, values: Mapping[str, Any]) -> _Form:
        expanded = self._compiled.construct_expanded_state({name: values[name] for name in self._compiled.params})
        # A list's own arguments follow each other, wherever it stands: the first one tells where.
        lists = {names[0]: (name, names) for name, names in expanded.parameter_expansion.items() if names}
        inner = set(chain.from_iterable(expanded.parameter_expansion.values()))
        parts = []
        for name in expanded.positiontup or ():
            if name in lists:
                key, names = lists[name]
                width = len(names) // len(values[key])
                processes = tuple(expanded.processors.get(name) for name in names[:width])
                parts.append(_Part(key, width, processes if any(processes) else None))
            elif name not in inner:
                process = self._binds[name].type.dialect_impl(self._dialect).bind_processor(self._dialect)
                parts.append(_Part(name, 0, (process,) if process else None))
        return _Form(expanded.statement, tuple(parts))


def _filled_up(values: Sequence[Any]) -> Sequence[Any]:
    """The same values, the last one repeated up to a power of two: to an IN-list that is the same."""
    missing = (1 << max(0, len(values) - 1).bit_length()) - len(values)
    return [*values, *[values[-1]] * missing] if missing and values else values


def _process(column: TypeEngine[Any], dialect: Dialect) -> Process | None:
    """What makes of a driver's value one of the column's type; None when it is one already."""
    process = column.dialect_impl(dialect).result_processor(dialect, NUMERIC)
    if process is str_to_datetime and getattr(column, "timezone", False):
        return instant_of
    return process


def instant_of(value: str | None) -> datetime | None:
    """An instant, in UTC, which is what SQLite's are that have no offset. The other databases give it so."""
    if value is None:
        return None
    read = datetime.fromisoformat(value)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def in_utc(value: datetime | None) -> datetime | None:
    """An instant, in UTC, as asyncpg gives it, but for the first and the last that there are."""
    return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# How to read such values in a third of the time, unless one has an offset where none is usual.
QUICK: Mapping[object, str] = {
    str_to_date: "to_date({0}) if {0} is not None else None",
    str_to_datetime: "to_datetime({0}) if {0} is not None else None",
    instant_of: "to_datetime({0} + 'Z') if {0} is not None else None",
    in_utc: "{0} if {0} is None or {0}.tzinfo is UTC else in_utc({0})",
}
READING: Mapping[str, Any] = {
    "to_date": date.fromisoformat, "to_datetime": datetime.fromisoformat, "in_utc": in_utc, "UTC": UTC,
}  # fmt: skip


def _reader(
    processes: Sequence[Process | None], quick: Mapping[object, str]
) -> Callable[[Sequence[Sequence[Any]]], Rows] | None:
    """Makes tuples of rows, with what must be done to some columns; None when nothing must.

    Written out as a person would, which takes half the time of going through the columns.
    """
    if not any(processes):
        return None
    names = [f"value_{place}" for place in range(len(processes))]
    scope = {f"process_{name}": process for name, process in zip(names, processes, strict=True)}
    values = [
        (quick.get(process, f"process_{name}({{}})") if process else "{}").format(name)
        for name, process in zip(names, processes, strict=True)
    ]
    source = f"lambda rows: [({', '.join(values)},) for {', '.join(names)}, in rows]"
    return eval(source, {**READING, **scope})  # type: ignore[no-any-return] # noqa: S307 of numbers, and nothing else
