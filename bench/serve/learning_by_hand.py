"""Two of the learning-progress service's calls by hand, in plain Starlette or in FastAPI, on bare drivers:
`python -m bench.serve.learning_by_hand starlette|fastapi URL PUBLIC_KEY_FILE`.

The same statements on the same tables, and the checks that the other servers by hand make.
"""

import asyncio
import hashlib
import hmac
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosqlite
import jwt
import orjson
from fastapi import FastAPI, Request
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response
from starlette.routing import Route

from bench.serve.checks import Observed, Refused, configure_log
from bench.serve.pools import Pools
from bench.serve.run import serve
from bench.workloads import API_KEY, ISSUER, KEY_ID, SALT

JSON = "application/json"
HASHED_KEY = hmac.digest(SALT, API_KEY.encode(), "sha256")
MARK = {"sqlite": "?{}", "postgresql": "${}"}
UPDATE = (
    "UPDATE learning_view SET details = {1}, time_spent_seconds = {2}, accessed_at = {3}, updated_at = {3} WHERE "
    "learner_id = {4} AND collection_id = {5} AND context_id = {6} AND content_id = {7} AND status < 2 RETURNING 1"
)
ENROLMENTS = (
    "SELECT e.*, c.name, c.logo, c.leaf_count, c.description FROM learning_enrolment e LEFT JOIN learning_collection c "
    "ON c.collection_id = e.collection_id WHERE learner_id = {1} ORDER BY enrolled_at DESC, e.collection_id"
)
STATUSES = "SELECT collection_id, context_id, content_id, status FROM learning_view WHERE learner_id = {1}"
BEST = (
    "SELECT * FROM (SELECT collection_id, context_id, content_id, score, max_score, row_number() OVER (PARTITION BY "
    "collection_id, context_id, content_id ORDER BY score DESC, attempted_at DESC) AS place FROM learning_attempt "
    "WHERE learner_id = {1}) AS placed WHERE place = 1"
)
MOST_SECONDS = 1e9
CONTEXT = "SELECT collection_id FROM learning_context WHERE context_id = {1}"


class Answers:
    """The two calls on a pool of bare connections. Contexts that are known are remembered for a minute."""

    def __init__(self, url: str, key: Path) -> None:
        self._url = url
        self._key = key.read_bytes()
        self._pools = Pools({"learning": url})
        self._tokens: dict[bytes, tuple[float, str]] = {}
        self._contexts: dict[str, tuple[float, str]] = {}
        dialect = url.partition("+")[0]
        marks = [MARK[dialect].format(number) for number in range(9)]
        self._sql = {name: text.format(*marks) for name, text in TEXTS.items()}
        self._writer: Any = None
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        await self._pools.open()
        if self._pools.is_sqlite:
            self._writer = await aiosqlite.connect(self._url.partition(":///")[2], isolation_level=None)
            await self._writer.execute("PRAGMA synchronous = FULL")

    async def close(self) -> None:
        await self._pools.close()
        if self._writer is not None:
            await self._writer.close()

    def learner(self, authorization: str | None, token: str | None) -> str:
        """Whose request it is; a pair of credentials seen before is known by its digest."""
        if authorization is None or token is None:
            raise Refused(401)
        digest = hashlib.sha256(f"{authorization}\n{token}".encode()).digest()
        known = self._tokens.get(digest)
        if known is None or known[0] < time.time():
            given = hmac.digest(SALT, authorization.partition(" ")[2].encode(), "sha256")
            if not hmac.compare_digest(given, HASHED_KEY) or jwt.get_unverified_header(token).get("kid") != KEY_ID:
                raise Refused(401)
            try:
                claims = jwt.decode(token, self._key, algorithms=["ES256"], issuer=ISSUER)
            except jwt.PyJWTError:
                raise Refused(401) from None
            known = self._tokens[digest] = claims["exp"], claims["sub"].rpartition(":")[2]
        return known[1]

    async def update(self, learner: str, body: bytes) -> bytes:
        sent = orjson.loads(body)
        request = sent["request"]
        content, details, seconds = request["contentId"], request["progressDetails"], request["timeSpent"]
        if not content.strip() or not details or not 0 <= seconds <= MOST_SECONDS:
            raise Refused(400)
        context = request["contextId"]
        collection = await self._collection(context)
        if request.get("collectionId", collection) != collection:
            raise Refused(400)
        now = datetime.now(UTC)
        values = (orjson.dumps(details).decode(), float(seconds), now, learner, collection, context, content)
        if self._writer is None:
            async with self._pools["learning"].acquire() as connection:
                await connection.fetch(self._sql["update"], *values)
        else:
            written = (*values[:2], now.strftime("%Y-%m-%d %H:%M:%S.%f"), *values[3:])
            async with self._turn:
                await self._writer.execute_fetchall(self._sql["update"], written)
        return _enveloped("api.view.update", {content: "Progress Updated"}, sent.get("params", {}).get("msgid"))

    async def summaries(self, learner: str) -> bytes:
        async with self._pools["learning"].acquire() as connection:
            enrolments = await connection.fetch(self._sql["enrolments"], learner)
            views = await connection.fetch(self._sql["statuses"], learner)
            attempts = await connection.fetch(self._sql["best"], learner)
        statuses: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        for collection, context, content, status in views:
            statuses[collection, context][content] = status
        best: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
        for collection, context, content, score, max_score, _place in attempts:
            best[collection, context][content] = {"score": _number(score), "max_score": _number(max_score)}
        found = [_summary(row, statuses[row[1], row[2]], best[row[1], row[2]]) for row in enrolments]
        return _enveloped("api.summary.list", {"summary": found}, None)

    async def _collection(self, context: str) -> str:
        ends_at, collection = self._contexts.get(context, (0.0, ""))
        if ends_at < time.monotonic():
            async with self._pools["learning"].acquire() as connection:
                rows = await connection.fetch(self._sql["context"], context)
            if not rows:
                raise Refused(400)
            collection = rows[0][0]
            self._contexts[context] = time.monotonic() + 60, collection
        return collection


TEXTS = {"update": UPDATE, "enrolments": ENROLMENTS, "statuses": STATUSES, "best": BEST, "context": CONTEXT}


def _number(value: float) -> float:
    return int(value) if value.is_integer() else value


def _summary(row: Sequence[Any], statuses: dict[str, int], best: dict[str, Any]) -> dict[str, Any]:
    at = datetime.fromisoformat(row[3]).replace(tzinfo=UTC) if isinstance(row[3], str) else row[3]
    return {
        "userId": row[0],
        "collectionId": row[1],
        "contextId": row[2],
        "enrolledDate": int(at.timestamp() * 1000),
        "active": bool(row[4]),
        "contentStatus": statuses,
        "assessmentStatus": best,
        "collection": {
            "identifier": row[1], "name": row[11], "logo": row[12], "leafNodesCount": row[13], "description": row[14],
        },
        "issuedCertificates": [_certificate(each) for each in orjson.loads(row[8] or "[]")],
        "completedOn": None if row[7] is None else str(row[7]),
        "progress": row[6],
        "status": row[5],
    }  # fmt: skip


def _certificate(kept: dict[str, Any]) -> dict[str, Any]:
    issued_on = str(kept["lastIssuedOn"])
    return {"name": kept["name"], "id": kept["identifier"], "token": kept["token"], "lastIssuedOn": issued_on}


def _enveloped(call: str, result: dict[str, Any], msgid: str | None) -> bytes:
    now = datetime.now(UTC)
    params = {
        "resmsgid": None, "msgid": msgid or str(uuid.uuid4()), "err": None, "status": "success", "errmsg": None,
    }  # fmt: skip
    at = f"{now:%Y-%m-%d %H:%M:%S}:{now.microsecond // 1000:03}+0000"
    told = {"id": call, "ver": "v1", "ts": at, "params": params, "responseCode": "OK", "result": result}
    return orjson.dumps(told)


def app_of(framework: str, answers: Answers) -> Any:  # noqa: ANN401 either framework's
    """The two calls. A path of another learner is refused."""

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        await answers.open()
        yield
        await answers.close()

    def asker(request: StarletteRequest) -> str:
        return answers.learner(request.headers.get("authorization"), request.headers.get("x-authenticated-user-token"))

    async def update(request: Request) -> Response:
        return Response(await answers.update(asker(request), await request.body()), media_type=JSON)

    async def summaries(request: Request) -> Response:
        learner = asker(request)
        if request.path_params["user_id"] != learner:
            raise Refused(401)
        return Response(await answers.summaries(learner), media_type=JSON)

    async def refused(_request: StarletteRequest, refusal: Exception) -> Response:
        return Response(status_code=refusal.status if isinstance(refusal, Refused) else 500)

    if framework == "fastapi":
        app = FastAPI(lifespan=lifespan, exception_handlers={Refused: refused}, openapi_url=None)
        app.post("/v1/view/update")(update)
        app.get("/v1/summary/list/{user_id}")(summaries)
        return app
    routes = [
        Route("/v1/view/update", update, methods=["POST"]), Route("/v1/summary/list/{user_id}", summaries),
    ]  # fmt: skip
    return Starlette(routes=routes, exception_handlers={Refused: refused}, lifespan=lifespan)


if __name__ == "__main__":
    configure_log()
    framework, url, key = sys.argv[1:]
    serve(Observed(app_of(framework, Answers(url, Path(key)))))
