"""HTTP: one JSON document from one URL."""

from typing import Any

import httpx
import orjson

from datasources.errors import BackendRefused, BackendTimeout, BackendUnavailable

# A document larger than this is not one that we asked for.
DOCUMENT_BYTES = 1 << 20


async def fetch_json(backend: str, url: str, timeout_seconds: float) -> Any:  # noqa: ANN401 JSON is any
    """The document at `url`. Raises BackendTimeout, BackendUnavailable, BackendRefused. One call, never retried."""
    try:
        async with httpx.AsyncClient(timeout=timeout_seconds) as client, client.stream("GET", url) as response:
            if response.status_code != httpx.codes.OK:
                raise BackendRefused(backend, f"status {response.status_code}")
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > DOCUMENT_BYTES:
                    raise BackendRefused(backend, "its answer is too large")
        return orjson.loads(bytes(body))
    except httpx.TimeoutException:
        raise BackendTimeout(backend) from None
    except httpx.HTTPError:
        raise BackendUnavailable(backend) from None
    except orjson.JSONDecodeError:
        raise BackendRefused(backend, "its answer is not JSON") from None
