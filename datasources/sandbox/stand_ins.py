"""Stand-ins for stored procedures: a table of what each answers with, and on PostgreSQL a real function over it."""

from collections.abc import Callable, Sequence

from sqlalchemy import Column, Connection, Index, MetaData, Table, event
from sqlalchemy.dialects import postgresql

from datasources import ci_direct, interchange
from datasources.procedures import TOTAL_ROWS, Procedure


def stand_ins(procedures: Sequence[Procedure]) -> MetaData:
    """Tables named like the procedures, which SQLite reads as they are. Created on PostgreSQL: the functions too."""
    tables = MetaData()
    for procedure in procedures:
        columns = {column.name: column for column in (*procedure.keys, *procedure.narrowing, *procedure.columns)}
        made = Table(procedure.plain_name, tables, *(Column(name, column.type) for name, column in columns.items()))
        order = dict.fromkeys((*(column.name for column in procedure.keys), *procedure.order))
        Index(f"{procedure.plain_name}_order", *(made.c[name] for name in order))
        event.listen(tables, "after_create", _on_postgresql(_function(procedure)))
        event.listen(tables, "before_drop", _on_postgresql(f"DROP FUNCTION IF EXISTS {procedure.plain_name}"))
    return tables


def _on_postgresql(statement: str) -> Callable[..., None]:
    def run(_tables: MetaData, connection: Connection, **_how: object) -> None:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(statement)

    return run


def _function(procedure: Procedure) -> str:
    compiler = postgresql.dialect().type_compiler_instance  # type: ignore[no-untyped-call]
    arguments = ", ".join(compiler.process(column.type) for column in procedure.arguments)
    columns_of_answer = ", ".join(f"{column.name} {compiler.process(column.type)}" for column in procedure.answers)
    columns = ", ".join(f"held.{column.name}" for column in procedure.columns)
    matched = [f"held.{column.name} = ${place}" for place, column in enumerate(procedure.keys, 1)]
    matched += [
        f"(${place} IS NULL OR held.{column.name} = ${place})"
        for place, column in enumerate(procedure.narrowing, len(procedure.keys) + 1)
    ]
    order = ", ".join(f"held.{name}" for name in procedure.order)
    count = len(procedure.arguments)
    total = f", CAST(count(*) OVER () AS INTEGER) AS {TOTAL_ROWS}" if procedure.is_paged else ""
    paged = f" OFFSET ${count - 1} LIMIT ${count}" if procedure.is_paged else ""
    answer = f"SELECT {columns}{total} FROM {procedure.plain_name} AS held WHERE {' AND '.join(matched)}"  # noqa: S608
    return (
        f"CREATE OR REPLACE FUNCTION {procedure.plain_name}({arguments}) RETURNS TABLE ({columns_of_answer}) "
        f"LANGUAGE sql STABLE AS $$ {answer} ORDER BY {order}{paged} $$"
    )


INTERCHANGE = stand_ins(interchange.PROCEDURES)
CI_DIRECT = stand_ins(ci_direct.PROCEDURES)
