"""Contents as learners view them: started, updated, ended, and read."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from strawberry import ID, Parent

from datasources.errors import BadUserInput
from datasources.learning_store.reading import Across
from datasources.learning_store.records import (
    ContentViewRecord,
    EndContentView,
    EnrolmentKey,
    EnrolmentRecord,
    StartContentView,
    UpdateContentView,
    ViewKey,
)
from resolvers.context import Info, edge, many, one
from resolvers.ids import global_id
from resolvers.learning.learners import ANYBODYS, OWN, learner_to_read, own_learner
from resolvers.learning.rules import details_rule, given, is_id, problems, update_rules, view_key, written
from resolvers.problems import Problem

view_by_key = one(lambda sources: sources.learning.reader.views_by_key)
views_by_enrolment = many(lambda sources: sources.learning.reader.views_by_enrolment)
statuses_by_enrolment = many(lambda sources: sources.learning.reader.statuses_by_enrolment)


@dataclass(frozen=True, slots=True)
class ChangedView:
    """The view that was asked to change; None when there are problems, and then nothing was stored."""

    key: ViewKey | None
    problems: list[Problem]


async def content_views(
    info: Info,
    content_id: ID | None = None,
    collection_id: ID | None = None,
    context_id: ID | None = None,
    across_contexts: bool = False,  # noqa: FBT001, FBT002 the published argument
    learner_id: ID | None = None,
) -> list[ContentViewRecord]:
    learner = learner_to_read(info.context.viewer, learner_id)
    if across_contexts:
        asked = Across(learner, given(content_id), given(collection_id), given(context_id))
        ids = [each for each in (asked.content_id, asked.collection_id, asked.context_id) if each is not None]
        if not ids:
            raise BadUserInput("contentId", "or collectionId or contextId must be given")
        # What no store can hold was never viewed.
        return await info.context.sources.learning.reader.views_across(asked) if all(map(is_id, ids)) else []
    key = await view_key(info.context, learner, content_id, collection_id, context_id)
    if isinstance(key, list):
        raise BadUserInput(*key[0])
    found = await info.context.load(view_by_key, key)
    return [] if found is None else [found]


async def start_content_view(info: Info, input: StartContentView) -> ChangedView:  # noqa: A002 the published name
    learner = own_learner(info.context.viewer)
    key = await view_key(info.context, learner, input.content_id, input.collection_id, input.context_id)
    if isinstance(key, list):
        return ChangedView(None, problems(key))
    await info.context.sources.learning.start_view(key)
    return ChangedView(key, [])


async def update_content_view(info: Info, input: UpdateContentView) -> ChangedView:  # noqa: A002 the published name
    learner = own_learner(info.context.viewer)
    key = await view_key(info.context, learner, input.content_id, input.collection_id, input.context_id)
    broken = [*(key if isinstance(key, list) else ()), *update_rules(input)]
    if broken or isinstance(key, list) or input.progress_details is None or input.time_spent_seconds is None:
        return ChangedView(None, problems(broken))
    await info.context.sources.learning.update_view(key, written(input.progress_details), input.time_spent_seconds)
    return ChangedView(key, [])


async def end_content_view(info: Info, input: EndContentView) -> ChangedView:  # noqa: A002 the published name
    learner = own_learner(info.context.viewer)
    needed = ("collectionId",) if given(input.context_id) else ()
    key = await view_key(info.context, learner, input.content_id, input.collection_id, input.context_id, needed=needed)
    broken = [*(key if isinstance(key, list) else ()), *details_rule(input.progress_details, is_needed=False)]
    if broken or isinstance(key, list):
        return ChangedView(None, problems(broken))
    details = written(input.progress_details) if input.progress_details else None
    await info.context.sources.learning.end_view(key, details)
    return ChangedView(key, [])


async def view_of_change(change: Parent[ChangedView], info: Info) -> ContentViewRecord | None:
    """The view as it is now. Asked anew: an earlier mutation of this request may have been answered with it."""
    if change.key is None:
        return None
    return (await info.context.sources.learning.reader.views_by_key([change.key])).get(change.key)


@edge(views_by_enrolment, OWN, ANYBODYS)
def views_of_enrolment(enrolment: Parent[EnrolmentRecord]) -> EnrolmentKey:
    return enrolment.key


@edge(statuses_by_enrolment, OWN, ANYBODYS)
def statuses_of_enrolment(enrolment: Parent[EnrolmentRecord]) -> EnrolmentKey:
    return enrolment.key


def id_of_view(view: Parent[ContentViewRecord]) -> str:
    return global_id("ContentView", view.learner_id, view.content_id, view.collection_id, view.context_id)


async def view_of_id(
    info: Info, learner_id: str, content_id: str, collection_id: str, context_id: str
) -> ContentViewRecord | None:
    learner = learner_to_read(info.context.viewer, learner_id)
    if not all(map(is_id, (content_id, collection_id, context_id))):
        raise BadUserInput("id", "is no view's")
    return await info.context.load(view_by_key, (learner, collection_id, context_id, content_id))


# How a node of this domain is found again by its global id: the same question, the same right.
NODES: Mapping[str, Callable[..., Awaitable[object | None]]] = {"ContentView": view_of_id}
