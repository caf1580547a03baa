"""The learning-progress service's contract, case by case, on SQLite and on PostgreSQL: envelope, result and effects."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from golden.databases import databases, kept, on_sqlite
from golden.service import Databases, Running, running

from datasources.learning_store.records import of_milliseconds
from datasources.sandbox.learning import DOCUMENTED, ENROLLED, LEARNER, certificates

__all__ = ["databases", "kept", "on_sqlite"]

CASES = yaml.safe_load((Path(__file__).parents[1] / "golden" / "learning" / "contract.yml").read_text("utf-8"))
MSGID = "5e763bc2-b072-440d-916e-da787881b1b9"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
# The service's clock stands still.
TODAY, NOW = "2026-11-22", "2026-11-22 09:00:00:000+0000"
AT = of_milliseconds(0)

Row = dict[str, Any]
Rows = Mapping[str, Sequence[Row]]


def enrolment(collection: str, context: str, at: int, **told: object) -> Row:
    return {
        "learner_id": LEARNER, "collection_id": collection, "context_id": context, "enrolled_at": of_milliseconds(at),
        "is_active": True, "status": 0, "progress_percent": 0, "completed_on": None, "certificates": None,
        "accessed_at": None, "mark": 1, **told,
    }  # fmt: skip


def view(learner: str, content: str, status: int, collection: str | None = None, context: str | None = None) -> Row:
    return {
        "learner_id": learner, "collection_id": collection or content, "context_id": context or content,
        "content_id": content, "status": status, "details": None, "time_spent_seconds": None, "accessed_at": AT,
        "completed_at": AT if status == 2 else None, "updated_at": AT,
    }  # fmt: skip


def attempt(name: str, score: float, place: int) -> Row:
    return {
        "learner_id": LEARNER, "collection_id": "collection_123", "context_id": "context_123",
        "content_id": "content_123", "attempt_id": name, "attempted_at": of_milliseconds(place), "score": score,
        "max_score": 10.0, "answers": "[]", "submitted_at": AT,
    }  # fmt: skip


def fixture(case: Mapping[str, Any]) -> Rows:
    """What the store holds: what every case finds, and what is given besides."""
    given = case.get("given", "")
    rows: dict[str, Sequence[Row]] = {name: [dict(row) for row in values] for name, values in DOCUMENTED.items()}
    rows["learning_enrolment"] = [enrolment(*each) for each in ENROLLED]
    under = ("collection_123", "context_123")
    if given == "fixture S":
        # As it was printed: nothing of it follows from its own contents.
        issued = certificates(("cert_123", "Certificate-1", "sdfjkldjk23j2kj2k3jk2", 1624275377301))
        told = {"status": 1, "progress_percent": 70, "completed_on": day("2021-09-10"), "certificates": issued}
        rows["learning_enrolment"] = [enrolment(*ENROLLED[0], **told)]
        rows["learning_view"] = [view(LEARNER, "content_123", 2, *under), view(LEARNER, "content_456", 1, *under)]
        rows["learning_attempt"] = [attempt("attempt_1", 8, 1)]
    elif "attempt_1 6/10 then attempt_2 8/10" in given:
        rows["learning_attempt"] = [attempt("attempt_1", 6, 1), attempt("attempt_2", 8, 2)]
    elif given.startswith("user_456 has an organic record"):
        rows["learning_view"] = [view("user_456", "content_123", 2)]
    return rows


def day(text: str) -> Any:
    return yaml.safe_load(text)


@asynccontextmanager
async def serving(databases: Databases, case: Mapping[str, Any]) -> AsyncIterator[Running]:
    broken = case.get("given") == "the store raises on any access"
    url = databases.absent_url if broken else await databases.url("LEARNING", fixture(case))
    async with running(databases, {"LEARNING": url}) as service:
        yield service


async def ask(service: Running, request: Mapping[str, Any]) -> Any:
    headers = service.learner(request.get("token_user", LEARNER))
    for name in request.get("drop_headers", ()):
        del headers[name]
    body = request.get("body")
    if "request" in request:
        body = {"id": "any", "ver": "v1", "params": {"msgid": MSGID}, "request": request["request"]}
    return await service.ask(request.get("method", "POST"), request["path"], headers, body)


def enveloped(request: Mapping[str, Any], expect: Mapping[str, Any], found: Mapping[str, Any]) -> Row:
    """The whole reply that the contract means."""
    status = expect["http"]
    failed = {
        200: ("success", None, None, "OK"),
        400: ("FAILED", "CLIENT_ERROR", next(iter(expect["result"].values()), None), "BAD_REQUEST"),
        401: ("failed", "UNAUTHORIZED_USER", "You are not authorized.", "UNAUTHORIZED"),
        500: ("failed", "SERVER_ERROR", "LEARNING cannot be reached", "SERVER_ERROR"),
    }
    outcome, err, errmsg, response = failed[status]
    for name, value in (("status", outcome), ("err", err), ("responseCode", response)):
        assert expect.get(name, value) == value
    msgid = MSGID if "request" in request else found["params"]["msgid"]
    assert UUID.fullmatch(msgid) or msgid == MSGID
    return {
        "id": expect.get("id", found["id"]), "ver": "v1", "ts": NOW,
        "params": {"resmsgid": None, "msgid": msgid, "err": err, "status": outcome, "errmsg": errmsg},
        "responseCode": response, "result": expect["result"],
    }  # fmt: skip


def narrowed(found: Any, expected: Any) -> Any:
    """Of what is found the members that are expected; lists have as many members as are expected."""
    if isinstance(expected, Mapping) and expected:
        return {name: narrowed(found[name], value) for name, value in expected.items()}
    if isinstance(expected, list):
        assert len(found) == len(expected)
        return [narrowed(one, other) for one, other in zip(found, expected, strict=True)]
    return found


async def check(service: Running, case: Mapping[str, Any]) -> None:
    told = await ask(service, case["request"])
    found = told.json
    if "expect_partial" in case:
        expect = yaml.safe_load(yaml.safe_dump(case["expect_partial"]).replace("<today>", TODAY))
        expect["result"].update(_texts(expect["result"]))
        found = {**found, "result": narrowed(found["result"], expect["result"])}
    else:
        expect = case["expect"]
    assert told.response.status_code == expect["http"], found
    assert found == enveloped(case["request"], expect, found)


def _texts(result: Row) -> Row:
    """A date that YAML read is text in JSON."""
    return {name: value.isoformat() for name, value in result.items() if hasattr(value, "isoformat")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
async def test_contract(case: Mapping[str, Any], databases: Databases) -> None:
    async with serving(databases, case) as service:
        for call in case.get("calls", ()):
            told = await ask(service, call)
            assert told.response.status_code == 200, told.json
        await check(service, case)
        if "then" in case:
            await check(service, case["then"])
