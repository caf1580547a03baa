"""A script's PDF through the product's old route, against a plain streaming proxy written by hand."""

import statistics
import sys
import tempfile

from bench.comparing import compared, cpu_ratio, rate_ratio, started, table
from bench.figures import Found, Goal, Pace
from bench.result_workloads import pdf_request
from bench.servers import Server

WORKLOAD = "pdf"
SIZE_BYTES = 4 << 20
SCRIPT = "0a7f2c1e-5d3b-5c52-9d0b-6f6a54d1c1aa"
GOALS = {"pdf_bytes_a_second_vs_proxy": Goal(0.8, is_least=True)}


def measured(pace: Pace) -> Found:
    """Both before the same RM, which costs next to nothing. Raises Failed."""
    rm = Server("rm", [sys.executable, "-m", "bench.serve.rm", str(SIZE_BYTES)], {})
    with tempfile.TemporaryDirectory() as folder, started([rm]) as [running]:
        url = f"http://127.0.0.1:{running.ports['main']}/rm"
        requests = {WORKLOAD: pdf_request(f"/v1/candidates/scripts/pdf/{SCRIPT}")}
        product = [sys.executable, "-m", "bench.serve.product", folder, "--rm", url]
        proxy = [sys.executable, "-m", "bench.serve.proxy", f"{url}/"]
        rounds = compared([Server("ours", product, requests), Server("proxy", proxy, requests)], [WORKLOAD], pace)
    rounds_of = {server: of_server for (server, _), of_server in rounds.items()}
    if not rounds_of.keys() >= {"ours", "proxy"}:
        return Found({})
    own, theirs = rounds_of["ours"], rounds_of["proxy"]
    figures = {
        "pdf_bytes_a_second_vs_proxy": rate_ratio(own, theirs),
        "pdf_cpu_vs_proxy": cpu_ratio(own, theirs),
        "pdf_mib_a_second": statistics.median(one.rate for one in own) * SIZE_BYTES / 2**20,
    }
    lines = table(f"{WORKLOAD}, {SIZE_BYTES >> 20} MiB each", rounds_of, "ours")
    return Found(figures, GOALS, "\n".join([*lines, f"  ours: {figures['pdf_mib_a_second']:.0f} MiB a second"]))
