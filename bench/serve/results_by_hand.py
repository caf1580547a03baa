"""The product's old routes and its question of fifty sessions as an endpoint each, in FastAPI, with ours' checks.

`python -m bench.serve.results_by_hand core|driver urls`, the URLs of backends as a JSON object.
"""

import contextlib
import sys
from collections.abc import AsyncIterator
from typing import Annotated, Literal

import orjson
from fastapi import Depends, FastAPI, Header, HTTPException, Path, Query, Request
from fastapi.responses import Response

from bench.serve.assembled import Assembled
from bench.serve.checks import Claims, Observed, Refused, claims_of, configure_log, require_client
from bench.serve.pools import Pools
from bench.serve.result_answers import Answers, FromCore, FromDrivers
from bench.serve.run import serve
from bench.workloads import SCOPE

JSON = "application/json"

Stream = Annotated[str, Path(pattern="^[0-9]{2}$")]
Session = Annotated[str, Path(pattern="^0*[1-9][0-9]{0,17}$")]
Number = Annotated[str, Path(pattern="^[A-Za-z0-9]{1,10}$")]
Assessment = Annotated[str, Path(pattern="^[A-Za-z0-9-]{1,20}$")]
Component = Annotated[str, Path(pattern="^[0-9]{2}$")]
Size = Annotated[int, Query(ge=1, le=1000)]

CANDIDATE = "sessions/{session}/centres/{centre}/candidateNumber/{number}/assessments/{assessment}"


def app_of(answers: Answers, pools: Pools) -> FastAPI:
    assembled = Assembled(pools)

    @contextlib.asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        await pools.open()
        try:
            yield
        finally:
            await pools.close()
            await answers.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None)

    async def reader(authorization: Annotated[str | None, Header()] = None) -> Claims:
        return claims_of(authorization, SCOPE)

    async def client(
        client_id: Annotated[str | None, Header(convert_underscores=False)] = None,
        client_secret: Annotated[str | None, Header(convert_underscores=False)] = None,
    ) -> None:
        require_client(client_id, client_secret)

    @app.exception_handler(Refused)
    async def refused(_request: Request, refusal: Refused) -> Response:
        return Response(status_code=refusal.status)

    @app.get(f"/v1/candidates/resultStatus/businessStream/{{stream}}/{CANDIDATE}", dependencies=[Depends(client)])
    async def result_status(
        stream: Stream, session: Session, centre: Number, number: Number, assessment: Assessment
    ) -> Response:
        return found(await answers.result_status((stream, session, centre, number), assessment))

    @app.get(
        f"/v1/businessStream/{{stream}}/{CANDIDATE}/components/{{component}}/resultEnquiryStatus",
        dependencies=[Depends(client)],
    )
    async def result_enquiries(
        stream: Stream, session: Session, centre: Number, number: Number, assessment: Assessment, component: Component
    ) -> Response:
        return found(await answers.result_enquiries((stream, session, centre, number), assessment, component))

    @app.get("/v1/businessStreams/02/sessions/{session}/enquireServices", dependencies=[Depends(client)])
    async def embargoes(
        session: Session,
        resultDateType: Literal["issue"],  # noqa: ARG001, N803 the published name; releases are not measured
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Size = 100,
        centreId: Annotated[str | None, Query(pattern="^[A-Za-z0-9]{1,10}$")] = None,  # noqa: N803
    ) -> Response:
        return found(await answers.embargoes(session, centreId, offset, limit))

    @app.get("/sessions", dependencies=[Depends(reader)])
    async def sessions(sessions: Size, candidates: Size, embargoes: Size) -> Response:
        return found(await assembled.sessions(sessions, candidates, embargoes))

    return app


def found(body: bytes | None) -> Response:
    if body is None:
        raise HTTPException(404)
    return Response(body, media_type=JSON)


if __name__ == "__main__":
    configure_log()
    variant, told = sys.argv[1:]
    urls = orjson.loads(told)
    pools = Pools(urls)
    serve(Observed(app_of(FromCore(urls) if variant == "core" else FromDrivers(pools), pools)))
