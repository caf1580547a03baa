"""The one place where a failure becomes public: its own words and code, or a reference and nothing else."""

import uuid
from collections.abc import Sequence
from typing import Any

import structlog
from graphql import GraphQLError, ValueNode

from datasources.errors import ServiceError

logger = structlog.get_logger(__name__)

# Every code an error's extensions can carry. A published set: callers write `switch` over it.
CODES = (
    "BAD_USER_INPUT",
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "NOT_FOUND",
    "CONFLICT",
    "LIMIT_EXCEEDED",
    "BACKEND_UNAVAILABLE",
    "BACKEND_TIMEOUT",
    "BACKEND_REFUSED",
    "INTERNAL",
)


def public_errors(errors: Sequence[GraphQLError]) -> list[dict[str, Any]]:
    """What the caller is told of each error, in their order. Logs what the caller is not told, once."""
    return [_public(error) for error in errors]


def public_failure(failure: ServiceError) -> dict[str, Any]:
    """A failure of the request itself, outside any field."""
    return {"message": failure.message, "extensions": {"code": failure.code, **failure.details}}


def internal_failure(failure: BaseException, **where: Any) -> dict[str, Any]:  # noqa: ANN401 whatever is worth logging
    """A bug, masked: the caller gets a reference, the log has the rest under it."""
    reference = uuid.uuid4().hex
    logger.error("internal_error", reference=reference, exc_info=failure, **where)
    message = f"Something went wrong on our side; the reference is {reference}"
    return {"message": message, "extensions": {"code": "INTERNAL", "reference": reference}}


def _public(error: GraphQLError) -> dict[str, Any]:
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, ServiceError):
        told = public_failure(cause)
    elif error.path is None or _is_about_input(error, cause):
        # Said by the executor of the document or its variables: its words are about what the caller sent.
        told = {"message": error.message, "extensions": {"code": "BAD_USER_INPUT", **(error.extensions or {})}}
    else:
        told = internal_failure(cause, path=".".join(str(part) for part in error.path))
    formatted: dict[str, Any] = {"message": told["message"]}
    if error.locations:
        formatted["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        formatted["path"] = error.path
    formatted["extensions"] = told["extensions"]
    return formatted


def _is_about_input(error: GraphQLError, cause: Exception) -> bool:
    """Whether the executor says of a field's argument that it is wrong: then it points at the value.

    Of our own value that does not fit its type it says so too, in words that hold the value, and points at the field.
    """
    return isinstance(cause, GraphQLError) and any(isinstance(node, ValueNode) for node in error.nodes or ())
