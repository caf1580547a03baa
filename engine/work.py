"""What one pass through a level leaves to be waited for, and what can only be done when all of it has come."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar

Result = TypeVar("Result")


class Work:
    """Waits and what follows them. A wait is given the work in which it leaves what it finds to do itself."""

    __slots__ = ("afters", "depth", "is_alone", "waits")

    def __init__(self, *, is_alone: bool) -> None:
        # Whether nothing else of the operation goes on beside it: no other question can be asked in this moment.
        self.is_alone = is_alone
        # How many objects the pass has gone down: the stack is not deep enough for any number.
        self.depth = 0
        self.waits: list[Callable[[Work], Awaitable[None]]] = []
        self.afters: list[Callable[[], None]] = []

    def later(self, wait: Callable[..., Awaitable[None]], *arguments: object) -> None:
        """Have `wait` called with the arguments and its own work, beside all other waits, after this pass."""
        self.waits.append(partial(wait, *arguments))

    def then(self, after: Callable[[], None]) -> None:
        """Have `after` called when all left so far is done, in the order of asking; now when nothing is."""
        if self.waits:
            self.afters.append(after)
        else:
            after()

    async def done(self) -> None:
        """Do all of it."""
        works = [self]
        # One wait after another needs no tasks, and no deeper stack.
        while len(waits := works[-1].waits) == 1:
            below = Work(is_alone=self.is_alone)
            await waits[0](below)
            works.append(below)
        if waits:
            await together([_branch(wait) for wait in waits])
        for work in reversed(works):
            for after in work.afters:
                after()


async def _branch(wait: Callable[[Work], Awaitable[None]]) -> None:
    below = Work(is_alone=False)
    await wait(below)
    await below.done()


async def together(work: Sequence[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Run all side by side; when one is cancelled or raises what nobody may swallow, none goes on."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
