"""The workloads: what is asked of each kind of server, and the data that every answer must hold."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bench.records import ONE_EVENT, STREAM

WORKLOADS = ("page", "nested", "key", "route")
# What is asked of the servers of events.
EVENT_WORKLOADS = ("accounts", "apprenticeships", "store")
# What is asked of the servers of learners.
LEARNING_WORKLOADS = ("view_update", "summary_list")
# Callers that store events side by side.
WRITERS = 32

EVENT_FIELDS = (
    "id event apprenticeshipId agreementStatus paymentStatus providerId learnerId employerAccountId "
    "trainingType trainingId trainingStart trainingEnd cost createdOn"
)  # fmt: skip
PAGE = f"query Page($first: Int!) {{ events(first: $first) {{ {EVENT_FIELDS} }} }}"
NESTED = """query Nested($stream: ID!) {
  sessions(businessStream: $stream) {
    sessionId businessStreamId name year startsAt
    entries {
      entryId centreId candidateNumber qualification option
      candidate { candidateId familyName givenName birthYear isPrivate }
    }
  }
}"""
KEY = f"query Key($id: ID!) {{ event(id: $id) {{ {EVENT_FIELDS} }} }}"
# The saved operation of workload "route"; `examgraph` gives it by name, others run the text.
LEGACY = f"query LegacyEvents($first: Int!) {{ events(first: $first) {{ {EVENT_FIELDS} }} }}"

# Made for the bench: opens nothing but servers on this machine's loopback for a few minutes.
SIGNING_KEY = "a key for the bench alone, longer than 32 bytes"
ISSUER = AUDIENCE = "examgraph"
# One right opens everything here: the old routes' clients hold it too.
SCOPE = "results:read"
PERMISSIONS = "ReadApprenticeshipEvent ReadAccountEvent StoreAccountEvent"
CLIENT = ("bench", "a secret for the bench alone")
SALT = b"a salt for the bench"
API_KEY = "the key of a calling system, for the bench alone"
KEY_ID = "bench"
TRANSACTION = "bench-0123456789"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, and how what its answer holds becomes the data that all servers must agree on."""

    content: bytes
    data: Callable[[Any], Any]
    # Which of a server's ports it goes to.
    port: str = "main"
    read: Callable[[bytes], Any] = orjson.loads
    # How many callers ask side by side.
    connections: int = 16


def token(scope: str = SCOPE) -> str:
    """A token that every server of the bench believes for an hour, at the old Events API too."""
    claims = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "bench", "scope": scope, "data": PERMISSIONS,
        "exp": int(time.time()) + 3600,
    }  # fmt: skip
    return jwt.encode(claims, SIGNING_KEY, algorithm="HS256")


def graphql_requests(path: str = "/graphql", legacy: str = "/v1/bench/events") -> dict[str, Request]:
    """For servers that speak GraphQL: three documents, and the old route."""
    return {
        "page": post(path, PAGE, {"first": 100}),
        "nested": post(path, NESTED, {"stream": STREAM}),
        "key": post(path, KEY, {"id": ONE_EVENT}),
        "route": Request(get(f"{legacy}?first=100"), lambda told: told, port="legacy"),
    }


def rest_requests() -> dict[str, Request]:
    """For servers written by hand: an endpoint a workload, the old route with the old credentials."""
    return {
        "page": Request(get("/events?first=100"), lambda told: told),
        "nested": Request(get(f"/business-streams/{STREAM}/sessions"), lambda told: told),
        "key": Request(get(f"/events/{ONE_EVENT}"), lambda told: told),
        "route": Request(get("/v1/bench/events?first=100"), lambda told: told, port="legacy"),
    }


def event_requests() -> dict[str, Request]:
    """For servers of the old Events API: pages of 100, and an event to be stored, by many writers."""
    event = _with_body("/api/events/accounts", {"event": "Created", "resourceUri": "/api/accounts/7b3f2a"})
    page = "fromEventId=1&pageSize=100"
    return {
        "accounts": Request(get(f"/api/events/accounts?{page}"), lambda told: told),
        "apprenticeships": Request(get(f"/api/events/apprenticeships?{page}"), lambda told: told),
        "store": Request(event, lambda told: told, connections=WRITERS),
    }


@dataclass(frozen=True, slots=True)
class LearnerKeys:
    """What learners' tokens are signed with, and the file that holds its public half."""

    private: ec.EllipticCurvePrivateKey
    public: Path

    @classmethod
    def made(cls, public: Path) -> "LearnerKeys":
        key = ec.generate_private_key(ec.SECP256R1())
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        public.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, spki))
        return cls(key, public)

    def token(self, learner: str) -> str:
        """A token of this learner's, for an hour."""
        claims = {"iss": ISSUER, "sub": f"f:bench:{learner}", "exp": int(time.time()) + 3600}
        return jwt.encode(claims, self.private, algorithm="ES256", headers={"kid": KEY_ID})


def learning_requests(keys: LearnerKeys) -> dict[str, Request]:
    """For servers of learners: an update of a view, and a learner's fifty enrolments."""
    credentials = {"authorization": f"Bearer {API_KEY}", "x-authenticated-user-token": keys.token("busy")}
    view = {"contentId": "c1_1", "collectionId": "c1", "contextId": "x1"}
    sent = {
        "id": "api.view.update", "ver": "v1", "params": {"msgid": "5e763bc2-b072-440d-916e-da787881b1b9"},
        "request": {**view, "progressDetails": {"mimetype": "application/pdf", "progress": 20}, "timeSpent": 10},
    }  # fmt: skip
    body = orjson.dumps(sent)
    headers = {"content-type": JSON, "content-length": str(len(body)), **credentials}
    return {
        "view_update": Request(_head("POST", "/v1/view/update", headers) + body, lambda told: told["result"]),
        "summary_list": Request(_head("GET", "/v1/summary/list/busy", credentials), lambda told: told["result"]),
    }


def post(path: str, query: str, variables: Mapping[str, object], scope: str = SCOPE) -> Request:
    """A GraphQL request; `scope` is what its token allows."""
    return Request(_with_body(path, {"query": query, "variables": variables}, scope), lambda told: told["data"])


def _with_body(path: str, value: object, scope: str = SCOPE) -> bytes:
    body = orjson.dumps(value)
    headers = {"content-type": JSON, "content-length": str(len(body))}
    return _head("POST", path, {**headers, "authorization": f"Bearer {token(scope)}"}) + body


def get(path: str, accept: str = JSON) -> bytes:
    """A request for a path; for one of the old routes with an old service's credentials."""
    credentials = {"client_id": CLIENT[0], "client_secret": CLIENT[1]} if path.startswith("/v1") else {}
    return _head("GET", path, {"accept": accept, **credentials})


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    sent = {
        "host": "127.0.0.1", "accept": JSON, "authorization": f"Bearer {token()}",
        "x-transaction-id": TRANSACTION, **headers,
    }  # fmt: skip
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]
    return "\r\n".join(lines).encode("ascii")
