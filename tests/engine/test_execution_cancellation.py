"""Cancelling a run, what nobody may swallow, and resolvers that never end."""

import asyncio
import contextlib
import gc
from collections.abc import Awaitable, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from support.execution import (
    RIGHT,
    Catastrophe,
    Context,
    HolderContext,
    World,
    holder_of_context,
    leaving_no_tasks,
    returns,
    returns_later,
    way_to_field,
    world,
)

from engine.run import Engine
from resolvers.context import Batch, Edge

SDL = """
type Query { a: Int, b: Int, c: Int, row: Row, rows: [Row!]! }
type Mutation { a: Int, b: Int }
type Row { a: Int, b: Int, plain: Int, relation: Int }
"""


class Waiting(Context):
    """A context in which resolvers wait forever, and tell when they begin and how they end."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = 0
        self.all_begun = asyncio.Event()
        self.when_all_begun: Callable[[], None] = self.all_begun.set
        self.ended: list[str] = []

    async def wait(self, until: int) -> None:
        self.begun += 1
        if self.begun == until:
            self.when_all_begun()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise


def waits(until: int) -> Callable[..., Awaitable[None]]:
    async def resolve(_source: Any, info: Any) -> None:
        await info.context.wait(until)

    return resolve


async def _cancelled(made: World, engine: Engine, text: str) -> Waiting:
    """Run until all resolvers wait, cancel, and see that the run says so."""
    context = Waiting()
    run = asyncio.create_task(engine.run(made.documents.prepared(text), None, {}, context))
    async with asyncio.timeout(2):
        await context.all_begun.wait()
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
    return context


@pytest.mark.parametrize(
    ("text", "waiting"),
    [
        ("{ a }", 1),
        ("{ a b }", 2),
        ("{ row { a } }", 1),
        ("{ row { a b } b }", 3),
        ("{ rows { a } }", 3),
        ("{ rows { a b plain } a }", 7),
        ("mutation { a b }", 1),
    ],
)
async def test_a_cancelled_run_cancels_its_resolvers(text: str, waiting: int) -> None:
    wait = waits(waiting)
    made = world(
        SDL,
        {
            **{f"{type_}.{name}": wait for type_ in ("Query", "Mutation", "Row") for name in "ab"},
            "Query.row": lambda *_: SimpleNamespace(plain=1),
            "Query.rows": returns_later([SimpleNamespace(plain=1) for _ in range(3)]),
        },
    )
    for engine in made.runs():
        async with leaving_no_tasks():
            context = await _cancelled(made, engine, text)
        assert context.ended == ["cancelled"] * waiting


async def test_awaitables_in_lists_are_cancelled_with_the_run() -> None:
    made = world("type Query { list: [Int] }", {"Query.list": lambda _source, info: [info.context.wait(1)]})
    for engine in made.runs():
        async with leaving_no_tasks():
            context = await _cancelled(made, engine, "{ list }")
        assert context.ended == ["cancelled"]


async def _until_all_wait(run: Awaitable[Any], context: Waiting) -> None:
    """Run with a deadline that is there as soon as all resolvers wait."""
    async with asyncio.timeout(None) as deadline:
        context.when_all_begun = lambda: deadline.reschedule(0)
        await run


async def test_an_outer_deadline_ends_what_never_would() -> None:
    made = world(SDL, {"Query.a": waits(2), "Query.b": waits(2), "Query.c": returns(1)})
    for engine in made.runs():
        context = Waiting()
        async with leaving_no_tasks():
            with pytest.raises(TimeoutError):
                await _until_all_wait(engine.run(made.documents.prepared("{ a b c }"), None, {}, context), context)
        assert context.ended == ["cancelled"] * 2


async def test_a_deadline_inside_a_resolver_is_its_own() -> None:
    async def impatient(_source: Any, info: Any) -> None:
        async with asyncio.timeout(0.01):
            await info.context.wait(1)

    made = world(SDL, {"Query.a": impatient, "Query.b": returns_later(2)}, make_context=Waiting)
    for context in await made.gives("{ a b }", {"a": None, "b": 2}, [" @ a"]):
        assert context.ended == ["cancelled"]


async def test_the_next_run_is_whole_after_a_cancelled_one() -> None:
    made = world(SDL, {"Query.a": waits(1), "Query.b": returns(2)})
    for engine in made.runs():
        await _cancelled(made, engine, "{ a b }")
    await made.gives("{ b }", {"b": 2})


async def test_a_resolver_that_clears_up_slowly_is_waited_for() -> None:
    """A run that is cancelled ends after its resolvers, not before."""

    async def slow_to_leave(_source: Any, info: Any) -> None:
        try:
            await info.context.wait(2)
        finally:
            for _ in range(5):
                await asyncio.sleep(0)
            info.context.ended.append("cleared up")

    made = world(SDL, {"Query.a": slow_to_leave, "Query.b": slow_to_leave})
    for engine in made.runs():
        context = await _cancelled(made, engine, "{ a b }")
        assert sorted(context.ended) == ["cancelled", "cancelled", "cleared up", "cleared up"]


async def test_a_resolver_that_is_cancelled_by_itself() -> None:
    """Whatever it awaited was cancelled by somebody else: the run ends as cancelled."""

    async def cancelled(_source: Any, _info: Any) -> None:
        raise asyncio.CancelledError

    made = world(SDL, {"Query.a": cancelled, "Query.b": returns(1), "Row.a": cancelled, "Query.row": returns(object())})
    for text in ("{ a }", "{ a b }", "{ row { a } }", "{ b row { a } }"):
        for engine in made.runs():
            async with leaving_no_tasks():
                with pytest.raises(asyncio.CancelledError):
                    await engine.run(made.documents.prepared(text), None, {}, Context())


def raising(error: type[BaseException], *, later: bool) -> Callable[..., Any]:
    def resolve(_source: Any, _info: Any) -> Any:
        raise error("stop")

    async def resolve_later(_source: Any, _info: Any) -> Any:
        await asyncio.sleep(0)
        raise error("stop")

    return resolve_later if later else resolve


@pytest.fixture
def collected() -> Iterator[None]:
    """What a test leaves behind is told of in that test."""
    yield
    gc.collect()


# A resolver that is never awaited because of it is not the engine's fault.
LEFT_BEHIND = pytest.mark.filterwarnings(
    "ignore:coroutine:RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@LEFT_BEHIND
@pytest.mark.usefixtures("collected")
@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("text", ["{ a }", "{ a b }", "{ b row { a } }", "{ rows { a b } }", "mutation { a b }"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, Catastrophe])
def test_what_nobody_may_swallow(error: type[BaseException], text: str, *, later: bool) -> None:
    """In a loop of its own, for the loop stops with it."""
    fail = raising(error, later=later)
    made = world(
        SDL,
        {
            **{f"{type_}.a": fail for type_ in ("Query", "Mutation", "Row")},
            **{f"{type_}.b": returns_later(1) for type_ in ("Query", "Row")},
            "Query.row": returns(SimpleNamespace()),
            "Query.rows": returns([SimpleNamespace(), SimpleNamespace()]),
        },
    )
    for engine in made.runs():
        assert _raised(made, engine, text) is error


def _raised(made: World, engine: Engine, text: str) -> type[BaseException] | None:
    """What a run raises, in a loop of its own; nothing of it is left behind."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # what is raised is found out below
    raised = None
    try:
        loop.run_until_complete(engine.run(made.documents.prepared(text), None, {}, Context()))
    except BaseException as error:  # noqa: BLE001 it is what is asked for
        raised = type(error)
    while tasks := asyncio.all_tasks(loop):
        for task in tasks:
            task.cancel()
        with contextlib.suppress(BaseException):
            loop.run_until_complete(asyncio.wait(tasks))
    loop.close()
    return raised


@LEFT_BEHIND
@pytest.mark.usefixtures("collected")
@pytest.mark.parametrize("way", ["attribute", "computed", "sync", "async"])
async def test_what_nobody_may_swallow_by_every_way(way: str) -> None:
    def fail() -> None:
        raise Catastrophe("stop")

    made = world(
        "type Query { holder: Holder } type Holder { field: Int }",
        {"Query.holder": holder_of_context, "Holder.field": way_to_field(way)},
    )
    for engine in made.runs():
        with pytest.raises(Catastrophe):
            await engine.run(made.documents.prepared("{ holder { field } }"), None, {}, HolderContext(fail))


@LEFT_BEHIND
@pytest.mark.usefixtures("collected")
async def test_what_nobody_may_swallow_from_everything_that_is_asked() -> None:
    def fail(*_: Any) -> Any:
        raise Catastrophe("stop")

    sdl = """
    scalar S
    interface I { x: Int }
    type T implements I { x: Int, k: Int, s: S }
    type Query { i: I, t: T, s: S, k: Int }
    """
    batch = Batch[Any, Any](lambda _sources: returns_later({}), absent=None)  # type: ignore[arg-type]
    some: dict[str, Any] = {"Query.i": returns("v"), "Query.t": returns(SimpleNamespace(s=1)), "Query.s": returns(1)}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"resolve_type": {"I": fail}}, "{ i { x } }"),
        ({"is_type_of": {"T": fail}}, "{ t { x } }"),
        ({"scalars": {"S": fail}}, "{ s }"),
        ({"scalars": {"S": fail}}, "{ t { s } }"),
    ]
    for more, text in cases:
        made = world(sdl, some, **more)
        for engine in made.runs():
            with pytest.raises(Catastrophe):
                await engine.run(made.documents.prepared(text), None, {}, Context())
    made = world(sdl, {**some, "T.k": Edge(batch, fail, RIGHT)})
    for engine in made.runs():
        with pytest.raises(Catastrophe):
            await engine.run(made.documents.prepared("{ t { k } }"), None, {}, Context())


async def test_what_nobody_may_swallow_does_not_wait_for_other_parents() -> None:
    """One parent's resolver raises, the others' never end."""

    async def resolve(source: Any, info: Any) -> None:
        if source == 0:
            raise Catastrophe("stop")
        await info.context.wait(99)

    made = world(SDL, {"Query.rows": returns([0, 1, 2]), "Row.a": resolve})
    for engine in made.runs():
        with pytest.raises(Catastrophe):
            async with asyncio.timeout(0.1):
                await engine.run(made.documents.prepared("{ rows { a } }"), None, {}, Waiting())


async def test_what_nobody_may_swallow_cancels_its_siblings() -> None:
    """Two fields of one object: one raises, the other never ends."""
    made = world(SDL, {"Query.a": raising(Catastrophe, later=True), "Query.b": waits(1)})
    context = Waiting()
    async with leaving_no_tasks():
        with pytest.raises(Catastrophe):
            async with asyncio.timeout(1):
                await made.compiled.run(made.documents.prepared("{ a b }"), None, {}, context)
    assert context.ended == ["cancelled"]


async def test_an_ordinary_failure_does_not_cancel_its_siblings() -> None:
    """Also when it takes their data along: what they do is done."""

    async def notes(_source: Any, info: Any) -> int:
        for _ in range(3):
            await asyncio.sleep(0)
        info.context.log.append("done")
        return 1

    def fail(_source: Any, _info: Any) -> None:
        raise ValueError("boom")

    made = world(
        "type Query { a: Int, b: Int, strict: Int! }", {"Query.a": fail, "Query.b": notes, "Query.strict": fail}
    )
    for context in await made.gives("{ a b }", {"a": None, "b": 1}, ["boom @ a"]):
        assert context.log == ["done"]
