"""The reference: graphql-core's own executor, for whatever the compiled part was not made for.

The one module that touches the executor's internals. Every error and every odd value is judged here, so that
messages, paths, locations and null propagation are graphql-core's own.
"""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, GraphQLOutputType, GraphQLResolveInfo, located_error
from graphql.execution import Executor
from graphql.pyutils import Path

from engine.plan import FieldPlan


class Reference:
    """One operation's executor, used piece by piece."""

    def __init__(self, executor: Executor[Any]) -> None:
        self.executor = executor
        self.variable_values = executor.variable_values

    @property
    def errors(self) -> list[GraphQLError]:
        return self.executor.collected_errors.errors

    def info(self, plan: FieldPlan, path: Path) -> GraphQLResolveInfo[Any]:
        """The resolve info of the field that `path` is, or is an item of."""
        while isinstance(path.key, int):
            assert path.prev is not None  # an index stands below its field
            path = path.prev
        return self.executor.build_resolve_info(plan.definition, plan.nodes, plan.parent_type, path)

    async def completed(self, plan: FieldPlan, type_: GraphQLOutputType, path: Path, value: object) -> Any:  # noqa: ANN401
        """`value` completed as `type_` at `path`. An exception as value is raised. Raises what completing raises."""
        executor = self.executor
        info = self.info(plan, path)
        completed = executor.complete_value(type_, plan.details, info, path, value, None)
        return await completed if executor.is_awaitable(completed) else completed

    def located(self, error: Exception, plan: FieldPlan, path: Path) -> GraphQLError:
        return located_error(error, plan.nodes, path.as_list())

    def add(self, error: GraphQLError, path: Path | None) -> None:
        """Note an error whose position becomes null."""
        self.executor.collected_errors.add(error, path)

    def arguments(self, plan: FieldPlan) -> Mapping[str, Any]:
        return plan.arguments(self.variable_values)
