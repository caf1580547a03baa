"""What a caller hears of a failure: its own words and code, or a reference that the log has, and nothing else."""

import json
from collections.abc import Iterator, Mapping
from enum import Enum

import pytest
import strawberry
from graphql import GraphQLError, GraphQLSyntaxError, Source, parse
from structlog.testing import capture_logs

from datasources import errors as failures
from datasources.errors import BackendError, ServiceError
from schema import errors
from schema.errors import CODES, internal_failure, public_errors, public_failure

SECRET = "postgresql://reader:hunter2@10.1.2.3/eps SELECT * FROM eps_session"


@pytest.fixture
def log() -> Iterator[list[Mapping[str, object]]]:
    """The log's lines. A logger keeps the configuration that it met first, which an earlier test may have made."""
    vars(errors.logger).pop("bind", None)
    with capture_logs() as lines:
        yield lines  # type: ignore[misc]
    vars(errors.logger).pop("bind", None)


def kinds(parent: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for kind in parent.__subclasses__():
        yield from kinds(kind)
        if "code" in vars(kind):
            yield kind


FAILURES = {
    failures.BadUserInput("first", "must be 1 to 1000"): {
        "message": "first must be 1 to 1000",
        "extensions": {"code": "BAD_USER_INPUT", "argument": "first", "rule": "must be 1 to 1000"},
    },
    failures.Unauthenticated("who is it", scope="a:b"): {
        "message": "who is it", "extensions": {"code": "UNAUTHENTICATED", "scope": "a:b"},
    },
    failures.Forbidden("not you", scope="a:b"): {
        "message": "not you", "extensions": {"code": "FORBIDDEN", "scope": "a:b"},
    },
    failures.Conflict("there is another"): {"message": "there is another", "extensions": {"code": "CONFLICT"}},
    failures.LimitExceeded("ids", 1001, 1000): {
        "message": "ids is 1001, the limit is 1000",
        "extensions": {"code": "LIMIT_EXCEEDED", "limit": "ids", "value": 1001, "bound": 1000},
    },
    failures.BackendUnavailable("MEPS"): {
        "message": "MEPS cannot be reached", "extensions": {"code": "BACKEND_UNAVAILABLE", "backend": "MEPS"},
    },
    failures.BackendTimeout("MEPS"): {
        "message": "MEPS did not answer in time", "extensions": {"code": "BACKEND_TIMEOUT", "backend": "MEPS"},
    },
    failures.BackendRefused("MEPS", "no such view"): {
        "message": "MEPS gave an unusable answer: no such view",
        "extensions": {"code": "BACKEND_REFUSED", "backend": "MEPS"},
    },
}  # fmt: skip


def test_every_failure_has_a_public_code_and_is_tried() -> None:
    assert {kind.code for kind in kinds(ServiceError)} <= set(CODES)
    assert {type(failure) for failure in FAILURES} == set(kinds(ServiceError))
    assert len(CODES) == len(set(CODES))


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.code)
def test_a_failure_keeps_its_words_and_code(failure: ServiceError, log: list[object]) -> None:
    assert public_failure(failure) == FAILURES[failure]
    assert public_errors([GraphQLError("whatever", path=["a", 0], original_error=failure)]) == [
        {"message": FAILURES[failure]["message"], "path": ["a", 0], "extensions": FAILURES[failure]["extensions"]}
    ]
    wrapped = GraphQLError("outer", path=["a"], original_error=GraphQLError("inner", original_error=failure))
    assert public_errors([wrapped])[0]["extensions"] == FAILURES[failure]["extensions"]
    assert log == []


def test_a_backends_failure_tells_its_name_and_never_what_caused_it() -> None:
    for kind in kinds(BackendError):
        failure = kind("MEPS")
        failure.__cause__ = ConnectionError(SECRET)
        assert SECRET not in json.dumps(public_failure(failure))


@pytest.mark.parametrize("bug", [KeyError(SECRET), ValueError(SECRET), AssertionError(), OSError(5, SECRET)], ids=repr)
def test_any_other_failure_is_a_reference_that_the_log_has(bug: Exception, log: list[Mapping[str, object]]) -> None:
    [told] = public_errors([GraphQLError(str(bug), path=["session", "results", 3], original_error=bug)])
    [line] = log
    reference = line["reference"]
    assert told == {
        "message": f"Something went wrong on our side; the reference is {reference}",
        "path": ["session", "results", 3],
        "extensions": {"code": "INTERNAL", "reference": reference},
    }
    assert line == {
        "event": "internal_error", "log_level": "error", "reference": reference, "path": "session.results.3",
        "exc_info": bug,
    }  # fmt: skip
    assert len(str(reference)) == 32


def test_two_bugs_have_two_references(log: list[Mapping[str, object]]) -> None:
    first, second = internal_failure(KeyError("a"), route="/graphql"), internal_failure(KeyError("b"))
    assert [line["reference"] for line in log] == [
        first["extensions"]["reference"], second["extensions"]["reference"],
    ]  # fmt: skip
    assert first["extensions"]["reference"] != second["extensions"]["reference"]
    assert log[0]["route"] == "/graphql"


def test_what_is_wrong_with_the_document_is_told_as_it_is(log: list[object]) -> None:
    with pytest.raises(GraphQLSyntaxError) as refused:
        parse(Source("{ a"))
    assert public_errors([refused.value]) == [
        {
            "message": "Syntax Error: Expected Name, found <EOF>.", "locations": [{"line": 1, "column": 4}],
            "extensions": {"code": "BAD_USER_INPUT"},
        }
    ]  # fmt: skip
    limit = GraphQLError("too deep", extensions={"code": "LIMIT_EXCEEDED", "bound": 20})
    assert public_errors([limit]) == [{"message": "too deep", "extensions": {"code": "LIMIT_EXCEEDED", "bound": 20}}]
    assert log == []


def test_errors_are_told_in_their_order() -> None:
    errors_of = [GraphQLError(str(number)) for number in range(5)]
    assert [told["message"] for told in public_errors(errors_of)] == ["0", "1", "2", "3", "4"]


@strawberry.enum
class Colour(Enum):
    """A colour."""

    RED = "red"


@strawberry.type
class Query:
    """A schema with a bug in it."""

    @strawberry.field
    async def broken(self) -> str | None:
        raise KeyError(SECRET)

    @strawberry.field
    async def empty(self) -> list[str]:
        return [None]  # type: ignore[list-item]

    @strawberry.field
    async def number(self, add: int = 0) -> int | None:
        return SECRET  # type: ignore[return-value]

    @strawberry.field
    async def text(self) -> str | None:
        return object()  # type: ignore[return-value]

    @strawberry.field
    async def colour(self) -> Colour | None:
        return SECRET  # type: ignore[return-value]

    @strawberry.field
    async def many(self) -> list[int] | None:
        return 5  # type: ignore[return-value]

    @strawberry.field
    async def refused(self) -> str | None:
        raise failures.BackendTimeout("MEPS") from KeyError(SECRET)


async def test_nothing_of_a_bug_leaks_from_a_running_operation(log: list[Mapping[str, object]]) -> None:
    result = await strawberry.Schema(query=Query).execute("{ broken refused }")
    told = public_errors(result.errors or ())
    assert result.data == {"broken": None, "refused": None}
    assert [(error["path"], error["extensions"]["code"]) for error in told] == [
        (["broken"], "INTERNAL"), (["refused"], "BACKEND_TIMEOUT"),
    ]  # fmt: skip
    assert "hunter2" not in json.dumps(told)
    [line] = log
    assert (line["path"], line["reference"]) == ("broken", told[0]["extensions"]["reference"])
    assert SECRET in repr(line["exc_info"])


async def test_a_null_where_none_may_be_is_a_bug_of_ours(log: list[Mapping[str, object]]) -> None:
    result = await strawberry.Schema(query=Query).execute("{ empty }")
    [told] = public_errors(result.errors or ())
    [line] = log
    assert told == {
        "message": f"Something went wrong on our side; the reference is {line['reference']}",
        "locations": [{"line": 1, "column": 3}], "path": ["empty", 0],
        "extensions": {"code": "INTERNAL", "reference": line["reference"]},
    }  # fmt: skip


@pytest.mark.parametrize("field", ["number", "text", "colour", "many"])
async def test_a_value_that_does_not_fit_its_type_is_a_bug_of_ours_and_is_not_shown(
    field: str, log: list[Mapping[str, object]]
) -> None:
    """The executor's words hold the value: they are as secret as any other exception's."""
    result = await strawberry.Schema(query=Query).execute(f"{{ {field} }}")
    [told] = public_errors(result.errors or ())
    [line] = log
    assert told == {
        "message": f"Something went wrong on our side; the reference is {line['reference']}",
        "locations": [{"line": 1, "column": 3}], "path": [field],
        "extensions": {"code": "INTERNAL", "reference": line["reference"]},
    }  # fmt: skip


ARGUMENTS: dict[str, tuple[dict[str, object], str, list[str] | None]] = {
    "query ($add: Int = 1) { number(add: $add) }": (
        {"add": None},
        "Argument 'add' has invalid value: Expected variable '$add' provided to non-null type 'Int!' not to be None.",
        ["number"],
    ),
    "query ($add: Int!) { number(add: $add) }": (
        {"add": "many"}, "Variable '$add' has invalid value: Int cannot represent non-integer value: 'many'", None,
    ),
    '{ number(add: "many") }': ({}, 'Int cannot represent non-integer value: "many"', None),
}  # fmt: skip


@pytest.mark.parametrize("query", ARGUMENTS)
async def test_a_value_of_the_callers_that_does_not_fit_is_told_as_it_is(query: str, log: list[object]) -> None:
    variables, message, path = ARGUMENTS[query]
    result = await strawberry.Schema(query=Query).execute(query, variables)
    [told] = public_errors(result.errors or ())
    assert (told["message"], told.get("path"), told["extensions"]) == (message, path, {"code": "BAD_USER_INPUT"})
    assert log == []


def test_what_is_wrong_with_a_variable_is_told_whatever_read_it(log: list[object]) -> None:
    [told] = public_errors([GraphQLError("Variable '$day' has invalid value", original_error=ValueError("day"))])
    assert told == {"message": "Variable '$day' has invalid value", "extensions": {"code": "BAD_USER_INPUT"}}
    assert log == []
