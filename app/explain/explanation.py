"""Runs what is to be explained, in this process and against its backends, and gathers what there is to say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from time import perf_counter
from typing import Any

import orjson
from graphql import GraphQLError, OperationDefinitionNode, OperationType

from app.explain.question import OperationText, RequestLine, Unexplainable, own_text, told_error
from app.explain.steps import Planned, Step, source_of
from app.http.downloads import opened
from app.http.timings import told
from app.logs import configure_logs
from app.settings import Settings
from app.wiring import OWN_LIMITS, Service, make_service
from datasources.calls import request_budget
from datasources.errors import BackendError
from datasources.timings import Timings, note_phase, recording
from engine.documents import Document, Documents, timed
from engine.plan import TooManyFields
from engine.run import REASONS
from engine.shell import compile_all
from resolvers.access import SCOPES, Viewer
from rest_compat.dialects import Failure
from rest_compat.messages import JSON_OPTIONS, Download, Rejected, Reply
from rest_compat.translate import Outcome, Route, answered
from schema.errors import public_errors

# It stands before the operator's own terminal: it may ask everything, and says of itself who it is.
OPERATOR = Viewer("examgraph explain", frozenset(SCOPES), frozenset({"*"}))
TRANSACTION = "examgraph-explain"
# Of a plan's steps, the first ones: more than anybody writes, and fewer than fragments in fragments can come to.
STEPS_TOLD = 1000


@dataclass(slots=True)
class Run:
    """One run from the text to the bytes. `status` is the old route's, None for an operation."""

    timings: Timings
    executions: int = 0  # a route that follows pages executes its operation once a page
    size_bytes: int = 0
    status: int | None = None
    errors: list[Mapping[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """With milliseconds, and of the errors what is public."""
        return {
            **({} if self.status is None else {"status": self.status}),
            "bytes": self.size_bytes,
            "executions": self.executions,
            **told(self.timings),
            "errors": [
                {"code": error["extensions"]["code"], "message": error["message"], "path": error.get("path")}
                for error in self.errors
            ],
        }


@dataclass(slots=True)
class Explanation:
    """What there is to say of one operation. Without `runs` it was not run, and `unrun` says why."""

    request: RequestLine | None
    operation: OperationDefinitionNode
    text: str
    variables: Mapping[str, Any]
    fallback: str | None = None  # why it is run by graphql-core
    steps: Sequence[Step] = ()
    sources: Mapping[str, str] = field(default_factory=dict)  # by the selection's path and type
    runs: dict[str, Run] = field(default_factory=dict)
    unrun: str | None = None

    @property
    def name(self) -> str | None:
        return self.operation.name.value if self.operation.name else None

    def as_json(self) -> dict[str, Any]:
        """All of it, for programs."""
        request = self.request
        return {
            "request": None
            if request is None
            else {"line": request.line, "path": request.route.path, "family": request.route.dialect.name},
            "operation": {"name": self.name, "kind": self.operation.operation.value, "text": self.text},
            "variables": self.variables,
            "executor": {"name": "graphql-core" if self.fallback else "compiled", "reason": self.fallback},
            "plan": [step.as_json() for step in self.steps],
            "runs": {name: run.as_json() for name, run in self.runs.items()},
            "unrun": self.unrun,
            "source": self.sources,
        }


async def explained_here(settings: Settings, question: RequestLine | OperationText, *, may_write: bool) -> Explanation:
    """As `explained`, by a service of its own. Raises ConfigurationProblem too."""
    configure_logs(settings.log_level, settings.log_format)
    service = make_service(settings)
    await service.open()
    try:
        return await explained(service, question, may_write=may_write)
    finally:
        await service.close()


async def explained(service: Service, question: RequestLine | OperationText, *, may_write: bool) -> Explanation:
    """Run it twice, once with everything still to be made and once again; but not what would write, or wait.

    Raises Unexplainable for what a caller would be refused before anything is run.
    """
    with recording() as timings:
        document, explanation = _prepared(service, question)
        plan = _planned(service, document, explanation)
        explanation.unrun = _why_not_run(explanation.operation, may_write=may_write)
        if explanation.unrun is None:
            explanation.runs["cold"] = await _run(service, question, document, explanation, timings)
    if explanation.runs and explanation.operation.operation is OperationType.QUERY:
        with recording() as timings:
            explanation.runs["warm"] = await _run(service, question, document, explanation, timings)
    if plan is not None:
        explanation.steps = list(islice(plan.steps(), STEPS_TOLD))
        explanation.sources = {
            f"{'.'.join(path) or 'the root'}: {selection.type.name}": source_of(selection)
            for path, selection in plan.selections()
        }
    return explanation


def _prepared(service: Service, question: RequestLine | OperationText) -> tuple[Document, Explanation]:
    if isinstance(question, OperationText):
        document = service.documents.prepared(question.text)
        operation, text = _operation(document, question.operation_name)
        return document, Explanation(None, operation, text, question.variables)
    route = question.route
    # The operation alone, made anew: its file holds others, and was prepared when the service was made.
    _, text = _operation(service.operations[route.operation], route.operation)
    document = Documents(service.engine.schema, OWN_LIMITS, note=note_phase).prepared(text)
    operation, _ = _operation(document, route.operation)
    try:
        return document, Explanation(question, operation, text, route.variables(question.asked))
    except Rejected as refusal:
        raise Unexplainable(f"the route refuses this request: {refusal.message}") from None


def _operation(document: Document, name: str | None) -> tuple[OperationDefinitionNode, str]:
    """The operation, and its own text."""
    if document.errors or document.tree is None:
        raise Unexplainable(*map(told_error, document.errors))
    if name is None and len(document.operations) > 1:
        raise Unexplainable(f"the document holds several operations: say --operation {' or '.join(_names(document))}")
    operation = document.operation(name)
    if isinstance(operation, GraphQLError):
        raise Unexplainable(operation.message)
    return operation, own_text(document.tree, operation)


def _names(document: Document) -> list[str]:
    return [name for name in document.operations if name is not None]


def _planned(service: Service, document: Document, explanation: Explanation) -> Planned | None:
    """The plan with its functions made, or None when graphql-core is to run the operation."""
    plan = service.engine.planned(document, explanation.name, explanation.variables)
    if isinstance(plan, list):
        raise Unexplainable(*map(told_error, plan))
    if isinstance(plan, str):
        explanation.fallback = plan
        return None
    try:
        with timed("compile", note_phase):
            compile_all(plan, service.engine.schema)
    except TooManyFields:
        explanation.fallback = REASONS["size"]
        return None
    return Planned(plan, service.engine.schema, service.sources)


def _why_not_run(operation: OperationDefinitionNode, *, may_write: bool) -> str | None:
    if operation.operation is OperationType.SUBSCRIPTION:
        return "a subscription waits for events"
    if operation.operation is OperationType.MUTATION and not may_write:
        return "it would write; with --write it is run, once"
    return None


async def _run(
    service: Service,
    question: RequestLine | OperationText,
    document: Document,
    explanation: Explanation,
    timings: Timings,
) -> Run:
    """From the prepared document to the bytes of the answer; a caller's time is its budget."""
    run = Run(timings)
    executed_at = perf_counter()

    async def execute(operation: str | None, variables: Mapping[str, Any]) -> Outcome:
        nonlocal executed_at
        answer = await service.run(document, operation, variables, OPERATOR)
        executed_at = perf_counter()
        errors = public_errors(answer.errors)
        run.executions += 1
        run.errors += errors
        return Outcome(answer.data, errors)

    with request_budget(service.settings.request_seconds):
        if isinstance(question, RequestLine):
            reply = await answered(question.route, question.asked, execute, TRANSACTION)
            note_phase("encode", perf_counter() - executed_at)
            reply = reply if isinstance(reply, Reply) else await _begun(service, question.route, reply)
            run.status, run.size_bytes = reply.status, _size_bytes(reply)
        else:
            outcome = await execute(explanation.name, explanation.variables)
            told_errors = {"errors": outcome.errors} if outcome.errors else {}
            run.size_bytes = len(orjson.dumps({**told_errors, "data": outcome.data}, option=JSON_OPTIONS))
            note_phase("encode", perf_counter() - executed_at)
    return run


async def _begun(service: Service, route: Route, wanted: Download) -> Reply:
    """The reply that is a file, of which no more is fetched than says that it is there."""
    try:
        reply = await opened(service.context(OPERATOR), wanted, {}, missing=route.missing)
    except Rejected as refusal:
        return route.dialect.refuse(Failure(refusal.code, refusal.message, TRANSACTION, refusal.headers))
    except BackendError as failure:
        return route.dialect.refuse(Failure(failure.code, failure.message, TRANSACTION, backend=failure.backend))
    if reply.stream is not None:
        await reply.stream.aclose()
    return reply


def _size_bytes(reply: Reply) -> int:
    return len(reply.body) if reply.stream is None else reply.stream.size_bytes or 0
