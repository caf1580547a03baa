"""Credentials of the learning-progress service: which hold, and that no learner reaches another's things."""

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from golden.databases import databases, kept, on_sqlite
from golden.service import Databases, Running, running

from app.auth import hashed_secret
from app.settings import ConfigurationProblem
from app.surfaces import ViewerSettings
from app.viewer_tokens import ViewerTokens
from datasources.errors import Unauthenticated
from datasources.learning_store.tables import TABLES
from resolvers.access import Viewer

__all__ = ["databases", "kept", "on_sqlite"]

API_KEY = "a key of the calling system"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
STRANGER = ec.generate_private_key(ec.SECP256R1())


def pem(key: Any) -> str:
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return str(key.public_key().public_bytes(serialization.Encoding.PEM, spki).decode())


SETTINGS = ViewerSettings(
    api_keys={"portal": hashed_secret("another"), "app": hashed_secret(API_KEY)}, keys={"r": pem(RSA), "e": pem(EC)}
)
VIEWER = Viewer("learner:user_123", frozenset({"learning:self"}), learner="user_123")


def signed(key: Any = RSA, algorithm: str = "RS256", kid: str | None = "r", **claims: Any) -> str:
    """A token; a claim that is None is left out."""
    given = {"sub": "user_123", "iss": SETTINGS.issuer, "exp": time.time() + 60, **claims}
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode({name: value for name, value in given.items() if value is not None}, key, algorithm, headers)


def headers(token: str | None, authorization: str | None = f"Bearer {API_KEY}") -> dict[bytes, bytes]:
    given = {b"authorization": authorization, b"x-authenticated-user-token": token}
    return {name: value.encode() for name, value in given.items() if value is not None}


def that_hold() -> dict[str, dict[bytes, bytes]]:
    """Headers by name. Made when they are used: what they say of time does not keep."""
    return {
        "RSA": headers(signed()),
        "P-256": headers(signed(EC, "ES256", "e")),
        "the learner after the last colon": headers(signed(sub="f:5a8a3f2b:user_123")),
        "for an audience": headers(signed(aud="account")),
        "expired half a minute ago": headers(signed(exp=time.time() - 30)),
        "the other system": headers(signed(), "bearer another"),
    }


def that_do_not() -> dict[str, dict[bytes, bytes]]:
    """As `that_hold`."""
    none = jwt.encode({"sub": "user_123", "iss": SETTINGS.issuer, "exp": time.time() + 60}, "", "none", {"kid": "r"})
    confused = jwt.encode(
        {"sub": "user_123", "iss": SETTINGS.issuer, "exp": time.time() + 60}, "k" * 32, "HS256", {"kid": "r"}
    )
    return {
        "nothing": {},
        "no token": headers(None),
        "an empty token": headers(""),
        "no key": headers(signed(), None),
        "another key": headers(signed(), "Bearer something else"),
        "no key in it": headers(signed(), "Bearer "),
        "another scheme": headers(signed(), f"Basic {API_KEY}"),
        "the key alone": headers(signed(), API_KEY),
        "expired": headers(signed(exp=time.time() - 90)),
        "without an end": headers(signed(exp=None)),
        "another issuer": headers(signed(iss="another")),
        "without an issuer": headers(signed(iss=None)),
        "of nobody": headers(signed(sub=None)),
        "of an empty learner": headers(signed(sub="")),
        "of nobody after the colon": headers(signed(sub="f:x:")),
        "signed by a stranger": headers(signed(STRANGER, "ES256", "e")),
        "a key that is not known": headers(signed(kid="x")),
        "no key id": headers(signed(kid=None)),
        "another key's algorithm": headers(signed(EC, "ES256", "r")),
        "not signed": headers(none),
        "signed with a shared secret": headers(confused),
        "no token at all": headers("a.b.c"),
        "too long": headers(signed(more="x" * 9000)),
    }


@pytest.mark.parametrize("name", that_hold())
async def test_credentials_that_hold(name: str) -> None:
    tokens = ViewerTokens(SETTINGS, None)
    given = that_hold()[name]
    assert [await tokens.viewer(given) for _ in range(2)] == [VIEWER, VIEWER]


@pytest.mark.parametrize("name", that_do_not())
async def test_credentials_that_do_not(name: str) -> None:
    tokens = ViewerTokens(SETTINGS, None)
    with pytest.raises(Unauthenticated):
        await tokens.viewer(that_do_not()[name])


async def test_a_remembered_token_needs_its_key_too() -> None:
    tokens = ViewerTokens(SETTINGS, None)
    token = signed()
    assert await tokens.viewer(headers(token)) == VIEWER
    with pytest.raises(Unauthenticated):
        await tokens.viewer(headers(token, "Bearer something else"))


async def test_without_keys_nobody_is_known() -> None:
    with pytest.raises(Unauthenticated):
        await ViewerTokens(ViewerSettings(), None).viewer(headers(signed()))


@pytest.mark.parametrize("key", ["", "no PEM", pem(ec.generate_private_key(ec.SECP384R1()))])
def test_a_key_that_is_none_is_told(key: str) -> None:
    with pytest.raises(ConfigurationProblem, match=r"^viewer.keys.k: must be a public key in PEM, RSA or P-256$"):
        ViewerTokens(ViewerSettings(keys={"k": key}), None)


MINE = {"contentId": "a", "collectionId": "c1", "contextId": "x1"}
ANSWERS = [{"ets": 1, "edata": {"item": {"id": "q", "maxscore": 1}, "score": 1}}]
SUMMARY = {"userId": "user_123", "collectionId": "c1", "contextId": "x1"}
# Every call, as another learner would send it to reach user_123's things: the learner in the body, or in the path.
BODIES: Mapping[str, Mapping[str, object]] = {
    "POST /v1/view/start": {**MINE, "userId": "user_123", "contentId": "b"},
    "POST /v1/view/update": {**MINE, "userId": "user_123", "progressDetails": {"a": 1}, "timeSpent": 1},
    "POST /v1/view/end": {**MINE, "userId": "user_123"},
    "POST /v1/view/read": {**MINE, "userId": "user_123"},
    "POST /v1/view/read?context=all": {"contentId": "a", "userId": "user_123"},
    "POST /v1/assessment/submit": {**MINE, "userId": "user_123", "attemptId": "t", "assessments": ANSWERS},
    "POST /v1/assessment/read": {**MINE, "userId": "user_123"},
}
REFUSED: Mapping[str, Mapping[str, object] | None] = {
    "GET /v1/summary/list/user_123": None,
    "GET /v1/summary/list/user%5F123/": None,
    "POST /v1/summary/read": SUMMARY,
    "GET /v1/summary/download/user_123": None,
    "GET /v1/summary/download/user_123?format=json": None,
    "GET /v1/summary/download/user_123?format=xml": None,
    "GET /v1/summary/download/user_123_viewer_summary.csv": None,
    "GET /v1/summary/download/user_123_viewer_summary.json": None,
    "DELETE /v1/summary/delete/user_123?all": None,
    "DELETE /v1/summary/delete/user_123": SUMMARY,
    "DELETE /v1/summary/delete/intruder": SUMMARY,
}
MUTATIONS = (
    'mutation { deleteEnrolments(learnerId: "user_123", input: {everything: true}) { learnerId } }',
    'mutation { exportEnrolments(learnerId: "user_123", format: CSV) { fileName } }',
    '{ exportedFile(learnerId: "user_123", format: CSV) { fileName } }',
    '{ enrolments(learnerId: "user_123") { status } }',
    '{ enrolment(learnerId: "user_123", collectionId: "c1", contextId: "x1") { status } }',
    '{ contentViews(learnerId: "user_123", contentId: "a") { status } }',
    '{ contentViews(learnerId: "user_123", contentId: "a", acrossContexts: true) { status } }',
    '{ assessmentAttempts(learnerId: "user_123", contentId: "a", collectionId: "c1", contextId: "x1") { score } }',
)


@pytest_asyncio.fixture
async def service(on_sqlite: Databases) -> AsyncIterator[Running]:
    """Where user_123 has something of everything."""
    url = await on_sqlite.url(
        "LEARNING",
        {
            "learning_context": [{"context_id": "x1", "collection_id": "c1"}],
            "learning_collection": [{"collection_id": "c1", "name": "C", "leaf_count": 1}],
            "learning_leaf": [{"collection_id": "c1", "content_id": "a", "is_optional": False}],
        },
    )
    async with running(on_sqlite, {"LEARNING": url}) as made:
        token = made.bearer(["learning:self"], learner="user_123")
        enrol = 'mutation { enrolLearner(input: {collectionId: "c1", contextId: "x1"}) { problems { message } } }'
        await made.ask("POST", "/graphql", token, {"query": enrol})
        for path, request in BODIES.items():
            method, _, where = path.partition(" ")
            told = await made.ask(method, where, made.learner("user_123"), {"request": request})
            assert told.response.status_code == 200
        for kind in ("csv", "json"):
            await made.ask("GET", f"/v1/summary/download/user_123?format={kind}", made.learner("user_123"))
        yield made


async def held(service: Running) -> dict[str, list[object]]:
    """All that is stored of user_123."""
    from sqlalchemy import select
    from sqlalchemy.ext.asyncio import create_async_engine

    url = service.settings.stores.learning.url
    assert url is not None
    engine = create_async_engine(url.get_secret_value())
    async with engine.connect() as connection:
        found: dict[str, list[object]] = {
            name: list(await connection.execute(select(table).where(table.c.learner_id == "user_123")))
            for name, table in TABLES.tables.items()
            if "learner_id" in table.c
        }
    await engine.dispose()
    return found


async def test_no_call_reads_or_touches_another_learners_things(service: Running) -> None:
    before = await held(service)
    assert {name for name, rows in before.items() if rows} == {
        "learning_enrolment", "learning_view", "learning_attempt", "learning_export",
    }  # fmt: skip
    intruder = service.learner("intruder")
    for line, request in BODIES.items():
        method, _, path = line.partition(" ")
        told = await service.ask(method, path, intruder, {"request": request})
        assert told.response.status_code == 200, line
        assert "user_123" not in told.response.text, line
        if path.startswith(("/v1/view/read", "/v1/assessment/read")):
            assert told.json["result"]["userId"] == "intruder"
    for line, refused in REFUSED.items():
        method, _, path = line.partition(" ")
        told = await service.ask(method, path, intruder, None if refused is None else {"request": refused})
        assert (told.response.status_code, told.json["params"]["err"], told.json["result"], told.calls) == (
            401, "UNAUTHORIZED_USER", {}, {},
        ), line  # fmt: skip
    for query in MUTATIONS:
        told = await service.ask(
            "POST", "/graphql", service.bearer(["learning:self"], learner="intruder"), {"query": query}
        )
        [error] = told.json["errors"]
        assert (error["extensions"]["code"], told.calls) == ("FORBIDDEN", {}), query
    assert await held(service) == before


async def test_staff_read_anybodys_and_change_nobodys(service: Running) -> None:
    before = await held(service)
    staff = service.bearer(["learning:read"])
    for query in MUTATIONS:
        told = await service.ask("POST", "/graphql", staff, {"query": query})
        may = query.startswith("{ ") and "exportedFile" not in query
        assert ("errors" not in told.json) == may, query
    assert await held(service) == before
