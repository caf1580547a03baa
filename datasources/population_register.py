"""The population register: what people are called, by their national identity numbers. Asked over HTTP, in bulk."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datasources.calls import Calls, Health, Limits
from datasources.errors import BackendError, BackendRefused, BackendUnavailable
from datasources.http import Answer, WebService

BACKEND = "population register"
# Numbers in one request: the register takes no more.
NUMBERS_AT_ONCE = 500
# How long what is under way may take to stop. A register that hangs must not hold up our own end.
CLOSE_SECONDS = 2.0
OK, NOT_FOUND = 200, 404
# What a server says that cannot answer now, of itself or of one number. Anything else is a refusal.
NOT_NOW = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Name:
    """What somebody is called, as the register spells it."""

    first_name: str
    last_name: str


NameOrFailure = Name | BackendError


class PopulationRegister:
    """Asks the population register. Numbers travel in bodies alone, and stand in no message and no log."""

    def __init__(self, url: str | None, token: str, limits: Limits) -> None:
        self.calls = Calls(BACKEND, limits)
        self._web = WebService(BACKEND, url)
        self._headers = {"authorization": f"Bearer {token}"}

    def open(self) -> None:
        self._web.open()

    async def close(self) -> None:
        """Close all connections, when no call is under way or soon."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.calls.ended()
        await self._web.close()

    async def probe(self) -> Health:
        """Whether the register answers us now. Never raises for one that does not."""
        return await self.calls.probe(lambda: self._asked([]))

    async def names_by_number(self, numbers: Sequence[str]) -> dict[str, NameOrFailure]:
        """Names by number; absent for who is not in the register, a failure in the place of who cannot be looked up.

        One call for each 500 different numbers, side by side. Raises BackendTimeout, BackendUnavailable,
        BackendRefused when one of them fails as a whole.
        """
        wanted = list(dict.fromkeys(numbers))
        chunks = [wanted[start : start + NUMBERS_AT_ONCE] for start in range(0, len(wanted), NUMBERS_AT_ONCE)]
        found = await asyncio.gather(*(self._names(chunk) for chunk in chunks))
        return {number: name for names in found for number, name in names.items()}

    async def _names(self, numbers: Sequence[str]) -> dict[str, NameOrFailure]:
        return await self.calls.read(lambda: self._asked(numbers))

    async def _asked(self, numbers: Sequence[str]) -> dict[str, NameOrFailure]:
        body = {"numbers": list(numbers)}
        answers = _answers(await self._web.json("POST", "/names", headers=self._headers, json=body))
        if [each.get("number") for each in answers] != list(numbers):
            raise BackendRefused(BACKEND, "not an answer for each number, in their order")
        found: dict[str, NameOrFailure] = {}
        for number, each in zip(numbers, answers, strict=True):
            if each.get("status") != NOT_FOUND:
                found[number] = _name(each)
        return found


def _answers(answer: Answer) -> list[Mapping[str, Any]]:
    if answer.status in NOT_NOW:
        raise BackendUnavailable(BACKEND, f"status {answer.status}")
    if answer.json is None:
        raise BackendRefused(BACKEND, f"status {answer.status}")
    answers = answer.json.get("answers") if isinstance(answer.json, dict) else None
    if not isinstance(answers, list) or not all(isinstance(each, dict) for each in answers):
        raise BackendRefused(BACKEND, "an answer without answers")
    return answers


def _name(answer: Mapping[str, Any]) -> NameOrFailure:
    """What the register says of one number that it does not call unknown."""
    status, first, last = (answer.get(each) for each in ("status", "firstName", "lastName"))
    if status in NOT_NOW:
        return BackendUnavailable(BACKEND, f"status {status} for one number")
    if status != OK or not isinstance(first, str) or not isinstance(last, str):
        return BackendRefused(BACKEND, "somebody who is not described as agreed")
    return Name(first, last)
