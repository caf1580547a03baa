"""Keys that rows are asked by: any number of them in one parameter, joined like a table."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import Column, Dialect, Select, String, Table, Text, and_, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import TableValuedAlias

PARAMETER = "asked_keys"
# Longer than any part of a key that resolvers let through.
TEXT_LENGTH = 400


def asked_keys(columns: Sequence[Column[Any]]) -> TableValuedAlias:
    """A table `asked` of the keys in the parameter `asked_keys`, with the names and types of `columns`.

    One parameter, whatever the number of keys: the statement's text stays the same, so that it is compiled and planned
    once, and no server's bound on the length of a list is met.
    """
    return _AskedKeys(columns).table_valued(*columns, name="asked")


def joined(view: Table, width: int) -> Select[Any]:
    """The rows of `view` whose first `width` columns are one of the keys asked for; no columns are chosen yet."""
    return joined_by(view, list(view.columns)[:width])


def joined_by(view: Table, columns: Sequence[Column[Any]]) -> Select[Any]:
    """The rows of `view` whose values of some columns are one of the keys asked for; no columns are chosen yet."""
    asked = asked_keys([Column(column.name, column.type) for column in columns])
    same = and_(*(column == asked.c[column.name] for column in columns))
    return select().select_from(asked.join(view, same))


def key_parameters(keys: Iterable[Sequence[str | int]]) -> dict[str, object]:
    """The parameter that holds `keys`."""
    return {PARAMETER: orjson.dumps(list(keys)).decode()}


class _AskedKeys(FunctionElement[Any]):
    """Rows read from a JSON array of arrays: each kind of server has words of its own for that."""

    name = "asked_keys"
    inherit_cache = True  # the table made of it tells its columns

    def __init__(self, columns: Sequence[Column[Any]]) -> None:
        super().__init__(bindparam(PARAMETER, type_=Text))
        self.asked = columns


def _json(element: _AskedKeys, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401 the compiler's own
    return compiler.process(element.clauses, **how).removeprefix("(").removesuffix(")")


def _type(column: Column[Any], dialect: Dialect) -> str:
    # A text is never cut to its column's length: a key too long is one that nothing has.
    kind = String(TEXT_LENGTH) if isinstance(column.type, String) else column.type
    return dialect.type_compiler_instance.process(kind)


@compiles(_AskedKeys, "sqlite")
def _on_sqlite(element: _AskedKeys, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401
    parts = ", ".join(f"value ->> {place} AS {column.name}" for place, column in enumerate(element.asked))
    return f"(SELECT {parts} FROM json_each({_json(element, compiler, **how)}))"  # noqa: S608 names of columns


@compiles(_AskedKeys, "postgresql")
def _on_postgresql(element: _AskedKeys, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401
    parts = ", ".join(
        f"CAST(value ->> {place} AS {_type(column, compiler.dialect)}) AS {column.name}"
        for place, column in enumerate(element.asked)
    )
    return f"(SELECT {parts} FROM json_array_elements(CAST({_json(element, compiler, **how)} AS JSON)))"  # noqa: S608 names of columns


@compiles(_AskedKeys, "oracle")
def _on_oracle(element: _AskedKeys, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401
    parts = ", ".join(
        f"{column.name} {_type(column, compiler.dialect)} PATH '$[{place}]'"
        for place, column in enumerate(element.asked)
    )
    return f"JSON_TABLE({_json(element, compiler, **how)}, '$[*]' COLUMNS ({parts}))"


@compiles(_AskedKeys, "mssql")
def _on_sql_server(element: _AskedKeys, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401
    parts = ", ".join(
        f"{column.name} {_type(column, compiler.dialect)} '$[{place}]'" for place, column in enumerate(element.asked)
    )
    return f"(SELECT * FROM OPENJSON({_json(element, compiler, **how)}) WITH ({parts}))"  # noqa: S608 names of columns
