"""Answers an operation level by level: one pass for what needs no waiting, one question for all parents of a level.

A failure travels up as a value: a position that cannot be null hands its error to the position it stands in, until
one can be null.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from graphql import GraphQLError, GraphQLObjectType
from graphql.pyutils import Path

from engine.fields import Attribute, Computed, Relation
from engine.plan import Abstract, FieldPlan, Selection, Shape
from engine.reference import Reference
from engine.shell import reader
from engine.values import (
    Row,
    caught,
    is_error,
    mapped,
    may_be_awaited,
    shell_rows,
    sorted_out,
    together,
    tried,
    written,
)

Locate = Callable[[int], Path]  # where a value stands; only asked when something went wrong there
# Errors of positions that cannot be null, by index, for the position around them.
Failures = dict[int, GraphQLError]
IMMEDIATE = (Attribute, Computed)


class Layers:
    """One operation under way."""

    def __init__(self, reference: Reference, context: Any) -> None:  # noqa: ANN401 the context is the schema's own
        self._reference = reference
        self._context = context

    async def root(self, selection: Selection, root_value: object, *, serially: bool) -> Row | None:
        """The operation's data; null when a root field that cannot be null failed."""
        rows, failures = await self._rows(selection, [root_value], None, serially=serially)
        if failures:
            self._reference.add(failures[0], None)
            return None
        return rows[0]

    async def _rows(
        self, selection: Selection, records: Sequence[Any], locate: Locate | None, *, serially: bool = False
    ) -> tuple[list[Row], Failures]:
        """A row for each record, in their order, and the failures of rows that cannot stand."""
        surprises: list[tuple[int, int, object]] = []
        rows = shell_rows(selection, records, surprises)
        failures: Failures = {}
        waiting = [self._settle(selection, rows, surprise, locate, failures) for surprise in surprises]
        if waiting and not any(self._is_awaitable(value) for _, _, value in surprises):
            for settling in waiting:
                await settling
            waiting = []
        deferred = selection.deferred
        if not deferred and not waiting:
            return rows, failures
        for plan in deferred:
            filling = self._fill(plan, records, rows, locate, failures)
            if serially or plan.is_immediate:
                await filling
                if serially and failures:
                    return rows, failures  # the answer is lost already: a later mutation must not happen unseen
            else:
                waiting.append(filling)
        if len(waiting) == 1:
            await waiting[0]
        elif waiting:
            await together(waiting)
        return rows, failures

    async def _settle(
        self,
        selection: Selection,
        rows: list[Row],
        surprise: tuple[int, int, object],
        locate: Locate | None,
        failures: Failures,
    ) -> None:
        """Have the reference judge a value that the shell did not expect."""
        index, place, value = surprise
        plan = list(selection.fields.values())[place]
        assert plan is not None  # a __typename is no surprise
        value = (await self._awaited([value]))[0]
        done, error = await self._judged(plan, plan.shape, _below(locate, index, plan), value)
        if error is None:
            rows[index][plan.name] = done
        else:
            failures.setdefault(index, error)

    def _is_awaitable(self, value: object) -> bool:
        return bool(self._reference.executor.is_awaitable(value))

    async def _judged(
        self, plan: FieldPlan, shape: Shape, path: Path, value: object
    ) -> tuple[Any, GraphQLError | None]:
        """What the reference makes of a value: the completed value, or the error of a position that cannot be null."""
        raised: Exception
        if isinstance(value, Exception):
            raised = value  # not raised here: a StopIteration would not come out of a coroutine as itself
        else:
            try:
                return await self._reference.completed(plan, shape.type, path, value), None
            except Exception as error:  # noqa: BLE001 whatever completing raises is the position's error
                raised = error
        located = self._reference.located(raised, plan, path)
        if not shape.is_nullable:
            return None, located
        self._reference.add(located, path)
        return None, None

    async def _fill(
        self,
        plan: FieldPlan,
        records: Sequence[Any],
        rows: list[Row],
        locate: Locate | None,
        failures: Failures,
    ) -> None:
        """Answer one field of all rows, and put it in its place."""
        values = await self._values(plan, records, locate)
        done, failed = await self._complete(plan, plan.shape, values, lambda index: _below(locate, index, plan))
        name = plan.name
        for row, value in zip(rows, done, strict=True):
            row[name] = value
        for index, error in failed.items():
            failures.setdefault(index, error)

    async def _values(self, plan: FieldPlan, records: Sequence[Any], locate: Locate | None) -> Sequence[Any]:
        """What the field answers for each record, in their order; an exception in the place of each that failed."""
        if isinstance(plan.kind, IMMEDIATE):
            read = reader(plan)
            return await self._awaited([tried(read, record) for record in records])
        try:
            arguments = self._reference.arguments(plan)
        except GraphQLError as error:
            return [error] * len(records)
        if isinstance(plan.kind, Relation):
            return await self._related(plan.kind, arguments, records)
        resolve = plan.definition.resolve or self._reference.executor.field_resolver
        is_fixed = plan.constants is not None or not arguments
        values: list[Any] = []
        for index, record in enumerate(records):
            info = self._reference.info(plan, _below(locate, index, plan))
            # Arguments that a resolver could change are made anew for each parent.
            own = arguments if is_fixed or not index else self._reference.arguments(plan)
            values.append(tried(resolve, record, info, **own))
        return await self._awaited(values)

    async def _related(self, relation: Relation, arguments: Any, records: Sequence[Any]) -> Sequence[Any]:  # noqa: ANN401
        edge = relation.edge
        try:
            edge.check(self._context)
            given = relation.arguments(arguments)
        except Exception as error:  # noqa: BLE001 the same for every parent
            return [error] * len(records)
        load = self._context.load_level
        keys = [tried(edge.key, record, **given) for record in records] if given else mapped(edge.key, records)
        try:
            if not any(map(is_error, keys)):
                answers: Sequence[Any] = await load(edge.batch, keys)
                return answers
            found = iter(await load(edge.batch, [key for key in keys if not is_error(key)]))
        except Exception as error:  # noqa: BLE001 a key that cannot be asked for fails them all
            return [error] * len(records)
        return [key if is_error(key) else next(found) for key in keys]

    async def _complete(
        self, plan: FieldPlan, shape: Shape, values: Sequence[Any], locate: Locate
    ) -> tuple[Sequence[Any], Failures]:
        """Each value as `shape` has it, in their order, and the failures of positions that cannot be null."""
        done: Sequence[Any]
        failures: Failures = {}
        if shape.leaf is not None:
            done, odd = written(shape, values)
        else:
            good, odd = sorted_out(shape, values)
            answer = self._lists if shape.item is not None else self._objects
            done = await answer(plan, shape, values, good, odd, locate, failures)

        async def judge(index: int) -> None:
            done[index], error = await self._judged(plan, shape, locate(index), values[index])
            if error is not None:
                failures[index] = error

        for index in odd:
            await judge(index)
        return done, failures

    async def _lists(
        self,
        plan: FieldPlan,
        shape: Shape,
        values: Sequence[Any],
        good: Sequence[int],
        odd: list[int],  # noqa: ARG002 as `_objects`
        locate: Locate,
        failures: Failures,
    ) -> list[Any]:
        assert shape.item is not None
        ends = list(accumulate(len(values[index]) for index in good))
        items: Sequence[Any] = [item for index in good for item in values[index]]
        if any(map(may_be_awaited, set(map(type, items)))):
            items = await self._awaited(list(items))

        def locate_item(place: int) -> Path:
            which = bisect_right(ends, place)
            begins = ends[which - 1] if which else 0
            return locate(good[which]).add_key(place - begins, None)

        done: list[Any] = [None] * len(values)
        written, failed = await self._complete(plan, shape.item, items, locate_item)
        begins = 0
        for index, end in zip(good, ends, strict=True):
            done[index] = list(written[begins:end])
            begins = end
        for place, error in failed.items():
            self._fail(shape, good[bisect_right(ends, place)], error, done, locate, failures)
        return done

    async def _objects(
        self,
        plan: FieldPlan,
        shape: Shape,
        values: Sequence[Any],
        good: Sequence[int],
        odd: list[int],
        locate: Locate,
        failures: Failures,
    ) -> list[Any]:
        done: list[Any] = [None] * len(values)
        if not good:
            return done
        groups = await self._by_selection(plan, shape, values, good, odd, locate)

        async def answer(selection: Selection, members: Sequence[int]) -> None:
            is_all = len(members) == len(values)
            records = values if is_all else [values[index] for index in members]
            rows, failed = await self._rows(selection, records, lambda place: locate(members[place]))
            if is_all:
                done[:] = rows
            else:
                for index, row in zip(members, rows, strict=True):
                    done[index] = row
            for place, error in failed.items():
                self._fail(shape, members[place], error, done, locate, failures)

        if len(groups) == 1:
            await answer(*groups[0])
        elif groups:
            await together([answer(*group) for group in groups])
        return done

    async def _by_selection(
        self,
        plan: FieldPlan,
        shape: Shape,
        values: Sequence[Any],
        good: Sequence[int],
        odd: list[int],
        locate: Locate,
    ) -> list[tuple[Selection, Sequence[int]]]:
        """The selection of each value's type, with the values of that type; what has none becomes odd."""
        if shape.selection is not None and shape.selection.type.is_type_of is None:
            return [(shape.selection, good)]
        info = self._reference.info(plan, locate(good[0]))
        if shape.selection is not None:
            members = await self._members(shape.selection.type, values, good, odd, info)
            return [(shape.selection, members)] if members else []
        assert shape.abstract is not None
        resolve_type = shape.abstract.type.resolve_type or self._reference.executor.type_resolver
        names = await self._awaited([tried(resolve_type, values[index], info, shape.abstract.type) for index in good])
        by_name: dict[str, list[int]] = {}
        for index, name in zip(good, names, strict=True):
            if self._is_possible(shape.abstract, name):
                by_name.setdefault(name, []).append(index)
            else:
                odd.append(index)
        found: list[tuple[Selection, Sequence[int]]] = []
        for name, indices in by_name.items():
            type_ = self._reference.executor.schema.get_type(name)
            assert isinstance(type_, GraphQLObjectType)  # as `_is_possible` found
            if members := await self._members(type_, values, indices, odd, info):
                found.append((shape.abstract.selection(type_), members))
        return found

    async def _members(
        self,
        type_: GraphQLObjectType,
        values: Sequence[Any],
        indices: Sequence[int],
        odd: list[int],
        info: Any,  # noqa: ANN401
    ) -> Sequence[int]:
        """Those of the values that are of the type, by its own word; the others become odd."""
        if type_.is_type_of is None:
            return indices
        told = await self._awaited([tried(type_.is_type_of, values[index], info) for index in indices])
        odd += [index for index, is_one in zip(indices, told, strict=True) if is_error(is_one) or not is_one]
        return [index for index, is_one in zip(indices, told, strict=True) if not is_error(is_one) and is_one]

    def _is_possible(self, abstract: Abstract, name: object) -> bool:
        schema = self._reference.executor.schema
        type_ = schema.get_type(name) if isinstance(name, str) else None
        return isinstance(type_, GraphQLObjectType) and schema.is_sub_type(abstract.type, type_)

    async def _awaited(self, values: list[Any]) -> list[Any]:
        """The values with every awaitable's own in its place, waited for together; or the exception it raised."""
        places = [place for place, value in enumerate(values) if self._is_awaitable(value)]
        if len(places) == 1:
            values[places[0]] = await caught(values[places[0]])
        elif places:
            found = await together([caught(values[place]) for place in places])
            for place, value in zip(places, found, strict=True):
                values[place] = value
        return values

    def _fail(
        self, shape: Shape, index: int, error: GraphQLError, done: list[Any], locate: Locate, failures: Failures
    ) -> None:
        """Something below cannot be null: null this position, or hand the error on when it cannot be null either."""
        done[index] = None
        if shape.is_nullable:
            self._reference.add(error, locate(index))
        else:
            failures.setdefault(index, error)


def _below(locate: Locate | None, index: int, plan: FieldPlan) -> Path:
    return Path(locate(index) if locate is not None else None, plan.name, plan.parent_type.name)
