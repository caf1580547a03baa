"""What a resolver is given, and how its questions meet those of its siblings."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Self, TypeAlias, TypeVar

import strawberry
from aiodataloader import DataLoader

from datasources.errors import ServiceError
from datasources.sources import Sources
from resolvers.access import Viewer
from resolvers.audit import Reading, audited

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

# Keys that one call may carry. Sources cut their IN-lists themselves; this only bounds what is held at once.
KEYS_IN_CALL = 100_000

Fetch: TypeAlias = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Value | ServiceError]]]


@dataclass(frozen=True, eq=False)
class Batch(Generic[Key, Value]):
    """A question that a source answers for many keys in one call. `absent` answers a key that it has nothing for.

    `reading` says what the answers tell of named persons, when they do: it is recorded before anybody has them.
    """

    fetch: Callable[[Sources], Fetch[Key, Value]]
    absent: Value
    reading: Callable[[Mapping[Key, Value]], Reading] | None = None


def one(
    fetch: Callable[[Sources], Fetch[Key, Value]],
    reading: Callable[[Mapping[Key, Value | None]], Reading] | None = None,
) -> Batch[Key, Value | None]:
    """A batch of to-one questions: a record for a key, or null."""
    return Batch(fetch, None, reading)


def many(
    fetch: Callable[[Sources], Fetch[Key, list[Value]]],
    reading: Callable[[Mapping[Key, list[Value]]], Reading] | None = None,
) -> Batch[Key, list[Value]]:
    """A batch of to-many questions: the records of a key, or an empty list."""
    return Batch(fetch, [], reading)


def _looked_at(task: asyncio.Task[None]) -> None:
    """A failure that nobody waited for is reported by asyncio; here somebody left."""
    if not task.cancelled():
        task.exception()


# A call goes out when for so many turns of the loop no question for its batch has come: siblings that take a turn more
# to ask, and theirs in turn, still come along. The first turn is the one in which it begins; a single question takes
# three of them to come through its loader.
QUIET_TURNS = 5


@dataclass(eq=False)
class _Call(Generic[Key]):
    """One call to a batch, while it is gathered and until it is answered."""

    keys: dict[Key, None]
    task: asyncio.Task[None]
    waiting: int = 0
    asked: int = 0


class Answers(Generic[Key, Value]):
    """What one batch was asked in one request: keys asked in the same moment share a call, answers are remembered."""

    def __init__(self, batch: Batch[Key, Value], context: "RequestContext") -> None:
        self._fetch = batch.fetch(context.sources)
        self._absent = batch.absent
        self._reading = batch.reading
        self._context = context
        self._answers: dict[Key, Value | Exception] = {}
        self._under_way: list[_Call[Key]] = []
        self._gathering: _Call[Key] | None = None

    async def of(self, keys: Sequence[Key], *, is_alone: bool) -> list[Value | Exception]:
        """The answers for `keys`, in their order; an exception in the place of each that failed."""
        answers = self._answers
        try:
            missing = [key for key in keys if key not in answers]
        except TypeError:
            return await self._of_some(keys)
        if missing:
            if is_alone and not self._under_way:
                await self._ask(dict.fromkeys(missing))
            else:
                for call in self._asked(missing):
                    await self._answered(call)
        return [answers[key] for key in keys]

    def abandon(self) -> None:
        """Nobody wants what is still being asked."""
        for call in self._under_way:
            call.task.cancel()

    async def _of_some(self, keys: Sequence[Key]) -> list[Value | Exception]:
        """As `of`, where some of the keys cannot be hashed: that is the answer for those."""
        refused = {place: error for place, key in enumerate(keys) if (error := _refusal(key)) is not None}
        if not refused:
            raise TypeError("keys that cannot be compared")
        others = iter(await self.of([key for place, key in enumerate(keys) if place not in refused], is_alone=False))
        return [refused[place] if place in refused else next(others) for place in range(len(keys))]

    def _asked(self, keys: list[Key]) -> list[_Call[Key]]:
        """The calls that will answer `keys`: those under way, and the one that is gathered in this moment."""
        calls = []
        for call in self._under_way:
            if any(key in call.keys for key in keys):
                calls.append(call)
                keys = [key for key in keys if key not in call.keys]
        if keys:
            if self._gathering is None:
                new: dict[Key, None] = {}
                self._gathering = _Call(new, asyncio.create_task(self._gathered(new)))
                self._gathering.task.add_done_callback(_looked_at)
                self._under_way.append(self._gathering)
            self._gathering.keys.update(dict.fromkeys(keys))
            if self._gathering not in calls:
                calls.append(self._gathering)
        if self._gathering is not None:
            self._gathering.asked += 1
        return calls

    async def _answered(self, call: _Call[Key]) -> None:
        """Wait for a call with whoever else does. It ends when nobody waits any more."""
        call.waiting += 1
        try:
            await asyncio.shield(call.task)
        finally:
            call.waiting -= 1
            if not call.waiting:
                call.task.cancel()

    async def _gathered(self, gathered: dict[Key, None]) -> None:
        try:
            await self._quiet()
            self._gathering = None
            await self._ask(gathered)
        finally:
            if self._gathering is not None and self._gathering.keys is gathered:
                self._gathering = None
            self._under_way = [call for call in self._under_way if call.keys is not gathered]

    async def _quiet(self) -> None:
        """Wait until nobody seems to ask any more."""
        call = self._gathering
        assert call is not None  # it is ours until we are done
        asked, quiet = 1, 0
        while True:
            asked, quiet = call.asked, quiet + 1 if call.asked == asked else 0
            if quiet == QUIET_TURNS:
                return
            await asyncio.sleep(0)

    async def _ask(self, gathered: dict[Key, None]) -> None:
        """Have all these keys answered. Raises only what nobody may swallow."""
        try:
            keys = list(gathered)
            for start in range(0, len(keys), KEYS_IN_CALL):
                asked = keys[start : start + KEYS_IN_CALL]
                found = await self._fetch(asked)
                if self._reading is not None:
                    told = {key: found.get(key, self._absent) for key in asked}
                    good = {key: value for key, value in told.items() if not isinstance(value, ServiceError)}
                    await audited(self._context, self._reading(good))
                self._answers.update(found)
            for key in gathered.keys() - self._answers.keys():
                self._answers[key] = copy(self._absent)  # an empty list of its own
        except Exception as failure:  # noqa: BLE001 whoever asked for a key is told, and the mask sorts bugs out
            self._answers.update(dict.fromkeys(gathered, failure))


def _refusal(key: object) -> TypeError | None:
    """Why a key cannot be one: it cannot be hashed."""
    try:
        hash(key)
    except TypeError as error:
        return error
    return None


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a call ended that did not answer, for whoever waits: a loader whose task ends so would tell nobody."""

    failure: BaseException


class RequestContext:
    """Who asks, whom we may ask, and what was already answered in this request."""

    def __init__(self, viewer: Viewer, sources: Sources) -> None:
        self.viewer = viewer
        self.sources = sources
        self._answers: dict[Batch[Any, Any], Answers[Any, Any]] = {}
        self._loaders: dict[Batch[Any, Any], DataLoader[Any, Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        """The request is over: what is still being asked for it is wanted by nobody."""
        for answers in self._answers.values():
            answers.abandon()

    async def load(self, batch: Batch[Key, Value], key: Key) -> Value:
        """The batch's answer for `key`, asked together with all keys asked in the same moment; remembered.

        Raises the ServiceError with which the source answered.
        """
        loader = self._loaders.get(batch)
        if loader is None:
            # `Answers` remembers. A future remembered here would be cancelled for all when one of them is.
            loader = DataLoader(partial(self._load_single, batch), cache=False, max_batch_size=KEYS_IN_CALL)
            self._loaders[batch] = loader
        answer: Value | _Ended = await loader.load((key,))  # in a tuple: the loader takes no None for a key
        if isinstance(answer, _Ended):
            raise answer.failure
        return answer

    async def _load_single(self, batch: Batch[Key, Value], keys: list[tuple[Key]]) -> list[Value | Exception | _Ended]:
        try:
            return [*await self.load_level(batch, [key for (key,) in keys])]
        except BaseException as failure:  # noqa: BLE001 raised again where each of the keys is waited for
            return [_Ended(failure)] * len(keys)

    async def load_level(
        self, batch: Batch[Key, Value], keys: Sequence[Key], *, is_alone: bool = False
    ) -> list[Value | Exception]:
        """The batch's answers for all keys of a level, in their order; an exception in the place of each that failed.

        Keys already answered in this request, by this or by `load`, are not asked again. When the asker `is_alone`,
        there is nobody to wait for.
        """
        answers = self._answers.get(batch)
        if answers is None:
            answers = self._answers[batch] = Answers(batch, self)
        return await answers.of(keys, is_alone=is_alone)


Info: TypeAlias = strawberry.Info[RequestContext, None]

EDGE = "edge"  # the key of a field's metadata under which its Edge is found


@dataclass(frozen=True)
class Edge(Generic[Key, Value]):
    """A relation that is a batch: which question, by which key of the parent, and the right it needs.

    Whoever executes an operation may gather the keys of all parents and ask once; `resolve` is the same for one.
    """

    batch: Batch[Key, Value]
    key: Callable[..., Key]  # (parent, **arguments) -> key
    right: str
    other_rights: tuple[str, ...] = ()  # any of them will do, too

    def check(self, context: RequestContext) -> None:
        """Raise Unauthenticated or Forbidden unless the relation may be asked."""
        context.viewer.require(self.right, *self.other_rights)

    async def resolve(self, parent: object, info: Info, arguments: Mapping[str, object]) -> Value:
        self.check(info.context)
        return await info.context.load(self.batch, self.key(parent, **arguments))


def edge(batch: Batch[Key, Value], right: str, *other_rights: str) -> Callable[[Callable[..., Key]], Edge[Key, Value]]:
    """Make a function from a parent and the field's arguments to a key into a relation answered by `batch`."""

    def declare(key: Callable[..., Key]) -> Edge[Key, Value]:
        return Edge(batch, key, right, other_rights)

    return declare
