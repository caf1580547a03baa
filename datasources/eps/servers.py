"""The two EPS servers (MEPS and OEPS): which holds what, and how both are asked side by side."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import MetaData, Select

from datasources.calls import Status
from datasources.errors import ServiceError
from datasources.forms import Form
from datasources.keys import key_parameters
from datasources.records import record
from datasources.sql import Database

Key = TypeVar("Key")
Value = TypeVar("Value")
TextKey = TypeVar("TextKey", bound=tuple[str | int, ...])

# What both servers must have. Each question's views stand beside it.
VIEWS = MetaData()


@record
class BusinessStreamRecord:
    code: str  # two digits, leading zero kept: "02"
    name: str
    server: str  # the EPS server that holds its sessions: "MEPS" or "OEPS"


@record
class EpsServerRecord:
    name: str
    status: Status
    checked_at: datetime  # UTC, to the second


class EpsServers:
    """Asks each server for the keys of its own streams.

    An answer for a key can be a ServiceError: the server that holds it failed, which costs the keys of the other
    server nothing. A key of an unknown stream is absent from the answer.
    """

    def __init__(
        self, servers: Mapping[str, Database], streams: Iterable[BusinessStreamRecord], now: Callable[[], datetime]
    ) -> None:
        self.servers = servers
        self.streams = {stream.code: stream for stream in sorted(streams, key=lambda stream: stream.code)}
        self._now = now

    async def probe_servers(self) -> list[EpsServerRecord]:
        """Each server, in the order of configuration, really asked now, side by side. Raises nothing for one down."""
        found = await asyncio.gather(*(server.probe() for server in self.servers.values()))
        now = self._now().replace(microsecond=0)
        return [EpsServerRecord(health.name, health.status, now) for health in found]

    async def _by_server(
        self,
        keys: Sequence[Key],
        stream_of: Callable[[Key], str],
        ask: Callable[[Database, Sequence[Key]], Awaitable[dict[Key, Value]]],
    ) -> dict[Key, Value | ServiceError]:
        asked: dict[str, list[Key]] = defaultdict(list)
        for key in keys:
            stream = self.streams.get(stream_of(key))
            if stream is not None:
                asked[stream.server].append(key)
        asking = [_or_failure(ask(self.servers[name], part)) for name, part in asked.items()]
        # Most questions are for one server, which needs no task of its own.
        found = [await asking[0]] if len(asking) == 1 else await asyncio.gather(*asking)
        answers: dict[Key, Value | ServiceError] = {}
        for part, answer in zip(asked.values(), found, strict=True):
            answers.update(dict.fromkeys(part, answer) if isinstance(answer, ServiceError) else answer)
        return answers

    async def _one_by_key(
        self, keys: Sequence[TextKey], statement: Select[Any], form: Form[Value]
    ) -> dict[TextKey, Value | ServiceError]:
        """The record of each key. The statement's rows begin with the columns of the key, whose stream comes first."""

        async def ask(server: Database, keys: Sequence[TextKey]) -> dict[TextKey, Value]:
            rows = await server.rows(statement, key_parameters(keys))
            width = len(keys[0])
            records = form.read_all(server.backend, rows)
            return {row[:width]: made for row, made in zip(rows, records, strict=True)}  # type: ignore[misc]

        return await self._by_server(keys, _stream_of, ask)

    async def _many_by_key(
        self, keys: Sequence[TextKey], statement: Select[Any], form: Form[Value]
    ) -> dict[TextKey, list[Value] | ServiceError]:
        """The records of each key, in the statement's order; a key without any has an empty list. Rows as above."""

        async def ask(server: Database, keys: Sequence[TextKey]) -> dict[TextKey, list[Value]]:
            rows = await server.rows(statement, key_parameters(keys))
            width = len(keys[0])
            found: dict[TextKey, list[Value]] = {key: [] for key in keys}
            for row, made in zip(rows, form.read_all(server.backend, rows), strict=True):
                found[row[:width]].append(made)  # type: ignore[index]
            return found

        return await self._by_server(keys, _stream_of, ask)


def grouped(items: Iterable[Key], by: Callable[[Key], Any]) -> dict[Any, list[Key]]:
    groups: dict[Any, list[Key]] = defaultdict(list)
    for item in items:
        groups[by(item)].append(item)
    return groups


def _stream_of(key: tuple[str | int, ...]) -> str:
    return str(key[0])


async def _or_failure(answer: Awaitable[Value]) -> Value | ServiceError:
    try:
        return await answer
    except ServiceError as failure:
        return failure
