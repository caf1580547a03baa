"""HTTP: one JSON document from one URL."""

import asyncio
from typing import Any

import httpx
import orjson

from datasources.errors import BackendRefused, BackendTimeout, BackendUnavailable

# A document larger than this is not one that we asked for.
DOCUMENT_BYTES = 1 << 20


async def fetch_json(backend: str, url: str, timeout_seconds: float) -> Any:  # noqa: ANN401 JSON is any
    """The document at `url`, whole within `timeout_seconds`. One call, never retried.

    Raises BackendTimeout, BackendUnavailable, BackendRefused.
    """
    try:
        # httpx bounds each read; a server that dribbles would never run out of time.
        async with (
            asyncio.timeout(timeout_seconds),
            httpx.AsyncClient(timeout=timeout_seconds) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise BackendRefused(backend, f"status {response.status_code}")
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > DOCUMENT_BYTES:
                    raise BackendRefused(backend, "its answer is too large")
        return orjson.loads(bytes(body))
    except (TimeoutError, httpx.TimeoutException):
        raise BackendTimeout(backend) from None
    except httpx.HTTPError:
        raise BackendUnavailable(backend) from None
    except orjson.JSONDecodeError:
        raise BackendRefused(backend, "its answer is not JSON") from None
