"""Where the time of a request goes, by phase and by backend: for the metrics, and for whoever records it."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache

from prometheus_client import Histogram, Summary

# The operation under way, by a name of which there are few: whoever sets it sees to that. A document's own phases come
# before its operation is known, and a probe may come without any.
operation: ContextVar[str] = ContextVar("operation", default="none")

PHASE_SECONDS = Histogram(
    "examgraph_phase_seconds",
    "Where the time of operations goes. Saved ones are named; others are together, as is what comes before any.",
    ["operation", "phase"],
    buckets=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
BACKEND_SECONDS = Summary(
    "examgraph_operation_backend_seconds", "Backend calls of operations, retries included.", ["operation", "backend"]
)


@dataclass(slots=True)
class Timings:
    """What was recorded, in seconds. Phases of one name are added up, and so are calls, though side by side."""

    phases: dict[str, float] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)  # of the calls, by backend


_timings: ContextVar[Timings | None] = ContextVar("timings", default=None)


@contextlib.contextmanager
def recording() -> Iterator[Timings]:
    """Record what happens inside, in tasks begun there too."""
    timings = Timings()
    token = _timings.set(timings)
    try:
        yield timings
    finally:
        _timings.reset(token)


def note_phase(phase: str, seconds: float) -> None:
    """A phase of the operation under way took so long."""
    _phase_seconds(operation.get(), phase).observe(seconds)
    timings = _timings.get()
    if timings is not None:
        timings.phases[phase] = timings.phases.get(phase, 0.0) + seconds


def note_call(backend: str) -> None:
    """A backend is being asked, or would be if its breaker let it."""
    timings = _timings.get()
    if timings is not None:
        timings.calls[backend] = timings.calls.get(backend, 0) + 1


def note_answer(backend: str, seconds: float) -> None:
    """A backend answered, or failed to."""
    _backend_seconds(operation.get(), backend).observe(seconds)
    timings = _timings.get()
    if timings is not None:
        timings.seconds[backend] = timings.seconds.get(backend, 0.0) + seconds


# Looking for a metric's labels costs more than counting. As few are kept as there are names, phases and backends.
@cache
def _phase_seconds(name: str, phase: str) -> Histogram:
    return PHASE_SECONDS.labels(name, phase)


@cache
def _backend_seconds(name: str, backend: str) -> Summary:
    return BACKEND_SECONDS.labels(name, backend)
