"""Requests for scripts: checked, stored, sent to RM once, and answered alike however often they come."""

import asyncio
import re
import uuid
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

import orjson

from datasources.audit_store.records import ReadingKind
from datasources.eps import CandidateKey
from datasources.errors import BackendError, BackendTimeout
from datasources.rm import (
    NewScriptRequest,
    ScriptDirective,
    ScriptRecord,
    ScriptRequestAnswer,
    ScriptRequestStatus,
    request_answer,
)
from datasources.script_store.store import RequestKey, StoredRequest
from resolvers.audit import audited
from resolvers.context import Info, RequestContext
from resolvers.ids import (
    BUSINESS_STREAM,
    require_business_stream,
    require_candidate_number,
    require_centre,
    require_code,
    require_component,
    require_session,
)
from resolvers.problems import Problem, problem_of
from resolvers.results.readings import of_candidates

MOST_DIRECTIVES = 500
REFERENCE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,98}[\x21-\x7e])?")
MOST_VERSION = 9999
# What a sender may take beyond RM's deadline before another may send in its place: it keeps the answer, too.
GRACE_SECONDS = 2.0
# How often one who waits for another's sending looks, and how long at most: until that right has lapsed.
LOOK_SECONDS = 0.05

Check = Callable[[str, str], object]
FORMS: tuple[tuple[str, str, Check], ...] = (
    ("business_stream_id", "businessStreamId", require_business_stream),
    ("session_id", "sessionId", require_session),
    ("centre_id", "centreId", require_centre),
    ("candidate_number", "candidateNumber", require_candidate_number),
    ("assessment_code", "assessmentCode", require_code),
    ("component_id", "componentId", require_component),
)


@dataclass(frozen=True, slots=True)
class ScriptRequest:
    """A request that RM has answered."""

    request_reference: str
    request_id: str
    status: ScriptRequestStatus
    scripts: tuple[ScriptRecord, ...]


@dataclass(frozen=True, slots=True)
class RequestedScripts:
    """What became of a request. When there are problems nothing was stored or sent."""

    script_request: ScriptRequest | None
    problems: list[Problem]


async def request_scripts(info: Info, input: NewScriptRequest) -> RequestedScripts:  # noqa: A002 the published name
    info.context.viewer.require("scripts:request")
    if problems := list(_problems(input, info.context.sources.eps.streams)):
        return RequestedScripts(None, problems)
    # Before it is sent: what a lost record fails leaves nothing behind, at RM or here.
    await audited(info.context, of_candidates(ReadingKind.SCRIPTS, map(_candidate, input.directives)))
    reference = input.request_reference or str(uuid.uuid4())
    key = RequestKey(info.context.viewer.subject or "", reference)
    answer = await _answered(info.context, key, input.directives)
    return RequestedScripts(ScriptRequest(reference, answer.request_id, answer.status, answer.scripts), [])


def _candidate(directive: ScriptDirective) -> CandidateKey:
    return directive.business_stream_id, directive.session_id, directive.centre_id, directive.candidate_number


def _problems(asked: NewScriptRequest, streams: Container[str]) -> Iterator[Problem]:
    reference = asked.request_reference
    if reference is not None and REFERENCE.fullmatch(reference) is None:
        rule = "must be 1 to 100 printable ASCII characters, the first and the last not blank"
        yield Problem("BAD_USER_INPUT", f"requestReference {rule}", ("requestReference",))
    if not 1 <= len(asked.directives) <= MOST_DIRECTIVES:
        yield Problem("BAD_USER_INPUT", f"directives must be 1 to {MOST_DIRECTIVES}", ("directives",))
        return
    for index, directive in enumerate(asked.directives):
        yield from _problems_of_directive(str(index), directive, streams)


def _problems_of_directive(index: str, directive: ScriptDirective, streams: Container[str]) -> Iterator[Problem]:
    for attribute, name, check in FORMS:
        yield from problem_of(check, getattr(directive, attribute), "directives", index, name)
    stream = directive.business_stream_id
    if BUSINESS_STREAM.fullmatch(stream) is not None and stream not in streams:
        message = "businessStreamId must be that of a business stream"
        yield Problem("BAD_USER_INPUT", message, ("directives", index, "businessStreamId"))
    version = directive.assessment_version
    if version is not None and not 1 <= version <= MOST_VERSION:
        message = f"assessmentVersion must be 1 to {MOST_VERSION}"
        yield Problem("BAD_USER_INPUT", message, ("directives", index, "assessmentVersion"))


async def _answered(context: RequestContext, key: RequestKey, directives: list[ScriptDirective]) -> ScriptRequestAnswer:
    """RM's answer: the one that was given before, the one that another gets now, or the one that we get."""
    sources = context.sources
    sending_seconds = sources.rm.calls.limits.deadline_seconds + GRACE_SECONDS
    ends_at = asyncio.get_running_loop().time() + 2 * sending_seconds
    while asyncio.get_running_loop().time() < ends_at:
        found = await sources.scripts.claim_request(key, directives, sending_seconds)
        if found.answer is not None:
            return request_answer(orjson.loads(found.answer))
        if found.is_ours:
            return await _sent(context, key, found, directives)
        await _while_sending(context, key, sending_seconds)
    raise BackendTimeout("RM", _kept(key))


async def _while_sending(context: RequestContext, key: RequestKey, seconds: float) -> None:
    """Wait until whoever sends this request has an answer or has given up, `seconds` at most."""
    ends_at = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < ends_at:
        await asyncio.sleep(LOOK_SECONDS)
        found = await context.sources.scripts.request_by_key(key)
        if found is None or not found.is_being_sent:
            return


async def _sent(
    context: RequestContext, key: RequestKey, found: StoredRequest, directives: list[ScriptDirective]
) -> ScriptRequestAnswer:
    """Send a request that we have the right to send. If RM does not take it, it is kept for the next time."""
    store = context.sources.scripts
    try:
        answer = await context.sources.rm.request_scripts(found.rm_key, key.reference, directives)
    except BackendError as failure:
        await store.release_request(key)
        kept = type(failure)(failure.backend, _kept(key))
        kept.details["requestReference"] = key.reference
        raise kept from failure
    except asyncio.CancelledError:
        await asyncio.shield(store.release_request(key))
        raise
    await store.store_answer(key, answer.told)
    return answer


def _kept(key: RequestKey) -> str:
    return f"the request is kept; send it again with the requestReference {key.reference}"
