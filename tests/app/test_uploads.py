"""Bodies that are files: who may send one, how large, and what becomes of it; and public routes beside them."""

import asyncio
import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import strawberry
from lxml import etree
from strawberry.types import Info
from structlog.testing import capture_logs
from support.rm import running_app
from support.server import Server

from app.auth import hashed_secret
from app.http.requests import CallerLeft, Message, Patience, Receive
from app.http.uploads import MEMORY_BYTES, Upload
from app.main import application
from app.sandbox import SandboxFiles
from app.settings import Settings
from app.surfaces import EksamenSettings, EksamenToken
from app.wiring import assembled, make_sources
from datasources.errors import BackendUnavailable
from rest_compat.exams.dialect import EXAMS
from rest_compat.messages import Asked, Json, Rejected
from rest_compat.routes import RouteTable
from rest_compat.translate import Route

BOUND = 3 << 20
TOKEN = {"authorization": "Bearer tok-gs"}
PA = "{http://pas.udir.no/Pamelding}"
OPERATIONS = """
query LegacyUpload($size: Int!, $school: String!) { upload(size: $size, school: $school) }
query LegacyPlans { plans }
"""


@strawberry.type
class Query:
    @strawberry.field
    def upload(self, info: Info, size: int, school: str) -> int:
        info.context.viewer.require("exams:register")
        info.context.viewer.require_organisation(school)
        if size == 1:
            raise BackendUnavailable("EXAMS")
        return size

    @strawberry.field
    def plans(self, info: Info) -> str:
        return str(info.context.viewer.subject)


@dataclass
class Reader:
    """Reads the bodies, in the place of a parser: what it saw, and whether what it made is closed again."""

    threads: list[bool] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)
    reads: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)
    whole: list[bool] = field(default_factory=list)

    def __call__(self, asked: Asked) -> dict[str, Any]:
        assert asked.file is not None
        self.threads.append(threading.current_thread() is not self.serving)
        asked.closing.callback(self.closed.set)
        self.reads.set()
        begins = asked.file.read(4)
        if begins == b"wait":
            assert self.may_go_on.wait(20)
        if begins == b"refu":
            raise Rejected("BAD_USER_INPUT", "<refused> & told")
        if begins == b"bug!":
            raise LookupError("15880270033")
        size = len(begins) + len(asked.file.read())
        self.whole.append(not self.closed.is_set())
        return {"size": size, "school": "310000027" if begins == b"othe" else "310000019"}

    serving: threading.Thread | None = None


def uploaded(data: Json, _asked: Asked) -> dict[str, str]:
    return {"Reference": str(data["upload"])}


def plans(data: Json, _asked: Asked) -> dict[str, str]:
    return {"Message": data["plans"]}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.fixture(autouse=True)
def _anew(reader: Reader) -> None:
    reader.closed.clear()
    reader.reads.clear()
    reader.may_go_on.clear()
    reader.threads.clear()
    reader.whole.clear()


@pytest.fixture(scope="module")
def base(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service with two routes of its own, in a thread."""
    folder: Path = tmp_path_factory.mktemp("uploads")
    SandboxFiles(folder).prepare()
    token = EksamenToken(hash=hashed_secret("tok-gs"), organisations=("310000019",))
    limits = EksamenSettings(tokens={"gs": token}, max_registration_bytes=BOUND)
    settings = Settings(data_dir=folder, eksamen=limits, max_body_bytes=1000)
    routes = (
        Route("/kandidatpamelding", "LegacyUpload", reader, uploaded, EXAMS, method="POST", status=202,
              takes_file=True, right="exams:register", root="PameldingReference", location="/sas/x/{Reference}"),
        Route("/eksamensplan", "LegacyPlans", lambda _: {}, plans, EXAMS, is_public=True, root="ApiError"),
    )  # fmt: skip
    schema = strawberry.Schema(query=Query)
    service = assembled(settings, schema, make_sources(settings), RouteTable(routes, {"own.graphql": OPERATIONS}))
    with running_app(application(service)) as address:
        reader.serving = next(thread for thread in threading.enumerate() if "run" in thread.name)
        yield address


def send(base: str, body: Any, method: str = "POST", **headers: str) -> httpx.Response:
    return httpx.request(method, f"{base}/sas/kandidatpamelding", content=body, headers=headers, timeout=20)


def chunks(size: int) -> Iterator[bytes]:
    """A body whose length nobody announces."""
    for start in range(0, size, 1 << 16):
        yield b"x" * min(1 << 16, size - start)


@pytest.mark.parametrize("size", [0, 10, 1001, MEMORY_BYTES, MEMORY_BYTES + 1, BOUND])
@pytest.mark.parametrize("make", [lambda size: b"x" * size, chunks], ids=["announced", "in pieces"])
def test_a_body_is_read_whole_by_another_thread(
    base: str, reader: Reader, size: int, make: Callable[[int], Any]
) -> None:
    answer = send(base, make(size), **TOKEN)
    assert (answer.status_code, answer.json()) == (202, {"Reference": str(size)})
    assert answer.headers["location"] == f"{base}/sas/x/{size}"
    assert reader.threads == [True]
    assert reader.closed.wait(20)


def test_the_other_prefix_and_xml(base: str) -> None:
    headers = {**TOKEN, "accept": "application/vnd.pas.sas.v2+xml"}
    answer = httpx.post(f"{base}/api/ekstern/kandidatpamelding/", content=b"1234", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (202, "application/xml")
    assert etree.fromstring(answer.content)[0].text == "4"


@pytest.mark.parametrize("make", [lambda size: b"x" * size, chunks], ids=["announced", "in pieces"])
def test_a_body_that_is_too_large(base: str, reader: Reader, make: Callable[[int], Any]) -> None:
    answer = send(base, make(BOUND + 1), **TOKEN)
    told = {"Message": f"the body is larger than {BOUND} bytes"}
    assert (answer.status_code, answer.json(), reader.threads) == (413, told, [])


@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "Basic tok-gs"])
def test_nobodys_body_is_not_read(base: str, reader: Reader, authorization: str | None) -> None:
    answer = send(base, b"x" * BOUND, **({"authorization": authorization} if authorization else {}))
    assert (answer.status_code, answer.json()) == (401, {"Message": "Authentication required"})
    assert answer.headers["www-authenticate"] == "Bearer"
    assert reader.threads == []


def test_a_method_that_is_not_offered(base: str, reader: Reader) -> None:
    answer = send(base, b"x", "PUT", **TOKEN, accept="application/xml")
    assert (answer.status_code, answer.headers["allow"], reader.threads) == (405, "OPTIONS, POST", [])
    assert etree.fromstring(answer.content).tag == f"{PA}ApiError"
    assert httpx.options(f"{base}/sas/kandidatpamelding").headers["allow"] == "OPTIONS, POST"


def test_an_encoded_body(base: str, reader: Reader) -> None:
    answer = send(base, gzip.compress(bytes(64 << 20)), **TOKEN, **{"content-encoding": "gzip"})
    told = {"Message": "send the body without Content-Encoding"}
    assert (answer.status_code, answer.json(), reader.threads) == (415, told, [])


def test_what_reading_refuses(base: str, reader: Reader) -> None:
    answer = send(base, b"refuse", **TOKEN, accept="text/xml")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/xml")
    assert etree.fromstring(answer.content)[0].text == "<refused> & told"
    assert reader.closed.is_set()


def test_another_organisation(base: str, reader: Reader) -> None:
    answer = send(base, b"other", **TOKEN)
    told = {"Message": "Not authorised for organisasjonsnummer '310000027'"}
    assert (answer.status_code, answer.json(), reader.closed.is_set()) == (403, told, True)


@pytest.mark.parametrize(
    ("body", "code", "backend"), [(b"bug!", "INTERNAL", ""), (b"1", "BACKEND_UNAVAILABLE", "EXAMS")]
)
def test_a_fault(base: str, reader: Reader, body: bytes, code: str, backend: str) -> None:
    with capture_logs() as logs:
        answer = send(base, body, **TOKEN, **{"x-transaction-id": "t-1"})
    [line] = [line for line in logs if line["event"] == "request_failed"]
    told = f"Exception logged on server with reference {line['reference']}. Contact PAS system administrators."
    assert (answer.status_code, answer.json()) == (500, {"Message": f"Failed to process request. {told}"})
    assert (line["code"], line["backend"], line["transaction_id"]) == (code, backend, "t-1")
    assert reader.closed.is_set()


def test_others_are_answered_while_a_body_is_read(base: str, reader: Reader) -> None:
    answers: list[httpx.Response] = []
    sender = threading.Thread(target=lambda: answers.append(send(base, b"wait", **TOKEN)))
    sender.start()
    assert reader.reads.wait(20)
    assert httpx.get(f"{base}/sas/eksamensplan").status_code == 200
    assert answers == []
    reader.may_go_on.set()
    sender.join(20)
    assert [answer.status_code for answer in answers] == [202]


def raw(base: str, body: bytes, announced: int) -> None:
    """Send so much of a body and leave."""
    address = httpx.URL(base)
    with socket.create_connection((address.host, address.port or 0)) as connection:
        head = "POST /sas/kandidatpamelding HTTP/1.1\r\nhost: x\r\nauthorization: Bearer tok-gs"
        connection.sendall(f"{head}\r\ncontent-length: {announced}\r\n\r\n".encode() + body)


def test_who_leaves_before_the_body_has_come(base: str, reader: Reader) -> None:
    raw(base, b"x" * 100, announced=200)
    assert send(base, b"1234", **TOKEN).status_code == 202
    assert reader.threads == [True]


def test_who_leaves_while_it_is_read(base: str, reader: Reader) -> None:
    raw(base, b"wait for me", announced=11)
    assert reader.reads.wait(20)
    reader.may_go_on.set()
    assert reader.closed.wait(20)
    assert reader.whole == [True]


@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "Bearer tok-gs"])
def test_a_public_route_asks_nobody(base: str, authorization: str | None) -> None:
    headers = {"authorization": authorization} if authorization else {}
    answer = httpx.get(f"{base}/sas/eksamensplan", headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"Message": "None"})
    assert httpx.delete(f"{base}/sas/eksamensplan", headers=headers).status_code == 405
    head = httpx.head(f"{base}/sas/eksamensplan", headers=headers)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(answer.content)))


@pytest.mark.parametrize("path", ["/sas", "/sas/", "/sas/nothing", "/api/ekstern/nothing/"])
def test_an_unknown_path_of_the_running_service(server: Server, path: str) -> None:
    """In a process as it is run, where no route is made up."""
    plain = httpx.get(f"{server.base}{path}")
    assert (plain.status_code, plain.json()) == (404, {"Message": "no such resource"})
    told = httpx.post(f"{server.base}{path}", content=b"<x/>", headers={"accept": "application/xml"})
    assert (told.status_code, told.headers["content-type"]) == (404, "application/xml")
    assert etree.fromstring(told.content).tag == f"{PA}ApiError"


def receiving(*messages: Message) -> Receive:
    left = list(messages)

    async def receive() -> Message:
        await asyncio.sleep(0)
        return left.pop(0)

    return receive


def body(part: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": part, "more_body": more}


def upload(*messages: Message, bound: int = BOUND, **headers: str) -> Upload:
    receive = receiving(*messages)
    sent = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return Upload(sent, receive, bound, Patience(receive, 1))


async def test_the_file_is_gone_with_its_request() -> None:
    made = upload(body(b"x" * MEMORY_BYTES), body(b"y", more=False))
    file = await made.file()
    assert file.read() == b"x" * MEMORY_BYTES + b"y"
    made.close()
    assert file.closed
    made.close()


async def test_a_caller_who_leaves_is_told_of() -> None:
    made = upload(body(b"x"), {"type": "http.disconnect"})
    with pytest.raises(CallerLeft):
        await made.file()
    made.close()


@pytest.mark.parametrize("announced", ["9", "11", "x", "-1", "99999999999999999999"])
async def test_what_is_announced_does_not_decide_alone(announced: str) -> None:
    made = upload(body(b"x" * 6), body(b"y" * 5, more=False), bound=10, content_length=announced)
    with pytest.raises(Rejected, match="the body is larger than 10 bytes"):
        await made.file()
    made.close()


async def test_what_nobody_wants_is_passed_over_once() -> None:
    made = upload(body(b"x" * 100), body(b"", more=False))
    await made.pass_over()
    await made.pass_over()
    made.close()
