"""`examgraph explain`: what an operation or an old route asks of whom, as the command tells it."""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from support.server import examgraph

from datasources.sandbox.archive import DOCUMENTED, made_up
from datasources.sandbox.scans import scanned

DOCUMENTED_SCRIPT = made_up(DOCUMENTED)
SECRET = "hunter2"
LIST = "GET /ca-sessions-sapi/v1/businessStreams/02/sessions?year=2022"
ONE = "GET /v1/businessStreams/02/sessions/14244"
PAGE = """
query Page($stream: ID!) {
  businessStream(code: $stream) { sessions(first: 2) { totalCount nodes { ...Short businessStream { name } } } }
  node(id: "U2Vzc2lvbjowMjoxNDI0NA==") { __typename ... on Session { year } }
}
query Other { __typename }
fragment Short on Session { sessionId startsOn }
"""
COMPILED = {"GRAPHQL__EXECUTOR": "compiled"}


def told(data_dir: Path, *arguments: str, stdin: str = "", **settings: str) -> str:
    """What the command prints, when it can explain."""
    ended = examgraph("explain", *arguments, "--data-dir", str(data_dir), stdin=stdin, **settings)
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr
    return ended.stdout


def as_json(data_dir: Path, *arguments: str, stdin: str = "", **settings: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told(data_dir, *arguments, "--json", stdin=stdin, **settings))
    return found


def parts_of(text: str) -> dict[str, list[str]]:
    """What stands under each title, a line each without what is beyond its text."""
    parts: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith((" ", "#")):
            parts[line] = here = []
        elif line.strip():
            here.append(line.rstrip())
    return parts


def phases(rows: list[str]) -> dict[str, int]:
    """How many times are told of each phase: cold, or cold and warm."""
    found = {}
    for row in rows:
        name, *numbers = row.split()
        assert all(re.fullmatch(r"\d+\.\d{3}", number) for number in numbers)
        found[name] = len(numbers)
    return found


def test_a_route_is_its_operation_its_variables_and_its_calls(filled_data_dir: Path) -> None:
    parts = parts_of(told(filled_data_dir, ONE, **COMPILED))
    assert list(parts) == [
        "request", "query LegacySession", "variables", "executor",
        "plan: what is of one level is asked side by side", "milliseconds", "backends", "answer (warm)",
    ]  # fmt: skip
    assert parts["request"] == [f"  {ONE}", "  cambridge /businessStreams/{businessStreamId}/sessions/{sessionId}"]
    assert parts["query LegacySession"][:3] == [
        "  query LegacySession($stream: ID!, $session: ID!) {",
        "    session(businessStream: $stream, sessionId: $session) {",
        "      ...LegacySessionFields",
    ]
    assert parts["variables"] == ["  {", '    "stream": "02",', '    "session": "14244"', "  }"]
    assert parts["executor"] == ["  compiled"]
    assert parts["plan: what is of one level is asked side by side"] == [
        "  0  Query",
        "  1    session: Session  batch datasources.eps.sessions.EpsSessions.sessions_by_key, once for all parents",
        "         sessionId, name, businessStreamId, year, type, status, startsOn, endsOn",
    ]
    [head, *rows] = parts["milliseconds"]
    assert head.split() == ["phase", "cold", "warm"]
    assert phases(rows) == {
        "parse": 1, "validate": 1, "limits": 1, "plan": 1, "compile": 1, "execute": 2, "encode": 2, "all": 2,
    }  # fmt: skip
    [head, row] = parts["backends"]
    assert head.split() == ["backend", "cold", "calls", "cold", "ms", "warm", "calls", "warm", "ms"]
    assert re.fullmatch(r" +MEPS +1 +\d+\.\d{3} +1 +\d+\.\d{3}", row)
    assert re.fullmatch(r"  status 200, 1\d\d bytes", parts["answer (warm)"][0])


def test_a_route_behind_any_prefix_as_data(filled_data_dir: Path) -> None:
    found = as_json(filled_data_dir, LIST, **COMPILED)
    assert found["request"] == {
        "line": LIST,
        "path": "/businessStreams/{businessStreamId}/sessions",
        "family": "cambridge",
    }
    assert (found["operation"]["name"], found["operation"]["kind"]) == ("LegacySessions", "query")
    assert found["variables"] == {"stream": "02", "year": 2022, "qualificationId": None, "assessmentCode": None}
    assert found["executor"] == {"name": "compiled", "reason": None}
    assert [(step["level"], step["path"], step["asks"]) for step in found["plan"]] == [
        (0, "", ""),
        (1, "businessStream", "resolver resolvers.sessions.business_stream, once for each parent"),
        (
            2,
            "businessStream.sessions",
            "batch datasources.eps.sessions.EpsSessions.pages_of_sessions, once for all parents",
        ),
        (2, "businessStream.sessions.nodes", "read off the record"),
        (2, "businessStream.sessions.pageInfo", "read off the record"),
    ]
    for run in found["runs"].values():
        assert (run["status"], run["executions"], run["errors"]) == (200, 1, [])
        assert [(backend["name"], backend["calls"]) for backend in run["backends"]] == [("MEPS", 1)]
    assert found["runs"]["cold"]["bytes"] == found["runs"]["warm"]["bytes"] > 0


@pytest.mark.slow
def test_a_file_is_asked_for_and_not_fetched(filled_data_dir: Path) -> None:
    assert DOCUMENTED_SCRIPT is not None
    there = as_json(filled_data_dir, f"GET /v1/candidates/scripts/pdf/{DOCUMENTED_SCRIPT.doc_store_page_id}")
    missing = as_json(filled_data_dir, "GET /v1/candidates/scripts/pdfnone")
    for found, status in ((there, 200), (missing, 404)):
        for run in found["runs"].values():
            assert (run["status"], run["errors"]) == (status, [])
            calls = {"RM": 1, "AUDIT": 1} if status == 200 else {"RM": 1}
            assert {backend["name"]: backend["calls"] for backend in run["backends"]} == calls
    assert there["runs"]["warm"]["bytes"] == len(scanned(DOCUMENTED_SCRIPT.paper))


def test_an_operation_of_several_with_its_variables(filled_data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "variables.json").write_text('{"stream": "02"}')
    arguments = ("--operation", "Page", "--variables", f"@{tmp_path / 'variables.json'}")
    found = as_json(filled_data_dir, "-", *arguments, stdin=PAGE, **COMPILED)
    assert found["request"] is None
    assert "Other" not in found["operation"]["text"]
    assert "fragment Short on Session" in found["operation"]["text"]
    assert [(step["level"], step["path"], step["type"], step["reads"]) for step in found["plan"]] == [
        (0, "", "Query", []),
        (1, "businessStream", "BusinessStream", []),
        (2, "businessStream.sessions", "SessionConnection", []),
        (3, "businessStream.sessions.totalCount", "Int", []),
        (2, "businessStream.sessions.nodes", "[Session!]!", ["sessionId", "startsOn"]),
        (3, "businessStream.sessions.nodes.businessStream", "BusinessStream!", ["name"]),
        (1, "node", "Node", ["__typename", "year"]),
    ]
    assert [backend["calls"] for backend in found["runs"]["warm"]["backends"]] == [3]


@pytest.mark.slow
def test_the_generated_source_is_the_same_every_time(filled_data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "page.graphql").write_text(PAGE)
    arguments = (f"@{tmp_path / 'page.graphql'}", "--operation", "Page", "--variables", '{"stream": "02"}')
    found = [as_json(filled_data_dir, *arguments, **COMPILED)["source"] for _ in range(2)]
    assert found[0] == found[1]
    assert list(found[0])[:5] == [
        "the root: Query", "businessStream: BusinessStream", "businessStream.sessions: SessionConnection",
        "businessStream.sessions.nodes: Session", "businessStream.sessions.nodes.businessStream: BusinessStream",
    ]  # fmt: skip
    assert "'sessionId'" in found[0]["businessStream.sessions.nodes: Session"]
    for source in found[0].values():
        compile(source, "<explained>", "exec")
        assert "0x" not in source  # no address of this process
    printed = told(filled_data_dir, *arguments, "--source", **COMPILED)
    assert printed.endswith(found[0][list(found[0])[-1]])
    assert all(f"source of {name}\n" in printed for name in found[0])


@pytest.mark.slow
def test_fragments_in_fragments_are_told_within_bounds(filled_data_dir: Path) -> None:
    """Each spreads the next one twice: they come to thousands of places, but of few selections."""
    levels = 9

    def streams(number: int) -> str:
        return f"businessStream {{ sessions(first: 1) {{ nodes {{ ...F{number} }} }} }}"

    fragments = [
        f"fragment F{number} on Session {{ a: {streams(number + 1)} b: {streams(number + 1)} }}"
        for number in range(levels)
    ]
    text = 'query { session(businessStream: "02", sessionId: "14244") { ...F0 } }'
    text = " ".join([text, *fragments, f"fragment F{levels} on Session {{ name }}"])
    found = as_json(filled_data_dir, text, GRAPHQL__MAX_DEPTH="60", **COMPILED)
    assert len(found["plan"]) == 1000
    # At each level two streams, their two connections, and a session that is the same in all places.
    assert len(found["source"]) == 2 + levels * 5
    printed = told(filled_data_dir, text, GRAPHQL__MAX_DEPTH="60", **COMPILED)
    assert "\n  the first 1000 steps; there may be more\n" in printed


def test_what_runs_on_graphql_core_says_why(filled_data_dir: Path) -> None:
    parts = parts_of(told(filled_data_dir, ONE, "--source", GRAPHQL__EXECUTOR="graphql-core"))
    assert parts["executor"] == ["  graphql-core: compiling is switched off"]
    assert parts["source"] == ["  none: nothing is generated for what graphql-core runs"]
    assert phases(parts["milliseconds"][1:]) == {
        "parse": 1, "validate": 1, "limits": 1, "execute": 2, "encode": 2, "all": 2,
    }  # fmt: skip


def test_a_failing_backend_is_told_by_its_public_code(data_dir: Path) -> None:
    url = f"postgresql://reader:{SECRET}@127.0.0.1:1/eps"
    ended = examgraph("explain", ONE, "--data-dir", str(data_dir), EPS__MEPS__URL=url)
    assert ended.returncode == 0
    answer = parts_of(ended.stdout)["answer (warm)"]
    assert answer[0].startswith("  status 503, ")
    assert answer[1].startswith("  BACKEND_UNAVAILABLE session: MEPS ")
    for hidden in (SECRET, "127.0.0.1", "reader", "postgresql", "Traceback"):
        assert hidden not in ended.stdout + ended.stderr


@pytest.mark.slow
def test_what_a_route_has_not_is_its_404(filled_data_dir: Path) -> None:
    found = as_json(filled_data_dir, "get /v1/businessStreams/02/sessions/99/ HTTP/1.1")
    assert (found["runs"]["warm"]["status"], found["runs"]["warm"]["errors"]) == (404, [])
    found = as_json(filled_data_dir, "HEAD /v1/businessStreams/02/sessions/x")
    message = "sessionId must be a positive integer"
    error = {"code": "BAD_USER_INPUT", "message": message, "path": ["session"]}
    assert (found["runs"]["warm"]["status"], found["runs"]["warm"]["errors"]) == (400, [error])


def test_it_changes_nothing(data_dir: Path) -> None:
    def contents() -> dict[str, list[str]]:
        found = {}
        for file in sorted(data_dir.glob("sandbox/*.sqlite")):
            connection = sqlite3.connect(file)
            found[file.name] = list(connection.iterdump())
            connection.close()
        return found

    before = contents()
    told(data_dir, LIST)
    assert contents() == before


def test_production_needs_no_sandbox(production_settings: dict[str, str], tmp_path: Path) -> None:
    found = as_json(tmp_path, ONE, **production_settings)
    assert found["runs"]["warm"]["status"] == 200


WRONG = [
    (["GET /v1/nothing"], "/v1/nothing: is no documented path"),
    (["DELETE /v1/epsStatus"], "DELETE /v1/epsStatus: use GET, HEAD, OPTIONS"),
    (["GET /graphql?query={a}"], "/graphql takes any operation: give the operation itself"),
    (["GET https://example.org/v1/epsStatus"], "https://example.org/v1/epsStatus: give the path alone"),
    (["/v1/epsStatus"], "say the method, and the path alone: GET /v1/…"),
    (["GET /v1/businessStreams/02/sessions?year=abc"], "the route refuses this request: year must be a year"),
    (["GET /v1/epsStatus?q=%ff"], "the query string is not UTF-8, percent-encoded"),
    (["GET /v1/epsStatus", "--variables", "{}"], "a request says its variables and its operation itself"),
    (["{ __typename }", "--body", "{}"], "--body is for requests"),
    (["  "], "there is nothing to explain"),
    (["{ a", "--json"], "Syntax Error: Expected Name, found <EOF>. (line 1, column 4)"),
    (["{ [red] }"], "Syntax Error: Expected Name, found '['. (line 1, column 3)"),
    (["{ nothing }"], "Cannot query field 'nothing' on type 'Query'."),
    (
        ["query A { __typename } query B { __typename }"],
        "the document holds several operations: say --operation A or B",
    ),
    (["query A { __typename }", "--operation", "C"], "the document holds no operation named 'C'"),
    (["query A($id: ID!) { node(id: $id) { id } }"], "Variable '$id' has invalid value"),
    (["{ __typename }", "--variables", "{"], "--variables is not JSON: "),
    (["{ __typename }", "--variables", "[]"], "--variables must be a JSON object"),
    (["@nowhere.graphql"], "nowhere.graphql: cannot be read (No such file or directory)"),
    (["{ __typename }", "--variables", "@/"], "/: cannot be read (Is a directory)"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[" ".join(arguments) for arguments, _ in WRONG])
def test_what_cannot_be_explained_is_said_in_a_line(filled_data_dir: Path, arguments: list[str], message: str) -> None:
    ended = examgraph("explain", *arguments, "--data-dir", str(filled_data_dir), **COMPILED)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"explain: {message}")
    assert "Traceback" not in ended.stderr


def test_a_sandbox_that_is_missing_is_told(tmp_path: Path) -> None:
    ended = examgraph("explain", ONE, "--data-dir", str(tmp_path / "data"))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"configuration: {tmp_path}/data: no sandbox here yet; run `examgraph serve` or `examgraph sandbox` first\n"
    )
