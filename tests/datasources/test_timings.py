"""Recording where time goes: apart for each request, across its tasks, and not at all when nobody records."""

import asyncio

from datasources.calls import Calls, Limits
from datasources.errors import BackendUnavailable
from datasources.timings import Timings, note_answer, note_call, note_phase, recording


async def test_phases_and_calls_are_added_up() -> None:
    with recording() as timings:
        note_phase("parse", 0.25)
        note_phase("execute", 1.0)
        note_phase("execute", 0.5)
        for seconds in (0.125, 0.25):
            note_call("MEPS")
            note_answer("MEPS", seconds)
        note_call("CAMS")  # and no answer yet
    assert timings == Timings({"parse": 0.25, "execute": 1.5}, {"MEPS": 2, "CAMS": 1}, {"MEPS": 0.375})


async def test_what_tasks_do_is_recorded_where_they_were_begun() -> None:
    async def request(number: int) -> Timings:
        with recording() as timings:
            await asyncio.gather(*(asyncio.create_task(phase("execute", number)) for _ in range(number)))
        return timings

    async def phase(name: str, seconds: int) -> None:
        await asyncio.sleep(0)
        note_phase(name, seconds)

    found = await asyncio.gather(request(1), request(2), request(3))
    assert [timings.phases for timings in found] == [{"execute": 1}, {"execute": 4}, {"execute": 9}]


async def test_nothing_is_recorded_before_or_after() -> None:
    note_phase("parse", 1.0)
    with recording() as timings:
        pass
    note_phase("parse", 1.0)
    note_call("MEPS")
    note_answer("MEPS", 1.0)
    assert timings == Timings()


async def test_a_call_is_timed_however_it_ends() -> None:
    calls = Calls("TIMED", Limits(deadline_seconds=0.05))

    async def forever() -> None:
        await asyncio.Event().wait()

    async def refuse() -> None:
        raise BackendUnavailable("TIMED")

    with recording() as timings:
        await asyncio.gather(calls.read(forever), calls.read(refuse), return_exceptions=True)
        await calls.probe(refuse)
    assert timings.calls == {"TIMED": 3}
    assert timings.seconds["TIMED"] >= 0.05
