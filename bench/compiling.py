"""How long an operation of 200 fields takes the first time."""

import asyncio
import statistics
import sys
import time

import orjson

from bench.figures import Found, Goal, Pace
from bench.records import Memory, made_records
from bench.serve.ours import make_service
from bench.servers import output_of
from bench.workloads import EVENT_FIELDS, SCOPE
from resolvers.access import Viewer

TIMES = 15
LATER_RUNS = 5
GOALS = {"compile_200_fields_ms": Goal(20)}


def measured(pace: Pace) -> Found:
    """In a process of its own, whose first executions are nobody else's. Raises Failed."""
    pace.say("compiling an operation of 200 fields")
    figures: dict[str, float] = orjson.loads(output_of([sys.executable, "-m", "bench.compiling"]))
    return Found(figures, GOALS, "\n".join(f"{name:28} {value:8.2f}" for name, value in figures.items()))


def document(number: int) -> str:
    """Thirteen lists of fourteen fields, and an object of four more: 200 fields under names that no other has."""
    lists = " ".join(f"list{number}x{place}: events(first: 1) {{ {EVENT_FIELDS} }}" for place in range(13))
    return f'{{ {lists} event(id: "event-0001") {{ id event cost createdOn }} }}'


async def figures_of_process() -> dict[str, float]:
    """Medians: preparing (parse, validate, limits), and the first execution beyond what a later one takes."""
    service = make_service(Memory(made_records()))
    viewer = Viewer("bench", frozenset({SCOPE}))
    prepared, compiled = [], []
    for number in range(TIMES):
        started = time.perf_counter()
        asked = service.documents.prepared(document(number))
        prepared.append(time.perf_counter() - started)
        runs = []
        for _ in range(1 + LATER_RUNS):
            with service.context(viewer) as context:
                started = time.perf_counter()
                answer = await service.engine.run(asked, None, {}, context)
                runs.append(time.perf_counter() - started)
            if answer.errors:
                raise answer.errors[0]
        compiled.append(runs[0] - statistics.median(runs[1:]))
    return {
        "prepare_200_fields_ms": statistics.median(prepared) * 1000,
        "compile_200_fields_ms": statistics.median(compiled) * 1000,
    }


if __name__ == "__main__":
    sys.stdout.write(orjson.dumps(asyncio.run(figures_of_process())).decode())
