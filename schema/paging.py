"""Connections: lists that can grow, page by page."""

from typing import Generic, TypeVar

import strawberry

from resolvers import paging
from schema.fields import answered_by, attribute

Node = TypeVar("Node")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = attribute("Whether rows follow this page.")
    has_previous_page: bool = attribute("Whether rows precede this page.")
    start_cursor: str | None = attribute("Cursor of the page's first row; null when the page is empty.")
    end_cursor: str | None = attribute("Cursor of the page's last row, for `after`; null when the page is empty.")


@strawberry.type(description="One row of a connection.")
class Edge(Generic[Node]):
    cursor: str = attribute("Continues after this row when given as `after` to the same list; opaque.")
    node: Node = attribute("The row.")


@strawberry.type(description="A page of a list, in the list's order.")
class Connection(Generic[Node]):
    edges: list[Edge[Node]] = attribute("The page's rows, each with its cursor.")
    nodes: list[Node] = attribute("The page's rows alone.")
    page_info: PageInfo = attribute("Where the page stands.")
    total_count: int | None = answered_by(
        paging.total_count_of_listing, "Rows in the whole list; counted only when selected. Null if the count failed."
    )
