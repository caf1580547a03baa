"""RM's access token: fetched once for all who wait for it, renewed before it ends."""

import asyncio
import re
import time
from dataclasses import dataclass
from typing import Any

import structlog

from datasources.errors import BackendError, BackendRefused, BackendTimeout
from datasources.http import WebService

# What may stand in a header after "Bearer ".
TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
# A token is renewed when this part of its life is left: early enough for the calls that have just taken it.
RENEWED_AT = 0.1
UNAUTHORIZED = 401

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Token:
    """`renew_at` and `ends_at` are readings of the monotonic clock."""

    value: str
    renew_at: float
    ends_at: float


class AccessTokens:
    """Gives the token to whoever calls. All who need a new one wait for the same request for it."""

    def __init__(self, web: WebService, client_id: str, client_secret: str, deadline_seconds: float) -> None:
        self._web = web
        self._credentials = {
            "grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret,
        }  # fmt: skip
        self._deadline_seconds = deadline_seconds
        self._token: Token | None = None
        self._fetching: asyncio.Task[Token] | None = None

    async def current(self, instead_of: str | None = None) -> str:
        """A token that holds; another one than `instead_of`, which was refused.

        Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """
        token = self._token
        now = time.monotonic()
        if token is not None and token.value != instead_of and now < token.ends_at:
            if now >= token.renew_at:
                self._fetched_by_now()  # for the next; this one still holds
            return token.value
        return (await asyncio.shield(self._fetched_by_now())).value

    def close(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()

    async def fetch(self) -> Token:
        """Ask for a token. One request, which may take the deadline of a call."""
        asked_at = time.monotonic()
        try:
            async with asyncio.timeout(self._deadline_seconds):
                answer = await self._web.json("POST", "/token", form=self._credentials)
        except TimeoutError:
            raise BackendTimeout("RM", "no token") from None
        if answer.json is None:
            reason = "it refuses our credentials" if answer.status == UNAUTHORIZED else f"status {answer.status}"
            raise BackendRefused("RM", f"no token: {reason}")
        return _token(answer.json, asked_at)

    def _fetched_by_now(self) -> asyncio.Task[Token]:
        """The request for a token that is under way; a new one when there is none."""
        if self._fetching is None:
            self._fetching = asyncio.create_task(self.fetch())
            self._fetching.add_done_callback(self._keep)
        return self._fetching

    def _keep(self, fetched: asyncio.Task[Token]) -> None:
        self._fetching = None
        if fetched.cancelled():
            return
        failure = fetched.exception()
        if failure is None:
            self._token = fetched.result()
        elif isinstance(failure, BackendError):
            logger.warning("token_not_fetched", backend="RM", reason=failure.message)


def _token(given: object, asked_at: float) -> Token:
    members: dict[str, Any] = given if isinstance(given, dict) else {}
    value, seconds = members.get("access_token"), members.get("expires_in", 0)
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not isinstance(value, str) or not TOKEN.fullmatch(value) or not is_number or seconds <= 0:
        raise BackendRefused("RM", "no token: one that cannot be used")
    # Its life began before it reached us.
    return Token(value, asked_at + seconds * (1 - RENEWED_AT), asked_at + seconds)
