"""Timings in the answer and in the metrics, over real HTTP: for who asks and may, and nothing for all others."""

import json
import uuid
from typing import Any

import httpx
import pytest
from support.server import Server, examgraph

ASKED = {"x-examgraph-timings": "1"}
REFUSED = {
    "scope": {"message": "timings are left out: this needs the scope operations:read", "code": "FORBIDDEN"},
    "credential": {
        "message": "timings are left out: this needs a credential with the scope operations:read",
        "code": "UNAUTHENTICATED",
    },
}
PREPARED = ["parse", "validate", "limits"]


def new_query() -> str:
    """A query that no server has seen."""
    return f'query New{uuid.uuid4().hex} {{ session(businessStream: "02", sessionId: "14244") {{ name }} }}'


@pytest.fixture(scope="module")
def reader(server: Server) -> dict[str, str]:
    """The credentials of somebody who may read sessions, and nothing of operations."""
    made = examgraph("token", "--scope", "sessions:read", "--data-dir", str(server.data_dir))
    return {"authorization": f"Bearer {made.stdout.strip()}"}


def samples(server: Server, *beginnings: str) -> dict[str, float]:
    """What /metrics says now of metrics whose names begin so."""
    lines = httpx.get(f"{server.base}/metrics", verify=False).text.splitlines()
    split = (line.rpartition(" ") for line in lines if line.startswith(beginnings))
    return {name: float(value) for name, _, value in split}


def post(server: Server, body: dict[str, Any], **headers: str) -> httpx.Response:
    return httpx.post(f"{server.base}/graphql", json=body, headers={**server.bearer, **headers}, verify=False)


def test_who_asks_and_may_is_told_of_phases_and_backends(server: Server) -> None:
    query = new_query()
    plain = server.graphql(query).json()
    told = server.graphql(query, **ASKED).json()
    timings = told.pop("extensions").pop("timings")
    assert told == plain
    assert list(timings) == ["phases", "backends"]
    assert list(timings["phases"]) == ["execute", "encode"]  # the document is known by now
    [backend] = timings["backends"]
    assert list(backend) == ["name", "calls", "ms"]
    assert (backend["name"], backend["calls"]) == ("MEPS", 1)
    assert 0 < backend["ms"] < timings["phases"]["execute"] < 10_000


def test_a_new_document_is_told_with_what_is_done_once(server: Server) -> None:
    phases = server.graphql(new_query(), **ASKED).json()["extensions"]["timings"]["phases"]
    assert [phase for phase in phases if phase != "plan"] == [*PREPARED, "execute", "encode"]
    assert all(milliseconds >= 0 for milliseconds in phases.values())


def test_it_can_be_asked_by_the_requests_own_extensions(server: Server) -> None:
    query = {"query": "{ __typename }", "extensions": {"timings": True}}
    assert set(post(server, query).json()["extensions"]) == {"timings"}
    url = httpx.QueryParams({"query": "{ __typename }", "extensions": '{"timings": true}'})
    found = httpx.get(f"{server.base}/graphql?{url}", headers=server.bearer, verify=False).json()
    assert set(found["extensions"]) == {"timings"}


def test_a_failure_is_timed_too(server: Server) -> None:
    wrong = server.graphql("{", **ASKED)
    assert wrong.status_code == 400
    assert list(wrong.json()) == ["errors", "extensions"]
    assert list(wrong.json()["extensions"]["timings"]["phases"]) == ["parse", "encode"]


@pytest.mark.parametrize("asked", [{}, {"x-examgraph-timings": "0"}, {"extensions": {"timings": False}}], ids=str)
def test_who_does_not_ask_hears_nothing_of_it(server: Server, asked: dict[str, Any]) -> None:
    headers = {name: value for name, value in asked.items() if isinstance(value, str)}
    body = {"query": "{ __typename }", **({} if headers else asked)}
    assert post(server, body, **headers).content == b'{"data":{"__typename":"Query"}}'


def test_who_may_not_gets_the_answer_and_is_told_why_without(server: Server, reader: dict[str, str]) -> None:
    query = new_query()
    answer = server.graphql(query, **reader).json()
    assert server.graphql(query, **reader, **ASKED).json() == {
        **answer,
        "extensions": {"warnings": [REFUSED["scope"]]},
    }
    nobody = httpx.post(f"{server.base}/graphql", json={"query": "{ __typename }"}, headers=ASKED, verify=False)
    assert (nobody.status_code, nobody.json()) == (
        200,
        {"data": {"__typename": "Query"}, "extensions": {"warnings": [REFUSED["credential"]]}},
    )


@pytest.mark.parametrize(
    ("headers", "extensions", "message"),
    [
        ({"x-examgraph-timings": "yes"}, None, "X-Examgraph-Timings must be 1 or 0"),
        ({"x-examgraph-timings": ""}, None, "X-Examgraph-Timings must be 1 or 0"),
        ({}, {"timings": "1"}, "extensions.timings must be true or false"),
        ({}, {"timings": None}, "extensions.timings must be true or false"),
    ],
)
def test_what_is_no_answer_to_whether_is_refused(
    server: Server, headers: dict[str, str], extensions: dict[str, Any] | None, message: str
) -> None:
    refused = post(server, {"query": "{ __typename }", "extensions": extensions}, **headers)
    assert (refused.status_code, refused.json()) == (
        400,
        {"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]},
    )


def test_nothing_of_it_names_a_host_or_a_file(server: Server) -> None:
    told = json.dumps(server.graphql("{ epsServers { name } }", **ASKED).json()["extensions"])
    assert [name for name in ("127.0.0.1", "localhost", "sqlite", str(server.data_dir)) if name in told] == []


def test_a_front_end_may_send_the_header(production: Server) -> None:
    asked = httpx.options(
        f"{production.base}/graphql", verify=False,
        headers={
            "origin": "https://front.example", "access-control-request-method": "POST",
            "access-control-request-headers": "x-examgraph-timings",
        },
    )  # fmt: skip
    assert asked.status_code == 200
    assert "x-examgraph-timings" in asked.headers["access-control-allow-headers"]


def test_the_metrics_name_saved_operations_and_no_others(server: Server) -> None:
    metrics = ("examgraph_phase_seconds_count", "examgraph_operation_backend_seconds_count")
    before = samples(server, *metrics)
    server.get("/v1/businessStreams/02/sessions/14244")
    server.get("/v1/businessStreams/02/sessions/14244")
    server.graphql(new_query())
    after = samples(server, *metrics)
    counted = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    counted.pop('examgraph_phase_seconds_count{operation="other",phase="plan"}', None)  # only the compiled executor's
    assert counted == {
        'examgraph_phase_seconds_count{operation="LegacySession",phase="execute"}': 2,
        'examgraph_phase_seconds_count{operation="LegacySession",phase="encode"}': 2,
        **{f'examgraph_phase_seconds_count{{operation="other",phase="{phase}"}}': 1 for phase in PREPARED},
        'examgraph_phase_seconds_count{operation="other",phase="execute"}': 1,
        'examgraph_phase_seconds_count{operation="other",phase="encode"}': 1,
        'examgraph_operation_backend_seconds_count{backend="MEPS",operation="LegacySession"}': 2,
        'examgraph_operation_backend_seconds_count{backend="MEPS",operation="other"}': 1,
    }
