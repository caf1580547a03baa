"""What a resolver is given, and how its questions meet those of its siblings."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeAlias, TypeVar

import strawberry
from aiodataloader import DataLoader

from datasources.errors import ServiceError
from datasources.sources import Sources
from resolvers.access import Viewer

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

# Keys that one call may carry. Sources cut their IN-lists themselves; this only bounds what is held at once.
KEYS_IN_CALL = 10_000

Fetch: TypeAlias = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Value | ServiceError]]]


@dataclass(frozen=True, eq=False)
class Batch(Generic[Key, Value]):
    """A question that a source answers for many keys in one call. `absent` answers a key that it has nothing for."""

    fetch: Callable[[Sources], Fetch[Key, Value]]
    absent: Value


def one(fetch: Callable[[Sources], Fetch[Key, Value]]) -> Batch[Key, Value | None]:
    """A batch of to-one questions: a record for a key, or null."""
    return Batch(fetch, absent=None)


def many(fetch: Callable[[Sources], Fetch[Key, list[Value]]]) -> Batch[Key, list[Value]]:
    """A batch of to-many questions: the records of a key, or an empty list."""
    return Batch(fetch, absent=[])


class RequestContext:
    """Who asks, whom we may ask, and what was already answered in this request."""

    def __init__(self, viewer: Viewer, sources: Sources) -> None:
        self.viewer = viewer
        self.sources = sources
        self._loaders: dict[Batch[Any, Any], DataLoader[Any, Any]] = {}
        self._asking: set[asyncio.Task[Any]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        """The request is over: what is still being asked for it is wanted by nobody."""
        for task in self._asking:
            task.cancel()

    async def load(self, batch: Batch[Key, Value], key: Key) -> Value:
        """The batch's answer for `key`, asked together with all keys asked in the same moment; remembered.

        Raises the ServiceError with which the source answered.
        """
        loader = self._loaders.get(batch)
        if loader is None:
            loader = DataLoader(self._batch_function(batch), max_batch_size=KEYS_IN_CALL)
            self._loaders[batch] = loader
        answer: Value = await loader.load(key)
        return answer

    def _batch_function(
        self, batch: Batch[Key, Value]
    ) -> Callable[[list[Key]], Coroutine[Any, Any, list[Value | ServiceError]]]:
        fetch = batch.fetch(self.sources)

        async def ask(keys: list[Key]) -> list[Value | ServiceError]:
            task = asyncio.current_task()
            assert task is not None  # the loader runs this in one of its own
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
            answers = await fetch(keys)
            return [answers.get(key, batch.absent) for key in keys]

        return ask


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

    async def resolve(self, parent: object, info: Info, arguments: Mapping[str, object]) -> Value:
        info.context.viewer.require(self.right)
        return await info.context.load(self.batch, self.key(parent, **arguments))


def edge(batch: Batch[Key, Value], right: str) -> Callable[[Callable[..., Key]], Edge[Key, Value]]:
    """Make a function from a parent and the field's arguments to a key into a relation answered by `batch`."""

    def declare(key: Callable[..., Key]) -> Edge[Key, Value]:
        return Edge(batch, key, right)

    return declare
