"""Runs one operation. The one function through which every request is executed."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from graphql import (
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    default_field_resolver,
    default_type_resolver,
    execute,
)
from graphql.execution import (
    Executor,
    VariableValues,
    create_source_event_stream,
    execute_subscription_event,
    get_variable_values,
)
from graphql.execution.collect_fields import FragmentDetails
from prometheus_client import Counter

from engine.documents import Document
from engine.fields import Description
from engine.layers import Layers
from engine.plan import Planner, Selection
from engine.reference import Reference

EXECUTED = Counter("examgraph_executed_total", "Operations executed, by which executor.", ["executor"])
# Errors in variables: the first ones tell what is wrong.
VARIABLE_ERRORS_TOLD = 20
# Plans of one document: one an operation and choice of what @skip and @include read.
PLANS_KEPT = 16


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

    async def run(  # noqa: PLR0911 one return for each thing that can keep an operation from running
        self, document: Document, operation_name: str | None, variables: Mapping[str, Any], context: object
    ) -> Answer:
        """Execute one operation of `document`. Failures of fields are in the answer; raises only when cancelled."""
        if document.errors:
            return Answer(None, list(document.errors), is_executed=False)
        operation = document.operation(operation_name)
        if not isinstance(operation, OperationDefinitionNode):
            return Answer(None, [operation], is_executed=False)
        if operation.operation is OperationType.SUBSCRIPTION:
            return Answer(None, [GraphQLError("a subscription needs a connection that stays")], is_executed=False)
        if self.description is None:
            return await self._run_on_reference(document, operation_name, variables, context)
        values = self._variable_values(document, operation, variables)
        if isinstance(values, list):
            return Answer(None, values, is_executed=False)
        reference = self._reference(document, operation, values, context)
        try:
            selection = self._plan(self.description, document, operation, values, reference)
        except (GraphQLError, RecursionError):
            # A selection that cannot be planned as a whole: graphql-core tells of it field by field.
            return await self._run_on_reference(document, operation_name, variables, context)
        EXECUTED.labels("compiled").inc()
        is_mutation = operation.operation is OperationType.MUTATION
        data = await Layers(reference, context).root(selection, None, serially=is_mutation)
        return Answer(data, reference.errors, is_executed=True)

    async def subscribe(
        self,
        document: Document,
        operation_name: str | None,
        variables: Mapping[str, Any],
        context: Callable[[], object],
    ) -> Answer | AsyncIterator[Answer]:
        """One answer for each event of a subscription, as they come; or the answer why there are none.

        The selection is planned and compiled once. `context` makes a new context for the source and for each event,
        so that what one event asked is not remembered for the next.
        """
        operation = document.errors or document.operation(operation_name)
        if not isinstance(operation, OperationDefinitionNode):
            errors = list(operation) if isinstance(operation, tuple) else [operation]
            return Answer(None, errors, is_executed=False)
        values = self._variable_values(document, operation, variables)
        if isinstance(values, list):
            return Answer(None, values, is_executed=False)
        source = create_source_event_stream(self._reference(document, operation, values, context()).executor)
        if isawaitable(source):
            source = await source
        if isinstance(source, ExecutionResult):
            return Answer(None, source.errors or [], is_executed=True)
        return self._events(document, operation, values, source, context)

    async def _events(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        values: VariableValues,
        source: AsyncIterable[Any],
        context: Callable[[], object],
    ) -> AsyncIterator[Answer]:
        try:
            async for event in source:
                if self.description is None:
                    reference = self._reference(document, operation, values, context())
                    result = execute_subscription_event(reference.executor.build_per_event_executor(event))
                    told = await result if isawaitable(result) else result
                    yield Answer(told.data, told.errors or [], is_executed=True)
                else:
                    made = context()
                    reference = self._reference(document, operation, values, made)
                    selection = self._plan(self.description, document, operation, values, reference)
                    data = await Layers(reference, made).root(selection, event, serially=False)
                    yield Answer(data, reference.errors, is_executed=True)
        finally:
            # Whoever stops listening leaves nobody behind who goes on telling.
            if isinstance(source, AsyncGenerator):
                await source.aclose()

    def _variable_values(
        self, document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> VariableValues | list[GraphQLError]:
        return get_variable_values(
            self.schema,
            operation.variable_definitions or (),
            dict(variables),
            max_errors=VARIABLE_ERRORS_TOLD,
            hide_suggestions=document.hides_suggestions,
        )

    def _plan(
        self,
        description: Description,
        document: Document,
        operation: OperationDefinitionNode,
        values: VariableValues,
        reference: Reference,
    ) -> Selection:
        name = operation.name.value if operation.name else None
        key = name, tuple(values.coerced.get(variable) for variable in document.branching)
        selection = document.plans.get(key)
        if selection is None:
            planner = Planner(self.schema, description, reference.executor.fragments, operation, values)
            selection = planner.root()
            if len(document.plans) < PLANS_KEPT:
                document.plans[key] = selection
        return selection

    def _reference(
        self, document: Document, operation: OperationDefinitionNode, values: VariableValues, context: object
    ) -> Reference:
        definitions: dict[str, FragmentDefinitionNode] = dict(document.fragments)
        details = {name: FragmentDetails(node) for name, node in definitions.items()}
        executor = self.executor(
            self.schema,
            definitions,
            details,
            None,
            context,
            operation,
            values,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            hide_suggestions=document.hides_suggestions,
        )
        return Reference(executor)

    async def _run_on_reference(
        self, document: Document, operation_name: str | None, variables: Mapping[str, Any], context: object
    ) -> Answer:
        EXECUTED.labels("reference").inc()
        assert document.tree is not None  # a document without errors has one
        result = execute(
            self.schema,
            document.tree,
            context_value=context,
            variable_values=dict(variables),
            operation_name=operation_name,
            executor_class=self.executor,
            max_coercion_errors=VARIABLE_ERRORS_TOLD,
            hide_suggestions=document.hides_suggestions,
        )
        if isawaitable(result):
            result = await result
        assert isinstance(result, ExecutionResult)  # incremental delivery is not switched on
        errors = result.errors or []
        # An error with a path happened in a field; without one, the executor could not begin.
        is_executed = result.data is not None or any(error.path is not None for error in errors)
        return Answer(result.data, errors, is_executed)
