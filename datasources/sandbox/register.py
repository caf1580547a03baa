"""The sandbox's population register: made-up people, one who cannot be looked up, and a list of who was asked for."""

import asyncio
import hmac
import json
import random
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

# Numbers in one request.
MOST_NUMBERS = 500
LOOKUPS_KEPT = 100_000
# Who cannot be looked up, whenever it is tried.
UNAVAILABLE = frozenset({"07810262200"})
NAMED = {"15880270033": ("Rask", "Elv"), "03910270183": ("Lun", "Steinvik")}
MADE_UP = 200
FIRST_NAMES = (
    "Blid", "Djerv", "Flink", "Glad", "Kvass", "Lett", "Mild", "Munter", "Rolig", "Snill", "Stolt", "Trygg", "Vak",
    "Ærlig", "Øm", "Åpen",
)  # fmt: skip
LAST_NAMES = (
    "Bakke", "Bekk", "Dal", "Eng", "Foss", "Grein", "Hei", "Kvist", "Lund", "Myr", "Nes", "Skog", "Strand", "Tjern",
    "Vik", "Ås",
)  # fmt: skip
FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
# Synthetic people's months of birth are larger by so much: no living person has such a number.
SYNTHETIC_MONTH = 80
BORN_FROM = date(2000, 1, 1)
BORN_WITHIN_DAYS = 3000

People = Mapping[str, tuple[str, str]]


def register_people() -> People:
    """First and last names by number: those that the contract names, and as many made up, always the same."""
    chance = random.Random(1)  # noqa: S311 made-up people
    people = dict(NAMED)
    while len(people) < len(NAMED) + MADE_UP:
        born = BORN_FROM + timedelta(days=chance.randrange(BORN_WITHIN_DAYS))
        day = f"{born.day:02d}{born.month + SYNTHETIC_MONTH:02d}{born.year % 100:02d}"
        number = with_check_digits(f"{day}{chance.randrange(500, 1000)}")
        if number is not None and number not in UNAVAILABLE:
            people.setdefault(number, (chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)))
    return people


def with_check_digits(stem: str) -> str | None:
    """The number that begins with these nine digits; None when there is none."""
    for weights in (FIRST_WEIGHTS, SECOND_WEIGHTS):
        total = sum(weight * int(digit) for weight, digit in zip(weights, stem, strict=True))
        check = -total % 11
        if check == 10:  # noqa: PLR2004 no digit
            return None
        stem += str(check)
    return stem


@dataclass(frozen=True, slots=True)
class RegisterFault:
    """What goes wrong with look-ups, for tests. What is None goes as it should."""

    status: int | None = None
    seconds: float = 0.0  # waits first
    body: str | None = None  # says this


class SandboxRegister:
    """A population register of some people, as an ASGI application below /register.

    `GET /register/lookups` tells which numbers were asked for, in their order; `DELETE` forgets them. No real register
    has that: it is for tests.
    """

    def __init__(
        self,
        people: People,
        token: str,
        fault: Callable[[], RegisterFault | None] = lambda: None,
        unavailable: Collection[str] = UNAVAILABLE,
    ) -> None:
        self.lookups: deque[str] = deque(maxlen=LOOKUPS_KEPT)
        self._people = people
        self._authorization = f"Bearer {token}".encode()
        self._fault = fault
        self._unavailable = unavailable
        self._app = Starlette(
            routes=[
                Route("/register/names", self._names, methods=["POST"]),
                Route("/register/lookups", self._told_lookups, methods=["GET", "DELETE"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def _names(self, request: Request) -> Response:
        fault = self._fault() or RegisterFault()
        await asyncio.sleep(fault.seconds)
        if fault.status is not None or fault.body is not None:
            return Response(fault.body or "{}", fault.status or 200, {"content-type": "application/json"})
        if not self._is_known(request):
            return JSONResponse({"error": "invalid_token"}, 401, {"www-authenticate": "Bearer"})
        asked = json.loads(await request.body())
        numbers = asked.get("numbers") if isinstance(asked, dict) else None
        if not isinstance(numbers, list) or len(numbers) > MOST_NUMBERS:
            return JSONResponse({"error": f"at most {MOST_NUMBERS} numbers"}, 400)
        self.lookups.extend(numbers)
        return JSONResponse({"answers": [self._answer(number) for number in numbers]})

    async def _told_lookups(self, request: Request) -> Response:
        if not self._is_known(request):
            return JSONResponse({"error": "invalid_token"}, 401, {"www-authenticate": "Bearer"})
        if request.method == "DELETE":
            self.lookups.clear()
        return JSONResponse({"numbers": list(self.lookups)})

    def _answer(self, number: str) -> dict[str, str | int]:
        if number in self._unavailable:
            return {"number": number, "status": 503}
        if number not in self._people:
            return {"number": number, "status": 404}
        first, last = self._people[number]
        return {"number": number, "status": 200, "firstName": first, "lastName": last}

    def _is_known(self, request: Request) -> bool:
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), self._authorization)


def beside(register: SandboxRegister, other: ASGIApp) -> ASGIApp:
    """The register and another application on one port: what is not the register's is the other's."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_registers = scope["type"] == "http" and scope["path"].startswith("/register/")
        await (register if is_registers else other)(scope, receive, send)

    return app
