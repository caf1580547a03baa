"""Answers an operation level by level: one pass for what needs no waiting, one question for all parents of a level.

A pass goes down as far as values are at hand, leaves in a `Work` what has to be waited for, and goes on where each
wait ends. A failure travels up as a value, when all below has come: a position that cannot be null hands its error to
the position it stands in, until one can be null.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from graphql import GraphQLError, GraphQLObjectType

from engine.fields import Relation
from engine.judge import Asked, Failures, Judge, Position
from engine.places import FieldPlace, ItemPlace, MemberPlace, Place, path_of
from engine.plan import FieldPlan, Selection, Shape, TooManyFields
from engine.reference import Reference
from engine.types import Sorting, by_type
from engine.values import (
    Row,
    any_error,
    awaited,
    hold_awaitables,
    is_error,
    mapped,
    shell_rows,
    sorted_out,
    tried,
    written,
)
from engine.work import Work

# Objects below one another that one pass goes down to, before it goes on with a new stack.
OBJECTS_DEEP = 20


class Layers:
    """One operation under way."""

    def __init__(self, reference: Reference, context: Any) -> None:  # noqa: ANN401 the context is the schema's own
        self._reference = reference
        self._context = context
        self._judge = Judge(reference)

    async def root(self, selection: Selection, root_value: object, *, serially: bool) -> Row | None:
        """The operation's data; null when a root field that cannot be null failed."""
        failures: Failures = {}
        work = Work(is_alone=True)
        records = [root_value]
        rows = self._shell(selection, records, None, failures, work)
        for plan in selection.deferred:
            self._field(plan, records, rows, None, failures, work)
            if serially:
                await work.done()
                work = Work(is_alone=True)
                if failures:
                    break  # the answer is lost already: a later mutation must not happen unseen
        await work.done()
        if failures:
            self._reference.add(failures[0], None)
            return None
        return rows[0]

    def _rows(
        self, selection: Selection, records: Sequence[Any], place: Place | None, failures: Failures, work: Work
    ) -> list[Row]:
        """A row for each record, in their order."""
        rows = self._shell(selection, records, place, failures, work)
        for plan in selection.deferred:
            self._field(plan, records, rows, place, failures, work)
        return rows

    def _shell(
        self, selection: Selection, records: Sequence[Any], place: Place | None, failures: Failures, work: Work
    ) -> list[Row]:
        """What needs nothing but the records; null in the place of all else."""
        surprises: list[tuple[int, int, object]] = []
        rows = shell_rows(selection, records, surprises)
        if surprises:
            plans = list(selection.fields.values())
            for index, number, value in surprises:
                plan = plans[number]
                assert plan is not None  # a __typename is no surprise
                position = Position(plan, plan.shape, FieldPlace(place, plan), index, rows[index], plan.name, failures)
                self._judge.unread(position, value, work)
        return rows

    # -- one field of all rows

    def _field(
        self,
        plan: FieldPlan,
        records: Sequence[Any],
        rows: list[Row],
        place: Place | None,
        failures: Failures,
        work: Work,
    ) -> None:
        """Answer one field of all rows."""
        here = FieldPlace(place, plan)
        if isinstance(plan.kind, Relation):
            work.later(self._related, plan, plan.kind, records, rows, here, failures)
            return
        if plan.read is not None:
            values = [tried(plan.read, record) for record in records]
        else:
            values = self._resolved(plan, records, here)
        if hold_awaitables(values):
            work.later(self._fill_later, plan, rows, values, here, failures)
        else:
            self._fill(plan, rows, values, here, failures, work)

    def _fill(
        self, plan: FieldPlan, rows: list[Row], values: Sequence[Any], here: Place, failures: Failures, work: Work
    ) -> None:
        """Complete the field's values, and put each in its row."""
        done = self._complete(plan, plan.shape, values, here, failures, work)
        name = plan.name

        def put() -> None:
            for row, value in zip(rows, done, strict=True):
                row[name] = value

        work.then(put)

    async def _fill_later(
        self, plan: FieldPlan, rows: list[Row], values: list[Any], here: Place, failures: Failures, work: Work
    ) -> None:
        self._fill(plan, rows, await awaited(values), here, failures, work)

    def _resolved(self, plan: FieldPlan, records: Sequence[Any], here: Place) -> list[Any]:
        """What the field's resolver gives for each record, in their order; an exception where it raises."""
        reference = self._reference
        try:
            arguments = reference.arguments(plan)
        except GraphQLError as error:
            return [error] * len(records)
        resolve = plan.definition.resolve or reference.executor.field_resolver
        is_fixed = plan.constants is not None or not arguments
        values: list[Any] = []
        for index, record in enumerate(records):
            # Arguments that a resolver could change are made anew for each parent.
            own = arguments if is_fixed or not index else reference.arguments(plan)
            values.append(tried(resolve, record, reference.info(plan, path_of(here, index)), **own))
        return values

    async def _related(
        self,
        plan: FieldPlan,
        relation: Relation,
        records: Sequence[Any],
        rows: list[Row],
        here: Place,
        failures: Failures,
        work: Work,
    ) -> None:
        edge = relation.edge
        try:
            arguments: Mapping[str, Any] = self._reference.arguments(plan)
            edge.check(self._context)
            given = relation.arguments(arguments)
        except Exception as error:  # noqa: BLE001 the same for every parent
            self._fill(plan, rows, [error] * len(records), here, failures, work)
            return
        keys = [tried(edge.key, record, **given) for record in records] if given else mapped(edge.key, records)
        wanted = [key for key in keys if not is_error(key)] if any_error(keys) else keys
        try:
            found = await self._context.load_level(edge.batch, wanted, is_alone=work.is_alone) if wanted else []
        except Exception as error:  # noqa: BLE001 a question that cannot be asked fails them all
            found = [error] * len(wanted)
        if len(wanted) < len(keys):
            answers = iter(found)
            found = [key if is_error(key) else next(answers) for key in keys]
        self._fill(plan, rows, found, here, failures, work)

    # -- values of one position

    def _complete(
        self, plan: FieldPlan, shape: Shape, values: Sequence[Any], place: Place, failures: Failures, work: Work
    ) -> list[Any]:
        """Each value as `shape` has it, in their order: all of it when the work is done."""
        if shape.leaf is not None:
            done, odd = written(shape, values)
            self._judge.all_of(Asked(plan, shape, values, done, place, failures), odd, work)
            return done
        asked = Asked(plan, shape, values, [None] * len(values), place, failures)
        good, odd = sorted_out(shape, values)
        if good:
            if shape.item is not None:
                self._lists(asked, good, work)
            else:
                self._objects(asked, good, work)
        self._judge.all_of(asked, odd, work)
        return asked.done

    def _lists(self, asked: Asked, good: Sequence[int], work: Work) -> None:
        items = [item for index in good for item in asked.values[index]]
        place = ItemPlace(asked.place, good, list(accumulate(len(asked.values[index]) for index in good)))
        if hold_awaitables(items):
            work.later(self._items_later, asked, items, place)
        else:
            self._items(asked, items, place, work)

    async def _items_later(self, asked: Asked, items: list[Any], place: ItemPlace, work: Work) -> None:
        self._items(asked, await awaited(items), place, work)

    def _items(self, asked: Asked, items: Sequence[Any], place: ItemPlace, work: Work) -> None:
        assert asked.shape.item is not None
        failed: Failures = {}
        done = self._complete(asked.plan, asked.shape.item, items, place, failed, work)

        def gather() -> None:
            begins = 0
            for index, end in zip(place.lists, place.ends, strict=True):
                asked.done[index] = done[begins:end]
                begins = end
            self._judge.fail(asked, ((place.list_of(item)[0], error) for item, error in failed.items()))

        work.then(gather)

    def _objects(self, asked: Asked, good: Sequence[int], work: Work) -> None:
        type_ = asked.shape.object
        if type_ is not None and type_.is_type_of is None:
            self._members(asked, type_, good, work)
            return
        sorting = by_type(self._reference, asked, good)
        self._sort(asked, sorting, next(sorting), work)

    def _sort(self, asked: Asked, sorting: Sorting, told: list[Any], work: Work) -> None:
        """Go on sorting with what was told, as far as it needs no waiting; then answer for each type."""
        try:
            while not hold_awaitables(told):
                told = sorting.send(told)
        except StopIteration as sorted_:
            groups, odd = sorted_.value
            for type_, members in groups:
                self._members(asked, type_, members, work)
            self._judge.all_of(asked, odd, work)
        else:
            work.later(self._sort_later, asked, sorting, told)

    async def _sort_later(self, asked: Asked, sorting: Sorting, told: list[Any], work: Work) -> None:
        self._sort(asked, sorting, await awaited(told), work)

    def _members(self, asked: Asked, type_: GraphQLObjectType, members: Sequence[int], work: Work) -> None:
        """Answer for the values that are of one type."""
        try:
            selection = asked.shape.selection(type_)
        except (GraphQLError, TooManyFields, RecursionError):
            self._judge.all_of(asked, members, work)  # cannot be planned, or not as a whole: the reference says it
        else:
            if work.depth < OBJECTS_DEEP:
                self._answer(asked, selection, members, work)
            else:
                work.later(self._answer_later, asked, selection, members)

    def _answer(self, asked: Asked, selection: Selection, members: Sequence[int], work: Work) -> None:
        is_all = len(members) == len(asked.values)
        records = asked.values if is_all else [asked.values[index] for index in members]
        place = asked.place if is_all else MemberPlace(asked.place, members)
        failed: Failures = {}
        work.depth += 1
        rows = self._rows(selection, records, place, failed, work)
        work.depth -= 1
        if is_all:
            asked.done[:] = rows
        else:
            for index, row in zip(members, rows, strict=True):
                asked.done[index] = row
        work.then(lambda: self._judge.fail(asked, ((members[index], error) for index, error in failed.items())))

    async def _answer_later(self, asked: Asked, selection: Selection, members: Sequence[int], work: Work) -> None:
        self._answer(asked, selection, members, work)
