"""What must hold of what learners send. Rules are told in the order of ids, then of what each call needs besides."""

import math
from collections.abc import Collection, Iterator

import orjson

from datasources.errors import BadUserInput
from datasources.learning_store.records import EPOCH, Details, NewAnswer, SubmitAssessment, UpdateContentView, ViewKey
from datasources.learning_store.tables import ID_BYTES
from resolvers.context import RequestContext
from resolvers.problems import Problem

Broken = tuple[str, str]  # the published name of what breaks a rule, and the rule

EMPTY = "must not be empty"
NO_ID = f"must be at most {ID_BYTES} bytes of UTF-8, without NUL"
UNKNOWN = "is not known"
NO_DETAILS = "must be an object of at most 64 KiB, 100 levels deep"
NO_SECONDS = "must be 0 to 1000000000 seconds"
NO_SCORE = "must be a number of at most 9 digits before the point"
MOST_DETAILS_BYTES = 64 << 10
MOST_LEVELS = 100
MOST_SECONDS = 1e9
MOST_SCORE = 1e9
MOST_ANSWERS = 20_000


def is_id(value: str) -> bool:
    """Whether a store can hold it as an id."""
    try:
        return 0 < len(value.encode()) <= ID_BYTES and "\0" not in value
    except UnicodeEncodeError:  # half of a pair
        return False


def given(value: str | None) -> str | None:
    """An id that is not blank; a blank one is none."""
    return value if value is not None and value.strip() else None


def id_rule(name: str, value: str | None, *, is_needed: bool = True) -> Iterator[Broken]:
    """What an id breaks. `value` is as `given` has it."""
    if value is None:
        if is_needed:
            yield name, EMPTY
    elif not is_id(value):
        yield name, NO_ID


async def view_key(
    context: RequestContext,
    learner: str,
    content_id: str | None,
    collection_id: str | None,
    context_id: str | None,
    *,
    needed: Collection[str] = (),
) -> ViewKey | list[Broken]:
    """The view that the ids address; or what is wrong with them. `needed` are the ids that may not be left out.

    A content without a collection is viewed on its own, one without a context in the collection itself. A context
    alone leads to its collection. No call when no context is given, or one that is remembered.
    """
    content, collection, within = given(content_id), given(collection_id), given(context_id)
    broken = [
        *id_rule("contentId", content),
        *id_rule("collectionId", collection, is_needed="collectionId" in needed),
        *id_rule("contextId", within, is_needed="contextId" in needed),
    ]
    if broken or content is None:
        return broken
    if within is not None:
        known = await context.sources.learning.contexts.context(within)
        if known is None or (collection and known.collection_id and collection != known.collection_id):
            return [("contextId", UNKNOWN)]
        collection = collection or known.collection_id
    collection = collection or content
    return learner, collection, within or collection, content


def update_rules(update: UpdateContentView) -> Iterator[Broken]:
    """What an update breaks beside its ids."""
    yield from details_rule(update.progress_details, is_needed=True)
    if update.time_spent_seconds is None:
        yield "timeSpentSeconds", EMPTY
    elif not 0 <= update.time_spent_seconds <= MOST_SECONDS:
        yield "timeSpentSeconds", NO_SECONDS


def details_rule(details: Details | None, *, is_needed: bool) -> Iterator[Broken]:
    """What details of progress break."""
    if details is None or details == {}:
        if is_needed:
            yield "progressDetails", EMPTY
    elif not isinstance(details, dict) or _is_too_deep(details) or len(written(details)) > MOST_DETAILS_BYTES:
        yield "progressDetails", NO_DETAILS


def attempt_rules(attempt: SubmitAssessment) -> Iterator[tuple[Broken, tuple[str, ...]]]:
    """What an attempt breaks beside the ids of its view, and where."""
    for broken in id_rule("attemptId", given(attempt.attempt_id)):
        yield broken, ("attemptId",)
    if not attempt.answers:
        yield ("answers", EMPTY), ("answers",)
    elif len(attempt.answers) > MOST_ANSWERS:
        yield ("answers", f"must be at most {MOST_ANSWERS}"), ("answers",)
    else:
        for place, answer in enumerate(attempt.answers):
            for broken in _answer_rules(answer):
                yield broken, ("answers", str(place), broken[0])
    if attempt.attempted_at is not None and attempt.attempted_at < EPOCH:
        yield ("attemptedAt", "must not be before 1970"), ("attemptedAt",)


def written(details: Details) -> str:
    """Details as they are stored."""
    return orjson.dumps(details).decode()


def problems(broken: Collection[Broken]) -> list[Problem]:
    """Broken rules as the payload of a mutation tells them."""
    return [problem((name, rule), (name,)) for name, rule in broken]


def problem(broken: Broken, path: tuple[str, ...]) -> Problem:
    """One broken rule as a payload tells it."""
    return Problem(BadUserInput.code, f"{broken[0]} {broken[1]}", path)


def _answer_rules(answer: NewAnswer) -> Iterator[Broken]:
    if given(answer.question_id) is None:
        yield "questionId", EMPTY
    for name, value in (("score", answer.score), ("maxScore", answer.max_score)):
        if not (math.isfinite(value) and abs(value) <= MOST_SCORE):
            yield name, NO_SCORE
    if answer.answered_at is not None and answer.answered_at < EPOCH:
        yield "answeredAt", "must not be before 1970"
    if _is_too_deep(answer.told):
        yield "told", f"must be at most {MOST_LEVELS} levels deep"


def _is_too_deep(value: object) -> bool:
    """Whether objects and lists stand in one another deeper than whoever writes them can go."""
    level: list[object] = [value]
    for _ in range(MOST_LEVELS):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
