"""RM over real HTTP: what it gives, and whatever can go wrong with it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from support.rm import CLIENT_ID, CLIENT_SECRET, KEY, SCRIPT, RunningRm, filed, raw_server, running_app, running_rm
from support.server import free_port

from datasources.calls import BreakerState, Limits, Status, counting_calls, transaction_id
from datasources.errors import BackendError, BackendRefused, BackendTimeout, BackendUnavailable
from datasources.http import ByteRange
from datasources.rm import Rm, ScriptDirective, ScriptRecord, ScriptRequestStatus
from datasources.rm.pdf import Pdf, UnsatisfiableRange
from datasources.sandbox.scans import scanned

# Far away unless a test asks for one: a busy machine is not what is tested.
FAR = 20.0


def directive(key: tuple[str, ...]) -> ScriptDirective:
    stream, session, centre, candidate, assessment, component = key
    return ScriptDirective(
        business_stream_id=stream, session_id=session, centre_id=centre, candidate_number=candidate,
        assessment_code=assessment, component_id=component,
    )  # fmt: skip


RECORD = ScriptRecord(SCRIPT, *KEY, 2)
OTHER_KEY = ("02", "14244", "04200", "1805", "0500", "01")
DIRECTIVE = directive(KEY)
WHOLE = scanned(filed().paper)

Opened = Callable[..., AbstractAsyncContextManager[Rm]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRm]:
    with running_rm(tmp_path_factory.mktemp("rm")) as running:
        yield running


@pytest.fixture
def rm(server: RunningRm) -> RunningRm:
    server.holds([filed()])
    return server


@asynccontextmanager
async def opened(url: str, *, secret: str = CLIENT_SECRET, downloads: int = 5, **limits: Any) -> AsyncIterator[Rm]:
    made = Rm(url, CLIENT_ID, secret, Limits(**{"deadline_seconds": FAR, **limits}), downloads=downloads)
    made.open()
    yield made
    await made.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(FAR):
        while not condition():  # noqa: ASYNC110 another thread's doing
            await asyncio.sleep(0.01)


async def read(pdf: Pdf | UnsatisfiableRange | None) -> bytes:
    assert isinstance(pdf, Pdf)
    try:
        return b"".join([part async for part in pdf])
    finally:
        await pdf.aclose()


async def passed(pdf: Pdf, into: bytearray) -> None:
    async for part in pdf:
        into += part


async def test_scripts_are_found_by_id_and_by_component_in_one_call_each(rm: RunningRm) -> None:
    second = filed("5c1a7e2d-0002")
    rm.holds([filed(), second])
    async with opened(rm.url) as asked:
        with counting_calls() as calls:
            assert await asked.scripts_by_id([SCRIPT, "none"]) == {SCRIPT: RECORD}
            found = await asked.scripts_by_component([OTHER_KEY, KEY])
        assert calls == {"RM": 2}
    assert found == {OTHER_KEY: [], KEY: [RECORD, ScriptRecord("5c1a7e2d-0002", *KEY, 2)]}
    assert len(rm.served("token")) == 1


async def test_many_keys_go_in_several_requests_and_one_call(rm: RunningRm) -> None:
    keys = [("02", "14244", "04200", f"{number:04d}", "0500", "01") for number in range(1100)]
    rm.holds([filed(f"s-{number}", key) for number, key in enumerate(keys)])
    async with opened(rm.url) as asked:
        with counting_calls() as calls:
            found = await asked.scripts_by_component(keys)
    assert calls == {"RM": 1}
    assert [[script.doc_store_page_id for script in found[key]] for key in keys] == [[f"s-{n}"] for n in range(1100)]
    assert len(rm.served("search")) == 3


async def test_the_transaction_id_travels_on(rm: RunningRm) -> None:
    token = transaction_id.set("t-77")
    async with opened(rm.url) as asked:
        await asked.scripts_by_id([SCRIPT])
    transaction_id.reset(token)
    assert [served.transaction_id for served in rm.rm.journal] == ["t-77", "t-77"]


# Tokens


async def test_one_token_is_fetched_for_all_who_wait(rm: RunningRm) -> None:
    rm.fails("token", seconds=0.1)
    async with opened(rm.url, in_flight=50) as asked:
        await asyncio.gather(*(asked.scripts_by_id([SCRIPT]) for _ in range(50)))
    assert (len(rm.served("token")), len(rm.served("search"))) == (1, 50)


async def test_a_token_is_renewed_before_it_ends(rm: RunningRm) -> None:
    rm.fails("token", lifetime_seconds=1)
    async with opened(rm.url) as asked:
        ends_at = time.monotonic() + 2.5
        while time.monotonic() < ends_at:
            assert await asked.scripts_by_id([SCRIPT]) == {SCRIPT: RECORD}
            await asyncio.sleep(0.02)
    assert 3 <= len(rm.served("token")) <= 4
    # Had one been used after its end, RM would have refused it, and been asked again.
    assert len({served.kind for served in rm.rm.journal}) == 2


async def test_a_refused_token_is_replaced_once(rm: RunningRm) -> None:
    async with opened(rm.url, in_flight=20) as asked:
        await asked.scripts_by_id([SCRIPT])
        rm.rm.tokens.clear()  # as when it was started anew
        found = await asyncio.gather(*(asked.scripts_by_id([SCRIPT]) for _ in range(20)))
    assert found == [{SCRIPT: RECORD}] * 20
    assert len(rm.served("token")) == 2


async def test_a_token_that_is_always_refused_is_told_after_one_fresh_one(rm: RunningRm) -> None:
    rm.fails("search", status=401)
    async with opened(rm.url) as asked:
        with pytest.raises(BackendRefused, match=r"^RM gave an unusable answer: it refuses the token that it gave$"):
            await asked.scripts_by_id([SCRIPT])
    assert (len(rm.served("token")), len(rm.served("search"))) == (2, 2)


async def test_wrong_credentials_are_told_apart_from_an_outage(rm: RunningRm) -> None:
    async with opened(rm.url, secret="another") as asked:
        with pytest.raises(BackendRefused, match=r"^RM gave an unusable answer: no token: it refuses our credentials$"):
            await asked.scripts_by_id([SCRIPT])
        assert (await asked.probe()).status is Status.DOWN
    assert rm.served("search") == []


UNUSABLE_TOKENS = {
    "{}": "no token: one that cannot be used",
    "[]": "no token: one that cannot be used",
    '{"access_token": 5, "expires_in": 300}': "no token: one that cannot be used",
    '{"access_token": "", "expires_in": 300}': "no token: one that cannot be used",
    r'{"access_token": "a\r\nX-Admin: 1", "expires_in": 300}': "no token: one that cannot be used",
    '{"access_token": "a", "expires_in": 0}': "no token: one that cannot be used",
    '{"access_token": "a", "expires_in": true}': "no token: one that cannot be used",
    '{"access_token": "a", "expires_in": "300"}': "no token: one that cannot be used",
    "<html>Sign in</html>": "its answer is not JSON",
    "": "its answer is not JSON",
}


@pytest.mark.parametrize(("body", "reason"), UNUSABLE_TOKENS.items())
async def test_a_token_that_cannot_be_used_is_a_refusal(rm: RunningRm, body: str, reason: str) -> None:
    rm.fails("token", body=body)
    async with opened(rm.url) as asked:
        with pytest.raises(BackendRefused) as failure:
            await asked.scripts_by_id([SCRIPT])
    assert failure.value.reason == reason
    assert "X-Admin" not in failure.value.message
    assert rm.served("search") == []


async def test_whoever_waits_for_a_token_is_not_disturbed_by_one_who_leaves(rm: RunningRm) -> None:
    rm.fails("token", seconds=0.2)
    async with opened(rm.url) as asked:
        leaving, staying = (asyncio.create_task(asked.scripts_by_id([SCRIPT])) for _ in range(2))
        await until(lambda: rm.served("token"))
        leaving.cancel()
        assert await staying == {SCRIPT: RECORD}
    assert leaving.cancelled()
    assert len(rm.served("token")) == 1


# Outages


async def test_a_dead_rm_is_unavailable() -> None:
    async with opened(f"http://127.0.0.1:{free_port()}/rm") as asked:
        with pytest.raises(BackendUnavailable, match=r"^RM cannot be reached$"):
            await asked.scripts_by_id([SCRIPT])
        assert (await asked.probe()).status is Status.DOWN


async def test_one_that_nobody_configured_is_unavailable() -> None:
    made = Rm(None, "", "", Limits())
    made.open()
    with pytest.raises(BackendUnavailable, match=r"^RM cannot be reached: it is not open$"):
        await made.scripts_by_id([SCRIPT])
    await made.close()


async def test_one_that_hangs_up_is_asked_twice_more() -> None:
    with raw_server(b"") as (address, asked):
        async with opened(address) as rm:
            with pytest.raises(BackendUnavailable):
                await rm.scripts_by_id([SCRIPT])
    assert len(asked) == 3


@pytest.mark.parametrize(
    "reply", [b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"HTTP/1.1 OK\r\n\r\n", b"\x16\x03\x01\x02\x00" * 50]
)
async def test_one_that_speaks_something_else_is_not_asked_again(reply: bytes) -> None:
    with raw_server(reply) as (address, asked):
        async with opened(address) as rm:
            with pytest.raises(BackendRefused, match=r"^RM gave an unusable answer: its answer is not HTTP$"):
                await rm.scripts_by_id([SCRIPT])
    assert len(asked) == 1


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"], ids=["nothing", "half"])
async def test_one_that_hangs_costs_its_deadline(said: bytes) -> None:
    with raw_server(said, hangs=True) as (address, _asked):
        async with opened(address, deadline_seconds=0.3) as rm:
            started = time.monotonic()
            with pytest.raises(BackendTimeout):
                await rm.scripts_by_id([SCRIPT])
    assert 0.3 <= time.monotonic() - started < 2


async def test_one_that_is_late_costs_its_deadline_and_then_nothing(rm: RunningRm) -> None:
    rm.fails("search", seconds=30)
    async with opened(rm.url, deadline_seconds=0.3) as asked:
        await asyncio.gather(*(asked.scripts_by_id([SCRIPT]) for _ in range(5)), return_exceptions=True)
        assert asked.calls.breaker.state is BreakerState.OPEN
        started = time.monotonic()
        with pytest.raises(BackendUnavailable, match="being left alone"):
            await asked.scripts_by_id([SCRIPT])
        assert time.monotonic() - started < 0.1


MALFORMED = {
    "[]": "its answer is no object",
    "{}": "an answer without scripts",
    '{"scripts": {}}': "an answer without scripts",
    '{"scripts": [5]}': "a script that is not described as agreed",
    '{"scripts": [{"docStorePageId": "a"}]}': "a script that is not described as agreed",
    "<html></html>": "its answer is not JSON",
}


@pytest.mark.parametrize(("body", "reason"), MALFORMED.items())
async def test_a_malformed_answer_is_a_refusal(rm: RunningRm, body: str, reason: str) -> None:
    rm.fails("search", body=body)
    async with opened(rm.url) as asked:
        with pytest.raises(BackendRefused) as failure:
            await asked.scripts_by_id([SCRIPT])
    assert failure.value.reason == reason


@pytest.mark.parametrize(
    "wrong", [{"pageCount": -1}, {"pageCount": "2"}, {"pageCount": True}, {"centreId": 4200}, {"componentId": ""}]
)
async def test_a_script_that_is_not_described_as_agreed_is_a_refusal(rm: RunningRm, wrong: dict[str, Any]) -> None:
    members = {
        "docStorePageId": SCRIPT, "businessStreamId": "02", "sessionId": "14244", "centreId": "04200",
        "candidateNumber": "1804", "assessmentCode": "0500", "componentId": "01", "pageCount": 2,
    }  # fmt: skip
    rm.fails("search", body=JSONResponse({"scripts": [{**members, **wrong}]}).body.decode())  # type: ignore[union-attr]
    async with opened(rm.url) as asked:
        with pytest.raises(BackendRefused, match="a script that is not described as agreed"):
            await asked.scripts_by_id([SCRIPT])


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
async def test_an_error_of_rm_is_a_refusal_that_is_not_repeated(rm: RunningRm, status: int) -> None:
    rm.fails("search", status=status)
    async with opened(rm.url) as asked:
        with pytest.raises(BackendRefused, match=f"^RM gave an unusable answer: status {status}$"):
            await asked.scripts_by_id([SCRIPT])
    assert len(rm.served("search")) == 1


# Requests


async def test_a_request_is_made_once_though_its_answer_was_lost(rm: RunningRm) -> None:
    rm.fails("request", times=1, cut_after_bytes=10)
    async with opened(rm.url) as asked:
        answer = await asked.request_scripts("key-1", "REF 1", [DIRECTIVE])
    assert (answer.request_id, answer.status, answer.scripts) == (
        "ATS-000001", ScriptRequestStatus.COMPLETED, (RECORD,),
    )  # fmt: skip
    assert [served.idempotency_key for served in rm.served("request")] == ["key-1", "key-1"]


async def test_a_request_may_be_pending(rm: RunningRm) -> None:
    async with opened(rm.url) as asked:
        answer = await asked.request_scripts("key-2", "REF 2", [DIRECTIVE, directive(OTHER_KEY)])
    assert (answer.status, answer.scripts) == (ScriptRequestStatus.PENDING, (RECORD,))


@pytest.mark.parametrize(
    "body", ['{"scripts": []}', '{"requestId": "", "status": "PENDING"}', '{"requestId": "A", "status": "DONE"}']
)
async def test_an_answer_to_a_request_that_is_malformed_is_a_refusal(rm: RunningRm, body: str) -> None:
    rm.fails("request", status=201, body=body)
    async with opened(rm.url) as asked:
        with pytest.raises(BackendRefused):
            await asked.request_scripts("key-3", "REF 3", [DIRECTIVE])


# PDFs


async def test_a_pdf_comes_whole_and_in_parts(rm: RunningRm) -> None:
    size = len(WHOLE)
    async with opened(rm.url) as asked:
        whole = await asked.pdf(SCRIPT)
        assert isinstance(whole, Pdf)
        assert (whole.size_bytes, whole.content_range, whole.etag) == (size, None, f'"{SCRIPT}"')
        assert await read(whole) == WHOLE
        for part, first, last in (
            (ByteRange(0, 99), 0, 99), (ByteRange(0, 0), 0, 0), (ByteRange(5, None), 5, size - 1),
            (ByteRange(None, 7), size - 7, size - 1), (ByteRange(10, 10**18), 10, size - 1),
            (ByteRange(None, 10**18), 0, size - 1), (ByteRange(0, None), 0, size - 1),
        ):  # fmt: skip
            found = await asked.pdf(SCRIPT, part)
            assert isinstance(found, Pdf)
            assert found.content_range == f"bytes {first}-{last}/{size}"
            assert found.size_bytes == last - first + 1
            assert await read(found) == WHOLE[first : last + 1]


async def test_a_part_beyond_the_end_is_none(rm: RunningRm) -> None:
    async with opened(rm.url) as asked:
        for part in (ByteRange(10**18, None), ByteRange(len(WHOLE), None), ByteRange(None, 0)):
            assert await asked.pdf(SCRIPT, part) == UnsatisfiableRange(len(WHOLE))


async def test_a_script_that_there_is_not_has_no_pdf(rm: RunningRm) -> None:
    async with opened(rm.url, downloads=1) as asked:
        assert await asked.pdf("none") is None
        assert await asked.pdf("../../token") is None
        assert await read(await asked.pdf(SCRIPT)) == WHOLE


async def test_an_rm_that_knows_no_ranges_gives_the_whole(rm: RunningRm) -> None:
    rm.fails("pdf", takes_ranges=False)
    async with opened(rm.url) as asked:
        found = await asked.pdf(SCRIPT, ByteRange(5, 9))
        assert isinstance(found, Pdf)
        assert found.content_range is None
        assert await read(found) == WHOLE


REFUSED_BEFORE_THE_FIRST_BYTE: dict[str, dict[str, Any]] = {
    "something that is not a PDF": {"body": "<html>Sign in</html>", "content_type": "text/html"},
    "no PDF": {"body": "<html>Sign in</html>", "content_type": "application/pdf"},
    "an empty PDF": {"body": "", "content_type": "application/pdf"},
    "status 500": {"status": 500},
    "it refuses the token that it gave": {"status": 401},
}


@pytest.mark.parametrize(("reason", "fault"), REFUSED_BEFORE_THE_FIRST_BYTE.items())
async def test_what_is_no_pdf_is_refused_before_its_first_byte(
    rm: RunningRm, reason: str, fault: dict[str, Any]
) -> None:
    rm.fails("pdf", **fault)
    async with opened(rm.url, downloads=1) as asked:
        for _ in range(2):  # and gives its place back
            with pytest.raises(BackendRefused) as failure:
                await asked.pdf(SCRIPT)
            assert failure.value.reason == reason


CUT: dict[str, tuple[dict[str, Any], type[BackendError]]] = {
    "the connection breaks": ({"cut_after_bytes": 10_000}, BackendUnavailable),
    "the connection breaks before its end was told": (
        {"cut_after_bytes": 10_000, "has_length": False}, BackendUnavailable,
    ),
    "it ends early as if that were all": ({"ends_after_bytes": 10_000}, BackendRefused),
    "it ends early, of no told length": ({"ends_after_bytes": 10_000, "has_length": False}, BackendRefused),
    "it lacks its last bytes": ({"ends_after_bytes": len(WHOLE) - 6}, BackendRefused),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "failure"), CUT.values(), ids=CUT)
async def test_a_pdf_that_is_cut_off_never_looks_whole(
    rm: RunningRm, fault: dict[str, Any], failure: type[BackendError]
) -> None:
    rm.fails("pdf", **fault)
    passed_on = bytearray()
    async with opened(rm.url) as asked:
        pdf = await asked.pdf(SCRIPT)
        assert isinstance(pdf, Pdf)
        with pytest.raises(failure):
            await passed(pdf, passed_on)
        await pdf.aclose()
        assert WHOLE.startswith(passed_on)
        # Less than it said, so that whoever was promised so much sees that it is not there.
        assert len(passed_on) < (pdf.size_bytes or len(WHOLE))
        rm.faults.now.clear()
        assert await read(await asked.pdf(SCRIPT)) == WHOLE


async def test_a_pdf_that_does_not_begin_in_time_costs_the_deadline(rm: RunningRm) -> None:
    rm.fails("pdf", seconds_between=30)
    async with opened(rm.url, deadline_seconds=0.3, downloads=1) as asked:
        for _ in range(2):
            with pytest.raises(BackendTimeout):
                await asked.pdf(SCRIPT)
    await until(lambda: all(served.is_over for served in rm.served("pdf")))


async def test_who_stops_reading_stops_rm(rm: RunningRm) -> None:
    rm.fails("pdf", size_bytes=200_000_000)
    async with opened(rm.url) as asked:
        pdf = await asked.pdf(SCRIPT)
        assert isinstance(pdf, Pdf)
        assert pdf.size_bytes == 200_000_000
        await anext(aiter(pdf))
        await pdf.aclose()
        [served] = rm.served("pdf")
        await until(lambda: served.is_over)
    assert not served.is_whole
    assert served.sent_bytes < 20_000_000


async def test_who_leaves_while_a_pdf_is_opened_stops_rm(rm: RunningRm) -> None:
    rm.fails("pdf", seconds_between=30)
    async with opened(rm.url, downloads=1) as asked:
        leaving = asyncio.create_task(asked.pdf(SCRIPT))
        await until(lambda: rm.served("pdf"))
        leaving.cancel()
        await asyncio.wait([leaving])
        [served] = rm.served("pdf")
        await until(lambda: served.is_over)
        rm.faults.now.clear()
        assert await read(await asked.pdf(SCRIPT)) == WHOLE


async def test_only_so_many_pdfs_are_on_their_way_at_once(rm: RunningRm) -> None:
    async with opened(rm.url, downloads=1, deadline_seconds=0.3) as asked:
        first = await asked.pdf(SCRIPT)
        with pytest.raises(BackendTimeout, match="too many scripts are being read at once"):
            await asked.pdf(SCRIPT)
        assert await read(first) == WHOLE
        assert await read(await asked.pdf(SCRIPT)) == WHOLE


Answering = Callable[[Request], Awaitable[Response]]
PARTIAL = {"content-type": "application/pdf"}
ODD: dict[str, tuple[int, dict[str, str], str]] = {
    "no range told": (206, PARTIAL, "a part that does not say which"),
    "another part": (206, {**PARTIAL, "content-range": "bytes 0-9/100"}, "another part than the one asked for"),
    "another length": (206, {**PARTIAL, "content-range": "bytes 5-20/21"}, "a part of another length than it says"),
    "nonsense": (206, {**PARTIAL, "content-range": "bytes five-nine/100"}, "a part that does not say which"),
    "compressed": (200, {**PARTIAL, "content-encoding": "gzip"}, "a PDF in an encoding that was not asked for"),
    "elsewhere": (302, {"location": "http://127.0.0.1:1/"}, "status 302"),
    "nothing at all": (204, {}, "status 204"),
}


@pytest.mark.parametrize(("status", "headers", "reason"), ODD.values(), ids=ODD)
async def test_an_odd_answer_is_a_refusal(status: int, headers: dict[str, str], reason: str) -> None:
    async def token(_request: Request) -> Response:
        return JSONResponse({"access_token": "a", "expires_in": 300})

    async def pdf(_request: Request) -> Response:
        return Response(b"%PDF-" if status != 204 else b"", status, headers)

    app = Starlette(routes=[Route("/token", token, methods=["POST"]), Route("/scripts/{id}/pdf", pdf)])
    with running_app(app) as address:
        async with opened(address) as rm:
            with pytest.raises(BackendRefused) as failure:
                await rm.pdf(SCRIPT, ByteRange(5, None))
    assert failure.value.reason == reason


async def test_a_whole_that_comes_as_a_part_has_an_end_too() -> None:
    async def token(_request: Request) -> Response:
        return JSONResponse({"access_token": "a", "expires_in": 300})

    async def pdf(_request: Request) -> Response:
        return Response(b"%PDF-1.7 a paper", 206, {**PARTIAL, "content-range": "bytes 0-15/16"})

    app = Starlette(routes=[Route("/token", token, methods=["POST"]), Route("/scripts/{id}/pdf", pdf)])
    with running_app(app) as address:
        async with opened(address) as rm:
            found = await rm.pdf(SCRIPT, ByteRange(0, None))
            assert isinstance(found, Pdf)
            with pytest.raises(BackendRefused) as failure:
                await read(found)
    assert failure.value.reason == "a PDF that is cut off"


def test_the_sandbox_keeps_its_documents_and_requests(tmp_path: Path) -> None:
    """What was given an id keeps it when the server is started anew."""
    import httpx

    from datasources.sandbox.archive import Archive

    def asked() -> tuple[Any, bytes]:
        archive = Archive(tmp_path / "archive.sqlite")
        from datasources.sandbox.rm import SandboxRm

        with running_app(SandboxRm(archive, CLIENT_ID, CLIENT_SECRET)) as address, httpx.Client() as client:
            credentials = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
            token = client.post(f"{address}/rm/token", data=credentials).json()["access_token"]
            bearer = {"authorization": f"Bearer {token}", "idempotency-key": "k"}
            names = ("businessStreamId", "sessionId", "centreId", "candidateNumber", "assessmentCode", "componentId")
            body = {"customerDirectives": [dict(zip(names, key, strict=True)) for key in (KEY, OTHER_KEY)]}
            answer = client.post(f"{address}/rm/scripts", json=body, headers=bearer).json()
            script = answer["scripts"][0]["docStorePageId"]
            pdf = client.get(f"{address}/rm/scripts/{script}/pdf", headers=bearer).content
        archive.close()
        return answer, pdf

    assert asked() == asked()
