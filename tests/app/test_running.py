"""The process as those who run it see it: health, metrics, logs, stopping, workers, and backends that break."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from support.postgres import Postgres
from support.server import Server, running_server

# Two seconds are promised; the third is for a machine that does other things beside.
SOON = 3
PERSON = "01017012345"
BACKENDS = (
    "MEPS",
    "OEPS",
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
SESSION = '{ session(businessStream: "02", sessionId: "14244") { name } }'
SESSION_PATH = "/v1/businessStreams/02/sessions/14244"


@pytest.fixture(scope="module")
def watched(filled_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose log and metrics are looked at, with breakers that close soon."""
    folder = Path(shutil.copytree(filled_data_dir, tmp_path_factory.mktemp("watched") / "data"))
    with running_server(
        folder, **{f"{name}__BREAKER_OPEN_SECONDS": "0.5" for name in ("EPS__MEPS", "EPS__OEPS", "CAMS")}
    ) as server:
        yield server


def get(server: Server, path: str, **more: Any) -> httpx.Response:
    """Without anybody's credentials."""
    return httpx.get(f"{server.base}{path}", verify=False, **more)


def samples(server: Server) -> dict[str, float]:
    """What /metrics says now, by name and labels."""
    lines = get(server, "/metrics").text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def until(condition: Callable[[], Any], seconds: float = 10) -> Any:
    """What `condition` gives once it is true."""
    ends_at = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < ends_at, "it did not come true in time"
        time.sleep(0.02)
    return found


def test_health_readiness_and_metrics(watched: Server) -> None:
    alive = get(watched, "/healthz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    ready = get(watched, "/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ready", "backends": dict.fromkeys(BACKENDS, "UP")},
    )
    metrics = get(watched, "/metrics")
    assert metrics.headers["content-type"] == "text/plain; version=1.0.0; charset=utf-8"
    for path in ("/healthz", "/readyz", "/metrics"):
        assert httpx.head(f"{watched.base}{path}", verify=False).status_code == 200


def test_a_request_is_counted_by_its_route_and_operation(watched: Server) -> None:
    def counts() -> dict[str, float]:
        interesting = (
            "examgraph_request_seconds_count",
            "examgraph_operations_total",
            "examgraph_backend_call_seconds_count",
        )
        return {name: value for name, value in samples(watched).items() if name.startswith(interesting)}

    before = counts()
    watched.graphql(f"query Counted {SESSION}")
    watched.get("/ca-sessions-sapi/v1/businessStreams/02/sessions/14244/")
    watched.get("/v1/businessStreams/02/sessions/abc")
    watched.get("/v1/nothing/at/all")
    after = counts()
    assert {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)} == {
        'examgraph_request_seconds_count{method="POST",route="/graphql",status="200"}': 1,
        f'examgraph_request_seconds_count{{method="GET",route="{ROUTE}",status="200"}}': 1,
        f'examgraph_request_seconds_count{{method="GET",route="{ROUTE}",status="400"}}': 1,
        'examgraph_request_seconds_count{method="GET",route="cambridge unknown",status="404"}': 1,
        'examgraph_request_seconds_count{method="GET",route="/metrics",status="200"}': 1,
        'examgraph_operations_total{operation="Counted",status="200"}': 1,
        'examgraph_operations_total{operation="LegacySession",status="200"}': 1,
        'examgraph_operations_total{operation="LegacySession",status="400"}': 1,
        'examgraph_backend_call_seconds_count{backend="MEPS",outcome="answered"}': 2,
    }  # fmt: skip


ROUTE = "cambridge /businessStreams/{businessStreamId}/sessions/{sessionId}"


def test_whatever_callers_send_the_metrics_stay_small(filled_data_dir: Path, tmp_path: Path) -> None:
    with (
        running_server(Path(shutil.copytree(filled_data_dir, tmp_path / "data"))) as server,
        httpx.Client(verify=False) as client,
    ):
        before = len(samples(server))
        for number in range(500):
            query = {"query": f"query Operation{number} {{ __typename }}", "operationName": f"Operation{number}"}
            assert client.post(f"{server.base}/graphql", json=query).status_code == 200
        for number in range(30):
            client.get(f"{server.base}/unknown/{number}")
            client.get(f"{server.base}/v1/unknown/{number}", headers=server.client)
            client.get(f"{server.base}/playground/{number}.js")
            client.get(f"{server.base}{SESSION_PATH}{number}", headers=server.client)
        for asked in (
            {"query": "{ __typename }", "operationName": "x" * 100_000},
            {"query": "{", "operationName": PERSON},
        ):
            assert client.post(f"{server.base}/graphql", json=asked).status_code == 400
        client.request("TRACE", f"{server.base}/graphql")
        found = samples(server)
        operations = [name for name in found if name.startswith("examgraph_operations_total")]
        assert len(operations) <= 202  # two hundred names, those that are too many, and those that are none
        assert 'examgraph_operations_total{operation="other",status="200"}' in operations
        # a family of operations, and a histogram for each of the few routes and statuses that were met
        assert len(found) < before + 700
        assert max(len(name) for name in found) < 200
        assert PERSON not in "".join(found)


def test_each_request_is_one_line_of_json_with_its_transaction_id(watched: Server) -> None:
    transaction = str(uuid.uuid4())
    watched.graphql(f"query Logged {SESSION}", **{"x-transaction-id": transaction})
    (line,) = until(lambda: [event for event in watched.events() if event.get("transaction_id") == transaction])
    assert line.pop("milliseconds") > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line.pop("timestamp"))
    assert line == {
        "event": "request",
        "level": "info",
        "method": "POST",
        "route": "/graphql",
        "operation": "Logged",
        "status": 200,
        "transaction_id": transaction,
    }


def test_the_log_holds_no_secrets_and_no_personal_numbers(watched: Server) -> None:
    token = watched.credentials["graphql"]["token"]
    secret = watched.credentials["cambridge"]["client_secret"]
    last = str(uuid.uuid4())
    odd = {"x-transaction-id": f"Bearer {token[:60]}", "user-agent": PERSON, "referer": f"http://x/{PERSON}"}
    for path in (
        f"/{PERSON}", f"/v1/{PERSON}", f"/v1/businessStreams/02/sessions/{PERSON}", f"{SESSION_PATH}?year={PERSON}",
        f"/graphql?query={{__typename}}&token={token}", f"/healthz?{PERSON}", f"/v1/x?client_secret={secret}",
    ):  # fmt: skip
        watched.get(path, **odd)
        watched.get(path, **{"x-transaction-id": PERSON, "authorization": f"Bearer {token}"})
    for query in (
        f'{{ node(id: "{PERSON}") {{ id }} }}', f"query a{PERSON} {{ __typename }}", f"{{ a{PERSON} }}",
        f'{{ session(businessStream: "02", sessionId: "{PERSON}") {{ name }} }}',
    ):  # fmt: skip
        watched.graphql(query, {"unused": PERSON}, **odd)
    watched.graphql("{ __typename }", **{"x-transaction-id": last, "authorization": "Bearer " + "x" * 9000})
    until(lambda: last in watched.log)
    for hidden in (token[:60], token[-60:], secret, PERSON):
        assert hidden not in watched.log
    assert "[number]" in watched.log
    assert "Bearer [hidden]" in watched.log


def test_every_line_of_the_log_is_json_but_those_for_people(watched: Server) -> None:
    watched.graphql("{ __typename }")
    others = [line for line in watched.log.splitlines() if not line.startswith("{")]
    port = urlsplit(watched.base).port
    assert [line.split()[0] for line in others if line] == [
        "examgraph", "start", "playground", "GraphQL", "REST", "operations", "credentials",
    ]  # fmt: skip
    assert all(str(port) in line for line in others if "http://" in line)


@contextmanager
def deleted(file: Path) -> Iterator[None]:
    away = file.rename(file.with_suffix(".away"))
    yield
    away.rename(file)


@contextmanager
def noisy(file: Path) -> Iterator[None]:
    content = file.read_bytes()
    file.write_bytes(os.urandom(len(content)))
    yield
    file.write_bytes(content)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


@pytest.mark.parametrize("broken", [deleted, noisy, locked])
def test_a_database_that_breaks_costs_its_own_fields_and_comes_back(
    watched: Server, broken: Callable[[Path], Any]
) -> None:
    query = f"{SESSION[:-1]} vocationalSessions {{ name }} }}"
    # as many good answers as a breaker remembers: whatever another test broke is forgotten
    (whole,) = {watched.graphql(query).text: watched.graphql(query).json() for _ in range(10)}.values()
    assert "errors" not in whole
    with broken(watched.data_dir / "sandbox" / "meps.sqlite"):
        answer = watched.graphql(query)
        assert answer.elapsed.total_seconds() < SOON
        assert answer.status_code == 200
        assert answer.json() == {
            "errors": [
                {
                    "message": "MEPS cannot be reached",
                    "locations": [{"line": 1, "column": 3}],
                    "path": ["session"],
                    "extensions": {"code": "BACKEND_UNAVAILABLE", "backend": "MEPS"},
                }
            ],
            "data": {**whole["data"], "session": None},
        }
        legacy = watched.get(SESSION_PATH, **{"x-transaction-id": "t-1"})
        assert legacy.elapsed.total_seconds() < SOON
        assert (legacy.status_code, legacy.json()) == (
            503,
            {
                "code": 503,
                "type": "DB:CONNECTIVITY",
                "message": "MEPS cannot be reached",
                "transactionId": "t-1",
            },
        )
        assert watched.get("/v1/businessStreams/01/sessions").status_code == 200
        ready = get(watched, "/readyz")
        assert (ready.status_code, ready.json()["backends"]["OEPS"]) == (200, "UP")
    until(lambda: watched.graphql(query).json() == whole)
    assert watched.process.poll() is None


def test_a_database_that_was_emptied_comes_back(data_dir: Path) -> None:
    with running_server(data_dir) as server:
        whole = server.graphql(SESSION).json()
        file = data_dir / "sandbox" / "meps.sqlite"
        content = file.read_bytes()
        file.write_bytes(b"")
        answer = server.graphql(SESSION).json()
        assert answer["data"] == {"session": None}
        assert answer["errors"][0]["extensions"] == {"code": "BACKEND_REFUSED", "backend": "MEPS"}
        file.write_bytes(content)
        until(lambda: server.graphql(SESSION).json() == whole, seconds=2)


def test_after_the_breaker_opens_the_answer_costs_nothing(watched: Server) -> None:
    message = "OEPS cannot be reached: it kept failing and is being left alone for a moment"
    path = "/v1/businessStreams/01/sessions"
    whole = watched.get(path).json()

    def refused_unasked() -> float:
        """The seconds that it took to be refused without asking; 0 when it was asked."""
        answer = watched.get(path)
        return answer.elapsed.total_seconds() if answer.json().get("message") == message else 0

    with locked(watched.data_dir / "sandbox" / "oeps.sqlite"):
        with ThreadPoolExecutor(5) as callers:
            list(callers.map(lambda _: watched.get(path), range(5)))
        until(refused_unasked)
        assert samples(watched)['examgraph_backend_breaker_open{backend="OEPS"}'] == 1
        took = [seconds for _ in range(10) if (seconds := refused_unasked())]
        assert took
        assert min(took) < 0.1
        states = watched.graphql("{ backends { name status breaker } }").json()["data"]["backends"]
        assert [state["name"] for state in states if state["status"] != "UP"] == ["OEPS"]
    until(lambda: watched.get(path).json() == whole)
    assert samples(watched)['examgraph_backend_breaker_open{backend="OEPS"}'] == 0


SLOW_VIEW = """
    CREATE VIEW eps_session AS SELECT
        '02'::varchar AS business_stream_id, '14244'::varchar AS session_id, 'June 2022'::varchar AS session_name,
        2022 AS session_year, 'EXAMINATION'::varchar AS session_type, 'OPEN'::varchar AS session_status,
        DATE '2022-05-01' AS start_date, DATE '2022-06-30' AS end_date
    FROM (SELECT pg_sleep({seconds})) AS waited
"""
IN_FLIGHT = 'examgraph_backend_calls_in_flight{backend="MEPS"}'


async def slow_meps(postgres: Postgres, seconds: float) -> str:
    """A MEPS that thinks about each question for so long."""
    url = postgres.database()
    connection = await asyncpg.connect(url)
    await connection.execute(SLOW_VIEW.format(seconds=seconds))
    await connection.close()
    return url


def request(server: Server, kind: str) -> bytes:
    if kind == "GraphQL":
        body = json.dumps({"query": SESSION}).encode()
        headers = {**server.bearer, "content-type": "application/json", "content-length": str(len(body))}
        start = b"POST /graphql"
    else:
        body, headers, start = b"", server.client, f"GET {SESSION_PATH}".encode()
    lines = "".join(f"{name}: {value}\r\n" for name, value in {"host": "x", **headers}.items())
    return start + b" HTTP/1.1\r\n" + lines.encode() + b"\r\n" + body


@contextmanager
def asking(server: Server, kind: str) -> Iterator[None]:
    """Asks what takes long, and hangs up."""
    address = urlsplit(server.base)
    with socket.create_connection((str(address.hostname), address.port or 0)) as caller:
        caller.sendall(request(server, kind))
        yield


@pytest.fixture
async def thinking(data_dir: Path, postgres: Postgres) -> AsyncIterator[Server]:
    """A server whose MEPS takes longer over each question than it is given."""
    url = await slow_meps(postgres, 12)
    with running_server(data_dir, EPS__MEPS__URL=url, EPS__MEPS__DEADLINE_SECONDS="9") as server:
        yield server


async def test_a_caller_who_leaves_is_told_of_in_the_log(thinking: Server) -> None:
    def left(route: str) -> list[dict[str, Any]]:
        return [event for event in thinking.events() if event.get("status") == 499 and event["route"] == route]

    for kind, route in (("REST", ROUTE), ("GraphQL", "/graphql")):
        with asking(thinking, kind):
            until(lambda: samples(thinking)[IN_FLIGHT] > 0)
        (line,) = until(lambda route=route: left(route))
        assert line["level"] == "info"
        assert line["milliseconds"] < 8000
    assert not [event for event in thinking.events() if event["level"] == "error"]


async def test_a_caller_who_leaves_takes_the_work_along(thinking: Server) -> None:
    for kind in ("REST", "GraphQL"):
        with asking(thinking, kind):
            until(lambda: samples(thinking)[IN_FLIGHT] == 1)
        until(lambda: samples(thinking)[IN_FLIGHT] == 0, seconds=5)


async def test_requests_under_way_are_answered_before_the_process_ends(data_dir: Path, postgres: Postgres) -> None:
    url = await slow_meps(postgres, 2)
    with (
        running_server(data_dir, EPS__MEPS__URL=url, EPS__MEPS__DEADLINE_SECONDS="8") as server,
        ThreadPoolExecutor(2) as callers,
    ):
        answers = [callers.submit(server.graphql, SESSION), callers.submit(server.get, SESSION_PATH)]
        until(lambda: samples(server)[IN_FLIGHT] == 2)
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        until(lambda: refuses_connections(server))
        graphql, legacy = (answer.result() for answer in answers)
        assert graphql.json() == {"data": {"session": {"name": "June 2022"}}}
        assert (legacy.status_code, legacy.json()["sessionId"]) == (200, "14244")
        server.process.wait(15)
        assert time.monotonic() - started < 15
        assert not [event for event in server.events() if event["level"] == "error"]


def refuses_connections(server: Server) -> bool:
    try:
        get(server, "/healthz", timeout=1)
    except httpx.TransportError:
        return True
    return False


def test_a_process_that_is_told_to_stop_ends_with_status_0(data_dir: Path) -> None:
    with running_server(data_dir) as server:
        assert server.stop() == 0


def workers_of(server: Server) -> set[int]:
    own = server.process.pid
    children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
    return {int(child) for child in children if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()}


def test_workers_answer_count_together_are_replaced_and_stop_together(data_dir: Path) -> None:
    counted = 'examgraph_operations_total{operation="Together",status="200"}'

    def ask_often(number: int) -> None:
        for _ in range(number):
            answer = server.graphql(f"query Together {SESSION}")
            assert answer.json() == {"data": {"session": {"name": "June 2022"}}}

    with running_server(data_dir, "--workers", "2") as server:
        first, second = until(lambda: len(workers_of(server)) == 2 and workers_of(server))
        ask_often(20)
        assert samples(server)[counted] == 20
        os.kill(first, signal.SIGKILL)
        ask_often(20)
        assert samples(server)[counted] == 40
        replaced = until(lambda: len(workers_of(server) - {first}) == 2 and workers_of(server), seconds=20)
        assert second in replaced
        # what the one that was killed said of its calls under way is forgotten
        assert samples(server)[IN_FLIGHT] == 0
        assert list((data_dir / "run").glob(f"*/gauge_live*_{second}.db"))
        assert not list((data_dir / "run").glob(f"*/gauge_live*_{first}.db"))
        ask_often(20)
        assert samples(server)[counted] == 60
        os.killpg(server.process.pid, signal.SIGTERM)
        assert server.process.wait(15) == 0
        assert not [event for event in server.events() if event["level"] == "error"]


def test_a_store_of_our_own_that_does_not_answer_makes_the_service_not_ready(
    filled_data_dir: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(filled_data_dir, tmp_path / "data"))
    with running_server(folder) as server:
        store = folder / "stores" / "events.sqlite"
        store.rename(folder / "moved.sqlite")
        refused = until(lambda: (found := get(server, "/readyz")).status_code == 503 and found)
        assert refused.json() == {
            "status": "not ready",
            "backends": {**dict.fromkeys(BACKENDS, "UP"), "EVENTS": "DOWN"},
        }
        (folder / "moved.sqlite").rename(store)
        until(lambda: get(server, "/readyz").status_code == 200)
        (folder / "sandbox" / "cams.sqlite").unlink()
        assert get(server, "/readyz").status_code == 200
