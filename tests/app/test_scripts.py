"""Scripts over real HTTP from a started process: the sandbox's RM beside it, large PDFs, and both ends going away."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.rm import CLIENT_ID, CLIENT_SECRET, SCRIPT, RunningRm, filed, running_rm
from support.server import Server, free_port, running_server

from datasources.sandbox.archive import DOCUMENTED, made_up
from datasources.sandbox.scans import scanned

LARGE = 200_000_000
DIRECTIVE = {
    "businessStreamId": "02", "sessionId": "14244", "centreId": "04200", "candidateNumber": "1804",
    "assessmentCode": "0500", "componentId": "01",
}  # fmt: skip
# The script that the documents name.
PAPER = made_up(DOCUMENTED)
PATH = f"/v1/candidates/scripts/pdf/{PAPER.doc_store_page_id}" if PAPER else ""


@pytest.fixture(scope="module")
def rm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRm]:
    with running_rm(tmp_path_factory.mktemp("rm")) as running:
        yield running


@pytest.fixture(scope="module")
def served(filled_data_dir: Path, rm: RunningRm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that asks an RM of the test's own."""
    folder = tmp_path_factory.mktemp("served") / "data"
    folder.mkdir()
    (folder / "sandbox").symlink_to(filled_data_dir / "sandbox")
    settings = {
        "RM__URL": rm.url, "RM__CLIENT_ID": CLIENT_ID, "RM__CLIENT_SECRET": CLIENT_SECRET,
        "POPULATION_REGISTER__URL": rm.register_url, "POPULATION_REGISTER__TOKEN": CLIENT_SECRET,
    }  # fmt: skip
    with running_server(folder, **settings) as server:
        yield server


def until(condition: Callable[[], Any], seconds: float = 15) -> Any:
    """What `condition` gives once it is true."""
    ends_at = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < ends_at, "it did not come true in time"
        time.sleep(0.02)
    return found


def children(server: Server) -> list[int]:
    """The processes in which this server started the sandbox's servers, oldest first."""
    return [event["process"] for event in server.events() if event["event"] == "sandbox_servers_started"]


def is_running(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def memory_peak(process: int) -> int:
    """The most memory that a process ever had, in bytes."""
    [line] = [line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def rm_status(server: Server) -> str:
    status: str = httpx.get(f"{server.base}/readyz", timeout=20).json()["backends"]["RM"]
    return status


def test_the_documented_script_is_there_at_once(server: Server) -> None:
    assert PAPER is not None
    reply = server.get(PATH)
    assert (reply.status_code, reply.content) == (200, scanned(PAPER.paper))
    asked = server.graphql(
        "query ($id: ID!) { script(docStorePageId: $id) { pageCount } }", {"id": PAPER.doc_store_page_id}
    )
    assert asked.json() == {"data": {"script": {"pageCount": PAPER.page_count}}}


def test_a_pdf_of_200_mb_passes_through_without_being_held(served: Server, rm: RunningRm) -> None:
    rm.holds([filed()])
    rm.fails("pdf", size_bytes=LARGE)
    assert served.get("/v1/epsStatus").status_code == 200
    before = memory_peak(served.process.pid)
    size = 0
    with httpx.stream(
        "GET", f"{served.base}/v1/candidates/scripts/pdf/{SCRIPT}", headers=served.client, timeout=60
    ) as reply:
        assert (reply.status_code, reply.headers["content-length"]) == (200, str(LARGE))
        for part in reply.iter_raw():
            size += len(part)
    assert size == LARGE
    assert memory_peak(served.process.pid) - before < 20_000_000
    *_, told = rm.served("pdf")
    assert told.is_whole


def test_a_caller_who_leaves_stops_rm(served: Server, rm: RunningRm) -> None:
    rm.holds([filed()])
    rm.fails("pdf", size_bytes=LARGE)
    headers = {**served.client, "x-transaction-id": "leaves"}
    with httpx.stream("GET", f"{served.base}/v1/candidates/scripts/pdf/{SCRIPT}", headers=headers) as reply:
        next(reply.iter_raw())
    *_, told = rm.served("pdf")
    until(lambda: told.is_over)
    assert not told.is_whole
    assert told.sent_bytes < LARGE / 2
    [line] = until(lambda: [each for each in served.events() if each.get("transaction_id") == "leaves"])
    assert (line["event"], line["status"]) == ("request", 499)


def test_a_caller_who_does_not_read_holds_up_rm_and_nobody_else(served: Server, rm: RunningRm) -> None:
    """What nobody takes is not fetched: it waits where it is, in RM."""
    rm.holds([filed()])
    rm.fails("pdf", size_bytes=LARGE)
    before = memory_peak(served.process.pid)
    with httpx.stream("GET", f"{served.base}/v1/candidates/scripts/pdf/{SCRIPT}", headers=served.client):
        assert served.get("/v1/epsStatus").status_code == 200
        *_, told = rm.served("pdf")
        assert until(lambda: told.sent_bytes > 0)
        assert served.get("/v1/epsStatus").status_code == 200
        assert told.sent_bytes < LARGE / 4
    assert memory_peak(served.process.pid) - before < 20_000_000


@pytest.mark.parametrize(
    "fault",
    [{"cut_after_bytes": 500_000}, {"ends_after_bytes": 500_000}, {"cut_after_bytes": 500_000, "has_length": False}],
    ids=["cut", "short", "cut without length"],
)
def test_a_pdf_that_breaks_off_breaks_off_for_the_caller_too(
    served: Server, rm: RunningRm, fault: dict[str, Any]
) -> None:
    rm.holds([filed()])
    rm.fails("pdf", size_bytes=1_000_000, **fault)
    with pytest.raises(httpx.RemoteProtocolError):
        served.get(f"/v1/candidates/scripts/pdf/{SCRIPT}")
    rm.faults.now.clear()
    assert served.get(f"/v1/candidates/scripts/pdf/{SCRIPT}").status_code == 200
    assert not [event for event in served.events() if event["event"] == "internal_error"]


def test_rm_may_be_killed_in_the_middle_of_a_pdf(data_dir: Path) -> None:
    folder = data_dir / "sandbox" / "rm"
    with running_server(data_dir) as server:
        assert server.get(PATH).status_code == 200
        whole = server.get(PATH).content
        (folder / "faults.json").write_text(json.dumps({"pdf": {"size_bytes": LARGE, "seconds_between": 0.005}}))
        [child] = children(server)
        with httpx.stream("GET", f"{server.base}{PATH}", headers=server.client, timeout=20) as reply:
            parts = reply.iter_raw()
            next(parts)
            os.kill(child, signal.SIGKILL)
            with pytest.raises(httpx.RemoteProtocolError):
                for _ in parts:
                    pass
        down = server.get(PATH)
        assert (down.status_code, down.json()["type"]) == (503, "HTTP:CONNECTIVITY")
        assert server.get("/v1/businessStreams/02/sessions/14244").status_code == 200
        (folder / "faults.json").unlink()
        until(lambda: rm_status(server) == "UP")
        # Another process, the same documents.
        again = until(lambda: (found := server.get(PATH)).status_code == 200 and found)
        assert again.content == whole
        assert len(children(server)) == 2


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_rm_ends_with_the_service(data_dir: Path, by: signal.Signals) -> None:
    with running_server(data_dir) as server:
        [child] = children(server)
        assert is_running(child)
        os.kill(server.process.pid, by)
        server.process.wait(15)
        until(lambda: not is_running(child))


def test_one_rm_serves_all_workers(data_dir: Path) -> None:
    with running_server(data_dir, "--workers", "2") as server:
        assert len(children(server)) == 1
        until(lambda: rm_status(server) == "UP")
        assert server.get(PATH).status_code == 200
        os.killpg(server.process.pid, signal.SIGTERM)
        assert server.process.wait(15) == 0
        [child] = children(server)
        until(lambda: not is_running(child))


def test_a_configured_rm_has_no_stand_in(served: Server, rm: RunningRm) -> None:
    rm.holds([filed()])
    assert children(served) == []
    assert rm_status(served) == "UP"


def test_an_rm_that_is_not_there_costs_its_own_routes_only(filled_data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sandbox").symlink_to(filled_data_dir / "sandbox")
    settings = {"RM__URL": f"http://127.0.0.1:{free_port()}/rm", "RM__CLIENT_ID": "a", "RM__CLIENT_SECRET": "b"}
    with running_server(tmp_path / "data", **settings) as server:
        assert rm_status(server) == "DOWN"
        reply = server.get(PATH)
        assert reply.status_code == 503
        assert "127.0.0.1" not in reply.text
        assert server.get("/v1/businessStreams/02/sessions/14244").status_code == 200


def test_requests_to_two_workers_and_an_rm_that_is_killed(data_dir: Path) -> None:
    """The same at once to several processes; a request while RM is down; its completion when it is back."""
    with running_server(data_dir, "--workers", "2") as server:

        def post(reference: str) -> httpx.Response:
            asked = {"requestReference": reference, "customerDirectives": [DIRECTIVE]}
            return httpx.post(f"{server.base}/v1/candidates/scripts", json=asked, headers=server.client, timeout=20)

        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(post, ["twice"] * 8))
        assert {each.status_code for each in told} == {201}
        assert len({each.content for each in told}) == 1
        [child] = children(server)
        os.kill(child, signal.SIGKILL)
        down = post("later")
        assert down.status_code == 503, down.text
        assert down.json()["type"] == "HTTP:CONNECTIVITY"
        assert post("twice").content == told[0].content  # which RM need not be there for
        ends_at = time.monotonic() + 30
        while (later := post("later")).status_code != 201:
            assert time.monotonic() < ends_at, later.text
        assert later.json()["requestId"] == "ATS-000002"
        assert [each["docStorePageId"] for each in later.json()["scripts"]] == [
            each["docStorePageId"] for each in told[0].json()["scripts"]
        ]
