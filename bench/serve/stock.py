"""Stock Strawberry: `python -m bench.serve.stock`. Its FastAPI router and its data loaders, and none of our checks."""

from datetime import datetime
from typing import Any

import strawberry
from fastapi import FastAPI
from strawberry.dataloader import DataLoader
from strawberry.fastapi import BaseContext, GraphQLRouter
from strawberry.schema.config import StrawberryConfig

from bench.records import AgreementStatus, Memory, made_records
from bench.serve.run import serve

MEMORY = Memory(made_records())
# The others write Z for UTC, and the bench compares answers.
INSTANT = strawberry.scalar(name="DateTime", serialize=lambda value: value.isoformat()[:-6] + "Z")

strawberry.enum(AgreementStatus)


class Context(BaseContext):
    """The loaders of one request."""

    def __init__(self) -> None:
        super().__init__()
        self.entries_by_session = DataLoader(load_fn=_entries)
        self.candidate_by_id = DataLoader(load_fn=_candidates)


async def _entries(keys: list[str]) -> list[Any]:
    found = await MEMORY.entries_by_session(keys)
    return [found.get(key, []) for key in keys]


async def _candidates(keys: list[str]) -> list[Any]:
    found = await MEMORY.candidates_by_id(keys)
    return [found.get(key) for key in keys]


Info = strawberry.Info[Context, None]


@strawberry.type
class Event:
    id: strawberry.ID
    event: str
    apprenticeship_id: int
    agreement_status: AgreementStatus
    payment_status: str
    provider_id: strawberry.ID
    learner_id: strawberry.ID
    employer_account_id: strawberry.ID
    training_type: str
    training_id: str
    training_start: datetime
    training_end: datetime
    cost: float
    created_on: datetime


@strawberry.type
class Candidate:
    candidate_id: strawberry.ID
    family_name: str
    given_name: str
    birth_year: int
    is_private: bool


@strawberry.type
class Entry:
    entry_id: strawberry.ID
    centre_id: strawberry.ID
    candidate_number: int
    qualification: str
    option: str

    @strawberry.field
    async def candidate(self, info: Info) -> Candidate | None:
        return await info.context.candidate_by_id.load(self.candidate_id)  # type: ignore[attr-defined,no-any-return] # a record


@strawberry.type
class Session:
    session_id: strawberry.ID
    business_stream_id: strawberry.ID
    name: str
    year: int
    starts_at: datetime

    @strawberry.field
    async def entries(self, info: Info) -> list[Entry]:
        return await info.context.entries_by_session.load(self.session_id)  # type: ignore[no-any-return]


@strawberry.type
class Query:
    @strawberry.field
    async def events(self, first: int = 100) -> list[Event]:
        return (await MEMORY.pages_of_events([first]))[first]  # type: ignore[return-value] # records stand for types

    @strawberry.field
    async def event(self, id: strawberry.ID) -> Event | None:  # noqa: A002 the argument's public name
        return (await MEMORY.events_by_id([id])).get(id)  # type: ignore[return-value]

    @strawberry.field
    async def sessions(self, business_stream: strawberry.ID) -> list[Session]:
        return (await MEMORY.sessions_by_stream([business_stream])).get(business_stream, [])  # type: ignore[return-value]


if __name__ == "__main__":
    schema = strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map={datetime: INSTANT}))
    app = FastAPI(openapi_url=None)
    app.include_router(GraphQLRouter(schema, context_getter=Context, graphql_ide=None), prefix="/graphql")
    serve(app)
