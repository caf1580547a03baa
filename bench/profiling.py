"""Where our server's CPU time goes under one workload: `python -m bench.profiling memory page`.

Prints microseconds a request by function, and leaves the stacks in a file that flame graphs are drawn from.
"""

import argparse
import contextlib
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

from bench.comparing import started
from bench.event_stores import event_stores
from bench.events import SMALL
from bench.exam_stores import PERIOD, READ_SCHOOL, exam_stores
from bench.learning_stores import learning_stores
from bench.records import made_records
from bench.result_workloads import RESULT_WORKLOADS
from bench.results import ours
from bench.sampling import VARIABLE
from bench.sandbox import filled
from bench.servers import ROOT, Failed, Load, Measured, Server
from bench.stores import STORES, url_of
from bench.workloads import (
    EVENT_WORKLOADS,
    EXAM_WORKLOADS,
    LEARNING_WORKLOADS,
    WORKLOADS,
    LearnerKeys,
    event_requests,
    exam_requests,
    graphql_requests,
    learning_requests,
)

TOLD = 30
OF_THE_PRODUCT = (*RESULT_WORKLOADS, *EVENT_WORKLOADS, *EXAM_WORKLOADS, *LEARNING_WORKLOADS)
FEW_LEARNERS = 500
FRAME = re.compile(r"(?P<function>.+) \((?P<file>.+):\w+\)")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.profiling", description=__doc__)
    parser.add_argument("store", choices=STORES)
    parser.add_argument("workload", choices=(*WORKLOADS, *OF_THE_PRODUCT))
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--stacks", type=Path, default=Path(tempfile.gettempdir()) / "examgraph-stacks.txt")
    asked = parser.parse_args()
    if asked.workload in OF_THE_PRODUCT and asked.store == "memory":
        parser.error(f"{asked.workload} is asked from sqlite and postgres only")
    try:
        measured = _loaded(asked.store, asked.workload, asked.seconds, asked.stacks)
    except Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    print(f"{measured.cpu_micros:.0f} µs of CPU a request, {measured.rate:.0f} requests a second")
    own, below = _counted(asked.stacks)
    for title, counted in (("in the function itself", own), ("in the function and all it calls", below)):
        print(f"\nµs {title}")
        for name, count in counted.most_common(TOLD):
            print(f"  {count / own.total() * measured.cpu_micros:8.1f}  {name}")
    print(f"\nstacks: {asked.stacks}")
    return 0


def _loaded(store: str, workload: str, seconds: float, stacks: Path) -> Measured:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        sampled = {VARIABLE: str(stacks)}
        if workload in RESULT_WORKLOADS:
            server = ours(stack.enter_context(filled(Path(folder))), store, sampled)
        elif workload in EVENT_WORKLOADS:
            (url,) = stack.enter_context(event_stores(store, Path(folder), (SMALL,)))
            command = [sys.executable, "-m", "bench.serve.events_ours", url]
            server = Server(f"ours_{store}", command, event_requests(), sampled)
        elif workload in EXAM_WORKLOADS:
            stores = stack.enter_context(exam_stores(store, Path(folder)))
            command = [sys.executable, "-m", "bench.serve.exams_ours", stores.exams, stores.audit]
            server = Server(f"ours_{store}", command, exam_requests(READ_SCHOOL, PERIOD), sampled)
        elif workload in LEARNING_WORKLOADS:
            (url,) = stack.enter_context(learning_stores(store, Path(folder), (FEW_LEARNERS,)))
            keys = LearnerKeys.made(Path(folder) / "learners.pem")
            command = [sys.executable, "-m", "bench.serve.learning_ours", url, str(keys.public)]
            server = Server(f"ours_{store}", command, learning_requests(keys), sampled)
        else:
            url = stack.enter_context(url_of(store, Path(folder), made_records()))
            command = [sys.executable, "-m", "bench.serve.ours", store, *filter(None, [url])]
            server = Server(f"ours_{store}", command, graphql_requests(), sampled)
        load = stack.enter_context(contextlib.closing(Load()))
        with started([server]) as [running]:
            return load.measured(running, workload, seconds)


def _counted(stacks: Path) -> tuple[Counter[str], Counter[str]]:
    """Samples by function: where it was, and all that were under way."""
    own: Counter[str] = Counter()
    below: Counter[str] = Counter()
    for line in stacks.read_text("utf-8").splitlines():
        stack, _, count = line.rpartition(" ")
        names = [FRAME.sub(_short, frame) for frame in stack.split(";")]
        own[names[-1]] += int(count)
        below.update(dict.fromkeys(names, int(count)))
    return own, below


def _short(frame: re.Match[str]) -> str:
    path = Path(frame["file"])
    is_ours = path.is_relative_to(ROOT) and "site-packages" not in path.parts
    where = path.relative_to(ROOT) if is_ours else Path(*path.parts[-3:])
    return f"{where}:{frame['function']}"


if __name__ == "__main__":
    sys.exit(main())
