"""Runs one operation. The one function through which every request is executed."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, OperationDefinitionNode, execute
from graphql.execution import Executor

from engine.documents import Document

# Errors in variables: the first ones tell what is wrong.
VARIABLE_ERRORS_TOLD = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation gave. `is_executed` is False when it never began: its document, name or variables are wrong."""

    data: dict[str, Any] | None
    errors: list[GraphQLError]
    is_executed: bool


@dataclass(frozen=True, slots=True)
class Engine:
    """Executes prepared documents against one schema. `executor` is the kind of executor that the schema wants."""

    schema: GraphQLSchema
    executor: type[Executor[Any]]

    async def run(
        self, document: Document, operation_name: str | None, variables: Mapping[str, Any], context: object
    ) -> Answer:
        """Execute one operation of `document`. Failures of fields are in the answer; raises only when cancelled."""
        if document.errors:
            return Answer(None, list(document.errors), is_executed=False)
        operation = document.operation(operation_name)
        if not isinstance(operation, OperationDefinitionNode):
            return Answer(None, [operation], is_executed=False)
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
