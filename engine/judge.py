"""What becomes of values that are not as expected: the reference says it, and a failure goes up as far as it must."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from graphql import GraphQLError

from engine.places import Place, path_of
from engine.plan import FieldPlan, Shape
from engine.reference import Reference
from engine.values import caught, hold_awaitables, is_error, tried
from engine.work import Work

# Errors of positions that cannot be null, by index, for the position around them.
Failures: TypeAlias = dict[int, GraphQLError]


class Asked(NamedTuple):
    """A layer's values of one position on their way: `done` gets what becomes of them, `failures` what cannot stand."""

    plan: FieldPlan
    shape: Shape
    values: Sequence[Any]
    done: list[Any]
    place: Place
    failures: Failures


class Position(NamedTuple):
    """Where one value stands, as which of its layer, and where in `into` goes what becomes of it."""

    plan: FieldPlan
    shape: Shape
    place: Place
    which: int
    into: Any  # a list or a row
    key: int | str
    failures: Failures


class Judge:
    """Judges an operation's odd values and failures."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def fail(self, asked: Asked, failed: Iterable[tuple[int, GraphQLError]]) -> None:
        """Something below cannot be null: null its position, or hand the error on where that cannot be null either."""
        for index, error in failed:
            asked.done[index] = None
            if asked.shape.is_nullable:
                self._reference.add(error, path_of(asked.place, index))
            else:
                asked.failures.setdefault(index, error)

    def unread(self, position: Position, value: Any, work: Work) -> None:  # noqa: ANN401 whatever it is
        """Have the reference complete what stands in a record, once it is there."""
        if hold_awaitables([value]):
            work.later(self._read_later, position, value)
        else:
            self.one(position, value, work)

    def all_of(self, asked: Asked, odd: Iterable[int], work: Work) -> None:
        """Have the reference complete these of the values."""
        for index in odd:
            position = Position(asked.plan, asked.shape, asked.place, index, asked.done, index, asked.failures)
            self.one(position, asked.values[index], work)

    def one(self, position: Position, value: Any, work: Work) -> None:  # noqa: ANN401 whatever it is
        """Have the reference complete a value. What was awaited is not awaited again: that is left to the reference."""
        # An exception is not raised to be caught: a StopIteration would not come out of a coroutine as itself.
        completed = value if is_error(value) else tried(self._completed, position, value)
        if hold_awaitables([completed]):
            work.later(self._settle_later, position, completed)
        else:
            self._settle(position, completed)

    def _completed(self, position: Position, value: object) -> Any:  # noqa: ANN401 a value of the answer
        path = path_of(position.place, position.which)
        return self._reference.completed(position.plan, position.shape.type, path, value)

    async def _read_later(self, position: Position, value: Any, work: Work) -> None:  # noqa: ANN401
        self.one(position, await caught(value), work)

    async def _settle_later(self, position: Position, completed: Any, _work: Work) -> None:  # noqa: ANN401
        self._settle(position, await caught(completed))

    def _settle(self, position: Position, completed: Any) -> None:  # noqa: ANN401
        if not is_error(completed):
            position.into[position.key] = completed
            return
        position.into[position.key] = None
        path = path_of(position.place, position.which)
        located = self._reference.located(completed, position.plan, path)
        if position.shape.is_nullable:
            self._reference.add(located, path)
        else:
            position.failures.setdefault(position.which, located)
