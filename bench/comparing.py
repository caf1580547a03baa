"""Servers that answer the same questions, measured in rounds: CPU a request, requests a second, and their ratios."""

import contextlib
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from bench.figures import Pace
from bench.servers import Failed, Load, Measured, Running, Server

# (server, workload) -> its rounds
Rounds = Mapping[tuple[str, str], Sequence[Measured]]


def compared(servers: Sequence[Server], workloads: Sequence[str], pace: Pace) -> Rounds:
    """The rounds of every wanted server and workload. Raises Failed, also when two answers differ."""
    rounds: dict[tuple[str, str], list[Measured]] = defaultdict(list)
    servers = [server for server in servers if pace.wants_server(server.name)]
    wanted = [workload for workload in workloads if pace.wants_workload(workload)]
    if not wanted:
        return rounds
    pace.say(f"starting {len(servers)} servers")
    with started(servers) as running, contextlib.closing(Load()) as load:
        for workload in wanted:
            _require_equal(running, workload)
        pace.say(f"all answer alike: {', '.join(wanted)}")
        for workload in wanted:
            asking = [one for one in running if workload in one.server.requests]
            for one in asking:
                load.measured(one, workload, one.server.warm_up_seconds)
            for number in range(pace.rounds):
                for one in _order(asking, number, pace.rounds):
                    rounds[one.server.name, workload].append(load.measured(one, workload, pace.seconds))
                pace.say(f"{workload}: round {number + 1} of {pace.rounds}, {len(asking)} servers")
    return rounds


@contextlib.contextmanager
def started(servers: Sequence[Server]) -> Iterator[list[Running]]:
    """The servers, started side by side; ended at the end."""
    running: list[Running] = []
    try:
        running.extend(map(Running, servers))
        for one in running:
            one.wait()
        yield running
    finally:
        for one in running:
            one.stop()


def _order(asking: Sequence[Running], number: int, rounds: int) -> Sequence[Running]:
    """Each round begins with another server, and every second one goes backwards."""
    start = number * len(asking) // rounds
    order = [*asking[start:], *asking[:start]]
    return order if number % 2 == 0 else order[::-1]


def _require_equal(running: Sequence[Running], workload: str) -> None:
    """Raise Failed unless all servers answer the workload with the same data."""
    answers = [(one.server.name, one.asked(workload)) for one in running if workload in one.server.requests]
    for name, answer in answers[1:]:
        if answer != answers[0][1]:
            raise Failed(f"{name} answers {workload} otherwise than {answers[0][0]}")


def cpu_ratio(above: Sequence[Measured], below: Sequence[Measured]) -> float:
    """The median over rounds of one server's CPU a request as a multiple of the other's in the same round."""
    return statistics.median(a.cpu_micros / b.cpu_micros for a, b in zip(above, below, strict=True))


def rate_ratio(above: Sequence[Measured], below: Sequence[Measured]) -> float:
    """As `cpu_ratio`, of requests a second."""
    return statistics.median(a.rate / b.rate for a, b in zip(above, below, strict=True))


def table(title: str, rounds: Mapping[str, Sequence[Measured]], own: str) -> list[str]:
    """One workload's servers, the cheapest first; `own` is the server that the last column is a multiple of."""

    def cpu(server: str) -> float:
        return statistics.median(one.cpu_micros for one in rounds[server])

    lines = ["", title, f"  {'server':28} {'CPU µs':>8} {'requests/s':>11} {f'CPU, {own} = 1':>14}"]
    for server in sorted(rounds, key=cpu):
        rate = statistics.median(one.rate for one in rounds[server])
        multiple = f"{cpu_ratio(rounds[server], rounds[own]):14.2f}" if own in rounds else ""
        lines.append(f"  {server:28} {cpu(server):8.0f} {rate:11.0f} {multiple}")
    return lines


def ratios_by_store(rounds: Rounds) -> dict[str, float]:
    """Ours against every other server that was measured on the same store."""
    found: dict[str, float] = {}
    for name, workload, store, ours, theirs in beside_ours(rounds):
        found[f"{workload}_{store}_cpu_vs_{name}"] = cpu_ratio(ours, theirs)
        found[f"{workload}_{store}_rate_times_ahead_of_{name}"] = rate_ratio(ours, theirs)
    return found


def beside_ours(rounds: Rounds) -> Iterator[tuple[str, str, str, Sequence[Measured], Sequence[Measured]]]:
    """Every other server that was measured beside ours: its name, workload and store, our rounds and its own.

    Servers are called `name_store`.
    """
    for (server, workload), theirs in rounds.items():
        name, _, store = server.rpartition("_")
        ours = rounds.get((f"ours_{store}", workload))
        if name != "ours" and ours is not None:
            yield name, workload, store, ours, theirs


def table_of_store(title: str, rounds: Rounds, store: str, workload: str) -> list[str]:
    """One workload's servers on one store, as `table`; nothing when none was measured."""
    of_store = {
        server.removesuffix(f"_{store}"): of_server
        for (server, asked), of_server in rounds.items()
        if asked == workload and server.endswith(f"_{store}")
    }
    return table(title, of_store, "ours") if of_store else []
