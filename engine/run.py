"""Runs one operation. The one function through which every request is executed."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from inspect import isawaitable
from itertools import product
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLDeferDirective,
    GraphQLError,
    GraphQLSchema,
    GraphQLStreamDirective,
    OperationDefinitionNode,
    OperationType,
    default_field_resolver,
    default_type_resolver,
    located_error,
)
from graphql.execution import (
    Executor,
    VariableValues,
    create_source_event_stream,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.type.directives import GraphQLDisableErrorPropagationDirective
from prometheus_client import Counter

from engine.documents import Document, Note, timed
from engine.fields import Description
from engine.layers import Layers
from engine.plan import Known, Planner, Selection, TooManyFields
from engine.plans import PLANS_OF_ONE, Plan, Plans
from engine.reference import Reference
from engine.shell import compile_all
from engine.variables import Variables

EXECUTED = Counter("examgraph_executed_total", "Operations executed, by which executor.", ["executor"])
# Looking up labels costs more than counting.
COMPILED, ON_REFERENCE = (EXECUTED.labels(executor) for executor in ("compiled", "reference"))
# What changes how execution itself goes on.
UNCOMPILED_DIRECTIVES = frozenset(
    {GraphQLDeferDirective.name, GraphQLStreamDirective.name, GraphQLDisableErrorPropagationDirective.name}
)
NESTED_TOO_DEEPLY = "Selections are nested too deeply. Execution aborted."
NO_VARIABLES = VariableValues({}, {})

# Why an operation is left to graphql-core though operations are compiled.
REASONS = {
    "directive": "it uses a directive that is not compiled: "
    + ", ".join(f"@{name}" for name in sorted(UNCOMPILED_DIRECTIVES)),
    "size": "its plan would be too large",
    "planning": "what its root asks for cannot be worked out",
}
SWITCHED_OFF = "compiling is switched off"
UNCOMPILED = Counter(
    "examgraph_uncompiled_total", "Operations left to graphql-core though not switched to it, by why.", ["reason"]
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation gave. `is_executed` is False when it never began: its document, name or variables are wrong."""

    data: dict[str, Any] | None
    errors: list[GraphQLError]
    is_executed: bool


@dataclass(frozen=True, slots=True)
class Engine:
    """Executes prepared documents against one schema.

    `executor` is the kind of executor that the schema wants; `description` is what the schema's writer knows of its
    fields. Without one, everything runs on graphql-core.
    """

    schema: GraphQLSchema
    executor: type[Executor[Any]]
    description: Description | None = None
    plans: Plans = field(default_factory=Plans)
    note: Note | None = None
    _known: Known | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.description is not None:
            object.__setattr__(self, "_known", Known(self.schema, self.description))

    async def run(
        self, document: Document, operation_name: str | None, variables: Mapping[str, Any], context: object
    ) -> Answer:
        """Execute one operation of `document`. Failures of fields are in the answer; raises only when cancelled."""
        operation = self._operation(document, operation_name)
        if isinstance(operation, Answer):
            return operation
        if operation.operation is OperationType.SUBSCRIPTION:
            return Answer(None, [GraphQLError("a subscription needs a connection that stays")], is_executed=False)
        values = self._variable_values(document, operation, variables)
        if isinstance(values, list):
            return Answer(None, values, is_executed=False)
        planned = "switch" if self._known is None else self._plan(document, operation, values)
        if isinstance(planned, str):
            ON_REFERENCE.inc()
            if planned in REASONS:
                UNCOMPILED.labels(planned).inc()
            return await self._run_on_reference(self._executor(document, operation, values, None, context))
        COMPILED.inc()
        return await self._run_compiled(planned, document, operation, values, None, context)

    async def subscribe(
        self,
        document: Document,
        operation_name: str | None,
        variables: Mapping[str, Any],
        context: Callable[[], AbstractContextManager[object]],
    ) -> Answer | AsyncIterator[Answer]:
        """One answer for each event of a subscription, as they come; or the answer why there are none.

        The selection is planned and compiled once. `context` makes a new context for the source and for each event,
        so that what one event asked is not remembered for the next, and leaves it. A source that fails is told in the
        last answer; it is closed when nobody listens any more.
        """
        operation = self._operation(document, operation_name)
        if isinstance(operation, Answer):
            return operation
        values = self._variable_values(document, operation, variables)
        if isinstance(values, list):
            return Answer(None, values, is_executed=False)
        with context() as made:
            source = create_source_event_stream(self._executor(document, operation, values, None, made))
            if isawaitable(source):
                source = await source
        if isinstance(source, ExecutionResult):
            return Answer(None, source.errors or [], is_executed=True)
        return self._events(document, operation, values, source, context)

    def planned(
        self, document: Document, operation_name: str | None, variables: Mapping[str, Any]
    ) -> Selection | str | list[GraphQLError]:
        """For explaining: an operation's plan, why it is left to graphql-core, or why it cannot run."""
        operation = self._operation(document, operation_name)
        if isinstance(operation, Answer):
            return operation.errors
        values = self._variable_values(document, operation, variables)
        if isinstance(values, list):
            return values
        planned = "switch" if self._known is None else self._plan(document, operation, values)
        if isinstance(planned, Plan):
            assert planned.root is not None  # else there would be a reason
            return planned.root
        return REASONS.get(planned, SWITCHED_OFF)

    def prepare(self, document: Document) -> None:
        """Plan and compile all operations of a document that is saved, and keep that for ever."""
        if self._known is None:
            return
        for operation in document.operations.values():
            names = [node.variable.name.value for node in operation.variable_definitions or ()]
            choosing = [name for name in document.branching if name in names]
            if 2 ** len(choosing) > PLANS_OF_ONE:
                continue  # planned when they run, as others are
            for choice in product((True, False), repeat=len(choosing)):
                values = VariableValues({}, dict(zip(choosing, choice, strict=True)))
                plan = self._plan(document, operation, values, always=True)
                if isinstance(plan, Plan) and plan.root is not None:
                    compile_all(plan.root, self.schema)

    def _operation(self, document: Document, name: str | None) -> OperationDefinitionNode | Answer:
        operation = list(document.errors) or document.operation(name)
        if isinstance(operation, OperationDefinitionNode):
            return operation
        return Answer(None, operation if isinstance(operation, list) else [operation], is_executed=False)

    async def _run_compiled(
        self,
        plan: Plan,
        document: Document,
        operation: OperationDefinitionNode,
        values: VariableValues,
        root_value: object,
        context: object,
    ) -> Answer:
        reference = Reference(
            self.schema, values, lambda: self._executor(document, operation, values, root_value, context)
        )
        is_mutation = operation.operation is OperationType.MUTATION
        assert plan.root is not None  # else it would not be run
        try:
            data = await Layers(reference, context).root(plan.root, root_value, serially=is_mutation)
        except RecursionError:
            return Answer(None, [GraphQLError(NESTED_TOO_DEEPLY, operation)], is_executed=True)
        return Answer(data, reference.errors, is_executed=True)

    async def _events(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        values: VariableValues,
        source: AsyncIterable[Any],
        context: Callable[[], AbstractContextManager[object]],
    ) -> AsyncIterator[Answer]:
        plan = "switch" if self._known is None else self._plan(document, operation, values)
        if plan in REASONS:
            UNCOMPILED.labels(plan).inc()
        try:
            async for event in source:
                with context() as made:
                    if isinstance(plan, Plan) and plan.root is not None:
                        answer = await self._run_compiled(plan, document, operation, values, event, made)
                    else:
                        answer = await self._run_on_reference(self._executor(document, operation, values, event, made))
                yield answer
        except Exception as error:  # noqa: BLE001 a source may raise anything: it is the last that its subscriber hears
            yield Answer(None, [located_error(error, list(operation.selection_set.selections))], is_executed=True)
        finally:
            if isinstance(source, AsyncGenerator):
                await source.aclose()

    def _variable_values(
        self, document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> VariableValues | list[GraphQLError]:
        if not operation.variable_definitions:
            return NO_VARIABLES
        name = _name_of(operation)
        defined = document.variables.get(name)
        if defined is None:
            defined = document.variables[name] = Variables(self.schema, operation)
        return defined.coerced(variables, hide_suggestions=document.hides_suggestions)

    def _plan(
        self, document: Document, operation: OperationDefinitionNode, values: VariableValues, *, always: bool = False
    ) -> Plan | str:
        """The plan of an operation; or why it has none, a key of `REASONS`."""
        coerced = values.coerced
        key = _name_of(operation), tuple(map(coerced.get, document.branching))
        plan = self.plans.found(document, key)
        if plan is None:
            if document.directives & UNCOMPILED_DIRECTIVES:
                return "directive"
            assert self._known is not None  # else nothing is planned
            plan = Plan()
            # No other values are looked at, and none of them is to be kept.
            chosen = {name: coerced[name] for name in document.branching if name in coerced}
            planner = Planner(
                self._known, _details(document), operation, VariableValues({}, chosen), plan.grow
            )  # fmt: skip
            try:
                with timed("plan", self.note):
                    plan.root = planner.root()
            except TooManyFields:
                pass
            except (GraphQLError, RecursionError):
                return "planning"
            self.plans.keep(document, key, plan, always=always)
        if plan.is_too_large:
            self.plans.too_large(plan)
            return "size"
        return plan

    def _executor(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        values: VariableValues,
        root_value: object,
        context: object,
    ) -> Executor[Any]:
        return self.executor(
            self.schema,
            dict(document.fragments),
            _details(document),
            root_value,
            context,
            operation,
            values,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            hide_suggestions=document.hides_suggestions,
        )

    async def _run_on_reference(self, executor: Executor[Any]) -> Answer:
        # Not `execute`, which refuses whatever a schema says that knows @defer: here @defer is ignored.
        result = executor.execute_operation()
        if isawaitable(result):
            result = await result
        assert isinstance(result, ExecutionResult)  # incremental delivery is not switched on
        errors = result.errors or []
        # An error with a path happened in a field; without one, the executor could not begin.
        is_executed = result.data is not None or any(error.path is not None for error in errors)
        return Answer(result.data, errors, is_executed)


def _details(document: Document) -> dict[str, FragmentDetails]:
    return {name: FragmentDetails(node) for name, node in document.fragments.items()}


def _name_of(operation: OperationDefinitionNode) -> str | None:
    return operation.name.value if operation.name else None
