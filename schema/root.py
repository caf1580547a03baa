"""The schema: what all domains answer, as one graph."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.backends import BackendQueries
from schema.nodes import NodeQueries
from schema.results.scripts import ScriptQueries
from schema.scalars import SCALARS
from schema.sessions import SessionQueries


@strawberry.type(description="Everything that can be asked.")
class Query(NodeQueries, BackendQueries, SessionQueries, ScriptQueries):
    pass


SCHEMA = strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map=SCALARS))
