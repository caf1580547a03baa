"""The learning store: what learners do is stored, and read back with the progress that follows from it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.learning_store import writing
from datasources.learning_store.contexts import KnownContexts
from datasources.learning_store.following import Followers
from datasources.learning_store.reading import Reader
from datasources.learning_store.records import EnrolmentKey, EnrolmentRecord, ExportFormat, ScoredAttempt, ViewKey
from datasources.stores import Store

# How long a file that was exported can be fetched.
EXPORT_KEPT = timedelta(minutes=15)


class LearningStore:
    """Stores what learners do. Whatever it returns from is on the disk. Opened and closed with the process.

    All that writes raises BackendTimeout and BackendUnavailable, after which it is not known whether it was stored;
    BackendRefused.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self.store = store
        self.reader = Reader(store.database)
        self.contexts = KnownContexts(store.database)
        self._now = now
        self._followers = Followers(store, self.reader)

    def open(self) -> None:
        self.store.open()

    async def close(self) -> None:
        """End what follows learners, and close the store."""
        await self._followers.close()
        await self.store.close()

    async def start_view(self, key: ViewKey) -> None:
        """Begin a view, unless it has begun. One call."""

        async def start(connection: AsyncConnection, now: datetime) -> None:
            await writing.start_view(connection, key, now)

        await self._change(key, start)

    async def update_view(self, key: ViewKey, details: str, seconds: float) -> datetime | None:
        """Keep how far a view is, in JSON; when, or None for a view that has not begun or has ended.

        One call, which is one round trip; in a file, shared with those that arrive in the same moment.
        """
        now = self._now()
        asked = writing.update_parameters(key, details, seconds, now)
        rows = await self.store.write_one(writing.UPDATE_VIEW, asked, is_repeatable=True)
        return now if rows else None

    async def end_view(self, key: ViewKey, details: str | None) -> None:
        """Complete a view, begun or not, and renew the progress of its enrolment. One call."""

        async def end(connection: AsyncConnection, now: datetime) -> None:
            await writing.end_view(connection, key, now, details)

        await self._change(key, end)

    async def store_attempt(self, attempt: ScoredAttempt) -> None:
        """Store an attempt unless a later one of its name is there; complete its content as `end_view`. One call."""

        async def submit(connection: AsyncConnection, now: datetime) -> None:
            await writing.store_attempt(connection, attempt, now)
            await writing.end_view(connection, attempt.key[:4], now, None)

        await self._change(attempt.key[:4], submit)

    async def enrol(self, key: EnrolmentKey) -> None:
        """Enrol a learner, unless that was done before. One call."""
        now = self._now()

        async def work(connection: AsyncConnection) -> None:
            await writing.taken(connection, key[0])
            await writing.enrol(connection, key, now)

        await self.store.write(work, is_repeatable=True)
        self._followers.hear(key[0])

    async def delete_enrolments(self, learner: str, only: EnrolmentKey | None = None) -> None:
        """Delete a learner's enrolments, or only one, with what was viewed and tried under each. One call."""

        async def work(connection: AsyncConnection) -> None:
            await writing.taken(connection, learner)
            await writing.delete_enrolments(connection, learner, only)

        await self.store.write(work, is_repeatable=True)

    async def store_export(self, learner: str, kind: ExportFormat, content: str) -> datetime:
        """Keep a file for its learner, in the place of the one before; until when. One call."""
        now = self._now()

        async def work(connection: AsyncConnection) -> None:
            await writing.store_export(connection, learner, kind, content, now, now - EXPORT_KEPT)

        await self.store.write(work, is_repeatable=True)
        return now + EXPORT_KEPT

    async def exported(self, learner: str, kind: ExportFormat) -> str | None:
        """The content of a learner's newest file, while it is kept. One call. Raises as `Database.rows`."""
        return await self.reader.exported(learner, kind, self._now() - EXPORT_KEPT)

    def follow(self, learner: str) -> AsyncGenerator[EnrolmentRecord]:
        """Each enrolment of a learner as it is now, and again whenever it changes, whoever changed it."""
        return self._followers.follow(learner)

    async def _change(self, key: ViewKey, work: Callable[[AsyncConnection, datetime], Awaitable[None]]) -> None:
        """Do `work` on a view, and renew the enrolment that the view is under; again when the store was not reached."""
        now = self._now()

        async def change(connection: AsyncConnection) -> bool:
            await writing.taken(connection, key[0])
            await work(connection, now)
            return await writing.renew(connection, key[:3], now, has_views=True)

        if await self.store.write(change, is_repeatable=True):
            self._followers.hear(key[0])
