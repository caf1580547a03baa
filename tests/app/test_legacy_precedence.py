"""What a legacy caller hears first, when several things are wrong at once."""

import httpx
from support.server import Server

LARGE = b"x" * (2 << 20)


def asked(server: Server, path: str, **headers: str) -> httpx.Response:
    return httpx.post(f"{server.base}{path}", content=LARGE, headers=headers, timeout=20)


def test_nobody_is_told_of_the_size_of_the_body(server: Server) -> None:
    assert asked(server, "/v1/epsStatus").json()["type"] == "HTTP:UNAUTHORIZED"


def test_an_unknown_path_is_unknown_whatever_is_sent_there(server: Server) -> None:
    assert asked(server, "/v1/nothing").json()["type"] == "APIKIT:NOT_FOUND"


def test_the_method_comes_before_the_body(server: Server) -> None:
    assert asked(server, "/v1/epsStatus", **server.client).json()["type"] == "APIKIT:METHOD_NOT_ALLOWED"


def test_a_body_that_is_too_large_is_told_last(server: Server) -> None:
    path = "/v1/epsStatus"
    answer = httpx.request("GET", f"{server.base}{path}", content=LARGE, headers=server.client, timeout=20)
    assert (answer.status_code, answer.json()["type"]) == (413, "HTTP:PAYLOAD_TOO_LARGE")


def test_repeated_accept_headers_count_together(server: Server) -> None:
    headers = [*server.client.items(), ("accept", "text/html"), ("accept", "application/json")]
    assert httpx.get(f"{server.base}/v1/epsStatus", headers=headers).status_code == 200
