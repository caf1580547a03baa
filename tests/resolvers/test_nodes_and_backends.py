"""Many nodes at once within their limit, and what a probe of the backends tells."""

from datetime import date

import pytest
from golden.service import Databases, running

from resolvers.ids import global_id
from resolvers.nodes import NODES_AT_ONCE

QUERY = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"


async def test_as_many_nodes_as_allowed_are_one_call_a_server(databases: Databases) -> None:
    stream_of = {number: "01" if number % 2 else "02" for number in range(1, NODES_AT_ONCE + 1)}
    rows = [
        {
            "business_stream_id": stream, "session_id": str(number), "session_name": "June", "session_year": 2024,
            "session_type": "COURSEWORK", "session_status": "OPEN", "start_date": date(2024, 4, 1),
            "end_date": date(2024, 4, 2),
        }
        for number, stream in stream_of.items()
    ]  # fmt: skip
    urls = {
        server: await databases.url(server, {"eps_session": [r for r in rows if r["business_stream_id"] == stream]})
        for server, stream in (("MEPS", "02"), ("OEPS", "01"))
    }
    ids = [global_id("Session", stream, str(number)) for number, stream in stream_of.items()]
    async with running(databases, urls) as service:
        told = await service.graphql(QUERY, ["sessions:read"], ids=ids)
    assert told.json == {"data": {"nodes": [{"id": each} for each in ids]}}
    assert told.calls == {"MEPS": 1, "OEPS": 1}


@pytest.mark.parametrize("scopes", [["sessions:read"], []])
async def test_more_nodes_than_allowed_are_refused_whole(scopes: list[str], on_sqlite: Databases) -> None:
    ids = [global_id("Session", "02", str(number)) for number in range(NODES_AT_ONCE + 1)]
    async with running(on_sqlite, {}) as service:
        told = await service.graphql(QUERY, scopes, ids=ids)
    error = {
        "message": "ids is 1001, the limit is 1000", "locations": [{"line": 1, "column": 24}], "path": ["nodes"],
        "extensions": {"code": "LIMIT_EXCEEDED", "limit": "ids", "value": 1001, "bound": 1000},
    }  # fmt: skip
    assert (told.json, told.calls) == ({"errors": [error], "data": None}, {})


async def test_a_backend_that_answers_tells_how_long_it_took(databases: Databases) -> None:
    async with running(databases, {"CAMS": databases.absent_url}) as service:
        told = await service.graphql("{ backends { name status latencyMs } }", ["operations:read"])
    meps, oeps, cams, *others = told.json["data"]["backends"]
    assert cams == {"name": "CAMS", "status": "DOWN", "latencyMs": None}
    assert [each["name"] for each in (meps, oeps, *others)] == [
        "MEPS", "OEPS", "Interchange", "CI Direct", "LIBS", "EVENTS", "SCRIPTS", "EXAMS", "AUDIT", "LEARNING", "RM",
        "population register",
    ]  # fmt: skip
    assert all(0 < each["latencyMs"] < 1000 for each in (meps, oeps, *others))
