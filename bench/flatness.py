"""Whether memory stays flat while documents keep coming that were never seen."""

import http.client
import sys
import time

import orjson

from bench.comparing import started
from bench.figures import Found, Goal, Pace
from bench.servers import Failed, Running, Server
from bench.workloads import EVENT_FIELDS, token

DOCUMENTS = 10_000
REQUESTS = 10_000
REQUESTS_IN_FULL = 200_000
# Beyond the thousand documents that are kept, and what else fills up once.
WARM_UP = 1_500
TELL_SECONDS = 15
SECONDS_IN_SHORT = 12
# What "flat" means here, in MiB.
FLAT = 8
GOALS = {"memory_growth_mib": Goal(FLAT)}


def measured(pace: Pace) -> Found:
    """Our server, asked one by one; where time is short, fewer requests. Raises Failed."""
    requests = REQUESTS_IN_FULL if pace.is_full else REQUESTS
    pace.say(f"memory over {requests:,} requests with {DOCUMENTS:,} documents")
    ours = Server("ours_memory", [sys.executable, "-m", "bench.serve.ours", "memory"], {})
    with started([ours]) as [running]:
        growth, asked = _growth_mib(running, requests, pace)
    figures = {"memory_growth_mib": growth, "memory_requests": float(asked)}
    return Found(figures, GOALS, f"memory grew by {growth:.1f} MiB over {asked:,} requests")


def _growth_mib(running: Running, requests: int, pace: Pace) -> tuple[float, int]:
    """By how much the server grows after a warm-up, and over how many requests that was."""
    connection = http.client.HTTPConnection("127.0.0.1", running.ports["main"])
    headers = {"content-type": "application/json", "authorization": f"Bearer {token()}"}
    before = 0.0
    began = told_at = time.monotonic()
    for number in range(WARM_UP + requests):
        if number == WARM_UP:
            before, began = running.memory_mib(), time.monotonic()
        now = time.monotonic()
        if now - told_at > TELL_SECONDS:
            pace.say(f"memory: {running.memory_mib():.0f} MiB after {number:,} requests")
            told_at = now
        if not pace.is_full and now - began > SECONDS_IN_SHORT and number > WARM_UP:
            return running.memory_mib() - before, number - WARM_UP
        connection.request("POST", "/graphql", _body(number % DOCUMENTS), headers)
        response = connection.getresponse()
        told = response.read()
        if response.status != http.client.OK or b'"errors"' in told:
            raise Failed(f"{running.server.name} answered a new document with {response.status}: {told[:500]!r}")
    return running.memory_mib() - before, requests


def _body(number: int) -> bytes:
    fields = EVENT_FIELDS.split()
    asked = " ".join(fields[: number % len(fields) + 1])
    query = f"query Document{number} {{ events(first: 2) {{ alias{number}: cost {asked} }} }}"
    return orjson.dumps({"query": query})
