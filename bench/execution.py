"""GraphQL and the old routes over HTTP, against servers written by hand, stock Strawberry and the servers of Node."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench import node
from bench.comparing import Rounds, beside_ours, compared, cpu_ratio, rate_ratio, table
from bench.figures import Found, Goal, Pace
from bench.records import made_records
from bench.servers import Measured, Server
from bench.stores import STORES, url_of
from bench.workloads import WORKLOADS, Request, graphql_requests, rest_requests

# The bare driver of each database; what stands behind it is only shown, not judged.
BARE = {"sqlite": ("aiosqlite", "sqlite3"), "postgres": ("asyncpg",)}
FAST_NODE = ("yoga_jit", "mercurius_jit")


def measured(pace: Pace) -> Found:
    """Every server of every store. Raises Failed."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        servers = list(_servers(Path(folder), stack, pace))
        rounds = compared(servers, WORKLOADS, pace)
    return Found(_figures(rounds), goals(), _tables(rounds))


def goals() -> dict[str, Goal]:
    """Every goal, by the name of its figure."""
    found: dict[str, Goal] = {}
    for workload in WORKLOADS:
        if workload != "key":
            found[f"{workload}_memory_cpu_vs_fastapi"] = Goal(0.95)
        found[f"{workload}_memory_cpu_vs_starlette"] = Goal(1.2)
        for store, (bare, *_) in BARE.items():
            found[f"{workload}_{store}_cpu_vs_core"] = Goal(0.7)
            found[f"{workload}_{store}_cpu_vs_{bare}"] = Goal(1.1)
        for store in STORES:
            for peer in node.SCRIPTS:
                found[f"{workload}_{store}_cpu_times_ahead_of_{peer}"] = Goal(1, is_least=True)
    for workload in ("page", "nested"):
        found[f"{workload}_memory_cpu_times_ahead_of_strawberry"] = Goal(40, is_least=True)
        found[f"{workload}_memory_cpu_times_ahead_of_fastest_node"] = Goal(2.5, is_least=True)
    return found


def _servers(folder: Path, stack: contextlib.ExitStack, pace: Pace) -> Iterator[Server]:
    """Every server that is wanted; the databases that they need are started and filled."""
    records = made_records()
    pace.say(f"installing the Node peers (node {node.version()})")
    node.install()
    records_file = folder / "records.json"
    node.written(records, records_file)
    pace.say("filling SQLite and PostgreSQL")
    urls = {store: stack.enter_context(url_of(store, folder, records)) for store in STORES}
    places = {
        "memory": str(records_file),
        "sqlite": urls["sqlite"].partition(":///")[2],
        "postgres": urls["postgres"].replace("+asyncpg", "", 1),
    }
    for store in STORES:
        yield _python("ours", "ours", store, [store, urls[store]], graphql_requests())
        if store == "memory":
            yield _python("fastapi", "by_hand", store, ["fastapi", store], rest_requests())
            yield _python("starlette", "by_hand", store, ["starlette", store], rest_requests())
            stock = {name: request for name, request in graphql_requests().items() if name != "route"}
            yield _python("strawberry", "stock", store, [], stock)
        else:
            for variant in ("core", *BARE[store]):
                yield _python(variant, "by_hand", store, ["fastapi", variant, urls[store]], rest_requests())
        for peer in _peers(store, pace):
            yield node.peer(peer, store, places[store])


def _peers(store: str, pace: Pace) -> Sequence[str]:
    """From memory all of Node's, the fast ones with checks too; from a database, where time is short, the fast ones."""
    if store == "memory":
        return (*node.SCRIPTS, *(f"{name}{node.CHECKED}" for name in FAST_NODE))
    return tuple(node.SCRIPTS) if pace.is_full else FAST_NODE


def _python(name: str, module: str, store: str, arguments: Sequence[str], requests: Mapping[str, Request]) -> Server:
    command = [sys.executable, "-m", f"bench.serve.{module}", *filter(None, arguments)]
    return Server(f"{name}_{store}", command, requests)


def _figures(rounds: Rounds) -> dict[str, float]:
    """Ours against every other server that was measured."""
    found: dict[str, float] = {}
    for name, workload, store, ours, theirs in beside_ours(rounds):
        of_store = f"{workload}_{store}"
        is_by_hand = name in ("fastapi", "starlette", "core", *BARE.get(store, ()))
        if is_by_hand:
            found[f"{of_store}_cpu_vs_{name}"] = cpu_ratio(ours, theirs)
        else:
            found[f"{of_store}_cpu_times_ahead_of_{name}"] = cpu_ratio(theirs, ours)
        found[f"{of_store}_rate_times_ahead_of_{name}"] = rate_ratio(ours, theirs)
    return found | _fastest_node(found)


def _fastest_node(found: Mapping[str, float]) -> dict[str, float]:
    """How far we are ahead of whichever peer is nearest, of those without checks and of those with."""
    nearest: dict[str, float] = {}
    for workload in WORKLOADS:
        for store in STORES:
            ahead = f"{workload}_{store}_cpu_times_ahead_of"
            for title, end in (("fastest_node", ""), ("fastest_checked", node.CHECKED)):
                peers = [f"{ahead}_{peer}{end}" for peer in node.SCRIPTS]
                known = [found[peer] for peer in peers if peer in found]
                if known:
                    nearest[f"{ahead}_{title}"] = min(known)
    return nearest


def _tables(rounds: Rounds) -> str:
    lines: list[str] = []
    for store in STORES:
        for workload in WORKLOADS:
            of_store: dict[str, Sequence[Measured]] = {
                server.removesuffix(f"_{store}"): of_server
                for (server, asked), of_server in rounds.items()
                if asked == workload and server.endswith(f"_{store}")
            }
            if of_store:
                lines += table(f"{workload}, from {store}", of_store, "ours")
    return "\n".join(lines)
