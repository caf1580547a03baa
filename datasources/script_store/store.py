"""A request for scripts from its arrival to RM's answer: who sends it now, and what was answered."""

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import orjson
from sqlalchemy import and_, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.columns import upsert
from datasources.errors import Conflict
from datasources.script_store.tables import REQUEST
from datasources.stores import Store

# For so long a repeated request finds its answer.
KEPT = timedelta(days=90)


class RequestState(Enum):
    """How far a request is."""

    STORED = "STORED"  # to be sent when it is asked for again
    SENDING = "SENDING"
    ANSWERED = "ANSWERED"


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Whose request it is, and what that caller calls it."""

    subject: str
    reference: str


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """What the store knows of a request. `is_ours` when the one who asked is the one to send it now.

    `answer` is RM's, in RM's own words; None before it came.
    """

    rm_key: str
    state: RequestState
    is_ours: bool
    answer: str | None

    @property
    def is_being_sent(self) -> bool:
        return self.state is RequestState.SENDING


class ScriptStore:
    """Stores requests for scripts. Each is sent by one at a time, whichever process that is."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self.store = store
        self._now = now

    async def claim_request(self, key: RequestKey, asked: Sequence[Any], sending_seconds: float) -> StoredRequest:
        """Store a request of these directives, or find it; and the right to send it, if nobody else has that.

        Who has the right gives it back by `store_answer` or `release_request`; else it lapses after
        `sending_seconds`. One call. Raises Conflict when the reference was used for other directives; BackendTimeout,
        BackendUnavailable, BackendRefused.
        """
        directives = orjson.dumps([asdict(each) for each in asked], option=orjson.OPT_SORT_KEYS)
        now = self._now()
        row: dict[str, Any] = {
            "subject": key.subject, "reference": key.reference, "state": RequestState.SENDING.value,
            "digest": hashlib.sha256(directives).hexdigest(), "directives": directives.decode(),
            "rm_key": uuid.uuid4().hex, "sending_until": now + timedelta(seconds=sending_seconds), "requested_at": now,
        }  # fmt: skip

        async def claim(connection: AsyncConnection) -> StoredRequest:
            await connection.execute(delete(REQUEST).where(REQUEST.c.requested_at < now - KEPT))
            new = upsert(connection.dialect.name, REQUEST).on_conflict_do_nothing()
            if (await connection.execute(new, row)).rowcount == 1:
                return StoredRequest(row["rm_key"], RequestState.SENDING, is_ours=True, answer=None)
            return await _claimed_again(connection, key, row, now)

        return await self.store.write(claim, is_repeatable=False)

    async def request_by_key(self, key: RequestKey) -> StoredRequest | None:
        """How far a request is. One call. Raises BackendTimeout, BackendUnavailable, BackendRefused."""
        rows = await self.store.database.rows(_STATE, {"of_subject": key.subject, "of_reference": key.reference})
        return StoredRequest(rows[0][0], RequestState(rows[0][1]), is_ours=False, answer=rows[0][3]) if rows else None

    async def store_answer(self, key: RequestKey, answer: str) -> None:
        """RM's answer, for whoever asks again. One call. Raises as `claim_request`."""
        values = {
            "state": RequestState.ANSWERED.value, "answer": answer, "answered_at": self._now(), "sending_until": None,
        }  # fmt: skip
        await self._update(key, values)

    async def release_request(self, key: RequestKey) -> None:
        """It could not be sent: whoever asks next sends it. One call. Raises as `claim_request`."""
        await self._update(key, {"state": RequestState.STORED.value, "sending_until": None})

    async def _update(self, key: RequestKey, values: dict[str, object]) -> None:
        async def change(connection: AsyncConnection) -> None:
            await connection.execute(update(REQUEST).where(_is(key), REQUEST.c.answer.is_(None)).values(values))

        await self.store.write(change, is_repeatable=True)


_STATE = select(REQUEST.c.rm_key, REQUEST.c.state, REQUEST.c.sending_until, REQUEST.c.answer).where(
    REQUEST.c.subject == bindparam("of_subject"), REQUEST.c.reference == bindparam("of_reference")
)


def _is(key: RequestKey) -> Any:  # noqa: ANN401 a condition of SQLAlchemy's
    return and_(REQUEST.c.subject == key.subject, REQUEST.c.reference == key.reference)


async def _claimed_again(
    connection: AsyncConnection, key: RequestKey, row: dict[str, Any], now: datetime
) -> StoredRequest:
    columns = (REQUEST.c.rm_key, REQUEST.c.digest, REQUEST.c.answer, REQUEST.c.sending_until)
    found = (await connection.execute(select(*columns).where(_is(key)).with_for_update())).one()
    if found.digest != row["digest"]:
        raise Conflict(f"requestReference {key.reference} was used before, for other directives")
    if found.answer is not None:
        return StoredRequest(found.rm_key, RequestState.ANSWERED, is_ours=False, answer=found.answer)
    if found.sending_until is not None and found.sending_until > now:
        return StoredRequest(found.rm_key, RequestState.SENDING, is_ours=False, answer=None)
    claimed = {"state": RequestState.SENDING.value, "sending_until": row["sending_until"]}
    await connection.execute(update(REQUEST).where(_is(key)).values(claimed))
    return StoredRequest(found.rm_key, RequestState.SENDING, is_ours=True, answer=None)
