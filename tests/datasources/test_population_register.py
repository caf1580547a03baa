"""The population register over real HTTP: what it gives, and whatever can go wrong with it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from support.rm import raw_server, running_app
from support.server import free_port

from datasources.calls import BreakerState, Limits, Status, counting_calls
from datasources.errors import BackendError, BackendRefused, BackendTimeout, BackendUnavailable
from datasources.population_register import Name, PopulationRegister
from datasources.sandbox.register import (
    NAMED,
    UNAVAILABLE,
    RegisterFault,
    SandboxRegister,
    register_people,
    with_check_digits,
)

TOKEN = "known to the register"
FAR = 20.0
E1, E2, E3, E5 = "15880270033", "03910270183", "29820080031", "07810262200"


@dataclass
class Running:
    url: str
    register: SandboxRegister
    fault: RegisterFault | None = None

    def lookups(self, method: str = "GET") -> Any:
        headers = {"authorization": f"Bearer {TOKEN}"}
        return httpx.request(method, f"{self.url}/lookups", headers=headers).json()["numbers"]


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    made = Running("", SandboxRegister(register_people(), TOKEN, lambda: made.fault))
    with running_app(made.register) as address:
        made.url = f"{address}/register"
        yield made


@pytest.fixture
def server(served: Running) -> Running:
    served.fault = None
    served.register.lookups.clear()
    return served


@asynccontextmanager
async def opened(url: str | None, token: str = TOKEN, **limits: Any) -> AsyncIterator[PopulationRegister]:
    register = PopulationRegister(url, token, Limits(**{"deadline_seconds": FAR, **limits}))
    register.open()
    yield register
    await register.close()


def told(found: dict[str, Any]) -> dict[str, Any]:
    """What was found, a failure by its kind and its words."""
    return {key: (type(each), each.message) if isinstance(each, BackendError) else each for key, each in found.items()}


async def test_names_those_that_are_unknown_and_those_that_cannot_be_looked_up(server: Running) -> None:
    async with opened(server.url) as register:
        with counting_calls() as calls:
            found = await register.names_by_number([E2, E1, E3, E5, E1])
        assert calls == {"population register": 1}
        assert told(found) == {
            E2: Name("Lun", "Steinvik"),
            E1: Name("Rask", "Elv"),
            E5: (BackendUnavailable, "population register cannot be reached: status 503 for one number"),
        }
        assert server.lookups() == [E2, E1, E3, E5]
        assert server.lookups("DELETE") == server.lookups() == []
        with counting_calls() as calls:
            assert await register.names_by_number([]) == {}
        assert calls == {}
        assert (await register.probe()).status is Status.UP


async def test_many_are_asked_for_500_at_a_time(server: Running) -> None:
    numbers = [*register_people(), *(f"{number:011d}" for number in range(1000))]
    async with opened(server.url, in_flight=2) as register:
        with counting_calls() as calls:
            found = await register.names_by_number(numbers)
    assert calls == {"population register": 3}
    assert found == {number: Name(*names) for number, names in register_people().items()}
    assert sorted(server.lookups()) == sorted(numbers)


def test_the_sandboxs_people_are_the_named_ones_and_200_others_with_numbers_that_hold() -> None:
    people = register_people()
    assert people == register_people()
    assert (len(people), {number: people[number] for number in NAMED}) == (202, NAMED)
    assert not UNAVAILABLE & people.keys()
    for number in people:
        assert with_check_digits(number[:9]) == number
        assert 81 <= int(number[2:4]) <= 92
    assert with_check_digits("158802506") is with_check_digits("158802502") is None


REFUSED = "population register gave an unusable answer"
FAILURES: dict[str, tuple[RegisterFault, type[BackendError], str]] = {
    "an outage": (RegisterFault(status=503), BackendUnavailable, "population register cannot be reached: status 503"),
    "a failure": (RegisterFault(status=500), BackendRefused, f"{REFUSED}: status 500"),
    "a refusal": (RegisterFault(status=401), BackendRefused, f"{REFUSED}: status 401"),
    "no JSON": (RegisterFault(body="<html>"), BackendRefused, f"{REFUSED}: its answer is not JSON"),
    "a list": (RegisterFault(body="[]"), BackendRefused, f"{REFUSED}: an answer without answers"),
    "answers that are none": (
        RegisterFault(body='{"answers": [1]}'), BackendRefused, f"{REFUSED}: an answer without answers",
    ),
    "an answer too few": (
        RegisterFault(body='{"answers": []}'), BackendRefused,
        f"{REFUSED}: not an answer for each number, in their order",
    ),
    "another's answer": (
        RegisterFault(body=f'{{"answers": [{{"number": "{E2}", "status": 404}}]}}'), BackendRefused,
        f"{REFUSED}: not an answer for each number, in their order",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "kind", "words"), FAILURES.values(), ids=FAILURES.keys())
async def test_what_goes_wrong_is_told_and_no_number_with_it(
    server: Running, fault: RegisterFault, kind: type[BackendError], words: str
) -> None:
    server.fault = fault
    async with opened(server.url) as register:
        with capture_logs() as logs, pytest.raises(kind) as caught:
            await register.names_by_number([E1])
    assert (type(caught.value), caught.value.message) == (kind, words)
    assert logs
    assert E1 not in str(logs)
    assert E2 not in str(logs)


@pytest.mark.parametrize("member", ['"status": 200', '"status": 200, "firstName": "A", "lastName": 1', '"status": "x"'])
async def test_somebody_who_is_not_described_as_agreed(server: Running, member: str) -> None:
    server.fault = RegisterFault(body=f'{{"answers": [{{"number": "{E1}", {member}}}]}}')
    async with opened(server.url) as register:
        found = await register.names_by_number([E1])
    assert told(found) == {E1: (BackendRefused, f"{REFUSED}: somebody who is not described as agreed")}


async def test_a_token_that_it_does_not_know(server: Running) -> None:
    async with opened(server.url, token="another") as register:
        with pytest.raises(BackendRefused, match="status 401"):
            await register.names_by_number([E1])
        assert (await register.probe()).status is Status.DOWN
    assert list(server.register.lookups) == []


def test_lookups_are_told_to_whom_the_register_knows(server: Running) -> None:
    assert httpx.get(f"{server.url}/lookups").status_code == 401


async def test_one_that_takes_too_long(server: Running) -> None:
    server.fault = RegisterFault(seconds=FAR)
    async with opened(server.url, deadline_seconds=0.1) as register:
        with pytest.raises(BackendTimeout):
            await register.names_by_number([E1])


@pytest.mark.parametrize("url", [None, "dead"])
async def test_one_that_is_not_there_is_left_alone_soon(url: str | None) -> None:
    where = url and f"http://127.0.0.1:{free_port()}/register"
    async with opened(where, breaker_open_seconds=FAR) as register:
        for _ in range(5):
            with pytest.raises(BackendUnavailable):
                await register.names_by_number([E1])
        assert register.calls.breaker.state is BreakerState.OPEN
        with pytest.raises(BackendUnavailable, match="it kept failing and is being left alone"):
            await register.names_by_number([E1])


async def test_an_open_breaker_asks_nobody(server: Running) -> None:
    server.fault = RegisterFault(status=503)
    async with opened(server.url, breaker_open_seconds=FAR) as register:
        await asyncio.gather(*(register.names_by_number([E1]) for _ in range(5)), return_exceptions=True)
        assert register.calls.breaker.state is BreakerState.OPEN
        server.fault = None
        with pytest.raises(BackendUnavailable):
            await register.names_by_number([E1])
    assert server.lookups() == []


async def test_one_that_does_not_speak_http() -> None:
    with raw_server(b"noise\r\n\r\n") as (address, asked):
        async with opened(f"{address}/register") as register:
            with pytest.raises(BackendRefused, match="its answer is not HTTP"):
                await register.names_by_number([E1])
    # The number is in the body, and in no line that anybody logs.
    assert E1.encode() not in b"".join(asked)
