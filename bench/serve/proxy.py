"""A streaming proxy as httpx and Starlette document it, before an RM: `python -m bench.serve.proxy url`."""

import contextlib
import sys
from collections.abc import AsyncIterator

import httpx
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bench.serve.checks import Observed, Refused, configure_log, require_client
from bench.serve.run import serve

# What an answer says of its body.
PASSED_ON = ("content-type", "content-length")


def proxy_app(url: str) -> Starlette:
    client = httpx.AsyncClient(base_url=url, timeout=60)
    token = ""

    @contextlib.asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        nonlocal token
        token = (await client.post("/token", data={"grant_type": "client_credentials"})).json()["access_token"]
        yield
        await client.aclose()

    async def pdf(request: Request) -> Response:
        require_client(request.headers.get("client_id"), request.headers.get("client_secret"))
        path = f"/scripts/{request.path_params['script']}/pdf"
        asked = client.build_request("GET", path, headers={"authorization": f"Bearer {token}"})
        answer = await client.send(asked, stream=True)
        headers = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
        closing = BackgroundTask(answer.aclose)
        return StreamingResponse(answer.aiter_raw(), answer.status_code, headers, background=closing)

    async def refused(_request: Request, refusal: Exception) -> Response:
        return Response(status_code=refusal.status if isinstance(refusal, Refused) else 500)

    routes = [Route("/v1/candidates/scripts/pdf/{script}", pdf)]
    return Starlette(routes=routes, exception_handlers={Refused: refused}, lifespan=lifespan)


if __name__ == "__main__":
    configure_log()
    serve(Observed(proxy_app(*sys.argv[1:])))
