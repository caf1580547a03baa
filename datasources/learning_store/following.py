"""Learners' enrolments as they change: what is heard of a learner is read once by each who follows that learner."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextvars import Context

from prometheus_client import Gauge

from datasources.hearing import Hearing
from datasources.learning_store.reading import Reader
from datasources.learning_store.records import EnrolmentKey, EnrolmentRecord
from datasources.learning_store.writing import CHANNEL
from datasources.stores import Store

FOLLOWERS = Gauge("examgraph_learning_followers", "Subscribers to learners' progress now.", multiprocess_mode="livesum")


class Followers:
    """Whoever follows learners in this process. The store is listened to while there is somebody."""

    def __init__(self, store: Store, reader: Reader) -> None:
        self._reader = reader
        self._hearing = Hearing(store, CHANNEL, self._ask, self.hear, "learners_not_heard")
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._marks: dict[str, tuple[int, int]] = {}
        self._listening: asyncio.Task[None] | None = None

    def hear(self, learner: str) -> None:
        """Something of this learner's has changed."""
        for changed in self._waiting.get(learner, ()):
            changed.set()

    async def follow(self, learner: str) -> AsyncGenerator[EnrolmentRecord]:
        """Each enrolment as it is now, the newest first, and each that changes when it does. Never ends by itself.

        A slow follower hears of the last of several changes. Raises as `Reader.enrolments_by_learner`.
        """
        changed = asyncio.Event()
        self._begin(learner, changed)
        known: dict[EnrolmentKey, EnrolmentRecord] = {}
        try:
            while True:
                changed.clear()
                found = (await self._reader.enrolments_by_learner([learner]))[learner]
                now = {each.key: each for each in found}
                for key, each in now.items():
                    if known.get(key) != each:
                        yield each
                known = now
                await changed.wait()
        finally:
            self._end(learner, changed)

    async def close(self) -> None:
        """Nobody is told anything any more."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])

    def _begin(self, learner: str, changed: asyncio.Event) -> None:
        FOLLOWERS.inc()
        self._waiting[learner].add(changed)
        if self._listening is None:
            self._listening = asyncio.create_task(self._hearing.heard(), context=Context())

    def _end(self, learner: str, changed: asyncio.Event) -> None:
        FOLLOWERS.dec()
        self._waiting[learner].discard(changed)
        if not self._waiting[learner]:
            del self._waiting[learner]
            self._marks.pop(learner, None)
        if not self._waiting and self._listening is not None:
            self._listening.cancel()
            self._listening = None

    async def _ask(self) -> None:
        """Look which of the learners that are followed have changed since the last look."""
        marks = await self._reader.marks(list(self._waiting)) if self._waiting else {}
        for learner in list(self._waiting):
            mark = marks.get(learner, (0, 0))
            if self._marks.get(learner) != mark:
                self._marks[learner] = mark
                self.hear(learner)
