"""A code without a status in a dialect fails, and so does a failure whose code is not published."""

import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from app.http.graphql import STATUS
from datasources.errors import ServiceError
from rest_compat.dialects import Dialect, Failure
from rest_compat.routes import DIALECTS
from schema.errors import CODES

ROOT = Path(__file__).parents[2]
# Refusals that HTTP itself has a status for.
OF_HTTP = (
    "METHOD_NOT_ALLOWED", "NOT_ACCEPTABLE", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "RANGE_NOT_SATISFIABLE",
)  # fmt: skip
# As decided for each family (decisions, 4), where a family is free to choose.
CAMBRIDGE = {
    "BAD_USER_INPUT": (400, "APIKIT:BAD_REQUEST"),
    "UNAUTHENTICATED": (401, "HTTP:UNAUTHORIZED"),
    "FORBIDDEN": (403, "HTTP:FORBIDDEN"),
    "NOT_FOUND": (404, "APIKIT:NOT_FOUND"),
    "CONFLICT": (409, "APP:CONFLICT"),
    "LIMIT_EXCEEDED": (429, "HTTP:TOO_MANY_REQUESTS"),
    "BACKEND_UNAVAILABLE": (503, "DB:CONNECTIVITY"),
    "BACKEND_TIMEOUT": (504, "HTTP:TIMEOUT"),
    "BACKEND_REFUSED": (502, "HTTP:BAD_GATEWAY"),
    "INTERNAL": (500, "MULE:UNKNOWN"),
    "METHOD_NOT_ALLOWED": (405, "APIKIT:METHOD_NOT_ALLOWED"),
    "NOT_ACCEPTABLE": (406, "APIKIT:NOT_ACCEPTABLE"),
    "PAYLOAD_TOO_LARGE": (413, "HTTP:PAYLOAD_TOO_LARGE"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "APIKIT:UNSUPPORTED_MEDIA_TYPE"),
    "RANGE_NOT_SATISFIABLE": (416, "HTTP:RANGE_NOT_SATISFIABLE"),
}


def kinds(parent: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for kind in parent.__subclasses__():
        yield kind
        yield from kinds(kind)


def rejected_codes() -> Iterator[str]:
    """Each code with which a module of ours rejects a request."""
    for folder in ("app", "rest_compat"):
        for path in (ROOT / folder).rglob("*.py"):
            yield from re.findall(r'(?:Rejected|Failure)\(\s*"([A-Z_]+)"', path.read_text("utf-8"))


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("code", [*CODES, *OF_HTTP])
def test_a_code_has_a_status_in_each_dialect(dialect: Dialect, code: str) -> None:
    reply = dialect.error(Failure(code, "words", "t-1", ((b"allow", b"GET"),)))
    assert 400 <= reply.status <= 599
    assert (b"allow", b"GET") in reply.headers


def test_cambridge_speaks_as_decided() -> None:
    [dialect] = [dialect for dialect in DIALECTS if dialect.name == "cambridge"]
    for code, (status, kind) in CAMBRIDGE.items():
        reply = dialect.error(Failure(code, "words", "t-1"))
        body = {"code": status, "type": kind, "message": "words", "transactionId": "t-1"}
        assert (reply.status, orjson.loads(reply.body)) == (status, body)
        assert reply.headers == ((b"content-type", b"application/json"),)
    assert set(CAMBRIDGE) == {*CODES, *OF_HTTP}


def test_a_failure_carries_a_published_code() -> None:
    assert {kind.code for kind in kinds(ServiceError) if hasattr(kind, "code")} < set(CODES)


def test_a_request_is_rejected_with_codes_that_have_a_status_everywhere() -> None:
    found = set(rejected_codes())
    assert {"NOT_FOUND", "BAD_USER_INPUT", *OF_HTTP} <= found
    assert found <= {*CODES, *OF_HTTP}


def test_graphql_has_a_status_for_whatever_it_refuses_as_a_whole() -> None:
    """A failure of a field is 200: absence and backends' failures are always a field's."""
    assert {*CODES, *OF_HTTP} - set(STATUS) == {"NOT_FOUND", "BACKEND_UNAVAILABLE", "BACKEND_REFUSED"}
