"""One call to a backend: its deadline, its retries, its breaker, its slot, its metrics."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from datasources.calls import (
    FAILURES,
    OUTCOMES,
    PROBE_SECONDS,
    RETRIES,
    Breaker,
    BreakerState,
    Calls,
    Health,
    Limits,
    Status,
    Ticket,
    Verdict,
    counting_calls,
    request_budget,
)
from datasources.errors import BackendError, BackendRefused, BackendTimeout, BackendUnavailable

CLOSED, HALF_OPEN, OPEN = BreakerState.CLOSED, BreakerState.HALF_OPEN, BreakerState.OPEN
GOOD, BAD, NOTHING = Verdict.GOOD, Verdict.BAD, Verdict.NOTHING
OPEN_SECONDS = 5.0
# For tests that wait for the deadline; the others should never see it, on whatever machine.
DEADLINE, NO_DEADLINE = 0.3, 30.0
# What a busy machine may add to a wait that is measured.
SLACK_SECONDS = 0.8


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(OPEN_SECONDS, clock)


def admitted(breaker: Breaker) -> Ticket:
    ticket = breaker.admit()
    assert ticket is not None
    return ticket


def say(breaker: Breaker, *verdicts: Verdict) -> None:
    for verdict in verdicts:
        breaker.settle(admitted(breaker), verdict)


def opened(breaker: Breaker) -> Breaker:
    say(breaker, *[BAD] * FAILURES)
    assert breaker.state is OPEN
    return breaker


# The breaker


def test_opens_at_the_fifth_bad_call_of_ten(breaker: Breaker) -> None:
    states = []
    for verdict in (BAD, GOOD, BAD, GOOD, BAD, GOOD, BAD, GOOD, GOOD, BAD):
        say(breaker, verdict)
        states.append(breaker.state)
    assert states == [CLOSED] * 9 + [OPEN]
    assert breaker.admit() is None


def test_forgets_calls_older_than_the_newest_ten(breaker: Breaker) -> None:
    say(breaker, *[BAD] * (FAILURES - 1), *[GOOD] * (OUTCOMES - FAILURES + 2), *[BAD] * (FAILURES - 2))
    assert breaker.state is CLOSED
    say(breaker, *[GOOD] * OUTCOMES, *[BAD] * (FAILURES - 1))
    assert breaker.state is CLOSED
    say(breaker, BAD)
    assert breaker.state is OPEN


def test_cancelled_calls_say_nothing(breaker: Breaker) -> None:
    say(breaker, *[BAD] * (FAILURES - 1), *[NOTHING] * 50)
    assert breaker.state is CLOSED
    say(breaker, BAD)  # they did not push the bad ones out of the window either
    assert breaker.state is OPEN


def test_open_until_its_seconds_are_over(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += OPEN_SECONDS - 0.001
    assert (breaker.state, breaker.admit()) == (OPEN, None)
    clock.now += 0.001
    assert breaker.state is HALF_OPEN


def test_half_open_lets_one_through(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += OPEN_SECONDS
    probe = admitted(breaker)
    assert probe.is_probe
    assert [breaker.admit() for _ in range(3)] == [None, None, None]
    assert breaker.state is HALF_OPEN


def test_a_good_probe_closes_and_forgets(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += OPEN_SECONDS
    say(breaker, GOOD)
    assert breaker.state is CLOSED
    say(breaker, *[BAD] * (FAILURES - 1))
    assert breaker.state is CLOSED


def test_a_bad_probe_opens_for_the_whole_time_again(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += OPEN_SECONDS + 3
    say(breaker, BAD)
    clock.now += OPEN_SECONDS - 0.001
    assert (breaker.state, breaker.admit()) == (OPEN, None)
    clock.now += 0.001
    say(breaker, GOOD)
    assert breaker.state is CLOSED


def test_a_cancelled_probe_leaves_it_to_the_next(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += OPEN_SECONDS
    say(breaker, NOTHING)
    assert breaker.state is HALF_OPEN
    assert admitted(breaker).is_probe


@pytest.mark.parametrize("late", [GOOD, BAD, NOTHING])
def test_late_calls_of_before_the_opening_change_nothing(breaker: Breaker, clock: Clock, late: Verdict) -> None:
    tickets = [admitted(breaker) for _ in range(3 * FAILURES)]
    opened(breaker)
    for ticket in tickets[:FAILURES]:
        breaker.settle(ticket, late)
    assert breaker.state is OPEN
    clock.now += OPEN_SECONDS
    probe = admitted(breaker)
    for ticket in tickets[FAILURES : 2 * FAILURES]:
        breaker.settle(ticket, late)
    assert (breaker.state, breaker.admit()) == (HALF_OPEN, None)
    breaker.settle(probe, GOOD)
    for ticket in tickets[2 * FAILURES :]:
        breaker.settle(ticket, late)
    say(breaker, *[BAD] * (FAILURES - 1))
    assert breaker.state is CLOSED


class BreakerAsDescribed(RuleBasedStateMachine):
    """Any order of calls, ends and waits, beside what the breaker's description says of it."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = Breaker(OPEN_SECONDS, self.clock)
        self.opened_at: float | None = None
        self.closings = 0
        self.said: list[Verdict] = []  # since it was last closed
        self.under_way: list[tuple[Ticket, int]] = []  # each with the closings before it

    @property
    def probes(self) -> int:
        return sum(ticket.is_probe for ticket, _ in self.under_way)

    @rule(count=st.integers(1, 2 * FAILURES))
    def admit(self, count: int) -> None:
        for _ in range(count):
            is_over = self.opened_at is not None and self.clock.now - self.opened_at >= OPEN_SECONDS
            is_probe = is_over and self.probes == 0
            ticket = self.breaker.admit()
            assert (ticket is not None) == (self.opened_at is None or is_probe)
            if ticket is not None:
                assert ticket.is_probe == is_probe
                self.under_way.append((ticket, self.closings))

    @rule(count=st.integers(1, 2 * FAILURES), newest=st.booleans(), verdict=st.sampled_from(Verdict))
    def settle(self, count: int, *, newest: bool, verdict: Verdict) -> None:
        for _ in range(min(count, len(self.under_way))):
            self._settle(*self.under_way.pop(-1 if newest else 0), verdict)

    def _settle(self, ticket: Ticket, closings: int, verdict: Verdict) -> None:
        self.breaker.settle(ticket, verdict)
        if ticket.is_probe and verdict is GOOD:
            self.opened_at, self.said, self.closings = None, [], self.closings + 1
        elif ticket.is_probe and verdict is BAD:
            self.opened_at = self.clock.now
        elif not ticket.is_probe and self.opened_at is None and closings == self.closings and verdict is not NOTHING:
            self.said.append(verdict)
            if self.said[-OUTCOMES:].count(BAD) >= FAILURES:
                self.opened_at = self.clock.now

    # The way to each state: rare among random verdicts.

    @precondition(lambda self: self.opened_at is None)
    @rule()
    def fail(self) -> None:
        while self.opened_at is None:
            self.admit(1)
            self.settle(1, newest=True, verdict=BAD)

    @precondition(lambda self: self.opened_at is not None and self.probes == 0)
    @rule()
    def recover(self) -> None:
        self.wait(OPEN_SECONDS)
        self.admit(1)
        self.settle(1, newest=True, verdict=GOOD)

    @rule(seconds=st.sampled_from([OPEN_SECONDS / 2, OPEN_SECONDS]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def has_the_state_that_follows(self) -> None:
        if self.opened_at is None:
            expected = CLOSED
        else:
            expected = OPEN if self.clock.now - self.opened_at < OPEN_SECONDS else HALF_OPEN
        assert self.breaker.state is expected


TestBreakerAsDescribed = BreakerAsDescribed.TestCase
TestBreakerAsDescribed.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


# A call


@dataclass
class Backend:
    """Answers each attempt as the script says, the last line again and again; None is an answer."""

    script: list[BackendError | Exception | None]
    attempts: int = 0

    async def ask(self) -> str:
        said = self.script[min(self.attempts, len(self.script) - 1)]
        self.attempts += 1
        if said is not None:
            raise said
        return "answer"


def unavailable(calls: Calls) -> BackendUnavailable:
    return BackendUnavailable(calls.backend)


@dataclass
class Metered:
    """What the metrics say of one backend, counted from when this was made."""

    backend: str
    before: dict[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before = self._samples()

    def _samples(self) -> dict[tuple[str, str], float]:
        return {
            (sample.name.removeprefix("examgraph_backend_"), sample.labels.get("outcome", "")): sample.value
            for metric in REGISTRY.collect()
            for sample in metric.samples
            if sample.labels.get("backend") == self.backend and sample.name.endswith(("_count", "_retries_total"))
        }

    @property
    def outcomes(self) -> dict[str, float]:
        """Calls by how they ended."""
        after = self._samples()
        changed = {key: value - self.before.get(key, 0) for key, value in after.items()}
        return {outcome: value for (name, outcome), value in changed.items() if name == "call_seconds_count" and value}

    @property
    def retries(self) -> float:
        key = ("retries_total", "")
        return self._samples().get(key, 0) - self.before.get(key, 0)

    @property
    def in_flight(self) -> float | None:
        return REGISTRY.get_sample_value("examgraph_backend_calls_in_flight", {"backend": self.backend})

    @property
    def is_open(self) -> float | None:
        return REGISTRY.get_sample_value("examgraph_backend_breaker_open", {"backend": self.backend})


@pytest.fixture
def calls(request: pytest.FixtureRequest, clock: Clock) -> Calls:
    """A backend of this test's own, whose breaker goes by the test's clock."""
    made = Calls(request.node.name, Limits(NO_DEADLINE, in_flight=3))
    made.breaker = Breaker(OPEN_SECONDS, clock)
    return made


@pytest.fixture
def hurried(calls: Calls) -> Calls:
    """The same, with a deadline that is soon over."""
    calls.limits = Limits(DEADLINE, in_flight=3)
    return calls


@pytest.fixture
def metered(calls: Calls) -> Metered:
    return Metered(calls.backend)


@contextlib.contextmanager
def takes(at_least: float, at_most: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert at_least <= time.monotonic() - started <= at_most + SLACK_SECONDS


async def forever() -> Any:
    await asyncio.Event().wait()


async def stubborn(may_stop: asyncio.Event) -> None:
    """Hangs, and does not stop at once when it is told to."""
    try:
        await forever()
    finally:
        await may_stop.wait()


async def failed(asked: Awaitable[Any]) -> tuple[type[Exception], str]:
    """How a call failed, in type and words."""
    with pytest.raises(BackendError) as raised:
        await asked
    return type(raised.value), raised.value.message


async def test_gives_the_answer(calls: Calls, metered: Metered) -> None:
    backend = Backend([None])
    assert await calls.read(backend.ask) == "answer"
    assert (backend.attempts, metered.outcomes, metered.retries) == (1, {"answered": 1}, 0)
    assert metered.in_flight == 0


async def test_asks_twice_more_when_it_cannot_be_reached(calls: Calls, metered: Metered) -> None:
    backend = Backend([unavailable(calls), unavailable(calls), None])
    assert await calls.read(backend.ask) == "answer"
    assert (backend.attempts, metered.outcomes, metered.retries) == (3, {"answered": 1}, 2)


async def test_asks_no_more_than_twice_again(calls: Calls, metered: Metered) -> None:
    backend = Backend([BackendUnavailable(calls.backend, "line cut")])
    with capture_logs() as logs:
        told = await failed(calls.read(backend.ask))
    assert told == (BackendUnavailable, f"{calls.backend} cannot be reached: line cut")
    assert (backend.attempts, metered.outcomes, metered.retries) == (1 + RETRIES, {"unavailable": 1}, 2)
    events = [{**entry, "at": "once"} for entry in logs if not entry["event"].startswith("stamina")]
    assert events == [
        {
            "event": "backend_unavailable", "log_level": "warning", "backend": calls.backend, "reason": "line cut",
            "at": "once",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("failure", "outcome"), [(BackendRefused, "refused"), (BackendTimeout, "timeout")], ids=["refused", "timeout"]
)
async def test_only_an_outage_is_asked_again(
    calls: Calls, metered: Metered, failure: type[BackendError], outcome: str
) -> None:
    backend = Backend([failure(calls.backend)])
    assert await failed(calls.read(backend.ask)) == (failure, f"{calls.backend} {failure.phrase}")
    assert (backend.attempts, metered.outcomes, metered.retries) == (1, {outcome: 1}, 0)


async def test_a_bug_passes_and_says_nothing_about_the_backend(calls: Calls, metered: Metered) -> None:
    backend = Backend([ZeroDivisionError()])
    for _ in range(2 * OUTCOMES):
        with pytest.raises(ZeroDivisionError):
            await calls.read(backend.ask)
    assert (backend.attempts, metered.retries, calls.breaker.state) == (2 * OUTCOMES, 0, CLOSED)


async def test_ends_at_the_deadline(hurried: Calls, metered: Metered) -> None:
    with capture_logs() as logs, takes(DEADLINE, DEADLINE):
        assert await failed(hurried.read(forever)) == (BackendTimeout, f"{hurried.backend} did not answer in time")
    assert metered.outcomes == {"timeout": 1}
    assert logs == [
        {"event": "backend_timeout", "log_level": "warning", "backend": hurried.backend, "waited_for_slot": False}
    ]


async def test_the_deadline_holds_for_all_attempts_together(hurried: Calls) -> None:
    attempts = 0

    async def ask() -> None:
        nonlocal attempts
        attempts += 1
        await asyncio.sleep(0.6 * DEADLINE)
        raise BackendUnavailable(hurried.backend)

    with takes(DEADLINE, DEADLINE):
        assert (await failed(hurried.read(ask)))[0] is BackendTimeout
    assert attempts == 2


async def test_is_not_held_up_by_what_does_not_stop(hurried: Calls, metered: Metered) -> None:
    may_stop = asyncio.Event()
    with takes(DEADLINE, DEADLINE):
        assert (await failed(hurried.read(lambda: stubborn(may_stop))))[0] is BackendTimeout
    assert metered.in_flight == 1  # it keeps its slot: the backend is still busy with it
    may_stop.set()
    await hurried.ended()
    assert metered.in_flight == 0


async def test_the_requests_own_time_shortens_the_deadline(calls: Calls) -> None:
    with takes(0.1, 0.1), request_budget(0.1):
        assert (await failed(calls.read(forever)))[0] is BackendTimeout


async def test_the_requests_own_time_does_not_lengthen_the_deadline(hurried: Calls) -> None:
    with takes(DEADLINE, DEADLINE), request_budget(60):
        assert (await failed(hurried.read(forever)))[0] is BackendTimeout


async def test_the_inner_of_two_budgets_does_not_lengthen_the_outer(calls: Calls) -> None:
    with takes(0.1, 0.1), request_budget(0.1), request_budget(60):
        assert (await failed(calls.read(forever)))[0] is BackendTimeout


async def test_a_request_without_time_left_waits_for_nothing(calls: Calls) -> None:
    with takes(0, 0), request_budget(0):
        assert (await failed(calls.read(forever)))[0] is BackendTimeout


async def test_no_more_calls_at_once_than_there_are_slots(calls: Calls, metered: Metered) -> None:
    under_way, most, gauge = 0, 0, 0.0

    async def ask() -> None:
        nonlocal under_way, most, gauge
        under_way += 1
        most, gauge = max(most, under_way), max(gauge, metered.in_flight or 0)
        await asyncio.sleep(0.01)
        under_way -= 1

    await asyncio.gather(*(calls.read(ask) for _ in range(20)))
    assert (most, gauge, metered.in_flight, metered.outcomes) == (3, 3, 0, {"answered": 20})


async def test_cancelled_calls_give_their_slots_back(calls: Calls, metered: Metered) -> None:
    asked = [asyncio.create_task(calls.read(forever)) for _ in range(8)]  # three ask, five wait
    await asyncio.sleep(0)
    for order in (4, 0, 7, 1, 2, 3, 5, 6):
        asked[order].cancel()
        await asyncio.sleep(0)
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(end) for end in ended] == [asyncio.CancelledError] * 8
    assert metered.outcomes == {"cancelled": 8}
    await calls.ended()
    assert metered.in_flight == 0
    await test_no_more_calls_at_once_than_there_are_slots(calls, Metered(calls.backend))


async def test_metrics_name_each_outcome(calls: Calls, metered: Metered) -> None:
    await calls.read(Backend([None]).ask)
    await failed(calls.read(Backend([BackendRefused(calls.backend)]).ask))
    await failed(calls.read(Backend([unavailable(calls)]).ask))
    with request_budget(0.1):
        await failed(calls.read(forever))
    cancelled = asyncio.create_task(calls.read(forever))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    for _ in range(FAILURES):
        await failed(calls.read(Backend([BackendTimeout(calls.backend)]).ask))
    assert metered.outcomes == {
        "answered": 1, "refused": 1, "unavailable": 1, "timeout": 1 + 4, "cancelled": 1, "breaker_open": 1,
    }  # fmt: skip


# A call and its breaker


async def fail_often(calls: Calls, ask: Callable[[], Awaitable[Any]], times: int = FAILURES) -> None:
    await asyncio.gather(*(failed(calls.read(ask)) for _ in range(times)))


async def test_outages_open_the_breaker_and_then_cost_nothing(calls: Calls, metered: Metered) -> None:
    backend = Backend([unavailable(calls)])
    with capture_logs() as logs:
        await fail_often(calls, backend.ask)
    assert (calls.breaker.state, metered.is_open) == (OPEN, 1)
    changes = [entry for entry in logs if entry["event"] == "breaker_changed"]
    assert changes == [
        {"event": "breaker_changed", "log_level": "warning", "backend": calls.backend, "state": "OPEN"}
    ]  # fmt: skip
    attempts = backend.attempts
    told = await failed(calls.read(backend.ask))
    message = f"{calls.backend} cannot be reached: it kept failing and is being left alone for a moment"
    assert told == (BackendUnavailable, message)
    assert backend.attempts == attempts
    assert metered.outcomes == {"unavailable": FAILURES, "breaker_open": 1}


async def test_after_its_seconds_one_call_tries_and_closes_it(calls: Calls, metered: Metered, clock: Clock) -> None:
    await fail_often(calls, Backend([unavailable(calls)]).ask)
    clock.now += OPEN_SECONDS
    may_answer = asyncio.Event()
    probing = asyncio.create_task(calls.read(may_answer.wait))
    await asyncio.sleep(0)
    others = Backend([None])
    assert (await failed(calls.read(others.ask)))[0] is BackendUnavailable
    assert (others.attempts, calls.breaker.state) == (0, HALF_OPEN)
    may_answer.set()
    assert await probing
    assert (calls.breaker.state, metered.is_open) == (CLOSED, 0)
    assert await calls.read(others.ask) == "answer"


async def test_timeouts_open_the_breaker(hurried: Calls) -> None:
    await fail_often(hurried, forever, times=3)
    assert hurried.breaker.state is CLOSED
    await fail_often(hurried, forever, times=2)
    assert hurried.breaker.state is OPEN


async def test_slow_answers_open_the_breaker(calls: Calls, metered: Metered) -> None:
    calls.limits = Limits(deadline_seconds=2)

    async def slow() -> str:
        await asyncio.sleep(1.61)  # over four fifths of the deadline, and well before it
        return "answer"

    await fail_often(calls, Backend([unavailable(calls)]).ask, times=FAILURES - 1)
    assert calls.breaker.state is CLOSED
    assert await calls.read(slow) == "answer"
    assert (calls.breaker.state, metered.outcomes) == (OPEN, {"unavailable": FAILURES - 1, "answered": 1})


async def test_refusals_are_good(calls: Calls) -> None:
    await fail_often(calls, Backend([unavailable(calls)]).ask, times=FAILURES - 1)
    await fail_often(calls, Backend([BackendRefused(calls.backend)]).ask, times=OUTCOMES)
    assert calls.breaker.state is CLOSED
    await fail_often(calls, Backend([unavailable(calls)]).ask, times=FAILURES - 1)  # they pushed the outages out
    assert calls.breaker.state is CLOSED


async def test_waiting_for_a_slot_says_nothing(hurried: Calls) -> None:
    may_stop = asyncio.Event()
    with capture_logs() as logs:
        await fail_often(hurried, lambda: stubborn(may_stop), times=3 + 20)  # three ask and are late, twenty only wait
    waited = [entry["waited_for_slot"] for entry in logs if entry["event"] == "backend_timeout"]
    assert (waited.count(False), waited.count(True)) == (3, 20)
    assert hurried.breaker.state is CLOSED
    may_stop.set()
    await hurried.ended()


async def test_a_request_with_little_time_says_nothing(calls: Calls) -> None:
    with request_budget(0.1):
        await fail_often(calls, forever, times=3)
        await fail_often(calls, forever, times=20)
    assert calls.breaker.state is CLOSED


async def test_cancellation_says_nothing(calls: Calls, clock: Clock) -> None:
    asked = [asyncio.create_task(calls.read(forever)) for _ in range(3 * FAILURES)]
    await asyncio.sleep(0)
    for task in asked:
        task.cancel()
    await asyncio.wait(asked)
    assert calls.breaker.state is CLOSED
    await fail_often(calls, Backend([unavailable(calls)]).ask)
    clock.now += OPEN_SECONDS
    probing = asyncio.create_task(calls.read(forever))
    await asyncio.sleep(0)
    probing.cancel()
    await asyncio.wait([probing])
    assert await calls.read(Backend([None]).ask) == "answer"  # the next one may try
    assert calls.breaker.state is CLOSED


# A probe


async def test_a_probe_asks_whatever_the_breaker_thinks(calls: Calls) -> None:
    await fail_often(calls, Backend([unavailable(calls)]).ask)
    backend = Backend([None])
    found = await calls.probe(backend.ask)
    assert found.latency_ms is not None
    assert found == Health(calls.backend, Status.UP, found.latency_ms, OPEN)
    assert (backend.attempts, calls.breaker.state) == (1, OPEN)


@pytest.mark.parametrize("failure", [BackendUnavailable, BackendRefused, BackendTimeout])
async def test_a_probe_tells_who_is_down_and_is_not_repeated(calls: Calls, failure: type[BackendError]) -> None:
    backend = Backend([failure(calls.backend)])
    found = [await calls.probe(backend.ask) for _ in range(FAILURES)]
    assert found == [Health(calls.backend, Status.DOWN, latency_ms=None, breaker=CLOSED)] * FAILURES
    assert (backend.attempts, calls.breaker.state) == (FAILURES, CLOSED)


async def test_a_probe_of_what_hangs_ends(calls: Calls) -> None:
    with takes(PROBE_SECONDS, PROBE_SECONDS):
        found = await calls.probe(forever)
    assert found == Health(calls.backend, Status.DOWN, latency_ms=None, breaker=CLOSED)
    with takes(0.1, 0.1), request_budget(0.1):
        assert await calls.probe(forever) == found


async def test_a_probe_does_not_wait_for_a_slot(calls: Calls) -> None:
    asked = [asyncio.create_task(calls.read(forever)) for _ in range(3)]
    await asyncio.sleep(0)
    assert (await calls.probe(Backend([None]).ask)).status is Status.UP
    for task in asked:
        task.cancel()
    await asyncio.wait(asked)


# Counting


async def test_counts_calls_by_backend_not_attempts(calls: Calls) -> None:
    other = Calls(f"{calls.backend} other", Limits())
    await calls.read(Backend([None]).ask)  # before it counts
    with counting_calls() as counted:
        await failed(calls.read(Backend([unavailable(calls)]).ask))
        await asyncio.gather(*(other.read(Backend([None]).ask) for _ in range(3)))
        await calls.probe(Backend([None]).ask)
    await calls.read(Backend([None]).ask)  # after
    assert counted == {calls.backend: 2, other.backend: 3}


async def test_counts_calls_that_the_breaker_refuses(calls: Calls) -> None:
    await fail_often(calls, Backend([unavailable(calls)]).ask)
    with counting_calls() as counted:
        await failed(calls.read(forever))
    assert counted == {calls.backend: 1}


async def test_requests_side_by_side_count_apart(calls: Calls) -> None:
    async def request(number: int) -> dict[str, int]:
        with counting_calls() as counted:
            for _ in range(number):
                await calls.read(Backend([None]).ask)
        return counted

    found = await asyncio.gather(*(asyncio.create_task(request(number)) for number in (1, 2, 3)))
    assert found == [{calls.backend: 1}, {calls.backend: 2}, {calls.backend: 3}]
