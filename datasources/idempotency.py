"""The same key again gets the first answer again: keys, digests of what was asked, and answers, beside what they made.

A key is one caller's, for one operation: what another caller or operation names alike is another key.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy import Column, MetaData, String, Table, Text, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.columns import Instant, upsert
from datasources.errors import Conflict

# For so long a repeated request finds its answer; older keys are forgotten at the next start.
KEPT = timedelta(days=90)
USED_BEFORE = "this idempotency key was used before, for something else"
KEY_LENGTH = 200
SCOPE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Request:
    """A request that may come again. `scope` says whose it is and for what; `digest` what was asked."""

    scope: str
    key: str
    digest: str


def request_of(subject: str, operation: str, key: str, asked: object) -> Request:
    """The request of `subject` for `operation` under `key`. `asked` is what was asked, as JSON values."""
    digest = hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()
    return Request(f"{operation}:{subject}"[:SCOPE_LENGTH], key, digest)


def requests_table(tables: MetaData, store: str) -> Table:
    """A store's table of requests; several stores may share a database."""
    return Table(
        f"{store}_request",
        tables,
        Column("scope", String(SCOPE_LENGTH), primary_key=True),
        Column("key", String(KEY_LENGTH), primary_key=True),
        Column("digest", String(64), nullable=False),
        Column("answer", Text),
        Column("asked_at", Instant, nullable=False, index=True),
    )


async def once(
    connection: AsyncConnection, table: Table, asked: Request, now: datetime, work: Callable[[], Awaitable[str]]
) -> str:
    """The answer of `work`, done in this transaction; or the first answer, when the same was asked under this key.

    Two at the same moment: the second waits for the first. Raises Conflict when the key was used for something else.
    """
    values = {"scope": asked.scope, "key": asked.key, "digest": asked.digest, "asked_at": now}
    claim = upsert(connection.dialect.name, table).on_conflict_do_nothing()
    if (await connection.execute(claim, values)).rowcount == 0:
        found = (await first_answers(connection, table, [asked]))[asked]
        if isinstance(found, Conflict):
            raise found
        return found
    answer = await work()
    is_ours = (table.c.scope == asked.scope) & (table.c.key == asked.key)
    await connection.execute(update(table).where(is_ours).values(answer=answer))
    return answer


async def first_answers(
    connection: AsyncConnection, table: Table, asked: Sequence[Request]
) -> Mapping[Request, str | Conflict]:
    """The answers of those requests that were answered before; a Conflict for a key that was used for something else.

    For many at once, by a writer that holds a lock of its own against others who ask the same.
    """
    keys = {(one.scope, one.key) for one in asked}
    statement = select(table.c.scope, table.c.key, table.c.digest, table.c.answer).where(
        tuple_(table.c.scope, table.c.key).in_(bindparam("names", expanding=True))
    )
    rows = await connection.execute(statement, {"names": list(keys)})
    known = {(scope, key): (digest, answer) for scope, key, digest, answer in rows}
    found: dict[Request, str | Conflict] = {}
    for one in asked:
        digest, answer = known.get((one.scope, one.key), (None, None))
        if digest is not None:
            found[one] = answer if digest == one.digest else Conflict(USED_BEFORE)
    return found


async def remember(connection: AsyncConnection, table: Table, answers: Mapping[Request, str], now: datetime) -> None:
    """Keep the answers of requests that `first_answers` did not know, in the transaction that made them."""
    rows = [
        {"scope": one.scope, "key": one.key, "digest": one.digest, "answer": answer, "asked_at": now}
        for one, answer in answers.items()
    ]
    await connection.execute(insert(table), rows)


async def forget_old(connection: AsyncConnection, table: Table, now: datetime) -> None:
    """Forget keys that are older than `KEPT`."""
    await connection.execute(delete(table).where(table.c.asked_at < now - KEPT))
