"""The schema: what all domains answer, as one graph."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.audit_records import AuditQueries
from schema.backends import BackendQueries
from schema.candidates import CandidateQueries
from schema.events.root import EventMutations, EventQueries, EventSubscriptions
from schema.exams.root import ExamMutations, ExamQueries, ExamSubscriptions
from schema.learning.root import LearningMutations, LearningQueries, LearningSubscriptions
from schema.nodes import NodeQueries
from schema.results.papers import QuestionPaperQueries
from schema.results.script_requests import ScriptMutations
from schema.results.scripts import ScriptQueries
from schema.scalars import SCALARS
from schema.sessions import SessionQueries


@strawberry.type(description="Everything that can be asked.")
class Query(
    NodeQueries,
    BackendQueries,
    SessionQueries,
    CandidateQueries,
    QuestionPaperQueries,
    ScriptQueries,
    ExamQueries,
    EventQueries,
    LearningQueries,
    AuditQueries,
):
    pass


@strawberry.type(description="Everything that can be changed.")
class Mutation(ScriptMutations, ExamMutations, EventMutations, LearningMutations):
    pass


@strawberry.type(description="Everything that can be followed.")
class Subscription(ExamSubscriptions, EventSubscriptions, LearningSubscriptions):
    pass


SCHEMA = strawberry.Schema(
    query=Query, mutation=Mutation, subscription=Subscription, config=StrawberryConfig(scalar_map=SCALARS)
)
