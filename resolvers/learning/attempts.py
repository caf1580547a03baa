"""Attempts at assessments: of each question the latest answer counts, of each content the best attempt."""

from dataclasses import dataclass
from decimal import Decimal

import orjson
from strawberry import ID, Parent

from datasources.errors import BadUserInput
from datasources.learning_store.records import (
    EPOCH,
    AttemptKey,
    AttemptRecord,
    EnrolmentKey,
    EnrolmentRecord,
    NewAnswer,
    ScoredAttempt,
    SubmitAssessment,
    milliseconds_of,
)
from resolvers.context import Info, edge, many
from resolvers.learning.learners import ANYBODYS, OWN, learner_to_read, own_learner
from resolvers.learning.rules import attempt_rules, problem, view_key
from resolvers.problems import Problem

NEEDED = ("contentId", "collectionId", "contextId")
# Of a long list, the first ones tell what is wrong.
PROBLEMS_TOLD = 100

attempts_by_view = many(lambda sources: sources.learning.reader.attempts_by_view)
best_attempts_by_enrolment = many(lambda sources: sources.learning.reader.best_attempts_by_enrolment)
answers_by_attempt = many(lambda sources: sources.learning.reader.answers_by_attempt)


@dataclass(frozen=True, slots=True)
class SubmittedAttempt:
    """The attempt that was submitted; None when there are problems, and then nothing was stored."""

    key: AttemptKey | None
    problems: list[Problem]


async def assessment_attempts(
    info: Info, content_id: ID, collection_id: ID, context_id: ID, learner_id: ID | None = None
) -> list[AttemptRecord]:
    learner = learner_to_read(info.context.viewer, learner_id)
    key = await view_key(info.context, learner, content_id, collection_id, context_id, needed=NEEDED)
    if isinstance(key, list):
        raise BadUserInput(*key[0])
    return await info.context.load(attempts_by_view, key)


async def submit_assessment(info: Info, input: SubmitAssessment) -> SubmittedAttempt:  # noqa: A002 the published name
    learner = own_learner(info.context.viewer)
    ids = (input.content_id, input.collection_id, input.context_id)
    key = await view_key(info.context, learner, *ids, needed=NEEDED)
    found = [problem(each, (each[0],)) for each in key] if isinstance(key, list) else []
    found += [problem(broken, path) for broken, path in attempt_rules(input)]
    if found or isinstance(key, list):
        return SubmittedAttempt(None, found[:PROBLEMS_TOLD])
    attempt = scored((*key, input.attempt_id), input)
    await info.context.sources.learning.store_attempt(attempt)
    return SubmittedAttempt(attempt.key, [])


def scored(key: AttemptKey, submitted: SubmitAssessment) -> ScoredAttempt:
    """An attempt, made of the latest answer to each question; of answers given at once, the last one told."""
    counted: dict[str, NewAnswer] = {}
    for answer in submitted.answers:
        earlier = counted.get(answer.question_id)
        if earlier is None or (earlier.answered_at or EPOCH) <= (answer.answered_at or EPOCH):
            counted[answer.question_id] = answer
    kept = [
        [each.question_id, each.score, each.max_score, milliseconds_of(each.answered_at or EPOCH), each.told]
        for each in counted.values()
    ]
    return ScoredAttempt(
        key,
        submitted.attempted_at or max(each.answered_at or EPOCH for each in submitted.answers),
        _sum([each.score for each in counted.values()]),
        _sum([each.max_score for each in counted.values()]),
        orjson.dumps(kept).decode(),
    )


def _sum(scores: list[float]) -> float:
    """As people add: a tenth ten times is one."""
    return float(sum(Decimal(repr(each)) for each in scores))


async def attempt_of_submission(submission: Parent[SubmittedAttempt], info: Info) -> AttemptRecord | None:
    """The attempt of this name as it is stored now: this one, or a later one that was there."""
    if submission.key is None:
        return None
    view, name = submission.key[:4], submission.key[4]
    attempts = (await info.context.sources.learning.reader.attempts_by_view([view])).get(view, [])
    return next((each for each in attempts if each.attempt_id == name), None)


@edge(best_attempts_by_enrolment, OWN, ANYBODYS)
def best_attempts_of_enrolment(enrolment: Parent[EnrolmentRecord]) -> EnrolmentKey:
    return enrolment.key


@edge(answers_by_attempt, OWN, ANYBODYS)
def answers_of_attempt(attempt: Parent[AttemptRecord]) -> AttemptKey:
    return attempt.key
