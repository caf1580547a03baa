"""Small transactions that follow one another: each of a few statements, which are asked of the driver directly."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Dialect, Executable
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.util import await_only

from datasources.statement import DriverStatement, Rows

Answer = TypeVar("Answer")

# Statements that a store has compiled for its steps: a few are written, one with lists of several lengths.
STATEMENTS = 100
# How often a writer asks whether it is its turn: about as often as others take theirs.
TURN_SECONDS = 0.001


class Undone(Exception):
    """Raised within a step: nothing of it is stored, and the steps after it go on."""


class Step:
    """The transaction that a step is. `dialect` is the kind of its database."""

    def __init__(
        self, dialect: str, prepared: Callable[[Executable], DriverStatement], fetch: Callable[[str, list[Any]], Any]
    ) -> None:
        self.dialect = dialect
        self._prepared = prepared
        self._fetch = fetch

    def rows(self, statement: Executable, values: Mapping[str, Any]) -> Rows:
        """All rows that a statement gives: of one that writes, those that it returns.

        It is made once and kept, and its parameters are written out: what was compiled is found by the statement.
        """
        prepared = self._prepared(statement)
        return prepared.rows(self._fetch(*prepared.asked(values)))


Work = Callable[[Step], Answer]


class Steps:
    """Makes steps on connections that are lent to it, with statements that were compiled once for their dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect.name
        self._prepared = lru_cache(STATEMENTS)(lambda statement: DriverStatement(statement, dialect))

    def in_file(self, driver: sqlite3.Connection, lock_seconds: float, work: Work[Answer]) -> Answer | None:
        """What `work` gives, committed; None when it is undone. Waits `lock_seconds` for its turn to write.

        Blocks: for a thread.
        """
        wait_for_turn(
            lambda: driver.execute("BEGIN IMMEDIATE"), lock_seconds, sqlite3.OperationalError,
            lambda: time.sleep(TURN_SECONDS),
        )  # fmt: skip
        step = Step(self._dialect, self._prepared, lambda text, values: driver.execute(text, values).fetchall())
        try:
            answer = work(step)
            driver.execute("COMMIT")
        except Undone:
            return None
        finally:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
        return answer

    async def on_postgresql(self, connection: AsyncConnection, work: Work[Answer]) -> Answer | None:
        """As `in_file`, where nobody waits for a turn."""
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        step = Step(self._dialect, self._prepared, lambda text, values: await_only(driver.fetch(text, *values)))
        with contextlib.suppress(Undone):
            async with driver.transaction():
                return await connection.run_sync(lambda _: work(step))
        return None


def wait_for_turn(
    begin: Callable[[], object], lock_seconds: float, refusal: type[Exception], wait: Callable[[], object]
) -> None:
    """Begin a transaction that writes to a file, as soon as nobody else does. Raises `refusal` after `lock_seconds`.

    SQLite itself waits in steps that grow to a tenth of a second: next to a busy writer it would never get its turn.
    """
    ends_at = time.monotonic() + lock_seconds
    while True:
        try:
            begin()
        except refusal as error:
            code: int = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0)
            if code & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > ends_at:
                raise
        else:
            return
        wait()
