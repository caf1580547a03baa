"""A request becomes an operation, and its answer the old body: whole, or the family's error."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from golden.service import Databases, running

from rest_compat.dialects import CAMBRIDGE
from rest_compat.messages import Asked, Rejected
from rest_compat.translate import Outcome, Route, answered


def things(data: Any, asked: Asked) -> Any:
    return data["owner"] and {"thing": asked.values["thing"], "all": data["owner"]["things"]["nodes"]}


ROUTE = Route(
    path="/things/{thing}",
    operation="LegacyThings",
    variables=lambda asked: {"thing": asked.values["thing"], "size": asked.one("size", int)},
    body=things,
    dialect=CAMBRIDGE,
    missing="no such thing",
    follows=("owner", "things"),
    spelling={"code": "thingId"},
)
ASKED = Asked({"thing": "7"})


def page(nodes: list[int], end: str | None = None) -> Outcome:
    info = {"hasNextPage": end is not None, "endCursor": end}
    return Outcome({"owner": {"things": {"nodes": nodes, "pageInfo": info}}}, [])


def failed(code: str, message: str = "words", data: Any = None, **details: str) -> Outcome:
    return Outcome(data, [{"message": message, "extensions": {"code": code, **details}}])


class Service:
    """Answers a route's questions one after the other, and remembers them."""

    def __init__(self, *outcomes: Outcome) -> None:
        self._outcomes = list(outcomes)
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    async def run(self, operation: str, variables: Mapping[str, Any]) -> Outcome:
        self.asked.append((operation, dict(variables)))
        return self._outcomes.pop(0)

    async def reply(self, asked: Asked = ASKED) -> tuple[int, Any]:
        reply = await answered(ROUTE, asked, self.run, "t-1")
        assert not self._outcomes
        assert reply.headers == ((b"content-type", b"application/json"),)
        return reply.status, json.loads(reply.body)


def error(status: int, kind: str, message: str) -> tuple[int, Any]:
    return status, {"code": status, "type": kind, "message": message, "transactionId": "t-1"}


async def test_one_page_is_the_whole_body() -> None:
    service = Service(page([1, 2]))
    assert await service.reply() == (200, {"thing": "7", "all": [1, 2]})
    assert service.asked == [("LegacyThings", {"thing": "7", "size": None})]


async def test_pages_are_followed_to_the_last_and_told_as_one() -> None:
    service = Service(page([1, 2], "b"), page([], "c"), page([3]))
    assert await service.reply(Asked({"thing": "7"}, {"size": ["4"]})) == (200, {"thing": "7", "all": [1, 2, 3]})
    same = {"thing": "7", "size": 4}
    assert service.asked == [
        ("LegacyThings", same), ("LegacyThings", {**same, "after": "b"}), ("LegacyThings", {**same, "after": "c"}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "later",
    [
        failed("BACKEND_UNAVAILABLE", "MEPS cannot be reached", backend="MEPS"),
        failed("BACKEND_UNAVAILABLE", "MEPS cannot be reached", {"owner": {"things": None}}, backend="MEPS"),
    ],
)
async def test_a_failure_on_a_later_page_is_an_error_not_a_smaller_body(later: Outcome) -> None:
    service = Service(page([1, 2], "b"), page([3], "c"), later)
    assert await service.reply() == error(503, "DB:CONNECTIVITY", "MEPS cannot be reached")


async def test_an_error_beside_data_is_an_error_not_a_smaller_body() -> None:
    beside = Outcome(page([1], "b").data, failed("BACKEND_TIMEOUT", "OEPS did not answer in time").errors)
    service = Service(beside)
    assert await service.reply() == error(504, "HTTP:TIMEOUT", "OEPS did not answer in time")


async def test_what_there_is_not_is_a_404_in_the_routes_words() -> None:
    assert await Service(Outcome({"owner": None}, [])).reply() == error(404, "APIKIT:NOT_FOUND", "no such thing")


async def test_a_parameter_that_cannot_be_read_asks_nothing() -> None:
    service = Service()
    assert await service.reply(Asked({"thing": "7"}, {"size": ["1", "2"]})) == error(
        400, "APIKIT:BAD_REQUEST", "size is given more than once"
    )
    assert service.asked == []


async def test_a_refusal_of_an_argument_names_the_routes_own_spelling() -> None:
    spelt = failed("BAD_USER_INPUT", "code must be odd", argument="code", rule="must be odd")
    other = failed("BAD_USER_INPUT", "size must be odd", argument="size", rule="must be odd")
    silent = failed("BAD_USER_INPUT", "Variable '$size' is wrong")
    assert await Service(spelt).reply() == error(400, "APIKIT:BAD_REQUEST", "thingId must be odd")
    assert await Service(other).reply() == error(400, "APIKIT:BAD_REQUEST", "size must be odd")
    assert await Service(silent).reply() == error(400, "APIKIT:BAD_REQUEST", "Variable '$size' is wrong")


async def test_of_several_errors_the_caller_hears_what_it_can_do_most_about() -> None:
    worst_first = ("INTERNAL", "BACKEND_TIMEOUT", "CONFLICT", "LIMIT_EXCEEDED", "BAD_USER_INPUT", "FORBIDDEN")
    statuses = []
    for number in range(1, len(worst_first) + 1):
        errors = [each for code in worst_first[:number] for each in failed(code).errors]
        statuses.append((await Service(Outcome(None, errors)).reply())[0])
    assert statuses == [500, 500, 409, 429, 400, 403]
    first, second = failed("BACKEND_TIMEOUT", "first").errors, failed("INTERNAL", "second").errors
    assert await Service(Outcome(None, [*first, *second])).reply() == error(504, "HTTP:TIMEOUT", "first")


async def test_a_variable_may_be_rejected_with_a_code_and_headers_of_its_own() -> None:
    def reject(_: Asked) -> dict[str, str]:
        raise Rejected("UNSUPPORTED_MEDIA_TYPE", "send JSON", ((b"accept", b"application/json"),))

    route = Route("/x", "LegacyX", reject, lambda data, _: data, CAMBRIDGE)
    reply = await answered(route, Asked({}), Service().run, "t-1")
    assert (reply.status, reply.headers[1:]) == (415, ((b"accept", b"application/json"),))


def session(number: int) -> dict[str, Any]:
    starts_on = date(2000, 1, 1) + timedelta(days=number // 4)
    return {
        "business_stream_id": "02", "session_id": str(number), "session_name": f"Session {number}",
        "session_year": starts_on.year, "session_type": "ON_DEMAND", "session_status": "CLOSED",
        "start_date": starts_on, "end_date": starts_on + timedelta(days=30),
    }  # fmt: skip


async def test_a_stream_of_more_than_one_page_is_told_whole(databases: Databases) -> None:
    """2,345 sessions are three pages and three calls; the old list knows no pages."""
    rows = [session(number) for number in range(1, 2346)]
    url = await databases.url("MEPS", {"eps_session": rows})
    async with running(databases, {"MEPS": url}) as service:
        told = await service.legacy("/v1/businessStreams/02/sessions")
        of_year = await service.legacy("/v1/businessStreams/02/sessions?year=2000")
    newest_first = sorted(rows, key=lambda row: (row["start_date"], row["session_id"]), reverse=True)
    assert told.json == {"businessStreamId": "02", "sessions": [_told(row) for row in newest_first]}
    assert told.calls == {"MEPS": 3}
    assert of_year.json["sessions"] == [_told(row) for row in newest_first if row["session_year"] == 2000]
    assert of_year.calls == {"MEPS": 2}


@pytest.mark.parametrize("size", [999, 1000, 1001])
async def test_a_stream_about_as_long_as_a_page(size: int, databases: Databases) -> None:
    url = await databases.url("MEPS", {"eps_session": [session(number) for number in range(1, size + 1)]})
    async with running(databases, {"MEPS": url}) as service:
        told = await service.legacy("/v1/businessStreams/02/sessions")
    assert len({each["sessionId"] for each in told.json["sessions"]}) == len(told.json["sessions"]) == size
    assert told.calls == {"MEPS": 2 if size > 1000 else 1}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "sessionId": row["session_id"], "sessionName": row["session_name"], "businessStreamId": "02",
        "year": row["session_year"], "sessionType": "ON_DEMAND", "status": "CLOSED",
        "startDate": row["start_date"].isoformat(), "endDate": row["end_date"].isoformat(),
    }  # fmt: skip
