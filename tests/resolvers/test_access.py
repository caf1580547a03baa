"""Every root field and every route: as nobody, without the right, and with it."""

import pytest
from golden.service import CLIENT, TOKEN_SECONDS, Databases, Running, running

from app.auth import development_token, make_development_key
from app.wiring import make_service
from datasources.errors import Forbidden, Unauthenticated
from resolvers.access import NOBODY, SCOPES, Viewer
from rest_compat import sessions
from rest_compat.messages import Asked, read_query
from rest_compat.results import dates, enquiries, papers, status
from rest_compat.translate import Outcome, Route, answered
from schema.root import SCHEMA

# The routes that only read, for a client. The others are tried by their golden cases.
CLIENT_ROUTES = tuple(route for module in (sessions, dates, status, papers, enquiries) for route in module.ROUTES)
# root field -> the right it needs, and a question whose answer needs no row
FIELDS = {
    "node": ("sessions:read", 'node(id: "QnVzaW5lc3NTdHJlYW06MDI=") { id }'),
    "nodes": ("sessions:read", 'nodes(ids: ["QnVzaW5lc3NTdHJlYW06MDI="]) { id }'),
    "backends": ("operations:read", "backends { name }"),
    "businessStreams": ("sessions:read", "businessStreams { code }"),
    "businessStream": ("sessions:read", 'businessStream(code: "02") { code sessions { totalCount } }'),
    "session": ("sessions:read", 'session(businessStream: "02", sessionId: "1") { name }'),
    "vocationalSessions": ("sessions:read", "vocationalSessions { name }"),
    "epsServers": ("sessions:read", "epsServers { name }"),
    "questionPapers": ("results:read", 'questionPapers(businessStream: "02", sessionId: "1") { name }'),
    "candidate": (
        "candidates:read",
        'candidate(businessStream: "02", sessionId: "1", centreId: "1", candidateNumber: "1") { centreId }',
    ),
    "script": ("results:read", 'script(docStorePageId: "none") { pageCount }'),
    "scriptPdf": ("results:read", 'scriptPdf(docStorePageId: "none") { fileName }'),
    "apprenticeshipEvents": ("events:apprenticeship:read", "apprenticeshipEvents { totalCount }"),
    "agreementEvents": ("events:agreement:read", "agreementEvents { totalCount }"),
    "accountEvents": ("events:account:read", "accountEvents { totalCount }"),
    "genericEvents": ("events:generic:read", "genericEvents { totalCount }"),
    "auditRecords": ("audit:read", "auditRecords { totalCount }"),
}
# Open to everyone, or asked with more than a right: an organisation's number, a learner. Golden cases try these.
ELSEWHERE = {
    "examPeriods", "examPlans", "examRegistration", "registeredCandidates", "gradeOverview", "examinerAssignments",
    "learnerId", "contentViews", "assessmentAttempts", "enrolments", "enrolment", "exportedFile",
}  # fmt: skip
# Refused place by place: the list itself is nobody's secret.
BY_PLACE = {"nodes"}
# operation of a route -> a path that asks it, and the values in that path
PATHS = {
    "LegacySessions": ("/v1/businessStreams/02/sessions", {"businessStreamId": "02"}, 200),
    "LegacySession": (
        "/v1/businessStreams/02/sessions/1", {"businessStreamId": "02", "sessionId": "1"}, 404,
    ),
    "LegacyVocationalSessions": ("/v1/vocational-qualifications/sessions", {}, 200),
    "LegacyEpsStatus": ("/v1/epsStatus", {}, 200),
    "LegacyCandidateResultStatus": (
        "/v1/candidates/resultStatus/businessStream/02/sessions/1/centres/1/candidateNumber/1/assessments/1",
        {
            "businessStreamId": "02", "sessionId": "1", "centreId": "1", "candidateNumber": "1", "assessmentCode": "1",
        },
        404,
    ),
    "LegacyCentreResultDates": (
        "/v1/businessStreams/02/sessions/1/enquireServices?resultDateType=issue", {"sessionId": "1"}, 404,
    ),
    "LegacyResultDates": (
        "/v1/businessStreams/01/sessions/1/enquireServices", {"businessStreamId": "01", "sessionId": "1"}, 404,
    ),
    "LegacyQuestionPapers": (
        "/v1/businessStreams/02/qpIdentifiers?sessionId=1", {"businessStreamId": "02"}, 404,
    ),
    "LegacySessionResultStatus": (
        "/v1/businessStream/02/sessions/1/resultStatus", {"businessStreamId": "02", "sessionId": "1"}, 404,
    ),
    "LegacyResultEnquiryStatus": (
        "/v1/businessStream/02/sessions/1/centres/1/candidateNumber/1/assessments/1/components/01/resultEnquiryStatus",
        {
            "businessStreamId": "02", "sessionId": "1", "centreId": "1", "candidateNumber": "1", "assessmentCode": "1",
            "componentId": "01",
        },
        404,
    ),
}  # fmt: skip


# What a route asks for first, where that is not a session.
OF_CANDIDATES = {"LegacyCandidateResultStatus", "LegacyResultEnquiryStatus"}


def test_every_root_field_and_every_route_is_tried() -> None:
    query = SCHEMA._schema.query_type  # noqa: SLF001 Strawberry has no public way to the schema it builds
    assert query is not None
    assert set(FIELDS) | ELSEWHERE == set(query.fields)
    assert set(PATHS) == {route.operation for route in CLIENT_ROUTES}


def test_a_right_is_there_or_the_refusal_names_it() -> None:
    Viewer("someone", frozenset({"sessions:read"})).require("sessions:read")
    with pytest.raises(Forbidden) as refused:
        Viewer("someone", frozenset({"results:read"}), organisations=frozenset({"*"})).require("sessions:read")
    assert (refused.value.message, refused.value.details) == (
        "this needs the scope sessions:read", {"scope": "sessions:read"},
    )  # fmt: skip
    with pytest.raises(Unauthenticated) as unknown:
        NOBODY.require("sessions:read")
    assert (unknown.value.message, unknown.value.details) == (
        "this needs a credential with the scope sessions:read", {"scope": "sessions:read"},
    )  # fmt: skip


def test_a_credential_that_does_not_hold_is_told_where_one_is_needed() -> None:
    fault = Unauthenticated("the token has expired")
    with pytest.raises(Unauthenticated) as told:
        Viewer(None, fault=fault).require("sessions:read")
    assert told.value is fault


@pytest.mark.parametrize("field", FIELDS)
async def test_a_root_field_as_nobody(field: str, on_sqlite: Databases) -> None:
    right, question = FIELDS[field]
    async with running(on_sqlite, {}) as service:
        told = await service.graphql(f"{{ {question} }}", None)
    error = {
        "message": f"this needs a credential with the scope {right}", "locations": [{"line": 1, "column": 3}],
        "path": [field, 0] if field in BY_PLACE else [field], "extensions": {"code": "UNAUTHENTICATED", "scope": right},
    }  # fmt: skip
    _assert_refused(field, told.json, error)
    assert told.response.status_code == (200 if field in BY_PLACE else 401)
    assert told.response.headers.get("www-authenticate") == (None if field in BY_PLACE else 'Bearer realm="examgraph"')
    assert told.calls == {}


@pytest.mark.parametrize("field", FIELDS)
async def test_a_root_field_with_every_right_but_its_own(field: str, on_sqlite: Databases) -> None:
    right, question = FIELDS[field]
    async with running(on_sqlite, {}) as service:
        told = await service.graphql(f"{{ {question} }}", [scope for scope in SCOPES if scope != right])
    error = {
        "message": f"this needs the scope {right}", "locations": [{"line": 1, "column": 3}],
        "path": [field, 0] if field in BY_PLACE else [field], "extensions": {"code": "FORBIDDEN", "scope": right},
    }  # fmt: skip
    _assert_refused(field, told.json, error)
    assert told.response.status_code == (200 if field in BY_PLACE else 403)
    assert told.calls == {}


@pytest.mark.parametrize("field", FIELDS)
async def test_a_root_field_with_its_right_alone(field: str, on_sqlite: Databases) -> None:
    right, question = FIELDS[field]
    async with running(on_sqlite, {}) as service:
        told = await service.graphql(f"{{ {question} }}", [right])
    assert (told.response.status_code, list(told.json)) == (200, ["data"])


async def test_a_refusal_costs_its_own_field_when_another_is_answered(on_sqlite: Databases) -> None:
    async with running(on_sqlite, {}) as service:
        told = await service.graphql('{ businessStream(code: "02") { name } backends { name } }', ["sessions:read"])
    # `backends` cannot be null, so that nothing is left: but the request was answered as far as it may be.
    error = {
        "message": "this needs the scope operations:read", "locations": [{"line": 1, "column": 39}],
        "path": ["backends"], "extensions": {"code": "FORBIDDEN", "scope": "operations:read"},
    }  # fmt: skip
    assert (told.response.status_code, told.json) == (403, {"errors": [error]})


async def test_rights_of_another_signature_are_nobodys(on_sqlite: Databases) -> None:
    """The token says all the right things, and is signed with a key of its own."""
    key = on_sqlite.folder / "another_key.pem"
    make_development_key(key)
    async with running(on_sqlite, {}) as service:
        token = development_token(key, service.settings.auth, lifetime_seconds=TOKEN_SECONDS)
        told = await service.ask(
            "POST", "/graphql", {"authorization": f"Bearer {token}"}, {"query": "{ businessStreams { code } }"}
        )
    error = {
        "message": "the token's key is not known", "locations": [{"line": 1, "column": 3}],
        "path": ["businessStreams"], "extensions": {"code": "UNAUTHENTICATED"},
    }  # fmt: skip
    assert (told.response.status_code, told.json, told.calls) == (401, {"errors": [error]}, {})


@pytest.mark.parametrize("operation", PATHS)
async def test_a_route_as_nobody_and_as_a_client(operation: str, on_sqlite: Databases) -> None:
    path, _, status = PATHS[operation]
    async with running(on_sqlite, {}) as service:
        nobody = await service.ask("GET", path, {"x-transaction-id": "t-1"})
        wrong = await service.ask("GET", path, {**CLIENT, "client_secret": "guessed", "x-transaction-id": "t-1"})
        client = await service.legacy(path)
    refusal = {
        "code": 401, "type": "HTTP:UNAUTHORIZED", "message": "client_id and client_secret are missing or wrong",
        "transactionId": "t-1",
    }  # fmt: skip
    for told in (nobody, wrong):
        assert (told.response.status_code, told.json, told.calls) == (401, refusal, {})
    assert client.response.status_code == status


@pytest.mark.parametrize("route", CLIENT_ROUTES, ids=lambda route: route.operation)
async def test_a_route_without_the_right(route: Route, on_sqlite: Databases) -> None:
    """No client lacks the right today: but a route has no rule of its own, so the graph's must reach its caller."""
    async with running(on_sqlite, {}) as service:
        told = await _asked(service, route, Viewer("client:another", frozenset({"results:read"})))
    right = "candidates:read" if route.operation in OF_CANDIDATES else "sessions:read"
    refusal = f'{{"code":403,"type":"HTTP:FORBIDDEN","message":"this needs the scope {right}","transactionId":"t-1"}}'
    assert told == (403, refusal.encode())


async def _asked(running_service: Running, route: Route, viewer: Viewer) -> tuple[int, bytes]:
    service = make_service(running_service.settings)

    async def run(operation: str, variables: object) -> Outcome:
        return await service.run_operation(operation, variables, viewer)  # type: ignore[arg-type]

    path, values, _ = PATHS[route.operation]
    asked = Asked(values, read_query(path.partition("?")[2].encode()))
    reply = await answered(route, asked, run, "t-1")
    return reply.status, reply.body


def _assert_refused(field: str, told: object, error: object) -> None:
    assert told == ({"errors": [error], "data": {field: [None]}} if field in BY_PLACE else {"errors": [error]})


@pytest.mark.parametrize(
    ("organisations", "number"), [({"310000019"}, "310000019"), ({"*"}, "310000019"), ({"*", "1"}, "")]
)
def test_a_viewer_of_the_organisation(organisations: set[str], number: str) -> None:
    Viewer("somebody", organisations=frozenset(organisations)).require_organisation(number)


@pytest.mark.parametrize("organisations", [set(), {"310000027"}, {"31000001"}])
def test_a_viewer_of_another_organisation(organisations: set[str]) -> None:
    viewer = Viewer("somebody", organisations=frozenset(organisations))
    with pytest.raises(Forbidden, match="this needs a credential of the organisation") as refused:
        viewer.require_organisation("310000019")
    assert refused.value.details == {"organisation": "310000019"}
