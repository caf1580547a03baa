"""From a route to its operation: the variables of a request, and where each member of the old body comes from."""

from typing import Any

import pytest

from rest_compat.dialects import CAMBRIDGE
from rest_compat.messages import Asked
from rest_compat.openapi import parameters
from rest_compat.routes import ROUTES, route_table
from rest_compat.successors import example, mapping, routes_of, succeeded
from rest_compat.translate import Route

TABLE = route_table()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_the_example_of_a_route_is_a_request_for_it(route: Route) -> None:
    shown = example(route)
    assert succeeded(TABLE, route.operation, shown.request) == shown
    assert route in routes_of(TABLE, route.operation)


def test_no_other_operation_has_routes() -> None:
    assert routes_of(TABLE, "LegacyNothing") == []


def test_a_mapping_says_where_each_member_comes_from() -> None:
    [route] = routes_of(TABLE, "LegacySessions")
    assert mapping(route)[:3] == [
        ("businessStreamId", "{businessStreamId}"),
        ("sessions[].sessionId", "businessStream.sessions.nodes[].sessionId"),
        ("sessions[].sessionName", "businessStream.sessions.nodes[].name"),
    ]


def told(body: Any) -> list[tuple[str, str]]:
    return mapping(Route("/things", "LegacyThings", lambda _: {}, body, CAMBRIDGE))


def test_what_is_worked_out_is_said_to_be() -> None:
    def body(data: Any, _asked: Asked) -> Any:
        return {
            "all": [{"name": each["title"].upper(), "no": 1} for each in data["things"]],
            "first": data["a"][0]["b"],
        }

    assert told(body) == [("all[].name", ""), ("all[].no", ""), ("first", "a[0].b")]


@pytest.mark.parametrize(
    "body",
    [
        lambda data, _: {"sum": data["a"] + 1},
        lambda data, _: {each["name"]: each for each in data["servers"]}["MEPS"],
        lambda data, _: dict(data["pairs"].items()),
    ],
)
def test_a_body_that_looks_at_its_data_has_no_mapping(body: Any) -> None:
    assert told(body) == []


def test_what_takes_nothing_has_no_parameters() -> None:
    assert parameters(Route("/things", "LegacyThings", lambda _: {}, lambda data, _: data, CAMBRIDGE)) == []
