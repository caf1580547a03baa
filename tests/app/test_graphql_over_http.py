"""GraphQL over HTTP: what may be sent, which status comes back, and what is too much."""

import json
import os
import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from support.server import Server

GRAPHQL_JSON = "application/graphql-response+json"
PLAIN_JSON = "application/json"
# Two seconds are promised; the third is for a machine that does other things beside.
SOON = 3
GOOD = "{ __typename }"
ANSWER = {"data": {"__typename": "Query"}}
WITH_VARIABLE = 'query A($first: Int) { businessStream(code: "02") { sessions(first: $first) { totalCount } } }'


def send(
    client: httpx.Client, server: Server, body: object, *, method: str = "POST", **headers: str | None
) -> httpx.Response:
    """Send `body`, as JSON unless it is bytes. A header that is None is not sent at all."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in {"content_type": PLAIN_JSON, **headers}.items()}
    request = client.build_request(method, f"{server.base}/graphql", content=content)
    for name, value in named.items():
        request.headers.pop(name, None)
        if value is not None:
            request.headers[name] = value
    return client.send(request)


def get(client: httpx.Client, server: Server, *parameters: tuple[str, str], **headers: str) -> httpx.Response:
    return client.get(f"{server.base}/graphql?{urlencode(parameters)}", headers=headers)


def messages(response: httpx.Response) -> list[str]:
    """The errors' messages of an answer that has no data and no other code than the caller's own fault."""
    body = response.json()
    assert list(body) == ["errors"]
    assert {error["extensions"]["code"] for error in body["errors"]} == {"BAD_USER_INPUT"}
    return [error["message"] for error in body["errors"]]


ACCEPTED = {
    "nothing": (None, GRAPHQL_JSON),
    "anything": ("*/*", GRAPHQL_JSON),
    "empty": ("", GRAPHQL_JSON),
    "its own type": (GRAPHQL_JSON, GRAPHQL_JSON),
    "its own type, in capitals": (GRAPHQL_JSON.upper(), GRAPHQL_JSON),
    "plain": (PLAIN_JSON, PLAIN_JSON),
    "plain, with a charset": (f"{PLAIN_JSON}; charset=utf-8", PLAIN_JSON),
    "a tie": (f"{PLAIN_JSON}, {GRAPHQL_JSON}", GRAPHQL_JSON),
    "any application": ("application/*", GRAPHQL_JSON),
    "plain rather": (f"{GRAPHQL_JSON};q=0.5, {PLAIN_JSON};q=0.9", PLAIN_JSON),
    "its own type rather": (f"{GRAPHQL_JSON};q=0.9, {PLAIN_JSON};q=0.5", GRAPHQL_JSON),
    "plain, else anything": (f"{PLAIN_JSON}, */*;q=0.1", PLAIN_JSON),
    "anything but its own type": (f"*/*, {GRAPHQL_JSON};q=0", PLAIN_JSON),
    "the more special range decides": (f"application/*;q=0.2, {PLAIN_JSON};q=0.1", GRAPHQL_JSON),
    "a page, else plain": (f"text/html, {PLAIN_JSON};q=0.1", PLAIN_JSON),
    "blanks": (f"{PLAIN_JSON} ; q=1 ,, x/y", PLAIN_JSON),
}


@pytest.mark.parametrize(("accept", "media_type"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_answers_in_the_type_that_is_preferred(
    client: httpx.Client, server: Server, accept: str | None, media_type: str
) -> None:
    response = send(client, server, {"query": GOOD}, accept=accept)
    assert (response.status_code, response.headers["content-type"]) == (200, f"{media_type}; charset=utf-8")
    assert response.json() == ANSWER


@pytest.mark.parametrize(
    "accept",
    ["text/html", "text/*", "application/xml", f"{PLAIN_JSON};q=0", "*/*;q=0", "nonsense", f"{PLAIN_JSON};q=x"],
)  # fmt: skip
def test_refuses_to_answer_in_another_type(client: httpx.Client, server: Server, accept: str) -> None:
    response = send(client, server, {"query": GOOD}, accept=accept)
    assert response.status_code == 406
    assert messages(response) == ["answers are application/graphql-response+json or application/json"]


# What is GraphQL, but wrong: with plain JSON it is an answer, with the type of its own a bad request.
WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "cannot be parsed": ({"query": "{"}, ["Syntax Error: Expected Name, found <EOF>."]),
    "is empty": ({"query": ""}, ["Syntax Error: Unexpected <EOF>."]),
    "is not valid": ({"query": "{ nothing }"}, ["Cannot query field 'nothing' on type 'Query'."]),
    "is no operation": (
        {"query": "type A { b: Int }"},
        ["The 'A' definition is not executable."],
    ),
    "is a mutation that there is not": (
        {"query": "mutation { store }"},
        ["Cannot query field 'store' on type 'Mutation'."],
    ),
    "has a variable of the wrong type": (
        {"query": WITH_VARIABLE, "variables": {"first": "x"}},
        ["Variable '$first' has invalid value: Int cannot represent non-integer value: 'x'"],
    ),
    "has a number too large": (
        {"query": WITH_VARIABLE, "variables": {"first": 2**40}},
        ["Variable '$first' has invalid value: Int cannot represent non 32-bit signed integer value: 1099511627776"],
    ),
    "lacks a variable": (
        {"query": "query ($id: ID!) { node(id: $id) { id } }"},
        ["Variable '$id' has invalid value: Expected a value of non-null type 'ID!' to be provided."],
    ),
    "has an operation of another name": (
        {"query": "query A { __typename }", "operationName": "B"},
        ["the document holds no operation named 'B'"],
    ),
    "has several operations": (
        {"query": "query A { __typename } query B { __typename }"},
        ["the document holds several operations: say which by operationName"],
    ),
}


@pytest.mark.parametrize(("body", "told"), WRONG.values(), ids=WRONG.keys())
def test_wrong_graphql_is_an_answer_in_plain_json_alone(
    client: httpx.Client, server: Server, body: dict[str, Any], told: list[str]
) -> None:
    plain = send(client, server, body, accept=PLAIN_JSON)
    assert (plain.status_code, messages(plain)) == (200, told)
    for accept in (GRAPHQL_JSON, "*/*", None):
        response = send(client, server, body, accept=accept)
        assert (response.status_code, messages(response)) == (400, told)


def test_errors_say_where(client: httpx.Client, server: Server) -> None:
    assert send(client, server, {"query": "{\n  nothing\n}"}).json() == {
        "errors": [
            {
                "message": "Cannot query field 'nothing' on type 'Query'.",
                "locations": [{"line": 2, "column": 3}],
                "extensions": {"code": "BAD_USER_INPUT"},
            }
        ]
    }


# What is no GraphQL request at all: a bad request in either type.
NO_REQUEST: dict[str, tuple[object, str]] = {
    "a number": (5, "the request must be an object with the member query"),
    "null": (None, "the request must be an object with the member query"),
    "a string": ("", "the request must be an object with the member query"),
    "an empty list": ([], "send one operation, not a list of them"),
    "a list of something else": ([5], "send one operation, not a list of them"),
    "a list of requests": ([{"query": GOOD}], "send one operation, not a list of them"),
    "an empty object": ({}, "query must be a string"),
    "nothing": (b"", "the body is not JSON in UTF-8, or nests too deeply"),
    "no JSON": (b"query=%7B__typename%7D", "the body is not JSON in UTF-8, or nests too deeply"),
    "JSON and more": (b'{"query": "{__typename}"} 5', "the body is not JSON in UTF-8, or nests too deeply"),
    "not UTF-8": (b'{"query": "{ __typename } # \xe6"}', "the body is not JSON in UTF-8, or nests too deeply"),
    "UTF-16": ('{"query": "{__typename}"}'.encode("utf-16"), "the body is not JSON in UTF-8, or nests too deeply"),
    "half a surrogate": (b'{"query": "\\ud800"}', "the body is not JSON in UTF-8, or nests too deeply"),
    "NaN": (b'{"query": NaN}', "the body is not JSON in UTF-8, or nests too deeply"),
    "100,000 levels of lists": (b"[" * 100_000, "the body is not JSON in UTF-8, or nests too deeply"),
    "100,000 levels in variables": (
        b'{"query": "{__typename}", "variables": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
        "the body is not JSON in UTF-8, or nests too deeply",
    ),
    "query is null": ({"query": None}, "query must be a string"),
    "query is a number": ({"query": 5}, "query must be a string"),
    "query is an object": ({"query": {}}, "query must be a string"),
    "operationName is a number": ({"query": GOOD, "operationName": 5}, "operationName must be a string or null"),
    "operationName is a list": ({"query": GOOD, "operationName": ["A"]}, "operationName must be a string or null"),
    "variables is a string": ({"query": GOOD, "variables": "{}"}, "variables must be an object or null"),
    "variables is a list": ({"query": GOOD, "variables": []}, "variables must be an object or null"),
    "variables is false": ({"query": GOOD, "variables": False}, "variables must be an object or null"),
    "extensions is a number": ({"query": GOOD, "extensions": 0}, "extensions must be an object or null"),
    "extensions is a list": ({"query": GOOD, "extensions": [{}]}, "extensions must be an object or null"),
}


@pytest.mark.parametrize(("body", "told"), NO_REQUEST.values(), ids=NO_REQUEST.keys())
@pytest.mark.parametrize("accept", [PLAIN_JSON, GRAPHQL_JSON, None])
def test_what_is_no_request_is_refused_in_either_type(
    client: httpx.Client, server: Server, body: object, told: str, accept: str | None
) -> None:
    response = send(client, server, body, accept=accept)
    assert response.headers["content-type"] == f"{accept or GRAPHQL_JSON}; charset=utf-8"
    assert (response.status_code, messages(response)) == (400, [told])


@pytest.mark.parametrize(
    "members",
    [
        {"operationName": None, "variables": None, "extensions": None},
        {"operationName": "", "variables": {}, "extensions": {}},
        {"variables": {"unused": [1, {"a": None}]}, "extensions": {"persistedQuery": {"version": 1}}},
        {"id": 5, "query_": [], "data": None, "__proto__": {}},
    ],
)
def test_what_means_nothing_here_is_ignored(client: httpx.Client, server: Server, members: dict[str, Any]) -> None:
    response = send(client, server, {"query": GOOD, **members})
    assert (response.status_code, response.json()) == (200, ANSWER)


@pytest.mark.parametrize(
    "content_type",
    [
        f"{PLAIN_JSON}; charset=utf-8",
        f'{PLAIN_JSON};charset="UTF-8"',
        f"{PLAIN_JSON} ;charset=utf8",
        "Application/JSON",
    ],
)
def test_takes_json_in_utf_8(client: httpx.Client, server: Server, content_type: str) -> None:
    body = {"query": "{ __typename } # æøå"}
    assert (
        send(client, server, json.dumps(body, ensure_ascii=False).encode(), content_type=content_type).json() == ANSWER
    )


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/jsonp",
        GRAPHQL_JSON,
    ],
)
def test_takes_nothing_that_a_page_could_send_unasked(
    client: httpx.Client, server: Server, content_type: str | None
) -> None:
    response = send(client, server, {"query": GOOD}, content_type=content_type)
    assert (response.status_code, messages(response)) == (415, ["send Content-Type: application/json"])


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "us-ascii", "none"])
def test_takes_no_other_charset(client: httpx.Client, server: Server, charset: str) -> None:
    response = send(client, server, {"query": GOOD}, content_type=f"application/json; charset={charset}")
    assert (response.status_code, messages(response)) == (415, ["the body's charset must be utf-8"])


def test_get_asks_the_same(client: httpx.Client, server: Server) -> None:
    response = get(
        client, server, ("query", f"query B {{ __typename }} {WITH_VARIABLE}"), ("operationName", "A"),
        ("variables", '{"first": 1}'), ("extensions", "{}"), ("other", "1"), ("other", "2"), **server.bearer,
    )  # fmt: skip
    assert response.status_code == 200
    assert response.json() == server.graphql(WITH_VARIABLE, {"first": 1}).json()


def test_get_takes_what_is_empty_as_not_given(client: httpx.Client, server: Server) -> None:
    response = get(client, server, ("query", GOOD), ("operationName", ""), ("variables", ""), ("extensions", ""))
    assert (response.status_code, response.json()) == (200, ANSWER)


NO_GET_REQUEST: dict[str, tuple[str, str]] = {
    "nothing": ("", "query must be a string"),
    "an empty query": ("query=", "query must be a string"),
    "variables that are no JSON": (
        "query={__typename}&variables={",
        "variables is not JSON in UTF-8, or nests too deeply",
    ),
    "variables that are no object": ("query={__typename}&variables=5", "variables must be an object or null"),
    "variables that are a list": ("query={__typename}&variables=[]", "variables must be an object or null"),
    "extensions that are no JSON": (
        "query={__typename}&extensions=x",
        "extensions is not JSON in UTF-8, or nests too deeply",
    ),
    "two queries": ("query={__typename}&query={__typename}", "query is given more than once"),
    "two names": ("query={__typename}&operationName=A&operationName=", "operationName is given more than once"),
    "two times variables": ("query={__typename}&variables={}&variables={}", "variables is given more than once"),
    "not UTF-8": ("query={__typename}%FF", "the query string is not UTF-8, percent-encoded"),
    "many parameters": ("query={__typename}" + "&a=1" * 60, "the query string has more than 50 parameters"),
}


@pytest.mark.parametrize(("query_string", "told"), NO_GET_REQUEST.values(), ids=NO_GET_REQUEST.keys())
def test_what_is_no_get_request_is_refused(client: httpx.Client, server: Server, query_string: str, told: str) -> None:
    for accept in (PLAIN_JSON, GRAPHQL_JSON):
        response = client.get(f"{server.base}/graphql?{query_string}", headers={"accept": accept})
        assert (response.status_code, messages(response)) == (400, [told])


def test_head_tells_what_get_would(client: httpx.Client, server: Server) -> None:
    url = f"{server.base}/graphql?query={{__typename}}"
    asked, told = client.get(url), client.head(url)
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["content-length"] == str(len(asked.content))
    assert told.headers["content-type"] == asked.headers["content-type"]


def test_head_of_the_page_tells_what_get_would(client: httpx.Client, server: Server) -> None:
    url = f"{server.base}/graphql"
    asked, told = client.get(url, headers={"accept": "text/html"}), client.head(url, headers={"accept": "text/html"})
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["content-length"] == str(len(asked.content))


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_told_which_there_are(client: httpx.Client, server: Server, method: str) -> None:
    response = send(client, server, {"query": GOOD}, method=method)
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert messages(response) == ["use GET or POST"]


def test_options_tells_the_methods_and_lets_no_other_site_in(client: httpx.Client, server: Server) -> None:
    asked = {"origin": "https://elsewhere.example", "access-control-request-method": "POST"}
    response = client.options(f"{server.base}/graphql", headers=asked)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_a_front_end_that_is_named_is_let_in_and_no_other(client: httpx.Client, production: Server) -> None:
    def asked_from(origin: str) -> str | None:
        headers = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        preflight = client.options(f"{production.base}/graphql", headers={"origin": origin, **headers})
        answer = send(client, production, {"query": GOOD}, origin=origin)
        assert answer.json() == ANSWER
        allowed = answer.headers.get("access-control-allow-origin")
        assert preflight.headers.get("access-control-allow-origin") == allowed
        return allowed

    assert asked_from("https://front.example") == "https://front.example"
    assert asked_from("https://elsewhere.example") is None


def test_both_forms_of_the_path_answer(client: httpx.Client, server: Server) -> None:
    assert client.get(f"{server.base}/graphql/?query={{__typename}}").json() == ANSWER


def test_the_transaction_id_comes_back_with_every_answer(client: httpx.Client, server: Server) -> None:
    given = "t-1 ~ as long as it may be ".ljust(128, ".")
    answers = [
        send(client, server, {"query": GOOD}, x_transaction_id=given),
        send(client, server, {"query": "{"}, x_transaction_id=given),
        send(client, server, {"query": "{ businessStreams { name } }"}, x_transaction_id=given),
        send(client, server, b"5", x_transaction_id=given),
        send(client, server, b"5", x_transaction_id=given, accept="text/html"),
        send(client, server, b"5", x_transaction_id=given, content_type=None),
        send(client, server, b"5", x_transaction_id=given, method="PUT"),
        send(client, server, b"x" * 2_000_000, x_transaction_id=given),
        client.get(f"{server.base}/graphql", headers={"x-transaction-id": given, "accept": "text/html"}),
        client.get(f"{server.base}/nothing", headers={"x-transaction-id": given}),
        client.get(f"{server.base}/healthz", headers={"x-transaction-id": given}),
    ]
    assert [answer.status_code for answer in answers] == [200, 400, 401, 400, 406, 415, 405, 413, 200, 404, 200]
    assert {answer.headers["x-transaction-id"] for answer in answers} == {given}


@pytest.mark.parametrize("given", [b"x" * 129, b"x" * 10_000, b"tab\tin it", b"\xe6\xf8\xe5", b"", None])
def test_a_transaction_id_that_is_malformed_is_replaced(
    client: httpx.Client, server: Server, given: bytes | None
) -> None:
    headers = {} if given is None else {b"x-transaction-id": given}
    response = client.get(f"{server.base}/graphql?query={{__typename}}", headers=headers)
    assert response.status_code == 200
    assert uuid.UUID(response.headers["x-transaction-id"]).version == 4


@pytest.mark.parametrize("given", [b"a\nb", b"a\r\n b", b"a\x00b", b"a\x01b"])
def test_a_header_that_is_no_http_is_a_bad_request(server: Server, given: bytes) -> None:
    request = b"GET /graphql?query={__typename} HTTP/1.1\r\nHost: x\r\nX-TRANSACTION-ID: " + given + b"\r\n\r\n"
    assert answer_to(server, [request]).startswith(b"HTTP/1.1 400 ")


def answer_to(server: Server, parts: Iterator[bytes] | list[bytes]) -> bytes:
    """Send everything, and only then read the answer to its end."""
    address = urlsplit(server.base)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while received := connection.recv(65536):
            answer += received
    return answer


HEAD = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"


def processor_seconds(server: Server) -> float:
    """What the process has computed so far: unlike the time of day, this is the same on a busy machine."""
    after_name = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def fifty_megabytes(*, is_chunked: bool) -> Iterator[bytes]:
    part = b'"' + b"x" * 999_998 + b'"'
    yield HEAD + (b"Transfer-Encoding: chunked\r\n\r\n" if is_chunked else b"Content-Length: 50000000\r\n\r\n")
    for _ in range(50):
        yield b"%x\r\n%s\r\n" % (len(part), part) if is_chunked else part
    if is_chunked:
        yield b"0\r\n\r\n"


@pytest.mark.parametrize("is_chunked", [False, True], ids=["announced", "in chunks"])
def test_fifty_megabytes_are_taken_and_refused(server: Server, is_chunked: bool) -> None:  # noqa: FBT001 a parameter
    started = time.monotonic()
    status, _, rest = answer_to(server, fifty_megabytes(is_chunked=is_chunked)).partition(b"\r\n")
    assert time.monotonic() - started < SOON
    assert status.startswith(b"HTTP/1.1 413 ")
    assert json.loads(rest.partition(b"\r\n\r\n")[2]) == {
        "errors": [
            {"message": "the body is larger than 1048576 bytes", "extensions": {"code": "LIMIT_EXCEEDED"}}
        ]
    }  # fmt: skip


def test_a_body_at_the_limit_is_taken(client: httpx.Client, server: Server) -> None:
    body = json.dumps({"query": GOOD}).encode().ljust(1 << 20)
    assert send(client, server, body).json() == ANSWER
    refused = send(client, server, body + b" ")
    assert refused.status_code == 413


def test_a_body_that_ends_early_harms_nobody(client: httpx.Client, server: Server) -> None:
    answer_to(server, [HEAD + b'Content-Length: 1000\r\n\r\n{"query": "{__typename}"}'])
    answer_to(server, [HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"])
    assert send(client, server, {"query": GOOD}).json() == ANSWER


def refusals(response: httpx.Response) -> list[tuple[str, int, int]]:
    """Limit, value and bound of each error of an answer that has nothing else."""
    body = response.json()
    assert list(body) == ["errors"]
    found = [error["extensions"] for error in body["errors"]]
    assert [error["message"] for error in body["errors"]] == [
        f"the document's {e['limit'].replace('_', ' ')} is {e['value']}, the limit is {e['bound']}" for e in found
    ]
    assert {extensions.pop("code") for extensions in found} == {"LIMIT_EXCEEDED"}
    return [(extensions["limit"], extensions["value"], extensions["bound"]) for extensions in found]


BACK_AND_FORTH = "{ businessStream { sessions { nodes "
DOUBLING = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} a{n}: __typename }}" for n in range(98))

TOO_LARGE: dict[str, tuple[str, list[tuple[str, int, int]]]] = {
    "10,000 aliases": (
        "{ " + " ".join(f"a{n}: __typename" for n in range(10_000)) + " }",
        [("tokens", 30_002, 2000), ("aliases", 10_000, 100)],
    ),
    "one alias too many": ("{ " + " ".join(f"a{n}: __typename" for n in range(101)) + " }", [("aliases", 101, 100)]),
    "one root field too many": ("{ " + "__typename " * 101 + "}", [("root_fields", 101, 100)]),
    "root fields in fragments that double": (
        "{ ...f0 } " + DOUBLING + " fragment f98 on Query { a98: __typename __typename ...f99 }"
        " fragment f99 on Query { " + "__typename " * 10 + "}",
        [("root_fields", 110, 100)],
    ),
    "one level too many": (
        '{ businessStream(code: "99") { sessions { nodes ' + BACK_AND_FORTH * 6 + "{ name }" + " } } }" * 7,
        [("depth", 22, 20)],
    ),
    "one token too many": ("{ # a comment is none\n, " + "shelf " * 1999 + "}", [("tokens", 2001, 2000)]),
    "directives": ("{ __typename " + "@include(if: true) " * 51 + "}", [("directives", 51, 50)]),
    "brackets in a value": ("{ node(id: " + "[" * 59 + "]" * 59 + ") { id } }", [("nesting", 61, 60)]),
    "deep {": ("{" * 1_000_000, [("tokens", 1_000_000, 2000), ("nesting", 1_000_000, 60)]),
    "deep [": ("[" * 1_000_000, [("tokens", 1_000_000, 2000), ("nesting", 1_000_000, 60)]),
    "deep (": ("(" * 1_000_000, [("tokens", 1_000_000, 2000), ("nesting", 1_000_000, 60)]),
    "deep fields": ("{a" * 400_000 + "}" * 200_000, [("tokens", 1_000_000, 2000), ("nesting", 400_000, 60)]),
    "many @": ("@" * 1_000_000, [("tokens", 1_000_000, 2000), ("directives", 1_000_000, 50)]),
    "many :": (":" * 1_000_000, [("tokens", 1_000_000, 2000), ("aliases", 1_000_000, 100)]),
    "5,000 variables": (
        "query (" + " ".join(f"$v{n}: Int" for n in range(5000)) + ") { __typename }",
        [("tokens", 20_006, 2000)],
    ),
    "numbers without blanks": ("{ nodes(ids: [" + "1-1" * 200_000 + "]) { id } }", [("tokens", 200_013, 2000)]),
    "a long name": ("{ " + "a" * 1_000_000 + " }", [("longest_name", 1_000_000, 255)]),
    "an alias to repeat in 1,000 errors": (
        "{ " + "a" * 256 + ': nodes(ids: ["' + '", "' * 900 + '"]) { id } }', [("longest_name", 256, 255)],
    ),
    "lines of unfinished strings": ('{ node(id: \n"x' + '\n"x' * 200_000, [("tokens", 200_006, 2000)]),
}  # fmt: skip


@pytest.mark.parametrize(("query", "told"), TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_what_is_too_large_is_refused_with_limit_value_and_bound(
    client: httpx.Client, server: Server, query: str, told: list[tuple[str, int, int]]
) -> None:
    for accept in (GRAPHQL_JSON, PLAIN_JSON):
        before = processor_seconds(server)
        response = send(client, server, {"query": query}, accept=accept)
        assert processor_seconds(server) - before < 2
        assert (response.status_code, refusals(response)) == (400, told)


AT_THE_LIMIT = {
    "aliases": "{ " + " ".join(f"a{n}: __typename" for n in range(100)) + " }",
    "root fields": "{ " + "__typename " * 100 + "}",
    "depth": '{ businessStream(code: "99") { sessions { nodes '
    + BACK_AND_FORTH * 5 + "{ businessStream { name }" + " } } }" * 6 + " }",
    "tokens": "{ businessStreams { " + " ".join("... { name }" for _ in range(498)) + " name code } }",
}  # fmt: skip


@pytest.mark.parametrize("query", AT_THE_LIMIT.values(), ids=AT_THE_LIMIT.keys())
def test_what_is_just_at_the_limit_is_answered(server: Server, query: str) -> None:
    assert list(server.graphql(query).json()) == ["data"]


# Small enough to be read, and built to take long: each is answered soon, whatever the answer, and the process goes on.
BUILT_TO_HURT = {
    "commas": ("," * 1_000_000, 400),
    "a comment": ("#" * 1_000_000, 400),
    "a comment before a query": ("#" * 1_000_000 + "\n{ __typename }", 200),
    "a string": ('{ node(id: "' + "x" * 1_000_000 + '") { id } }', 200),
    "a string of escapes": ('{ node(id: "' + r"\u0041" * 140_000 + '") { id } }', 200),
    "a block string": ('{ node(id: """' + "x" * 1_000_000 + '""") { id } }', 200),
    "a block string of lines": ('{ node(id: """' + "\n x" * 260_000 + '""") { id } }', 200),
    "a block string of quotes": ('{ node(id: """' + '" ' * 340_000 + '""") { id } }', 200),
    "an unfinished string": ('{ node(id: "' + "x" * 1_000_000, 400),
    "an unfinished block string": ('{ node(id: """' + "x" * 1_000_000, 400),
    "an unfinished block string of quotes": ('{ node(id: """' + '""\\' * 140_000, 400),
    "a string of backslashes": ('{ node(id: "' + "\\" * 500_000, 400),
    "a number": ("{ node(id: " + "9" * 1_000_000 + ") { id } }", 200),
    "a field of the same name": ("{ businessStreams { " + "name " * 1900 + "} }", 400),
    "fields of the same name with fields": ("{ businessStreams { " + "sessions { nodes { name } } " * 180 + "} }", 401),
    "a chain of fragments": (
        "{ ...f0 } "
        + " ".join(f"fragment f{n} on Query {{ ...f{n + 1} }}" for n in range(240))
        + " fragment f240 on Query { __typename }",
        400,
    ),
    "fragments that double": (
        "{ ...f0 } "
        + " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(150))
        + " fragment f150 on Query { __typename }",
        200,
    ),
    "fragments in a circle": (
        "{ ...f0 } " + " ".join(f"fragment f{n} on Query {{ ...f{(n + 1) % 200} }}" for n in range(200)),
        400,
    ),
    "a fragment of itself": ("{ ...f } fragment f on Query { __typename ...f }", 400),
    "variables without use": ("query (" + " ".join(f"$v{n}: Int" for n in range(490)) + ") { __typename }", 400),
    "fields that there are not": ("{ " + " ".join(f"sessio{n}" for n in range(1900)) + " }", 400),
    "introspection of introspection": (
        "{ __schema { types { " + "fields { type { ofType { " * 5 + "name" + " } } }" * 5 + " } } }",
        400,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("query", "status"), BUILT_TO_HURT.values(), ids=BUILT_TO_HURT.keys())
def test_what_is_built_to_hurt_is_answered_soon(client: httpx.Client, server: Server, query: str, status: int) -> None:
    before = processor_seconds(server)
    response = send(client, server, {"query": query})
    assert processor_seconds(server) - before < 2
    assert response.status_code == status
    assert len(response.content) < 20_000
    assert send(client, server, {"query": GOOD}).json() == ANSWER


def test_introspection_is_answered_in_the_sandbox(server: Server) -> None:
    asked = server.graphql('{ __schema { queryType { name } } __type(name: "Session") { kind } }')
    assert asked.json() == {"data": {"__schema": {"queryType": {"name": "Query"}}, "__type": {"kind": "OBJECT"}}}


@pytest.mark.parametrize("field", ["__schema { description }", '__type(name: "Session") { description }'])
def test_introspection_is_refused_in_production(production: Server, field: str) -> None:
    response = production.graphql(f"{{ {field} }}")
    name = field.partition("(")[0].split()[0]
    assert (response.status_code, messages(response)) == (
        400,
        [f"GraphQL introspection has been disabled, but the requested query contained the field '{name}'."],
    )


def test_what_introspection_would_tell_is_not_suggested_in_production(server: Server, production: Server) -> None:
    wrong = "{ sesion businessStreams { nam } }"
    assert messages(server.graphql(wrong)) == [
        "Cannot query field 'sesion' on type 'Query'. Did you mean 'session'?",
        "Cannot query field 'nam' on type 'BusinessStream'. Did you mean 'name'?",
    ]
    assert messages(production.graphql(wrong)) == [
        "Cannot query field 'sesion' on type 'Query'.",
        "Cannot query field 'nam' on type 'BusinessStream'.",
    ]


def test_type_names_are_told_in_production(production: Server) -> None:
    asked = production.graphql('{ __typename businessStream(code: "02") { __typename name } }')
    stream = {"__typename": "BusinessStream", "name": "Cambridge International"}
    assert asked.json() == {"data": {"__typename": "Query", "businessStream": stream}}
