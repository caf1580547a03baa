"""Events: stored by many writers at once, read by page over REST, and what a page costs in a store of any size."""

import contextlib
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.comparing import Rounds, compared, ratios_by_store, table_of_store
from bench.event_calls import Sizes, page_milliseconds, stored_a_second, write_milliseconds
from bench.event_stores import EVENT_STORES, event_stores
from bench.figures import Found, Goal, Pace
from bench.servers import Server
from bench.workloads import EVENT_WORKLOADS, WRITERS, event_requests

SMALL = 10_000
LARGE_IN_SHORT, LARGE_IN_FULL = 300_000, 10_000_000
PAGES_IN_SHORT, PAGES_IN_FULL = 150, 400
COMMITS = 100
READ = tuple(workload for workload in EVENT_WORKLOADS if workload != "store")
# Figure by what is measured, and what is asked above and below the line.
PAGE_RATIOS = {
    "first_page_large_vs_small": ("first", "first, small"),
    "page_by_id_large_vs_small": ("anywhere by id", "anywhere by id, small"),
    "page_by_time_large_vs_small": ("anywhere by time", "anywhere by time, small"),
    "last_page_by_id_vs_first": ("last by id", "first"),
    "last_page_by_number_vs_first": ("last by number", "first"),
    "last_page_by_number_of_time_vs_first": ("last by number of a time", "first"),
    "page_by_number_vs_by_id": ("anywhere by number", "anywhere by id"),
}


def measured(pace: Pace) -> Found:
    """Every event server of both stores, and the stores themselves. Raises Failed."""
    sizes = Sizes(
        SMALL, LARGE_IN_FULL if pace.is_full else LARGE_IN_SHORT, PAGES_IN_FULL if pace.is_full else PAGES_IN_SHORT
    )
    figures: dict[str, float] = {"event_rows": float(sizes.large)}
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        urls = {}
        for store in EVENT_STORES:
            pace.say(f"filling {store} with {sizes.small:,} and {sizes.large:,} events")
            urls[store] = stack.enter_context(event_stores(store, Path(folder), (sizes.small, sizes.large)))
        for store, (small, large) in urls.items():
            if pace.wants_server(f"ours_{store}") and not pace.workloads:
                found, told = _in_process(store, small, large, sizes, pace)
                figures |= found
                lines += told
        servers = [server for store, (small, _) in urls.items() for server in _servers(store, small)]
        rounds = compared(servers, EVENT_WORKLOADS, pace)
    return Found(figures | ratios_by_store(rounds), goals(), "\n".join([*lines, *_tables(rounds)]))


def goals() -> dict[str, Goal]:
    """Every goal, by the name of its figure."""
    found: dict[str, Goal] = {}
    for store in EVENT_STORES:
        # Numbered by PostgreSQL, events come without the order that readers go by: shown, and not judged.
        for peer in ("driver", "numbered") if store == "sqlite" else ("driver",):
            found[f"event_call_{store}_rate_times_ahead_of_{peer}"] = Goal(5, is_least=True)
            found[f"store_{store}_rate_times_ahead_of_{peer}"] = Goal(2, is_least=True)
        for workload in READ:
            found[f"{workload}_{store}_cpu_vs_driver"] = Goal(1.1)
            found[f"{workload}_{store}_cpu_vs_core"] = Goal(0.7)
        for name in PAGE_RATIOS:
            found[f"event_{store}_{name}"] = Goal(1.5 if "large_vs_small" in name or "last_page_by_id" in name else 3)
    return found


def _in_process(store: str, small: str, large: str, sizes: Sizes, pace: Pace) -> tuple[dict[str, float], Sequence[str]]:
    """Figures and lines of what is asked of a store without a server between."""
    # Pages first: of what writers leave behind (a long write-ahead log, rows not yet analysed) a page costs more.
    pages = page_milliseconds(small, large, sizes)
    pace.say(f"pages at the call, {store}: {len(pages)} kinds, {sizes.pages} of each")
    commit = write_milliseconds(store, small, COMMITS)
    rates = stored_a_second(store, small, pace)
    figures = {f"event_{store}_{name}": pages[above] / pages[below] for name, (above, below) in PAGE_RATIOS.items()}
    figures[f"event_{store}_commit_ms"] = commit
    ours = rates["ours"]
    figures[f"event_call_{store}_rate"] = statistics.median(ours)
    for name, theirs in rates.items():
        if name != "ours":
            ahead = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
            figures[f"event_call_{store}_rate_times_ahead_of_{name}"] = ahead
    lines = ["", f"events stored at the call, {store}, {WRITERS} writers; a commit takes {commit:.2f} ms"]
    lines += [f"  {name:28} {statistics.median(rate):11.0f} a second" for name, rate in rates.items()]
    lines += ["", f"a page of 100 at the call, {store}, of {sizes.large:,} events; small: {sizes.small:,}"]
    lines += [f"  {name:28} {milliseconds:11.2f} ms" for name, milliseconds in pages.items()]
    return figures, lines


def _servers(store: str, url: str) -> Iterator[Server]:
    asked = event_requests()
    of_variant: Mapping[str, Sequence[str]] = {
        "driver": EVENT_WORKLOADS, "core": READ, "numbered": ("store",),
    }  # fmt: skip
    yield Server(f"ours_{store}", [sys.executable, "-m", "bench.serve.events_ours", url], asked)
    for variant, workloads in of_variant.items():
        command = [sys.executable, "-m", "bench.serve.events_by_hand", variant, store, url]
        yield Server(f"{variant}_{store}", command, {name: asked[name] for name in workloads})


def _tables(rounds: Rounds) -> Sequence[str]:
    lines: list[str] = []
    for store in EVENT_STORES:
        for workload in EVENT_WORKLOADS:
            lines += table_of_store(f"events: {workload}, {store}", rounds, store, workload)
    return lines
