"""`learningProgress`: the token's own learner's, as it is and as it changes; nobody else's."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from golden.databases import databases, kept, on_sqlite
from golden.service import Databases, running

from app.http.live import Parameters, live_answers
from app.wiring import make_service

__all__ = ["databases", "kept", "on_sqlite"]

FOLLOW = Parameters("subscription { learningProgress { learnerId status progressPercent } }", None, {}, {})
ROWS: dict[str, Any] = {
    "learning_collection": [{"collection_id": "c1", "name": "C", "leaf_count": 2}],
    "learning_leaf": [{"collection_id": "c1", "content_id": leaf, "is_optional": False} for leaf in "ab"],
    "learning_context": [{"context_id": "x1", "collection_id": "c1"}],
}
ENROL = 'mutation { enrolLearner(input: {collectionId: "c1", contextId: "x1"}) { problems { message } } }'


async def test_progress_is_told_as_it_is_made(databases: Databases) -> None:
    url = await databases.url("LEARNING", ROWS)
    async with running(databases, {"LEARNING": url}) as asked:
        for learner in ("u1", "u2"):
            await asked.ask("POST", "/graphql", asked.bearer(["learning:self"], learner=learner), {"query": ENROL})
        # Another process of the same service, which somebody follows.
        service = make_service(asked.settings)
        await service.open()
        bearer = asked.bearer(["learning:self"], learner="u1")
        headers = {name.encode(): value.encode() for name, value in bearer.items()}
        found = []
        async with asyncio.timeout(20), aclosing(live_answers(service, FOLLOW, headers)) as answers:
            async for answer in answers:
                found.append(answer["data"]["learningProgress"])
                leaf = "ab"[len(found) - 1 : len(found)]
                if not leaf:
                    break
                for learner in ("u2", "u1"):
                    request = {"request": {"contentId": leaf, "collectionId": "c1", "contextId": "x1"}}
                    told = await asked.ask("POST", "/v1/view/end", asked.learner(learner), request)
                    assert told.response.status_code == 200
        await service.close()
    assert found == [
        {"learnerId": "u1", "status": "NOT_STARTED", "progressPercent": 0},
        {"learnerId": "u1", "status": "IN_PROGRESS", "progressPercent": 50},
        {"learnerId": "u1", "status": "COMPLETED", "progressPercent": 100},
    ]


@pytest.mark.parametrize(
    ("scopes", "learner", "code"),
    [(None, None, "UNAUTHENTICATED"), (["learning:read"], "u1", "FORBIDDEN"), (["learning:self"], None, "FORBIDDEN")],
)
async def test_who_is_told_nothing(
    on_sqlite: Databases, scopes: list[str] | None, learner: str | None, code: str
) -> None:
    url = await on_sqlite.url("LEARNING", ROWS)
    async with running(on_sqlite, {"LEARNING": url}) as asked:
        service = make_service(asked.settings)
        await service.open()
        bearer = {} if scopes is None else asked.bearer(scopes, learner=learner)
        headers = {name.encode(): value.encode() for name, value in bearer.items()}
        async with aclosing(live_answers(service, FOLLOW, headers)) as answers:
            found = [answer async for answer in answers]
        await service.close()
    [answer] = found
    assert [error["extensions"]["code"] for error in answer["errors"]] == [code]
