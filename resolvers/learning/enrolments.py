"""Learners' enrolments with their progress: read, followed, made, deleted."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass

from strawberry import ID, Parent

from datasources.errors import BadUserInput
from datasources.learning_store.records import DeleteEnrolments, EnrolLearner, EnrolmentKey, EnrolmentRecord
from resolvers.context import Info, many, one
from resolvers.ids import global_id
from resolvers.learning.learners import learner_to_read, own_learner
from resolvers.learning.rules import EMPTY, UNKNOWN, given, id_rule, is_id, problem, problems
from resolvers.problems import Problem

enrolments_by_learner = many(lambda sources: sources.learning.reader.enrolments_by_learner)
enrolment_by_key = one(lambda sources: sources.learning.reader.enrolments_by_key)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The enrolment that was asked for; None when there are problems, and then nothing was stored."""

    key: EnrolmentKey | None
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class DeletedEnrolments:
    """Whose enrolments were deleted; None when there are problems, and then none was."""

    learner_id: str | None
    problems: list[Problem]


async def enrolments(info: Info, learner_id: ID | None = None) -> list[EnrolmentRecord]:
    learner = learner_to_read(info.context.viewer, learner_id)
    return await info.context.load(enrolments_by_learner, learner)


async def enrolment(
    info: Info, collection_id: ID, context_id: ID, learner_id: ID | None = None
) -> EnrolmentRecord | None:
    learner = learner_to_read(info.context.viewer, learner_id)
    if not (is_id(collection_id) and is_id(context_id)):
        return None  # nobody is enrolled in what no store can hold
    return await info.context.load(enrolment_by_key, (learner, collection_id, context_id))


def learning_progress(info: Info) -> AsyncGenerator[EnrolmentRecord]:
    return info.context.sources.learning.follow(own_learner(info.context.viewer))


async def enrol_learner(info: Info, input: EnrolLearner) -> Enrolled:  # noqa: A002 the published name
    learner = own_learner(info.context.viewer)
    collection, within = given(input.collection_id), given(input.context_id)
    broken = [*id_rule("collectionId", collection), *id_rule("contextId", within)]
    if not broken and within is not None and collection is not None:
        known = await info.context.sources.learning.contexts.context(within)
        if known is None or known.collection_id not in (None, collection):
            broken.append(("contextId", UNKNOWN))
    if broken or collection is None or within is None:
        return Enrolled(None, problems(broken))
    key = learner, collection, within
    await info.context.sources.learning.enrol(key)
    return Enrolled(key, [])


async def delete_enrolments(
    info: Info,
    input: DeleteEnrolments,  # noqa: A002 the published name
    learner_id: ID | None = None,
) -> DeletedEnrolments:
    learner = own_learner(info.context.viewer, learner_id)
    learning = info.context.sources.learning
    if input.everything:
        await learning.delete_enrolments(learner)
        return DeletedEnrolments(learner, [])
    collection, within = given(input.collection_id), given(input.context_id)
    if collection is None or within is None:
        named = {"collectionId": collection, "contextId": within}
        return DeletedEnrolments(None, [problem((name, EMPTY), (name,)) for name, value in named.items() if not value])
    if is_id(collection) and is_id(within):  # or nobody is enrolled there
        await learning.delete_enrolments(learner, (learner, collection, within))
    return DeletedEnrolments(learner, [])


async def enrolment_of_enrolled(enrolled: Parent[Enrolled], info: Info) -> EnrolmentRecord | None:
    """The enrolment as it is now. Asked anew: an earlier mutation of this request may have been answered with it."""
    if enrolled.key is None:
        return None
    return (await info.context.sources.learning.reader.enrolments_by_key([enrolled.key])).get(enrolled.key)


def id_of_enrolment(enrolment: Parent[EnrolmentRecord]) -> str:
    return global_id("Enrolment", *enrolment.key)


async def enrolment_of_id(info: Info, learner_id: str, collection_id: str, context_id: str) -> EnrolmentRecord | None:
    learner = learner_to_read(info.context.viewer, learner_id)
    if not (is_id(collection_id) and is_id(context_id)):
        raise BadUserInput("id", "is no enrolment's")
    return await info.context.load(enrolment_by_key, (learner, collection_id, context_id))


# How a node of this domain is found again by its global id: the same question, the same right.
NODES: Mapping[str, Callable[..., Awaitable[object | None]]] = {"Enrolment": enrolment_of_id}
