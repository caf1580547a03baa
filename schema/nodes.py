"""Anything that has a global id."""

import strawberry

from resolvers import nodes
from schema.fields import answered_by, attribute


@strawberry.interface(description="Anything that has a global id.")
class Node:
    id: strawberry.ID = attribute("Global id; opaque. Give it to `node` to find the same thing again.")


@strawberry.type
class NodeQueries:
    node: Node | None = answered_by(
        nodes.node,
        "The thing with this global id; null when there is none such any more. Needs the scope of what it is.",
        arguments={"id": "A global id that this service gave."},
    )
    nodes: list[Node | None] = answered_by(
        nodes.nodes,
        "The things with these global ids, in their order, null in the place of each that there is not.",
        arguments={"ids": "At most 1000 global ids."},
    )
