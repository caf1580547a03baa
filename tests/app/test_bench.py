"""The bench's servers are made of the product's parts, and go on answering alike when those change."""

import sys

from bench.comparing import started
from bench.servers import Server
from bench.workloads import WORKLOADS, graphql_requests, rest_requests


def test_ours_answers_as_one_by_hand() -> None:
    ours = Server("ours", [sys.executable, "-m", "bench.serve.ours", "memory"], graphql_requests())
    command = [sys.executable, "-m", "bench.serve.by_hand", "starlette", "memory"]
    by_hand = Server("by hand", command, rest_requests())
    with started([ours, by_hand]) as both:
        answers = {workload: [each.asked(workload) for each in both] for workload in WORKLOADS}
    assert set(WORKLOADS) == {workload for workload, (found, wanted) in answers.items() if found == wanted}
