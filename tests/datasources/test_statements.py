"""The text of each statement on each kind of database, beside the files in `statements/`.

`UPDATE_STATEMENTS=1 .venv/bin/pytest tests/datasources/test_statements.py` writes the files anew; then read the diff.
"""

import os
import textwrap
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import chain, combinations, product
from pathlib import Path

import pytest
from sqlalchemy import Dialect, Executable, make_url

from datasources import cams, ci_direct, interchange, libs
from datasources.eps import candidates, enquiries, results, sessions
from datasources.procedures import call_statement, column_statement, description_statement
from datasources.sql import DRIVERS, columns_statement, probe_statement

FOLDER = Path(__file__).parent / "statements"
DIALECTS = ("sqlite", "postgresql", "oracle", "mssql")
FILTERS = ("year", "qualification_id", "assessment_code")
# A statement's lists have as many places as values: two show the form.
VALUES = {
    "keys": [("02", "14244"), ("03", "1")],
    "streams": ["02", "03"],
    "groups": ["Cambridge Nationals", "Cambridge Technicals"],
    "first": 101,
    "last_day": date(2024, 6, 1),
    "last_id": "14244",
    "year": 2024,
    "qualification_id": "IGCSE",
    "assessment_code": "0500",
    "business_stream_id": "02",
    "session_id": "14244",
    "qualification_group_id": "1",
    "centre_id": "04200",
    "row_offset": 101,
    "row_limit": 101,
    "batch": "EXEC something NULL",
    "asked_keys": '[["02", "14244"]]',
    **{f"stream_{place}": "02" for place in (0, 1)},
    **{f"number_{place}": "14244" for place in (0, 1)},
    **{f"centre_{place}": "04200" for place in (0, 1)},
    **{f"last_centre_{place}": "04200" for place in (0, 1)},
    **{f"last_number_{place}": "1804" for place in (0, 1)},
}


def named(dialect: str) -> Iterator[tuple[str, Executable]]:
    """Every statement that we send, with a name."""
    yield "probe", probe_statement(dialect)
    if dialect != "mssql":  # no view of EPS or CAMS is on such a server
        yield from of_views()
    yield from of_libs()
    for procedure in (*interchange.PROCEDURES, *ci_direct.PROCEDURES):
        name = procedure.plain_name
        yield f"call_of_{name}", call_statement(procedure, dialect, frozenset())
        if dialect == "mssql":
            continue
        yield f"column_of_{name}", column_statement(procedure, dialect, procedure.columns[0].name)
        if dialect == "sqlite":
            narrowed = frozenset(column.name for column in procedure.narrowing)
            yield f"call_of_{name}_narrowed", call_statement(procedure, dialect, narrowed)
    if dialect == "mssql":
        yield "description_of_a_procedure", description_statement()


def of_libs() -> Iterator[tuple[str, Executable]]:
    for chosen in (libs.CHOOSING[:2], libs.CHOOSING, ("business_stream_id", "session_id", "component_id")):
        yield f"papers_by_{'_and_'.join(chosen)}", libs.papers_statement(tuple(chosen))
    yield "papers_by_key", libs.papers_by_key_statement()


def of_views() -> Iterator[tuple[str, Executable]]:
    yield "columns", columns_statement(sessions.SESSION)
    yield "sessions_by_key", sessions.sessions_by_key_statement()
    for chosen in chain.from_iterable(combinations(FILTERS, count) for count in range(len(FILTERS) + 1)):
        by = "".join(f"_by_{name}" for name in chosen)
        filters = frozenset(chosen)
        yield f"counts_of_sessions{by}", sessions.counts_of_sessions_statement(filters)
        yield f"pages_of_sessions{by}", sessions.pages_of_sessions_statement(filters, is_continued=False)
        yield f"pages_of_sessions{by}_continued", sessions.pages_of_sessions_statement(filters, is_continued=True)
    yield "candidates_by_key", candidates.candidates_by_key_statement()
    for count, is_of_centre, is_continued in product((1, 2), (False, True), (False, True)):
        chosen = (f"pages_of_candidates_{count}", *["of_centre"] * is_of_centre, *["continued"] * is_continued)
        statement = candidates.pages_of_candidates_statement(
            count, is_of_centre=is_of_centre, is_continued=is_continued
        )
        yield "_".join(chosen), statement
    yield "counts_of_candidates", candidates.counts_of_candidates_statement(is_of_centre=False)
    yield "counts_of_candidates_of_centre", candidates.counts_of_candidates_statement(is_of_centre=True)
    yield "entries", candidates.entries_statement()
    yield "components", candidates.components_statement()
    yield "session_results", results.session_results_statement()
    yield "results", results.results_statement()
    yield "marks", results.marks_statement()
    yield "enquiries", enquiries.enquiries_statement()
    yield "vocational_sessions", cams.vocational_sessions_statement(is_all=True)
    yield "vocational_sessions_of_groups", cams.vocational_sessions_statement(is_all=False)


def compiled(statement: Executable, dialect: Dialect) -> str:
    """The text that the driver is given, with its long lines broken at blanks."""
    needed = statement.compile(dialect=dialect).params
    bound = statement.params({name: VALUES.get(name, value) for name, value in needed.items()})
    lines = str(bound.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})).splitlines()
    wrap = textwrap.TextWrapper(120, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(chain.from_iterable(wrap.wrap(line) for line in lines)) + "\n"


@cache
def statements(dialect: str) -> dict[str, str]:
    made = make_url(f"{DRIVERS[dialect]}://").get_dialect()()
    return {name: compiled(statement, made) for name, statement in named(dialect)}


@pytest.fixture(scope="module", autouse=True)
def _rewritten() -> None:
    if os.environ.get("UPDATE_STATEMENTS") != "1":
        return
    for dialect in DIALECTS:
        folder = FOLDER / dialect
        folder.mkdir(parents=True, exist_ok=True)
        for file in folder.iterdir():
            file.unlink()
        for name, text in statements(dialect).items():
            (folder / f"{name}.sql").write_text(text)


@pytest.mark.parametrize(("dialect", "name"), [(kind, name) for kind in DIALECTS for name, _ in named(kind)])
def test_a_statement_has_the_text_of_its_file(dialect: str, name: str) -> None:
    file = FOLDER / dialect / f"{name}.sql"
    assert statements(dialect)[name] == file.read_text(), f"not as in {file}; UPDATE_STATEMENTS=1 writes it anew"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_file_has_its_statement(dialect: str) -> None:
    assert sorted(file.stem for file in (FOLDER / dialect).iterdir()) == sorted(statements(dialect))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_value_stands_in_a_text(dialect: str) -> None:
    """Statements are bound: what callers send never becomes a part of them."""
    values = ("14244", "02", "Cambridge", "101", "2024", "IGCSE", "0500")
    assert [name for name, text in statements(dialect).items() if any(value in text for value in values)] == []


# The words that Oracle takes for no parameter's name (ORA-01745) unless it is quoted.
ORACLE_RESERVED = """
    ACCESS ADD ALL ALTER AND ANY AS ASC AUDIT BETWEEN BY CHAR CHECK CLUSTER COLUMN COMMENT COMPRESS CONNECT CREATE
    CURRENT DATE DECIMAL DEFAULT DELETE DESC DISTINCT DROP ELSE EXCLUSIVE EXISTS FILE FLOAT FOR FROM GRANT GROUP
    HAVING IDENTIFIED IMMEDIATE IN INCREMENT INDEX INITIAL INSERT INTEGER INTERSECT INTO IS LEVEL LIKE LOCK LONG
    MAXEXTENTS MINUS MLSLABEL MODE MODIFY NOAUDIT NOCOMPRESS NOT NOWAIT NULL NUMBER OF OFFLINE ON ONLINE OPTION OR
    ORDER PCTFREE PRIOR PUBLIC RAW RENAME RESOURCE REVOKE ROW ROWID ROWNUM ROWS SELECT SESSION SET SHARE SIZE
    SMALLINT START SUCCESSFUL SYNONYM SYSDATE TABLE THEN TO TRIGGER UID UNION UNIQUE UPDATE USER VALIDATE VALUES
    VARCHAR VARCHAR2 VIEW WHENEVER WHERE WITH
"""


def test_no_parameter_has_a_name_that_oracle_reserves() -> None:
    dialect = make_url(f"{DRIVERS['oracle']}://").get_dialect()()
    names = {
        name
        for _, statement in named("oracle")
        for name, value in statement.compile(dialect=dialect).params.items()
        if value is None  # or it is one of the statement's own constants
    }
    assert {name.upper() for name in names}.isdisjoint(ORACLE_RESERVED.split())
    assert names == set(VALUES) - {"batch"}  # which only SQL Server is given
