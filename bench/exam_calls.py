"""The exam store asked in this process: candidates processed a second, ours and by a script; names looked up apart."""

import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import uvloop

from bench.exam_script import process
from bench.exam_stores import PERIOD, SENDING_SCHOOL, opened, sent
from bench.figures import Pace
from bench.servers import Failed
from bench.workloads import SIGNING_KEY
from datasources.calls import Limits
from datasources.errors import BackendError
from datasources.exam_store.records import RegistrationStatus
from datasources.exam_store.settling import Name
from datasources.exam_store.store import ExamStore
from datasources.population_register import PopulationRegister

# Before a round counts: statements are compiled, connections open.
WARM_UP = 60
# Nobody else in the store has a serial number so high.
FIRST_SERIAL = 100_000

# Processes the registration with a reference.
Way = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Processed:
    """Candidates a second by round, looking up names aside; and milliseconds that looking up 1,000 names took."""

    ours: list[float] = field(default_factory=list)
    script: list[float] = field(default_factory=list)
    look_ups: list[float] = field(default_factory=list)


class _TimedRegister:
    """The population register, as the product asks it, and how long it took."""

    def __init__(self, register: PopulationRegister) -> None:
        self._register = register
        self.seconds = 0.0
        self.numbers = 0

    async def names_by_number(self, numbers: Sequence[str]) -> Mapping[str, Name]:
        began = time.perf_counter()
        found = await self._register.names_by_number(numbers)
        self.seconds += time.perf_counter() - began
        self.numbers += len(numbers)
        return {
            number: Name(name.first_name, name.last_name)
            for number, name in found.items()
            if not isinstance(name, BackendError)
        }


def processed_a_second(url: str, register_url: str, candidates: int, pace: Pace) -> Processed:
    """Registrations of so many candidates, processed in turn by ours and by a plain script. Raises Failed."""
    return uvloop.run(_processed_a_second(url, register_url, candidates, pace))


async def _processed_a_second(url: str, register_url: str, candidates: int, pace: Pace) -> Processed:
    async with contextlib.AsyncExitStack() as stack:
        register = PopulationRegister(register_url, SIGNING_KEY, Limits(deadline_seconds=20))
        register.open()
        stack.push_async_callback(register.close)
        timed = _TimedRegister(register)
        exams = opened(url, timed.names_by_number)
        stack.push_async_callback(exams.store.close)
        found, serial = Processed(), FIRST_SERIAL

        async def rate(count: int, do: Way) -> float:
            nonlocal serial
            reference = await sent(exams, serial, count)
            serial += count
            timed.seconds, timed.numbers = 0.0, 0
            began = time.perf_counter()
            await do(reference)
            return count / (time.perf_counter() - began - timed.seconds)

        async def by_us(_reference: str) -> None:
            await _process(exams)

        async def by_script(reference: str) -> None:
            await process(url, reference)

        ways: list[tuple[Way, list[float]]] = [(by_us, found.ours), (by_script, found.script)]
        for way, _ in ways:
            await rate(WARM_UP, way)
        for number in range(pace.rounds):
            for way, rates in ways[:: -1 if number % 2 else 1]:
                rates.append(await rate(candidates, way))
                if way is by_us:
                    found.look_ups.append(timed.seconds / timed.numbers * 1e6)
            pace.say(f"processing: round {number + 1} of {pace.rounds}, {candidates:,} candidates each")
        stored = (await exams.sittings.registered([(SENDING_SCHOOL, PERIOD)]))[SENDING_SCHOOL, PERIOD]
        there = sum(len(group.candidates) for exam in stored.exams for group in exam.groups)
        if there != serial - FIRST_SERIAL:
            raise Failed(f"of {serial - FIRST_SERIAL} candidates {there} are registered")
    return found


async def _process(exams: ExamStore) -> None:
    """Process the registration that waits. Raises Failed unless all of its candidates go in."""
    job = await exams.jobs.take()
    status = None if job is None else await exams.processor.process(job)
    if status is not RegistrationStatus.COMPLETED:
        raise Failed(f"a registration was not processed to its end: {status}")
