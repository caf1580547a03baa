"""Requests for scripts, asked again and at once: RM hears of each once, whatever happens between."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from golden.service import CLIENT, Databases, Running, Told, running
from support.rm import SCRIPT, RunningRm, filed
from support.server import free_port

from app.auth import hashed_secret

PATH = "/v1/candidates/scripts"
DIRECTIVE = {
    "businessStreamId": "02", "sessionId": "14244", "centreId": "04200", "candidateNumber": "1804",
    "assessmentCode": "0500", "componentId": "01",
}  # fmt: skip
SECOND = {**DIRECTIVE, "componentId": "02"}
OTHER_CLIENT = {"client_id": "other", "client_secret": "the other's secret"}
MUTATION = """
mutation ($input: RequestScriptsInput!) { requestScripts(input: $input) { scriptRequest { requestId } } }
"""


def body(reference: str | None = "A-1", *directives: dict[str, Any]) -> dict[str, Any]:
    asked: dict[str, Any] = {"customerDirectives": list(directives or [DIRECTIVE])}
    return asked if reference is None else {"requestReference": reference, **asked}


@pytest.fixture
def rm(databases: Databases) -> RunningRm:
    databases.rm.holds([filed()])
    return databases.rm


@asynccontextmanager
async def serving(databases: Databases, **urls: str) -> AsyncIterator[Running]:
    """The service, over whatever requests its store already holds."""
    stored = await databases.url("SCRIPTS", {}) if "SCRIPTS" not in urls else urls.pop("SCRIPTS")
    clients = {each["client_id"]: hashed_secret(each["client_secret"]) for each in (CLIENT, OTHER_CLIENT)}
    async with running(databases, {"SCRIPTS": stored, **urls}, clients=clients) as service:
        yield service


async def ask(service: Running, asked: object, client: dict[str, str] = CLIENT) -> Told:
    return await service.ask("POST", PATH, client, asked)


async def test_the_same_again_is_answered_alike_and_sent_once(databases: Databases, rm: RunningRm) -> None:
    async with serving(databases) as service:
        first = await ask(service, body())
        rm.holds([])  # had RM been asked again it would say something else
        again = await ask(service, body())
    assert (first.response.status_code, again.response.status_code) == (201, 201)
    assert first.response.content == again.response.content
    assert [each["docStorePageId"] for each in first.json["scripts"]] == [SCRIPT]
    assert (first.calls, again.calls) == ({"AUDIT": 1, "SCRIPTS": 2, "RM": 1}, {"AUDIT": 1, "SCRIPTS": 1})


async def test_the_same_many_times_at_once_is_sent_once(databases: Databases, rm: RunningRm) -> None:
    rm.fails("request", seconds=0.3)
    async with serving(databases) as service:
        told = await asyncio.gather(*(ask(service, body()) for _ in range(10)))
    assert {each.response.status_code for each in told} == {201}
    assert len({each.response.content for each in told}) == 1
    assert len(rm.served("request")) == 1


async def test_something_else_under_the_same_reference_is_a_conflict(databases: Databases, rm: RunningRm) -> None:
    async with serving(databases) as service:
        assert (await ask(service, body())).response.status_code == 201
        other = await ask(service, body("A-1", DIRECTIVE, SECOND))
        in_graph = [
            await service.graphql(MUTATION, ["scripts:request"], input={"requestReference": "A-1", "directives": given})
            for given in ([DIRECTIVE], [SECOND])
        ]
    message = "requestReference A-1 was used before, for other directives"
    assert (other.response.status_code, other.json["type"], other.json["message"]) == (409, "APP:CONFLICT", message)
    assert len(rm.served("request")) == 2
    # Another caller's reference is another; its own again is a conflict in the graph, too.
    assert in_graph[0].response.status_code == 200
    assert in_graph[1].response.status_code == 409
    [error] = in_graph[1].json["errors"]
    assert (error["message"], error["extensions"]) == (message, {"code": "CONFLICT"})


async def test_another_client_may_use_the_same_reference(databases: Databases, rm: RunningRm) -> None:
    async with serving(databases) as service:
        mine = await ask(service, body())
        theirs = await ask(service, body("A-1", SECOND), OTHER_CLIENT)
    assert (mine.response.status_code, theirs.response.status_code) == (201, 201)
    assert mine.json["requestId"] != theirs.json["requestId"]
    assert len(rm.served("request")) == 2


async def test_a_reference_is_made_when_there_is_none(databases: Databases, rm: RunningRm) -> None:
    async with serving(databases) as service:
        first, second = [await ask(service, body(None)) for _ in range(2)]
        again = await ask(service, body(first.json["requestReference"]))
    assert uuid.UUID(first.json["requestReference"]) != uuid.UUID(second.json["requestReference"])
    # the first answer again, but for what who asks so knows already
    assert {**again.json, "requestReference": first.json["requestReference"]} == first.json
    assert "requestReference" not in again.json
    assert len(rm.served("request")) == 2


async def test_what_rm_could_not_take_is_completed_later(databases: Databases, rm: RunningRm) -> None:
    url = await databases.url("SCRIPTS", {})
    async with serving(databases, SCRIPTS=url, RM=f"http://127.0.0.1:{free_port()}/rm") as service:
        down = await ask(service, body())
        made = await ask(service, body(None))
    assert (down.response.status_code, down.json["type"]) == (503, "HTTP:CONNECTIVITY")
    kept = "RM cannot be reached: the request is kept; send it again with the requestReference "
    assert down.json["message"] == f"{kept}A-1"
    reference = made.json["message"].removeprefix(kept)
    assert uuid.UUID(reference)
    async with serving(databases, SCRIPTS=url) as service:
        conflict = await ask(service, body("A-1", SECOND))
        completed = [await ask(service, body(each)) for each in ("A-1", reference)]
        again = await ask(service, body())
    assert conflict.response.status_code == 409
    assert [each.response.status_code for each in completed] == [201, 201]
    assert again.json == completed[0].json
    assert len(rm.served("request")) == 2


async def test_an_answer_that_was_lost_on_its_way_is_asked_for_again(databases: Databases, rm: RunningRm) -> None:
    rm.fails("request", cut_after_bytes=5)
    async with serving(databases) as service:
        lost = await ask(service, body())
        rm.faults.now.clear()
        found = await ask(service, body())
    assert (lost.response.status_code, found.response.status_code) == (503, 201)
    # Three attempts and one more, all of one request: RM made it once.
    assert len({each.idempotency_key for each in rm.served("request")}) == 1
    assert len(rm.served("request")) == 4
    assert found.json["requestId"] == "ATS-000001"


async def test_a_caller_who_leaves_does_not_hold_up_the_next(databases: Databases, rm: RunningRm) -> None:
    rm.fails("request", times=1, seconds=30)
    async with serving(databases) as service:
        leaving = asyncio.create_task(ask(service, body()))
        async with asyncio.timeout(20):
            while not rm.served("request"):  # noqa: ASYNC110 another thread's doing
                await asyncio.sleep(0.01)
        leaving.cancel()
        await asyncio.wait([leaving])
        next_one = await ask(service, body())
    assert next_one.response.status_code == 201
    assert len({each.idempotency_key for each in rm.served("request")}) == 1


@pytest.mark.parametrize(("count", "status"), [(500, 201), (501, 400)])
async def test_at_most_500_directives(databases: Databases, rm: RunningRm, count: int, status: int) -> None:
    directives = [{**DIRECTIVE, "candidateNumber": f"{number:04d}"} for number in range(count)]
    async with serving(databases) as service:
        told = await ask(service, body("A-1", *directives))
    assert told.response.status_code == status
    assert len(rm.served("request")) == (1 if status == 201 else 0)
    if status == 400:
        assert told.json["message"] == "customerDirectives must be 1 to 500"


async def test_one_bad_directive_among_500_is_named_and_nothing_is_stored_or_sent(
    databases: Databases, rm: RunningRm
) -> None:
    directives = [{**DIRECTIVE, "candidateNumber": f"{number:04d}"} for number in range(500)]
    async with serving(databases) as service:
        bad = await ask(service, body("A-1", *directives[:321], {**DIRECTIVE, "componentId": "1"}, *directives[322:]))
        good = await ask(service, body("A-1", *directives))
    assert bad.response.status_code == 400
    assert bad.json["message"] == "customerDirectives[321].componentId must be two digits"
    assert bad.calls == {}
    assert good.response.status_code == 201  # the reference is free


async def test_a_body_that_is_too_large_is_refused(databases: Databases, rm: RunningRm) -> None:
    async with serving(databases) as service:
        told = await ask(service, {"customerDirectives": [], "padding": "x" * (1 << 20)})
    assert (told.response.status_code, told.json["type"]) == (413, "HTTP:PAYLOAD_TOO_LARGE")
