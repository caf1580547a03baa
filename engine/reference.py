"""The reference: graphql-core's own executor, for whatever the compiled part was not made for.

The one module that touches the executor's internals. Every error and every odd value is judged here, so that
messages, paths, locations and null propagation are graphql-core's own.
"""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLError, GraphQLOutputType, GraphQLResolveInfo, GraphQLSchema, located_error
from graphql.execution import Executor, VariableValues
from graphql.pyutils import Path

from engine.plan import FieldPlan


class Reference:
    """One operation's executor, used piece by piece, and made when a piece is first needed."""

    def __init__(
        self, schema: GraphQLSchema, variable_values: VariableValues, make: Callable[[], Executor[Any]]
    ) -> None:
        self.schema = schema
        self.variable_values = variable_values
        self._make = make
        self._made: Executor[Any] | None = None

    @property
    def executor(self) -> Executor[Any]:
        if self._made is None:
            self._made = self._make()
        return self._made

    @property
    def errors(self) -> list[GraphQLError]:
        return [] if self._made is None else self._made.collected_errors.errors

    def info(self, plan: FieldPlan, path: Path) -> GraphQLResolveInfo[Any]:
        """The resolve info of the field that `path` is, or is an item of."""
        while isinstance(path.key, int):
            assert path.prev is not None  # an index stands below its field
            path = path.prev
        return self.executor.build_resolve_info(plan.definition, plan.nodes, plan.parent_type, path)

    def completed(self, plan: FieldPlan, type_: GraphQLOutputType, path: Path, value: object) -> Any:  # noqa: ANN401
        """`value` completed as `type_` at `path`, or an awaitable of that. Raises what completing raises."""
        return self.executor.complete_value(type_, plan.details, self.info(plan, path), path, value, None)

    def located(self, error: Exception, plan: FieldPlan, path: Path) -> GraphQLError:
        return located_error(error, plan.nodes, path.as_list())

    def add(self, error: GraphQLError, path: Path | None) -> None:
        """Note an error whose position becomes null."""
        self.executor.collected_errors.add(error, path)

    def arguments(self, plan: FieldPlan) -> Mapping[str, Any]:
        return plan.arguments(self.variable_values)
