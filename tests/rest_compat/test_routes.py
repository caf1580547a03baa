"""The table of old routes: each is an operation that the schema can answer, found at every prefix and nowhere else."""

from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, OperationType, parse, validate

import rest_compat
from rest_compat.dialects import CAMBRIDGE
from rest_compat.messages import Asked
from rest_compat.routes import MODULES, ROUTES, owner, route_table
from rest_compat.translate import Route
from schema.root import SCHEMA

PACKAGE = Path(rest_compat.__file__).parent
GRAPH = SCHEMA._schema  # noqa: SLF001 Strawberry has no public way to the schema it builds
TABLE = route_table()
DOCUMENTS = TABLE.documents
OPERATIONS = {
    node.name.value: node
    for text in DOCUMENTS.values()
    for node in parse(text).definitions
    if isinstance(node, OperationDefinitionNode) and node.name
}
# Values for the variables of a path, as callers write them.
EXAMPLES = {
    "businessStreamId": "01", "sessionId": "14244", "centreId": "04200", "candidateNumber": "1804",
    "assessmentCode": "0500", "componentId": "01", "docStorePageId": "24c6e828",
    "pameldingsref": "0c7d6a4e-8f0b-4d2a-9d0e-1a2b3c4d5e6f", "organisasjonsnummer": "310000019",
    "eksamensperiodekode": "V-2018",
    "userId": "user_123", "format": "csv",
}  # fmt: skip
# What some routes need in the query string.
NEEDED = {"resultDateType": ["issue"], "sessionId": ["14244"]}
# The one file that a route takes.
REGISTRATION = Path(__file__).parent / "exams" / "P1.xml"
# Bodies that have what a route needs, by operation.
BODIES = {
    "LegacyScriptRequest": b'{"customerDirectives": []}', "LegacyRecordApprenticeshipEvents": b"[]",
    **dict.fromkeys(
        ("LegacyRecordApprenticeshipEvent", "LegacyRecordAgreementEvent", "LegacyRecordAccountEvent",
         "LegacyRecordGenericEvent"), b"{}",
    ),
    **dict.fromkeys(
        ("LegacyStartContentView", "LegacyUpdateContentView", "LegacyEndContentView", "LegacyContentViews",
         "LegacySubmitAssessment", "LegacyAssessmentAttempts", "LegacyEnrolment", "LegacyDeleteEnrolments"),
        b'{"request": {"userId": "user_123", "contentId": "a", "collectionId": "b", "contextId": "c"}}',
    ),
}  # fmt: skip
# The learning-progress service reads by POST, and writes a file by GET.
READ_OTHERWISE = ("LegacyContentViews", "LegacyAssessmentAttempts", "LegacyEnrolment", "LegacyExportEnrolments")
# Query strings that have what a route needs, by path.
SCHOOL_AND_PERIOD = {"orgno": ["310000019"], "periodekode": ["V-2018"]}
QUERIES = {
    "/kandidat": {**SCHOOL_AND_PERIOD, "kandidatnummer": ["1"], "fagkode": ["MAT0010"]},
    "/karakteroversikt": {**SCHOOL_AND_PERIOD, "sasBrukerReferanse": ["testbruker"]},
    "/events/getByDateRange": {"eventType": ["A"], "fromDate": ["20170101000000"], "toDate": ["20170102000000"]},
    "/events/getSinceEvent": {"eventType": ["A"]},
    "/events/getByResourceId": {"resourceType": ["A"], "resourceId": ["1"]},
}
PREFIXES = {
    "cambridge": (
        "/v1", "/ca-sessions-dev/v1", "/ca-results-UAT2/v1", "/ca-results-xapi-p/api/v1", "/ca-libs-sapi-7/api/v1",
    ),
    "events": ("/api", "/API"),
    "eksamen": ("/sas", "/SAS", "/api/ekstern", "/Api/Ekstern"),
    "viewer": ("/v1",),
}  # fmt: skip
ASKED = [
    pytest.param(route, prefix, id=f"{route.method} {prefix}{route.path}")
    for route in ROUTES
    for prefix in PREFIXES[route.dialect.name]
]
NO_PREFIXES = (
    "", "/", "/v2", "/api/", "/api/api",
    "/V1", "/v1/v1", "/api/v1", "/ca-sessions-/v1", "/ca-sessions-a_b/v1", "/ca-sessions-a b/v1",
    "/ca-sessions-dev/api/v1", "/ca-results-dev/api/v1", "/ca-results-xapi-dev/v1", "/ca-libs-sapi-dev/v1",
    "/x/ca-sessions-dev/v1", "/ca-sessions-dev/v1/x", "/ca-sessions-é/v1",
)  # fmt: skip


def path_of(route: Route) -> str:
    return route.path.format(**EXAMPLES)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_operations_of_a_file_fit_the_schema(name: str) -> None:
    assert validate(GRAPH, parse(DOCUMENTS[name])) == []


def test_each_route_is_an_operation_and_each_operation_a_route() -> None:
    assert {route.operation for route in ROUTES} == set(OPERATIONS)
    assert all(name.startswith("Legacy") for name in OPERATIONS)
    definitions = [node for text in DOCUMENTS.values() for node in parse(text).definitions]
    named = Counter(
        node.name.value
        for node in definitions
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode) and node.name
    )
    assert set(named.values()) == {1}
    beside = [Path(str(module.__file__)).with_suffix(".graphql") for module in MODULES]
    assert beside == sorted(PACKAGE.rglob("*.graphql"), key=beside.index)
    assert list(DOCUMENTS) == [str(path.relative_to(PACKAGE)) for path in beside]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_what_only_reads_is_a_query(route: Route) -> None:
    is_read = (route.method == "GET") != (route.operation in READ_OTHERWISE)
    assert (OPERATIONS[route.operation].operation is OperationType.QUERY) == is_read


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_a_route_gives_its_operation_the_variables_that_it_declares(route: Route) -> None:
    declared = {node.variable.name.value for node in OPERATIONS[route.operation].variable_definitions or ()}
    body = BODIES.get(route.operation, b"")
    file = BytesIO(REGISTRATION.read_bytes()) if route.takes_file else None
    asked = Asked(EXAMPLES, QUERIES.get(route.path, NEEDED), body=body, content_type="application/json", file=file)
    with asked.closing:
        given = set(route.variables(asked))
    assert given | ({"after"} if route.follows else set()) == declared


def test_no_two_routes_answer_the_same_request() -> None:
    claimed = Counter((route.method, route.path) for route in ROUTES)
    assert set(claimed.values()) == {1}


@pytest.mark.parametrize(("route", "prefix"), ASKED)
def test_a_route_answers_behind_every_prefix_with_and_without_a_slash(route: Route, prefix: str) -> None:
    for slash in ("", "/"):
        found = TABLE.find(f"{prefix}{path_of(route)}{slash}")
        assert found is not None
        assert (found.path, found.by_method[route.method]) == (route.path, route)
        assert found.values == {name: EXAMPLES[name] for name in EXAMPLES if f"{{{name}}}" in route.path}
        assert owner(f"{prefix}{path_of(route)}{slash}") is route.dialect


@pytest.mark.parametrize("prefix", NO_PREFIXES)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_a_route_answers_nowhere_else(route: Route, prefix: str) -> None:
    assert TABLE.find(f"{prefix}{path_of(route)}") is None
    assert TABLE.find(f"{path_of(route)}{prefix}") is None


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_a_path_tells_the_methods_it_can_be_asked_with(route: Route) -> None:
    found = TABLE.find(f"{route.dialect.prefixes[0]}{path_of(route)}")
    assert found is not None
    methods = {each.method for each in ROUTES if each.path == route.path} | {"OPTIONS"}
    assert found.allowed == ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


@pytest.mark.parametrize(
    ("segment", "value"),
    [
        ("02", "02"), ("%30%32", "02"), ("a%2Fb", "a/b"), ("..%2f", "../"), ("%00", "\x00"), ("%FF", "\ufffd"),
        ("%C3%A9", "é"), ("%", "%"), ("%zz", "%zz"), ("%2532", "%32"), ("a;b=c", "a;b=c"), ("a+b", "a+b"),
        ("\u00e9", "é"), (" ", " "), ("..", ".."), ("%2E.", ".."), ("%3%30", "%30"), ("%2%46", "%2F"),
    ],
)  # fmt: skip
def test_a_segment_is_decoded_once_and_never_splits_the_path(segment: str, value: str) -> None:
    found = TABLE.find(f"/v1/businessStreams/{segment}/sessions")
    assert found is not None
    assert found.values == {"businessStreamId": value}


@pytest.mark.parametrize(
    ("path", "documented"),
    [
        (
            "/v1/businessStreams/%302/sessions/1/enquireServices",
            "/businessStreams/02/sessions/{sessionId}/enquireServices",
        ),
        ("/%761/eps%53tatus", "/epsStatus"),
        ("/v1/candidates/scripts/pd%66-1", "/candidates/scripts/pdf{docStorePageId}"),
        ("/v1%2FepsStatus", None),
    ],
)
def test_what_may_be_encoded_or_plain_is_the_same_path(path: str, documented: str | None) -> None:
    found = TABLE.find(path)
    assert (found and found.path) == documented
    assert owner(path) is (CAMBRIDGE if documented else None)


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        ("/v1", True), ("/v1/", True), ("/v1/anything", True), ("/ca-", True), ("/ca-anything/at/all", True),
        ("/v1x", False), ("/v", False), ("/", False), ("", False), ("/graphql", False), ("/healthz", False),
        ("/x/v1/", False), ("/ca", False), ("//v1/", False),
    ],
)  # fmt: skip
def test_which_paths_are_the_old_services_to_refuse(path: str, *, is_ours: bool) -> None:
    assert (owner(path) is CAMBRIDGE) == is_ours
