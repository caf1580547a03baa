"""The text of each statement on each kind of database, beside the files in `statements/`.

`UPDATE_STATEMENTS=1 .venv/bin/pytest tests/datasources/test_statements.py` writes the files anew; then read the diff.
"""

import os
import textwrap
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import chain, combinations
from pathlib import Path

import pytest
from sqlalchemy import Dialect, Executable, make_url

from datasources import cams, eps
from datasources.sql import DRIVERS, columns_statement, probe_statement

FOLDER = Path(__file__).parent / "statements"
DIALECTS = ("sqlite", "postgresql", "oracle")
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
}


def named(dialect: str) -> Iterator[tuple[str, Executable]]:
    """Every statement that we send, with a name."""
    yield "probe", probe_statement(dialect)
    yield "columns", columns_statement(eps.SESSION)
    yield "sessions_by_key", eps.sessions_by_key_statement()
    for chosen in chain.from_iterable(combinations(FILTERS, count) for count in range(len(FILTERS) + 1)):
        by = "".join(f"_by_{name}" for name in chosen)
        filters = frozenset(chosen)
        yield f"counts_of_sessions{by}", eps.counts_of_sessions_statement(filters)
        yield f"pages_of_sessions{by}", eps.pages_of_sessions_statement(filters, is_continued=False)
        yield f"pages_of_sessions{by}_continued", eps.pages_of_sessions_statement(filters, is_continued=True)
    yield "vocational_sessions", cams.vocational_sessions_statement(is_all=True)
    yield "vocational_sessions_of_groups", cams.vocational_sessions_statement(is_all=False)


def compiled(statement: Executable, dialect: Dialect) -> str:
    """The text that the driver is given, with its long lines broken at blanks."""
    needed = statement.compile(dialect=dialect).params
    bound = statement.params({name: VALUES[name] for name in needed})
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


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", [name for name, _ in named("sqlite")])
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
    names = {name for _, statement in named("oracle") for name in statement.compile(dialect=dialect).params}
    assert {name.upper() for name in names}.isdisjoint(ORACLE_RESERVED.split())
    assert names == set(VALUES)
