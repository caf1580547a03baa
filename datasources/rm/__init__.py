"""RM: scripts, the scanned answer papers of candidates; who has which, requests for them, and their PDFs."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote

import orjson

from datasources.calls import Calls, Health, Limits
from datasources.errors import BackendRefused, BackendTimeout
from datasources.http import Answer, ByteRange, Stream, WebService
from datasources.records import record
from datasources.rm.pdf import Pdf, UnsatisfiableRange, checked_pdf
from datasources.rm.tokens import AccessTokens

# (business stream, session, centre, candidate number, assessment code, component), each as it is on the wire.
ScriptKey: TypeAlias = tuple[str, str, str, str, str, str]
SCRIPT_KEY = ("businessStreamId", "sessionId", "centreId", "candidateNumber", "assessmentCode", "componentId")

# Keys in one search: RM takes no more directives in one request either.
KEYS_IN_SEARCH = 500
# How long what is under way may take to stop. A backend that hangs must not hold up our own end.
CLOSE_SECONDS = 2.0
UNAUTHORIZED = 401
NOT_FOUND = 404

Asked = TypeVar("Asked", Answer, Stream)


@record
class ScriptRecord:
    """One scanned answer paper. Its component is named by the same words as in EPS."""

    doc_store_page_id: str
    business_stream_id: str  # leading zeros kept, here and below
    session_id: str
    centre_id: str
    candidate_number: str
    assessment_code: str
    component_id: str
    page_count: int

    @property
    def key(self) -> ScriptKey:
        """The component that it answers, by which RM is asked for it."""
        return (
            self.business_stream_id, self.session_id, self.centre_id, self.candidate_number, self.assessment_code,
            self.component_id,
        )  # fmt: skip


class ScriptRequestStatus(Enum):
    """How far RM is with a request for scripts."""

    COMPLETED = "COMPLETED"
    PENDING = "PENDING"


@dataclass(frozen=True, kw_only=True)
class ScriptDirective:
    """Asks for the scripts of one candidate in one component."""

    business_stream_id: str
    session_id: str
    centre_id: str
    candidate_number: str
    assessment_code: str
    component_id: str
    assessment_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class NewScriptRequest:
    """Asks for scripts. The same reference again, with the same directives, is the same request."""

    directives: list[ScriptDirective]
    request_reference: str | None = None


@dataclass(frozen=True, slots=True)
class ScriptRequestAnswer:
    """What RM said to a request: the scripts that it has already, in RM's order. `told` is all of it, as JSON."""

    request_id: str
    status: ScriptRequestStatus
    scripts: tuple[ScriptRecord, ...]
    told: str


class Rm:
    """Asks RM over HTTP. Its token is fetched once for all callers, and anew when RM refuses it."""

    def __init__(
        self, url: str | None, client_id: str, client_secret: str, limits: Limits, *, downloads: int = 100
    ) -> None:
        self.calls = Calls("RM", limits)
        self._web = WebService("RM", url)
        self._tokens = AccessTokens(self._web, client_id, client_secret, limits.deadline_seconds)
        self._downloads = asyncio.Semaphore(downloads)

    def open(self) -> None:
        self._web.open()

    async def close(self) -> None:
        """Close all connections, when no call is under way or soon. What is still streaming ends there."""
        self._tokens.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.calls.ended()
        await self._web.close()

    async def probe(self) -> Health:
        """Whether RM gives us a token now. Never raises for one that does not."""
        return await self.calls.probe(self._tokens.fetch)

    async def scripts_by_id(self, ids: Sequence[str]) -> dict[str, ScriptRecord]:
        """Scripts by docStorePageId. One call; a request for each 500 ids.

        Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """
        found = await self._searched("docStorePageIds", ids)
        return {script.doc_store_page_id: script for script in found}

    async def scripts_by_component(self, keys: Sequence[ScriptKey]) -> dict[ScriptKey, list[ScriptRecord]]:
        """Scripts of each candidate in each component, in RM's order. One call; a request for each 500 keys.

        Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """
        asked = [dict(zip(SCRIPT_KEY, key, strict=True)) for key in keys]
        found: dict[ScriptKey, list[ScriptRecord]] = {key: [] for key in keys}
        for script in await self._searched("components", asked):
            if script.key in found:
                found[script.key].append(script)
        return found

    async def request_scripts(
        self, key: str, reference: str, directives: Sequence[ScriptDirective]
    ) -> ScriptRequestAnswer:
        """Create the access-to-scripts request `reference` in RM. One call.

        Sent again when RM cannot be reached: by `key`, which is the same each time, RM knows that it is the same
        request. Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """
        body = {"requestReference": reference, "customerDirectives": [_directive(each) for each in directives]}

        async def ask() -> ScriptRequestAnswer:
            answer = await self._authorised(
                lambda token: self._web.json("POST", "/scripts", headers={**token, "idempotency-key": key}, json=body)
            )
            return request_answer(_accepted(answer))

        return await self.calls.write(ask, is_repeatable=True)

    async def pdf(self, doc_store_page_id: str, part: ByteRange | None = None) -> Pdf | UnsatisfiableRange | None:
        """The PDF of a script, or a part of it, still to come; None when RM has no such script. One call.

        What comes has been seen to begin as a PDF. Close it. Raises BackendTimeout, BackendUnavailable,
        BackendRefused.
        """
        opened: list[Pdf] = []

        async def ask() -> Pdf | UnsatisfiableRange | None:
            found = await self._opened(doc_store_page_id, part)
            if isinstance(found, Pdf):
                opened.append(found)
            return found

        try:
            async with asyncio.timeout(self.calls.limits.deadline_seconds):
                await self._downloads.acquire()
        except TimeoutError:
            raise BackendTimeout("RM", "too many scripts are being read at once") from None
        try:
            found = await self.calls.read(ask)
        except BaseException:
            for pdf in opened:  # it came, and nobody waits for it any more
                await pdf.aclose()
            self._downloads.release()
            raise
        if isinstance(found, Pdf):
            found.on_close = self._downloads.release
        else:
            self._downloads.release()
        return found

    async def _opened(self, doc_store_page_id: str, part: ByteRange | None) -> Pdf | UnsatisfiableRange | None:
        path = f"/scripts/{quote(doc_store_page_id, safe='')}/pdf"
        wanted = {} if part is None else {"range": part.header}
        stream = await self._authorised(lambda token: self._web.stream("GET", path, headers={**token, **wanted}))
        try:
            found = None if stream.status == NOT_FOUND else await checked_pdf(stream, part)
        except BaseException:
            await stream.aclose()
            raise
        if not isinstance(found, Pdf):
            await stream.aclose()
        return found

    async def _searched(self, what: str, keys: Sequence[object]) -> list[ScriptRecord]:
        async def search(some: Sequence[object]) -> list[ScriptRecord]:
            answer = await self._authorised(
                lambda token: self._web.json("POST", "/scripts/search", headers=token, json={what: list(some)})
            )
            return _scripts(_accepted(answer))

        async def ask() -> list[ScriptRecord]:
            chunks = [keys[start : start + KEYS_IN_SEARCH] for start in range(0, len(keys), KEYS_IN_SEARCH)]
            return [script for some in chunks for script in await search(some)]

        return await self.calls.read(ask)

    async def _authorised(self, send: Callable[[Mapping[str, str]], Awaitable[Asked]]) -> Asked:
        """What RM says to a request with our token; with a fresh one, once, when it refuses the first."""
        token = await self._tokens.current()
        answer = await send({"authorization": f"Bearer {token}"})
        if answer.status != UNAUTHORIZED:
            return answer
        await _given_up(answer)
        token = await self._tokens.current(instead_of=token)
        answer = await send({"authorization": f"Bearer {token}"})
        if answer.status == UNAUTHORIZED:
            await _given_up(answer)
            raise BackendRefused("RM", "it refuses the token that it gave")
        return answer


async def _given_up(answer: Answer | Stream) -> None:
    if isinstance(answer, Stream):
        await answer.aclose()


def _accepted(answer: Answer) -> Mapping[str, Any]:
    if answer.json is None:
        raise BackendRefused("RM", f"status {answer.status}")
    if not isinstance(answer.json, dict):
        raise BackendRefused("RM", "its answer is no object")
    return answer.json


def _directive(directive: ScriptDirective) -> dict[str, str | int]:
    given: dict[str, str | int] = {
        "businessStreamId": directive.business_stream_id,
        "sessionId": directive.session_id,
        "centreId": directive.centre_id,
        "candidateNumber": directive.candidate_number,
        "assessmentCode": directive.assessment_code,
        "componentId": directive.component_id,
    }
    if directive.assessment_version is not None:
        given["assessmentVersion"] = directive.assessment_version
    return given


def request_answer(given: Mapping[str, Any]) -> ScriptRequestAnswer:
    """What RM says to a request, as it said it. Raises BackendRefused."""
    request_id = given.get("requestId")
    try:
        status = ScriptRequestStatus(given.get("status"))
    except ValueError:
        raise BackendRefused("RM", "a status that is not known") from None
    if not isinstance(request_id, str) or not request_id:
        raise BackendRefused("RM", "a request without its id")
    return ScriptRequestAnswer(request_id, status, tuple(_scripts(given)), orjson.dumps(given).decode())


def _scripts(given: Mapping[str, Any]) -> list[ScriptRecord]:
    scripts = given.get("scripts")
    if not isinstance(scripts, list):
        raise BackendRefused("RM", "an answer without scripts")
    return [_script(each) for each in scripts]


def _script(given: object) -> ScriptRecord:
    members: dict[str, Any] = given if isinstance(given, dict) else {}
    words = [str(members.get(each) or "") for each in ("docStorePageId", *SCRIPT_KEY)]
    pages = members.get("pageCount")
    is_as_agreed = words == [members.get(each) for each in ("docStorePageId", *SCRIPT_KEY)] and "" not in words
    if not is_as_agreed or type(pages) is not int or pages < 0:
        raise BackendRefused("RM", "a script that is not described as agreed")
    name, stream, session, centre, candidate, assessment, component = words
    return ScriptRecord(name, stream, session, centre, candidate, assessment, component, pages)
