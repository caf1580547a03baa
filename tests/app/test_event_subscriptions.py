"""Subscriptions over real sockets: from an id on and then live, without a gap or a repeat, by both protocols."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.postgres import Postgres
from support.server import Server, running_server
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("graphql-transport-ws")
FOLLOW = "subscription($from: ID) { accountEvents(fromEventId: $from) { eventId event } }"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def two_workers(
    request: pytest.FixtureRequest, filled_data_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server of two processes: who follows and who stores may meet in different ones."""
    settings = {}
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        settings["STORES__EVENTS__URL"] = postgres.database()
    folder = Path(shutil.copytree(filled_data_dir, tmp_path_factory.mktemp(request.param) / "data"))
    with running_server(folder, "--workers", "2", **settings) as server:
        yield server


def stored(server: Server, *names: str) -> None:
    for name in names:
        told = httpx.post(
            f"{server.base}/api/events/accounts", json={"event": name, "resourceUri": "/"},
            headers={"authorization": f"bearer {server.credentials['events']['token']}"}, timeout=20,
        )  # fmt: skip
        assert told.status_code == 201


def newest(server: Server) -> int:
    """How many account events there are."""
    told = server.graphql("{ accountEvents(first: 1) { totalCount } }")
    return int(told.json()["data"]["accountEvents"]["totalCount"])


@asynccontextmanager
async def connected(server: Server, **payload: Any) -> AsyncIterator[ClientConnection]:
    address = server.base.replace("http", "ws") + "/graphql"
    async with connect(address, subprotocols=[PROTOCOL]) as socket:
        await tell(socket, type="connection_init", payload=payload or dict(server.bearer))
        assert await heard(socket) == {"type": "connection_ack"}
        yield socket


async def tell(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def heard(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(20):
        message: dict[str, Any] = json.loads(await socket.recv())
    return message


async def follow(socket: ClientConnection, name: str, from_id: int | None) -> None:
    await tell(socket, type="subscribe", id=name, payload={"query": FOLLOW, "variables": {"from": from_id}})


async def ids(socket: ClientConnection, count: int) -> list[int]:
    return [int((await heard(socket))["payload"]["data"]["accountEvents"]["eventId"]) for _ in range(count)]


async def test_from_an_id_on_and_then_live_across_a_reconnect(two_workers: Server) -> None:
    begin = newest(two_workers) + 1
    await asyncio.to_thread(stored, two_workers, "a", "b", "c")
    async with connected(two_workers) as socket:
        await follow(socket, "1", begin)
        assert await ids(socket, 3) == [begin, begin + 1, begin + 2]
        await asyncio.to_thread(stored, two_workers, "d", "e")
        assert await ids(socket, 2) == [begin + 3, begin + 4]
    await asyncio.to_thread(stored, two_workers, "f")
    async with connected(two_workers) as socket:
        await follow(socket, "again", begin + 5)
        await asyncio.to_thread(stored, two_workers, "g")
        assert await ids(socket, 2) == [begin + 5, begin + 6]


async def test_many_followers_hear_the_same_while_many_store(two_workers: Server) -> None:
    begin = newest(two_workers) + 1
    names = [f"n{number}" for number in range(24)]

    async def followed() -> list[int]:
        async with connected(two_workers) as socket:
            await follow(socket, "1", begin)
            return await ids(socket, len(names))

    following = [asyncio.create_task(followed()) for _ in range(6)]
    await asyncio.gather(*(asyncio.to_thread(stored, two_workers, *names[part::4]) for part in range(4)))
    expected = list(range(begin, begin + len(names)))
    assert await asyncio.gather(*following) == [expected] * 6


async def test_server_sent_events(two_workers: Server) -> None:
    begin = newest(two_workers) + 1
    await asyncio.to_thread(stored, two_workers, "a")
    headers = {**two_workers.bearer, "accept": "text/event-stream"}
    body = {"query": FOLLOW, "variables": {"from": begin}}
    async with (
        httpx.AsyncClient(timeout=20) as client,
        client.stream("POST", f"{two_workers.base}/graphql", json=body, headers=headers) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        lines = (line async for line in response.aiter_lines() if line.startswith(("event", "data")))
        for number, name in ((begin, "a"), (begin + 1, "b")):
            if name == "b":
                await asyncio.to_thread(stored, two_workers, "b")
            assert await anext(lines) == "event: next"
            told = json.loads((await anext(lines)).removeprefix("data: "))
            assert told == {"data": {"accountEvents": {"eventId": str(number), "event": name}}}


async def test_what_is_refused_is_told_and_ends(two_workers: Server) -> None:
    async with connected(two_workers, authorization="Bearer nonsense") as socket:
        await follow(socket, "1", 1)
        told = await heard(socket)
        error = told["payload"][0] if told["type"] == "error" else told["payload"]["errors"][0]
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
    async with connected(two_workers) as socket:
        for number, payload in enumerate(
            ({"query": "subscription { nothing }"}, {"query": 5}, None, [], {"query": "{"}), 1
        ):
            await tell(socket, type="subscribe", id=str(number), payload=payload)
            told = await heard(socket)
            assert (told["id"], told["type"]) == (str(number), "error")
            assert told["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        await tell(socket, type="subscribe", id="q", payload={"query": "{ __typename }"})
        assert await heard(socket) == {"id": "q", "type": "next", "payload": {"data": {"__typename": "Query"}}}
        assert await heard(socket) == {"id": "q", "type": "complete"}
        await tell(socket, type="ping")
        assert await heard(socket) == {"type": "pong"}


ASKED = '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}'
CLOSES = {
    "not JSON": (["{"], 4400),
    "no object": (["[]"], 4400),
    "bytes": ([b"{}"], 4400),
    "another type": (['{"type": "start"}'], 4400),
    "asked before it was said who asks": ([ASKED], 4401),
    "said twice": (['{"type": "connection_init"}', '{"type": "connection_init"}'], 4429),
    "no id": (['{"type": "connection_init"}', '{"type": "subscribe", "payload": {"query": "{ __typename }"}}'], 4400),
}


@pytest.mark.parametrize(("messages", "code"), CLOSES.values(), ids=CLOSES)
async def test_a_caller_who_does_not_keep_to_the_protocol(
    server: Server, messages: list[str | bytes], code: int
) -> None:
    async with connect(server.base.replace("http", "ws") + "/graphql", subprotocols=[PROTOCOL]) as socket:
        for message in messages:
            await socket.send(message)
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionClosed):
                async for _ in socket:
                    pass
        assert socket.close_code == code


async def test_an_id_that_is_taken_and_one_that_is_free_again(server: Server) -> None:
    async with connected(server) as socket:
        await follow(socket, "1", None)
        await tell(socket, type="complete", id="1")
        await tell(socket, type="ping")
        assert await heard(socket) == {"type": "pong"}
        await follow(socket, "1", None)
        await follow(socket, "1", None)
        with pytest.raises(ConnectionClosed):
            await heard(socket)
        assert socket.close_code == 4409


async def test_another_protocol_is_not_spoken(server: Server) -> None:
    async with connect(server.base.replace("http", "ws") + "/graphql") as socket:
        with pytest.raises(ConnectionClosed):
            await heard(socket)
        assert socket.close_code == 4406
