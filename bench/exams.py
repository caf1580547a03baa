"""Exams: candidates processed a second, a school's list in JSON and XML, and what a large registration costs."""

import contextlib
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.comparing import Rounds, compared, ratios_by_store, started, table_of_store
from bench.exam_calls import Processed, processed_a_second
from bench.exam_stores import EXAM_STORES, PERIOD, READ_SCHOOL, ExamStores, exam_stores
from bench.exam_upload import CANDIDATES, Uploaded, uploaded
from bench.figures import Found, Goal, Pace
from bench.servers import Server
from bench.workloads import EXAM_WORKLOADS, exam_requests

PROCESSED_IN_SHORT, PROCESSED_IN_FULL = 500, 5000


def measured(pace: Pace) -> Found:
    """Processing and a list in both stores; a large registration in a file. Raises Failed."""
    figures: dict[str, float] = {}
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        pace.say("filling exam stores, in SQLite and in PostgreSQL")
        stores = {store: stack.enter_context(exam_stores(store, Path(folder))) for store in EXAM_STORES}
        rounds = compared([each for store, urls in stores.items() for each in _servers(store, urls)],
                          EXAM_WORKLOADS, pace)  # fmt: skip
        if not pace.workloads:
            for found, told in (*_processing(stores, pace), *_upload(stores, pace)):
                figures |= found
                lines += told
    return Found(figures | ratios_by_store(rounds), goals(), "\n".join([*lines, *_tables(rounds)]))


def goals() -> dict[str, Goal]:
    """Every goal, by the name of its figure."""
    found: dict[str, Goal] = {}
    for store in EXAM_STORES:
        found[f"exam_processing_{store}_times_a_script"] = Goal(2)
        found[f"candidates_{store}_cpu_vs_driver"] = Goal(1.1)
        found[f"candidates_{store}_cpu_vs_core"] = Goal(0.7)
        found[f"candidates_xml_{store}_cpu_vs_driver"] = Goal(1.5)
    found["exam_upload_memory_times_body"] = Goal(3)
    return found


Told = tuple[dict[str, float], Sequence[str]]


def _processing(stores: Mapping[str, ExamStores], pace: Pace) -> Iterator[Told]:
    candidates = PROCESSED_IN_FULL if pace.is_full else PROCESSED_IN_SHORT
    register = Server("register", [sys.executable, "-m", "bench.serve.register"], {})
    with started([register]) as [running]:
        for store, urls in stores.items():
            if pace.wants_server(f"ours_{store}"):
                at = f"http://127.0.0.1:{running.ports['main']}/register"
                yield _told_of_processing(store, processed_a_second(urls.exams, at, candidates, pace))


def _told_of_processing(store: str, found: Processed) -> Told:
    times = statistics.median(script / ours for ours, script in zip(found.ours, found.script, strict=True))
    ours, script, look_ups = map(statistics.median, (found.ours, found.script, found.look_ups))
    figures = {
        f"exam_processing_{store}_times_a_script": times, f"exam_processing_{store}_rate": ours,
        f"exam_look_up_{store}_micros": look_ups,
    }  # fmt: skip
    return figures, [
        "", f"candidates processed, {store}, a commit each; looking up a name takes {look_ups:.0f} µs more",
        *(f"  {name:28} {rate:11.0f} a second" for name, rate in (("ours", ours), ("script", script))),
    ]  # fmt: skip


def _upload(stores: Mapping[str, ExamStores], pace: Pace) -> Iterator[Told]:
    if pace.wants_server("ours_upload"):
        found: Uploaded = uploaded(stores["sqlite"])
        figures = {
            "exam_upload_memory_times_body": found.memory_mib / found.mib, "exam_upload_seconds": found.seconds,
        }  # fmt: skip
        told = f"{found.mib:.1f} MiB in {found.seconds:.1f} s, {found.memory_mib:.1f} MiB of memory above idle"
        pace.say(f"a registration of {CANDIDATES:,} candidates: {told}")
        yield figures, ["", f"a registration of {CANDIDATES:,} candidates: {told}"]


def _servers(store: str, urls: ExamStores) -> Iterator[Server]:
    asked = exam_requests(READ_SCHOOL, PERIOD)
    of_variant: Mapping[str, Sequence[str]] = {"driver": EXAM_WORKLOADS, "core": ("candidates",)}
    yield Server(f"ours_{store}", [sys.executable, "-m", "bench.serve.exams_ours", urls.exams, urls.audit], asked)
    for variant, workloads in of_variant.items():
        command = [sys.executable, "-m", "bench.serve.exams_by_hand", variant, urls.exams, urls.audit]
        yield Server(f"{variant}_{store}", command, {name: asked[name] for name in workloads})


def _tables(rounds: Rounds) -> Sequence[str]:
    lines: list[str] = []
    for store in EXAM_STORES:
        for workload in EXAM_WORKLOADS:
            lines += table_of_store(f"exams: {workload}, {store}", rounds, store, workload)
    return lines
