"""A route or a root field without golden cases fails: one that answers, and one that refuses nobody.

What is open to everyone has one that answers nobody, and one that answers somebody.
"""

from collections.abc import Callable

import pytest
from golden.cases import Case, cases
from graphql import FieldNode, OperationDefinitionNode, parse

from rest_compat.routes import ROUTES, route_table
from rest_compat.translate import Route
from schema.root import SCHEMA

TABLE = route_table()
CASES = list(cases())
QUERY = SCHEMA._schema.query_type  # noqa: SLF001 Strawberry has no public way to the schema it builds
MUTATION = SCHEMA._schema.mutation_type  # noqa: SLF001
# Those that are open to everyone.
PUBLIC_FIELDS = frozenset({"examPeriods", "examPlans"})
ROOT_FIELDS = [name for kind in (QUERY, MUTATION) if kind is not None for name in kind.fields]


def route_of(case: Case) -> Route | None:
    """The route that a case asks by GET, HEAD, POST or whatever it documents; None for any other request."""
    found = TABLE.find(case.path.partition("?")[0])
    return found.by_method.get("GET" if case.method == "HEAD" else case.method) if found else None


def root_fields_of(case: Case) -> set[str]:
    """The root fields that a case asks for."""
    return {
        field.name.value
        for operation in parse(case.query or "{ __typename }").definitions
        if isinstance(operation, OperationDefinitionNode)
        for field in operation.selection_set.selections
        if isinstance(field, FieldNode)
    }


def answers(case: Case) -> bool:
    return case.status in (200, 201, 202) and case.viewer is not None and "errors" not in (case.body or {})


def answers_nobody(case: Case) -> bool:
    return case.status == 200 and case.viewer is None and "errors" not in (case.body or {})


def refuses_nobody(case: Case) -> bool:
    return case.viewer is None and case.calls == {} and case.status in (200, 401)


def refuses_a_stranger(case: Case) -> bool:
    codes = {error["extensions"]["code"] for error in (case.body or {}).get("errors", ())}
    return case.viewer is not None and case.calls == {} and codes == {"FORBIDDEN"}


@pytest.mark.parametrize("is_shown", [answers, refuses_nobody], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_a_route_has_golden_cases(route: Route, is_shown: Callable[[Case], bool]) -> None:
    shown = answers_nobody if route.is_public and is_shown is refuses_nobody else is_shown
    assert [case.name for case in CASES if route_of(case) is route and shown(case)]


@pytest.mark.parametrize("is_shown", [answers, refuses_nobody, refuses_a_stranger], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("field", ROOT_FIELDS)
def test_a_root_field_has_golden_cases(field: str, is_shown: Callable[[Case], bool]) -> None:
    of_public = {refuses_nobody: answers_nobody, refuses_a_stranger: answers}
    shown = of_public.get(is_shown, is_shown) if field in PUBLIC_FIELDS else is_shown
    assert [case.name for case in CASES if field in root_fields_of(case) and shown(case)]


def test_nothing_public_is_refused_for_want_of_a_right() -> None:
    refused = [case for case in CASES if case.status in (401, 403)]
    assert [case.name for case in refused if root_fields_of(case) & PUBLIC_FIELDS] == []
    assert [case.name for case in refused if (route := route_of(case)) is not None and route.is_public] == []


def test_no_two_golden_cases_have_the_same_name() -> None:
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)
