"""Sessions of fifty business streams: one call to each EPS server and question, and a dead server costs its own."""

from datetime import date
from typing import Any

import pytest
from golden.service import Databases, Running, Told, locked, running

# Ten sessions in each of fifty streams, the even ones on MEPS, the odd ones on OEPS.
CODES = [f"{number:02d}" for number in range(50)]
ON_MEPS, ON_OEPS = CODES[::2], CODES[1::2]
SERVER = {code: "MEPS" if code in ON_MEPS else "OEPS" for code in CODES}
STREAMS = [{"code": code, "name": f"Stream {code}", "server": SERVER[code]} for code in CODES]
YEARS = range(2017, 2027)


def rows(codes: list[str]) -> dict[str, list[dict[str, Any]]]:
    return {
        "eps_session": [
            {
                "business_stream_id": code, "session_id": f"{code}{number}".lstrip("0"), "session_name": f"June {year}",
                "session_year": year, "session_type": "EXAMINATION", "session_status": "CLOSED",
                "start_date": date(year, 5, 1), "end_date": date(year, 6, 30),
            }
            for code in codes
            for number, year in enumerate(YEARS, 1)
        ]
    }  # fmt: skip


def session_ids(code: str, numbers: range) -> list[dict[str, str]]:
    return [{"sessionId": f"{code}{number}".lstrip("0")} for number in numbers]


def streams_with(selections: str) -> str:
    return f"{{ businessStreams {{ code {selections} }} }}"


@pytest.fixture
async def urls(databases: Databases) -> dict[str, str]:
    return {"MEPS": await databases.url("MEPS", rows(ON_MEPS)), "OEPS": await databases.url("OEPS", rows(ON_OEPS))}


async def ask(databases: Databases, urls: dict[str, str], query: str) -> Told:
    async with running(databases, urls, eps={"streams": STREAMS}) as service:
        return await service.graphql(query, ["sessions:read"])


async def test_sessions_of_fifty_streams_are_one_call_a_server(databases: Databases, urls: dict[str, str]) -> None:
    told = await ask(databases, urls, streams_with("sessions(first: 3) { nodes { sessionId } }"))
    newest = [{"code": code, "sessions": {"nodes": session_ids(code, range(10, 7, -1))}} for code in CODES]
    assert told.json == {"data": {"businessStreams": newest}}
    assert told.calls == {"MEPS": 1, "OEPS": 1}


async def test_a_count_is_another_question_and_one_call_more_a_server(
    databases: Databases, urls: dict[str, str]
) -> None:
    told = await ask(databases, urls, streams_with("sessions(first: 1) { totalCount nodes { sessionId } }"))
    newest = [{"totalCount": 10, "nodes": session_ids(code, range(10, 9, -1))} for code in CODES]
    expected = [{"code": code, "sessions": page} for code, page in zip(CODES, newest, strict=True)]
    assert told.json == {"data": {"businessStreams": expected}}
    assert told.calls == {"MEPS": 2, "OEPS": 2}


@pytest.mark.parametrize(
    "selections",
    [
        "sessions { totalCount @skip(if: true) nodes { sessionId } }",
        "sessions { totalCount @include(if: false) nodes { sessionId } }",
        "sessions { nodes { sessionId } ... @include(if: false) { totalCount } }",
    ],
)
async def test_a_count_that_is_not_selected_is_not_made(
    selections: str, databases: Databases, urls: dict[str, str]
) -> None:
    told = await ask(databases, urls, streams_with(selections))
    whole = [{"code": code, "sessions": {"nodes": session_ids(code, range(10, 0, -1))}} for code in CODES]
    assert told.json == {"data": {"businessStreams": whole}}
    assert told.calls == {"MEPS": 1, "OEPS": 1}


async def test_several_pages_and_counts_of_a_stream_are_still_one_call_a_server_and_question(
    databases: Databases, urls: dict[str, str]
) -> None:
    told = await ask(
        databases,
        urls,
        streams_with(
            "last: sessions(first: 1) { nodes { sessionId } } "
            "older: sessions(year: 2017) { totalCount nodes { sessionId } } "
            "none: sessions(year: 1999) { totalCount nodes { sessionId } }"
        ),
    )
    expected = [
        {
            "code": code,
            "last": {"nodes": session_ids(code, range(10, 9, -1))},
            "older": {"totalCount": 1, "nodes": session_ids(code, range(1, 0, -1))},
            "none": {"totalCount": 0, "nodes": []},
        }
        for code in CODES
    ]
    assert told.json == {"data": {"businessStreams": expected}}
    assert told.calls == {"MEPS": 2, "OEPS": 2}


async def test_a_hundred_sessions_by_their_keys_are_one_call_a_server(
    databases: Databases, urls: dict[str, str]
) -> None:
    keys = [(code, f"{code}{number}".lstrip("0")) for code in CODES for number in (1, 10)]
    fields = [
        f's{place}: session(businessStream: "{code}", sessionId: "{number}") {{ sessionId businessStreamId }}'
        for place, (code, number) in enumerate(keys)
    ]
    told = await ask(databases, urls, f"{{ {' '.join(fields)} }}")
    expected = {f"s{place}": {"sessionId": key[1], "businessStreamId": key[0]} for place, key in enumerate(keys)}
    assert told.json == {"data": expected}
    assert told.calls == {"MEPS": 1, "OEPS": 1}


def unreachable(field: str, place: int, code: str, message: str) -> dict[str, Any]:
    return {
        "message": f"OEPS {message}", "locations": [{"line": 1, "column": 26}],
        "path": ["businessStreams", place, field], "extensions": {"code": code, "backend": "OEPS"},
    }  # fmt: skip


def without_oeps(failure: tuple[str, str]) -> dict[str, Any]:
    """The answer when OEPS fails: null and an error for each of its streams, everything of the others."""
    of_meps = {code: {"totalCount": 10, "nodes": session_ids(code, range(10, 9, -1))} for code in ON_MEPS}
    return {
        "errors": [unreachable("sessions", place, *failure) for place, code in enumerate(CODES) if code in ON_OEPS],
        "data": {"businessStreams": [{"code": code, "sessions": of_meps.get(code)} for code in CODES]},
    }


COUNTED = streams_with("sessions(first: 1) { totalCount nodes { sessionId } }")


async def test_a_dead_server_costs_the_sessions_of_its_own_streams(databases: Databases, urls: dict[str, str]) -> None:
    told = await ask(databases, {**urls, "OEPS": databases.absent_url}, COUNTED)
    assert told.response.status_code == 200
    assert told.json == without_oeps(("BACKEND_UNAVAILABLE", "cannot be reached"))
    assert told.calls == {"MEPS": 2, "OEPS": 1}


async def test_a_server_that_hangs_costs_the_same_and_no_more_than_its_deadline(
    databases: Databases, urls: dict[str, str]
) -> None:
    async with (
        running(databases, urls, deadline_seconds=0.25, eps={"streams": STREAMS}) as service,
        locked(urls["OEPS"], "OEPS"),
    ):
        told = await service.graphql(COUNTED, ["sessions:read"])
    assert told.json == without_oeps(("BACKEND_TIMEOUT", "did not answer in time"))
    assert told.calls == {"MEPS": 2, "OEPS": 1}


async def test_after_enough_failures_a_dead_server_is_not_asked_and_says_so(
    databases: Databases, urls: dict[str, str]
) -> None:
    async with running(databases, {**urls, "OEPS": databases.absent_url}, eps={"streams": STREAMS}) as service:
        for _ in range(5):
            assert await failed(service) == "OEPS cannot be reached"
        refused = "OEPS cannot be reached: it kept failing and is being left alone for a moment"
        assert await failed(service) == refused
        told = await service.graphql("{ backends { name status breaker } }", ["operations:read"])
    assert told.json["data"]["backends"] == [
        {"name": "MEPS", "status": "UP", "breaker": "CLOSED"},
        {"name": "OEPS", "status": "DOWN", "breaker": "OPEN"},
        *(
            {"name": name, "status": "UP", "breaker": "CLOSED"}
            for name in (
                "CAMS",
                "Interchange",
                "CI Direct",
                "LIBS",
                "EVENTS",
                "SCRIPTS",
                "EXAMS",
                "AUDIT",
                "LEARNING",
                "RM",
                "population register",
            )
        ),
    ]


async def failed(service: Running) -> str:
    told = await service.graphql('{ session(businessStream: "01", sessionId: "1") { name } }', ["sessions:read"])
    assert told.json["data"] == {"session": None}
    message: str = told.json["errors"][0]["message"]
    return message
