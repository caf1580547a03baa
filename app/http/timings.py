"""Timings in the answer itself, for a developer who asks for them and may have them."""

from collections.abc import Mapping
from typing import Any

import orjson

from app.http.requests import Exchange
from datasources.errors import ServiceError
from datasources.timings import Timings
from resolvers.access import Viewer
from rest_compat.messages import Rejected, Reply

HEADER = b"x-examgraph-timings"
ASKED = {None: False, b"0": False, b"1": True}
RIGHT = "operations:read"


def asks_for_timings(exchange: Exchange, extensions: Mapping[str, Any]) -> bool:
    """Whether the caller asked, by the header or by the request's own extensions. Raises Rejected."""
    try:
        by_header = ASKED[exchange.headers.get(HEADER)]
    except KeyError:
        raise Rejected("BAD_USER_INPUT", "X-Examgraph-Timings must be 1 or 0") from None
    by_extension = extensions.get("timings", False)
    if not isinstance(by_extension, bool):
        raise Rejected("BAD_USER_INPUT", "extensions.timings must be true or false")
    return by_header or by_extension


def with_timings(reply: Reply, timings: Timings, viewer: Viewer) -> Reply:
    """The reply to a caller who asked for timings: with them in its extensions, or with why they are left out."""
    try:
        viewer.require(RIGHT)
        extensions: dict[str, Any] = {"timings": told(timings)}
    except ServiceError as refusal:
        warning = {"message": f"timings are left out: {refusal.message}", "code": refusal.code}
        extensions = {"warnings": [warning]}
    # The answer is bytes by now, so that writing it is among the timings; an object's end is its last byte.
    body = b"".join((reply.body[:-1], b',"extensions":', orjson.dumps(extensions), b"}"))
    return Reply(reply.status, body, reply.headers)


def told(timings: Timings) -> dict[str, Any]:
    """Milliseconds by phase, in their order, and of the calls to each backend."""
    return {
        "phases": {phase: milliseconds(seconds) for phase, seconds in timings.phases.items()},
        "backends": [
            {"name": name, "calls": calls, "ms": milliseconds(timings.seconds.get(name, 0.0))}
            for name, calls in timings.calls.items()
        ],
    }


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
