"""The state of each backend."""

import strawberry

from datasources.calls import BreakerState, Status
from resolvers import backends
from schema.fields import answered_by, attribute, published

published(
    Status,
    "ServerStatus",
    "Whether a server answers.",
    {"UP": "It answered just now.", "DOWN": "It did not answer within the time that a probe has."},
)
published(
    BreakerState,
    "BreakerState",
    "Whether a backend is asked.",
    {
        "CLOSED": "Asked as usual.",
        "HALF_OPEN": "It kept failing; the next call goes through to see whether it is back.",
        "OPEN": "It keeps failing; calls are refused without asking it.",
    },
)


@strawberry.type(description="A system that this service reads from.")
class Backend:
    name: str = attribute("Its name in errors, metrics and logs.")
    status: Status = attribute("Whether it answers, asked just now.")
    latency_ms: float | None = attribute("How long the probe took, in milliseconds; null when it did not answer.")
    breaker: BreakerState = attribute("Whether it is asked by other operations.")


@strawberry.type
class BackendQueries:
    backends: list[Backend] = answered_by(
        backends.backends, "Every backend, each probed just now, side by side. Needs the scope `operations:read`."
    )
