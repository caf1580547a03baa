"""The product's own routes and graph over HTTP, from SQLite and from PostgreSQL, against servers written by hand."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson

from bench.comparing import Rounds, compared, ratios_by_store, table_of_store
from bench.figures import Found, Goal, Pace
from bench.result_workloads import RESULT_WORKLOADS, ROUTES, by_hand_request, graphql_request, route_requests
from bench.sandbox import Filled, filled
from bench.servers import Server
from bench.workloads import Request

# The bare driver of each database.
BARE = {"sqlite": "aiosqlite", "postgres": "asyncpg"}


def measured(pace: Pace) -> Found:
    """Every server of every store. Raises Failed."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        pace.say("filling the sandbox, in SQLite and in PostgreSQL")
        sandbox = stack.enter_context(filled(Path(folder)))
        rounds = compared(list(servers(sandbox)), RESULT_WORKLOADS, pace)
    return Found(ratios_by_store(rounds), goals(), _tables(rounds))


def goals() -> dict[str, Goal]:
    """Every goal, by the name of its figure."""
    found: dict[str, Goal] = {}
    for store, bare in BARE.items():
        for workload in ROUTES:
            found[f"{workload}_{store}_cpu_vs_core"] = Goal(0.7)
            found[f"{workload}_{store}_cpu_vs_{bare}"] = Goal(1.1)
        found[f"sessions_{store}_cpu_vs_{bare}"] = Goal(1.3)
    return found


def servers(sandbox: Filled) -> Iterator[Server]:
    """Ours, and those written by hand; the fifty sessions are asked of one of them."""
    routes = route_requests(sandbox.busiest_session)
    for store, bare in BARE.items():
        yield ours(sandbox, store)
        urls = orjson.dumps(sandbox.urls[store]).decode()
        yield _by_hand("core", store, urls, routes)
        yield _by_hand(bare, store, urls, {**routes, "sessions": by_hand_request()})


def ours(sandbox: Filled, store: str, environment: Mapping[str, str] | None = None) -> Server:
    """The product over a store."""
    database = ["--database", sandbox.urls[store]["MEPS"]] if store == "postgres" else []
    command = [sys.executable, "-m", "bench.serve.product", str(sandbox.folder), *database]
    requests = {**route_requests(sandbox.busiest_session), "sessions": graphql_request()}
    return Server(f"ours_{store}", command, requests, environment or {})


def _by_hand(variant: str, store: str, urls: str, requests: Mapping[str, Request]) -> Server:
    asked = "core" if variant == "core" else "driver"
    command = [sys.executable, "-m", "bench.serve.results_by_hand", asked, urls]
    return Server(f"{variant}_{store}", command, requests)


def _tables(rounds: Rounds) -> str:
    lines: list[str] = []
    for workload in RESULT_WORKLOADS:
        for store in BARE:
            lines += table_of_store(f"{workload}, from {store}", rounds, store, workload)
    return "\n".join(lines)
