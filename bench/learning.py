"""Learning: what each call costs in a store of any size, and two of them over HTTP against servers by hand."""

import contextlib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.comparing import Rounds, compared, ratios_by_store, started, table_of_store
from bench.figures import Found, Goal, Pace
from bench.learning_calls import CALLS, call_milliseconds
from bench.learning_load import mixed_load
from bench.learning_stores import LEARNING_STORES, learning_stores
from bench.servers import Server
from bench.workloads import LEARNING_WORKLOADS, LearnerKeys, learning_requests

SMALL_IN_SHORT, LARGE_IN_SHORT = 500, 10_000
SMALL_IN_FULL, LARGE_IN_FULL = 10_000, 1_000_000
TIMES_IN_SHORT, TIMES_IN_FULL = 60, 300
LOAD_SECONDS = 120.0
FLAT_MIB = 8
PEERS = {"view_update": ("starlette",), "summary_list": ("starlette", "fastapi")}


def measured(pace: Pace) -> Found:
    """Both stores: their calls, and the servers over the small one. Raises Failed."""
    sizes = (SMALL_IN_FULL, LARGE_IN_FULL) if pace.is_full else (SMALL_IN_SHORT, LARGE_IN_SHORT)
    figures: dict[str, float] = {"learning_learners": float(sizes[1])}
    lines: list[str] = []
    servers: list[Server] = []
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        keys = LearnerKeys.made(folder / "learners.pem")
        for store in LEARNING_STORES:
            pace.say(f"filling {store} with {sizes[0]:,} and {sizes[1]:,} learners")
            urls = stack.enter_context(learning_stores(store, folder, sizes))
            if pace.wants_server(f"ours_{store}") and not pace.workloads:
                found, told = _calls(store, dict(zip(sizes, urls, strict=True)), pace)
                figures |= found
                lines += told
            servers += _servers(store, urls[0], keys)
        rounds = compared(servers, LEARNING_WORKLOADS, pace)
        if pace.is_full:
            with started([server for server in servers if server.name == "ours_postgres"]) as [running]:
                load = mixed_load(running, keys, sizes[0], LOAD_SECONDS)
            figures |= {"learning_load_memory_mib": load.growth_mib, "learning_load_rate": load.rate}
            lines += ["", load.told]
    return Found(figures | ratios_by_store(rounds), goals(), "\n".join([*lines, *_tables(rounds)]))


def goals() -> dict[str, Goal]:
    """Every goal, by the name of its figure."""
    found = {f"learning_{store}_{name}_large_vs_small": Goal(1.5) for store in LEARNING_STORES for name in CALLS}
    for store in LEARNING_STORES:
        found[f"view_update_{store}_cpu_vs_starlette"] = Goal(1.5)
        found[f"summary_list_{store}_cpu_vs_fastapi"] = Goal(0.95)
    return {**found, "learning_load_memory_mib": Goal(FLAT_MIB)}


def _calls(store: str, urls: Mapping[int, str], pace: Pace) -> tuple[dict[str, float], Sequence[str]]:
    times = TIMES_IN_FULL if pace.is_full else TIMES_IN_SHORT
    found = call_milliseconds(urls, times)
    pace.say(f"calls, {store}: {len(found)} kinds, {times} of each")
    small, large = urls
    figures = {f"learning_{store}_{name}_large_vs_small": taken[large] / taken[small] for name, taken in found.items()}
    lines = ["", f"learning: milliseconds of a call, {store}, of {small:,} learners and of {large:,}"]
    lines += [f"  {name:12} {taken[small]:9.3f} {taken[large]:9.3f}" for name, taken in found.items()]
    return figures, lines


def _servers(store: str, url: str, keys: LearnerKeys) -> list[Server]:
    asked = learning_requests(keys)
    ours = Server(f"ours_{store}", [sys.executable, "-m", "bench.serve.learning_ours", url, str(keys.public)], asked)
    by_hand = []
    for framework in ("starlette", "fastapi"):
        command = [sys.executable, "-m", "bench.serve.learning_by_hand", framework, url, str(keys.public)]
        wanted = {name: asked[name] for name, peers in PEERS.items() if framework in peers}
        by_hand.append(Server(f"{framework}_{store}", command, wanted))
    return [ours, *by_hand]


def _tables(rounds: Rounds) -> Sequence[str]:
    lines: list[str] = []
    for store in LEARNING_STORES:
        for workload in LEARNING_WORKLOADS:
            lines += table_of_store(f"learning: {workload}, {store}", rounds, store, workload)
    return lines
