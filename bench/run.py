"""Measures ours against its peers: `python -m bench.run`. See README.md beside this file."""

import argparse
import os
import platform
import signal
import sys
import sysconfig
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import orjson

from bench import compiling, events, exams, execution, flatness, learning, node, results, streaming
from bench.figures import Found, Pace
from bench.result_workloads import RESULT_WORKLOADS
from bench.servers import Failed
from bench.workloads import EVENT_WORKLOADS, EXAM_WORKLOADS, LEARNING_WORKLOADS, WORKLOADS

RESULTS = Path(__file__).resolve().parent / "results.json"
STARTED = time.monotonic()
# Whose versions a figure depends on.
VERSIONS = ("uvicorn", "uvloop", "httptools", "orjson", "graphql-core", "strawberry-graphql", "fastapi", "sqlalchemy")

# Every bench by name: add one here, and `make bench` runs it.
BENCHES: Mapping[str, Callable[[Pace], Found]] = {
    "compiling": compiling.measured,
    "memory": flatness.measured,
    "execution": execution.measured,
    "results": results.measured,
    "streaming": streaming.measured,
    "events": events.measured,
    "exams": exams.measured,
    "learning": learning.measured,
}


def main() -> int:
    asked = _arguments()
    # Told to end, the bench ends what it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    pace = Pace(_say, asked.full, *((7, 2.0) if asked.full else (3, 0.5)), asked.servers, asked.workloads)
    environment = _environment()
    _say("; ".join(f"{name} {value}" for name, value in environment.items() if name != "python build"))
    try:
        found = [BENCHES[name](pace) for name in asked.benches or BENCHES]
    except Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print("\n".join(one.table for one in found if one.table))
    print("\nGoals\n" + "\n".join(line for one in found for line in one.goal_lines()))
    if asked.benches or asked.servers or asked.workloads:
        print("\nOnly a part was measured: results.json stays as it is.")
        return 0
    RESULTS.write_bytes(orjson.dumps(_results(found, environment), option=orjson.OPT_INDENT_2))
    missed = sum(not goal.is_met(one.figures[name]) for one in found for name, goal in one.judged.items())
    _say(f"{missed} of {sum(len(one.judged) for one in found)} goals missed; written: bench/{RESULTS.name}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=f"of {', '.join(BENCHES)}; all of them if none")
    parser.add_argument("--full", action="store_true", help="longer rounds, more peers, 200,000 requests for memory")
    parser.add_argument("--servers", nargs="+", default=[], help="servers by name or part of it")
    parser.add_argument(
        "--workloads", nargs="+", default=[],
        choices=(
            *WORKLOADS, *RESULT_WORKLOADS, streaming.WORKLOAD, *EVENT_WORKLOADS, *EXAM_WORKLOADS, *LEARNING_WORKLOADS,
        ),
    )  # fmt: skip
    asked = parser.parse_args()
    if unknown := set(asked.benches) - set(BENCHES):
        parser.error(f"no bench is called {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    return asked


def _environment() -> dict[str, str]:
    """What the figures depend on beside the code."""
    return {
        "python": platform.python_version(),
        "python build": f"{platform.python_compiler()} {sysconfig.get_config_var('CONFIG_ARGS') or ''}",
        "optimised": str("--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")).lower(),
        "node": node.version(),
        "cores": str(os.cpu_count()),
        "load average": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        **{name: version(name) for name in VERSIONS},
    }


def _results(found: list[Found], environment: Mapping[str, str]) -> dict[str, object]:
    return {
        "ratios": {name: round(value, 4) for one in found for name, value in sorted(one.figures.items())},
        "goals": {
            name: {"goal": goal.bound, "value": round(one.figures[name], 4), "met": goal.is_met(one.figures[name])}
            for one in found
            for name, goal in one.judged.items()
        },
        "environment": environment,
    }


def _say(text: str) -> None:
    print(f"bench {time.monotonic() - STARTED:5.0f} s: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
