"""How one call to a backend is made: deadline, retries, circuit breaker, calls in flight, metrics."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any, TypeVar

import stamina
import structlog
from prometheus_client import Counter, Gauge, Histogram

from datasources.errors import BackendError, BackendRefused, BackendTimeout, BackendUnavailable, ServiceError
from datasources.timings import note_answer, note_call, recording

Answer = TypeVar("Answer")

# A caller's code that follows its request to each backend and into each log line.
transaction_id: ContextVar[str] = ContextVar("transaction_id", default="")
_request_ends_at: ContextVar[float] = ContextVar("request_ends_at", default=float("inf"))

# At most two retries of a read: the old services promised no more.
RETRIES = 2
# The breaker looks at this many of the newest calls, and opens when at least FAILURES of them failed.
OUTCOMES = 10
FAILURES = 5
# A success that used this part of its deadline is counted as a failure: a backend about to drown says so first.
SLOW_PART = 0.8
PROBE_SECONDS = 1.5
# Probes under way at once, beside the calls: strangers may ask for a status as often as they like.
PROBES = 2

CALL_SECONDS = Histogram("examgraph_backend_call_seconds", "Seconds a call took, retries too.", ["backend", "outcome"])
RETRIED = Counter("examgraph_backend_retries_total", "Attempts beyond the first.", ["backend"])
IN_FLIGHT = Gauge("examgraph_backend_calls_in_flight", "Calls under way now.", ["backend"], multiprocess_mode="livesum")
BREAKER_OPEN = Gauge(
    "examgraph_backend_breaker_open", "1 while calls are refused unasked.", ["backend"], multiprocess_mode="livemax"
)

LEFT_ALONE = "it kept failing and is being left alone for a moment"
logger = structlog.get_logger(__name__)


@contextlib.contextmanager
def request_budget(seconds: float) -> Iterator[None]:
    """Bound what every backend call made inside may take, to what is left of the request's own time."""
    token = _request_ends_at.set(min(_request_ends_at.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _request_ends_at.reset(token)


@contextlib.contextmanager
def counting_calls() -> Iterator[dict[str, int]]:
    """Count the calls made inside, by backend."""
    with recording() as timings:
        yield timings.calls


class Status(Enum):
    """Whether a server answers."""

    UP = "UP"
    DOWN = "DOWN"


class BreakerState(Enum):
    """Whether a backend is asked."""

    CLOSED = "CLOSED"
    HALF_OPEN = "HALF_OPEN"
    OPEN = "OPEN"


class Verdict(Enum):
    """What one call said about its backend."""

    GOOD = "good"
    BAD = "bad"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to make one call. `openings` is how often the breaker had opened by then."""

    is_probe: bool
    openings: int


class Breaker:
    """Stops asking a backend that keeps failing; after a while lets one call through to see.

    Outages, timeouts and slow calls are bad; refusals are good, because a backend that refuses is alive. A call that
    was cancelled, or never got to ask, says nothing; nor does one that was admitted before the breaker last opened,
    because it tells of a time that is over.
    """

    def __init__(self, open_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._open_seconds = open_seconds
        self._clock = clock
        self._verdicts: deque[Verdict] = deque(maxlen=OUTCOMES)
        self._opened_at: float | None = None
        self._openings = 0
        self._is_probing = False

    @property
    def state(self) -> BreakerState:
        if self._opened_at is None:
            return BreakerState.CLOSED
        if self._clock() - self._opened_at < self._open_seconds:
            return BreakerState.OPEN
        return BreakerState.HALF_OPEN

    def admit(self) -> Ticket | None:
        """Leave to call, or None. When half open the first asker probes, all others are refused until it is back."""
        state = self.state
        if state is BreakerState.CLOSED:
            return Ticket(is_probe=False, openings=self._openings)
        if state is BreakerState.OPEN or self._is_probing:
            return None
        self._is_probing = True
        return Ticket(is_probe=True, openings=self._openings)

    def settle(self, ticket: Ticket, verdict: Verdict) -> None:
        """Every admitted call ends here."""
        if ticket.is_probe:
            self._is_probing = False
            if verdict is Verdict.GOOD:
                self._opened_at = None
                self._verdicts.clear()
            elif verdict is Verdict.BAD:
                self._opened_at = self._clock()
        elif ticket.openings == self._openings and verdict is not Verdict.NOTHING:
            self._verdicts.append(verdict)
            if self._verdicts.count(Verdict.BAD) >= FAILURES:
                self._opened_at = self._clock()
                self._openings += 1


@dataclass(frozen=True, slots=True)
class Limits:
    """What one backend may cost: `deadline_seconds` a call, retries included, and `in_flight` calls at once."""

    deadline_seconds: float = 1.5
    in_flight: int = 8
    breaker_open_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Health:
    """What a probe of a backend found. `latency_ms`, in milliseconds, is None when it did not answer."""

    name: str
    status: Status
    latency_ms: float | None
    breaker: BreakerState


# What a backend's failure is called in the metrics, and what it says about the backend.
FAILED = {
    BackendUnavailable: ("unavailable", Verdict.BAD),
    BackendTimeout: ("timeout", Verdict.BAD),
    BackendRefused: ("refused", Verdict.GOOD),
}


@dataclass(slots=True)
class _Call:
    """How one call went so far. `asked_at` is None while it waits for a slot."""

    started_at: float = field(default_factory=time.monotonic)
    asked_at: float | None = None
    outcome: str = "cancelled"
    verdict: Verdict = Verdict.NOTHING


class Calls:
    """The way to one backend. Everything that asks it goes through here."""

    def __init__(self, backend: str, limits: Limits) -> None:
        self.backend = backend
        self.limits = limits
        self.breaker = Breaker(limits.breaker_open_seconds)
        self._slots = asyncio.Semaphore(limits.in_flight)
        self._probe_slots = asyncio.Semaphore(PROBES)
        # Each task that asks, with the future that wakes who waits for it.
        self._under_way: dict[asyncio.Task[Any], asyncio.Future[None]] = {}
        # Looking up labels costs more than counting.
        self._call_seconds = cache(lambda outcome: CALL_SECONDS.labels(backend, outcome))
        self._in_flight = IN_FLIGHT.labels(backend)
        self._breaker_open = BREAKER_OPEN.labels(backend)
        self._retried = RETRIED.labels(backend)

    async def read(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """Ask, at most `RETRIES` times again when the backend cannot be reached, all within the deadline.

        Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """
        return await self._made(ask, attempts=1 + RETRIES)

    async def write(self, ask: Callable[[], Awaitable[Answer]], *, is_repeatable: bool = False) -> Answer:
        """Ask once; as often as a read when asking twice does what asking once does.

        Raises as `read`, after which it is not known whether it was done; and whatever else `ask` raises, as an answer.
        """
        return await self._made(ask, attempts=1 + RETRIES if is_repeatable else 1)

    async def _made(self, ask: Callable[[], Awaitable[Answer]], attempts: int) -> Answer:
        note_call(self.backend)
        ticket = self._admitted()
        call = _Call()
        try:
            answer = await self._in_time(self._in_slot(ask, call, attempts), self.limits.deadline_seconds)
            call.outcome, call.verdict = "answered", Verdict.BAD if self._is_slow(call) else Verdict.GOOD
            return answer
        except TimeoutError:
            # Only a call that had its full time tells that the backend is slow: not one that waited for a slot, nor
            # one whose request had little time left.
            call.outcome, call.verdict = "timeout", Verdict.BAD if self._is_slow(call) else Verdict.NOTHING
            logger.warning("backend_timeout", backend=self.backend, waited_for_slot=call.asked_at is None)
            raise BackendTimeout(self.backend) from None
        except BackendError as error:
            call.outcome, call.verdict = FAILED[type(error)]
            happened = f"backend_{call.outcome}"
            logger.warning(happened, backend=self.backend, **error.told)
            raise
        except ServiceError:
            call.outcome, call.verdict = "answered", Verdict.GOOD
            raise
        finally:
            self._settle(ticket, call.verdict)
            self._call_seconds(call.outcome).observe(seconds := time.monotonic() - call.started_at)
            note_answer(self.backend, seconds)

    async def probe(self, ask: Callable[[], Awaitable[object]]) -> Health:
        """Really ask once, whatever the breaker thinks, and say how it went. Never raises for a failing backend."""
        note_call(self.backend)
        started = time.monotonic()
        try:
            await self._in_time(self._in_probe_slot(ask), PROBE_SECONDS)
        except (BackendError, TimeoutError) as error:
            told = error.told if isinstance(error, BackendError) else {"reason": "no answer in time"}
            logger.warning("backend_down", backend=self.backend, **told)
            return Health(self.backend, Status.DOWN, None, self.breaker.state)
        finally:
            note_answer(self.backend, time.monotonic() - started)
        return Health(self.backend, Status.UP, round((time.monotonic() - started) * 1000, 3), self.breaker.state)

    async def ended(self) -> None:
        """Wait until no call is under way any more, nor stopping."""
        if self._under_way:  # not by gather, which would stop them when it is itself told to
            await asyncio.wait(self._under_way)

    def _admitted(self) -> Ticket:
        ticket = self.breaker.admit()
        if ticket is None:
            self._call_seconds("breaker_open").observe(0)
            raise BackendUnavailable(self.backend, LEFT_ALONE)
        return ticket

    async def _in_time(self, asked: Coroutine[Any, Any, Answer], seconds: float) -> Answer:
        """The answer, if it comes within `seconds` and the request's own time. Raises TimeoutError.

        What does not come in time, or is not wanted any more, is told to stop, and is not waited for: a driver may
        take seconds to give up a connection to a server that hangs, and keeps its slot until then. Hence a task for
        it, and a future beside the task to wait for.
        """
        loop = asyncio.get_running_loop()
        asking = loop.create_task(asked)
        ended = self._under_way[asking] = loop.create_future()
        asking.add_done_callback(self._ended)
        alarm = loop.call_later(min(seconds, self._seconds_left()), _wake, ended)
        try:
            await ended
        finally:
            alarm.cancel()
            asking.cancel()
        if not asking.done():
            raise TimeoutError
        return asking.result()

    def _ended(self, asking: asyncio.Task[Any]) -> None:
        _wake(self._under_way.pop(asking))
        if not asking.cancelled():
            asking.exception()  # looked at, or asyncio reports one that nobody waited for

    async def _in_probe_slot(self, ask: Callable[[], Awaitable[object]]) -> None:
        async with self._probe_slots:
            await ask()

    async def _in_slot(self, ask: Callable[[], Awaitable[Answer]], call: _Call, attempts: int) -> Answer:
        async with self._slots:
            call.asked_at = time.monotonic()
            self._in_flight.inc()
            try:
                return await self._with_retries(ask, attempts)
            finally:
                self._in_flight.dec()

    async def _with_retries(self, ask: Callable[[], Awaitable[Answer]], attempts: int) -> Answer:
        try:
            return await ask()
        except BackendUnavailable as error:
            failure = error
        # Only now, because its context costs more than most answers. To it, what failed was the first attempt.
        async for attempt in stamina.retry_context(
            on=BackendUnavailable, attempts=attempts, timeout=None, wait_initial=0.02, wait_max=0.1, wait_jitter=0.02
        ):
            with attempt:
                if attempt.num == 1:
                    raise failure
                self._retried.inc()
                return await ask()
        raise AssertionError  # stamina either returns the answer or raises the last error

    def _is_slow(self, call: _Call) -> bool:
        return call.asked_at is not None and time.monotonic() - call.asked_at > SLOW_PART * self.limits.deadline_seconds

    def _settle(self, ticket: Ticket, verdict: Verdict) -> None:
        was = self.breaker.state
        self.breaker.settle(ticket, verdict)
        now = self.breaker.state
        if (was is BreakerState.CLOSED) != (now is BreakerState.CLOSED):
            logger.warning("breaker_changed", backend=self.backend, state=now.value)
            self._breaker_open.set(0 if now is BreakerState.CLOSED else 1)

    def _seconds_left(self) -> float:
        return max(0.0, _request_ends_at.get() - time.monotonic())


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
