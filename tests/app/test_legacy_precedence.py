"""What a legacy caller hears first, when several things are wrong at once."""

import httpx
from support.server import Server

from datasources.sandbox.archive import DOCUMENTED, made_up
from datasources.sandbox.scans import scanned

LARGE = b"x" * (2 << 20)
DOCUMENTED_SCRIPT = made_up(DOCUMENTED)


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


def test_repeated_ranges_are_several_and_of_several_the_whole_is_sent(server: Server) -> None:
    assert DOCUMENTED_SCRIPT is not None
    path = f"/v1/candidates/scripts/pdf/{DOCUMENTED_SCRIPT.doc_store_page_id}"
    headers = [*server.client.items(), *[("range", f"bytes={byte}-{byte}") for byte in range(50)]]
    answer = httpx.get(f"{server.base}{path}", headers=headers, timeout=20)
    assert (answer.status_code, answer.content) == (200, scanned(DOCUMENTED_SCRIPT.paper))
