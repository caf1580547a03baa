"""HTTP: one backend behind one URL: its connections, one request an attempt, and the library's errors as ours."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from datasources.calls import transaction_id
from datasources.errors import BackendError, BackendRefused, BackendTimeout, BackendUnavailable

# A document larger than this is not one that we asked for.
DOCUMENT_BYTES = 1 << 20
ANSWER_BYTES = 16 << 20
# A stream that brings nothing for so long is given up. A call is bounded by its deadline, which is whoever calls's own.
IDLE_SECONDS = 15.0
# How h11 says that the other side went away, in an error that it has for nonsense too.
WENT_AWAY = ("Server disconnected", "peer closed connection")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: its status, and the JSON of its body when the status is 2xx."""

    status: int
    json: Any = None


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A part of a document: from `first` to `last`, both included, or to its end; without `first`, its last bytes."""

    first: int | None
    last: int | None

    @property
    def header(self) -> str:
        first, last = ("" if each is None else each for each in (self.first, self.last))
        return f"bytes={first}-{last}"

    def within(self, size_bytes: int) -> tuple[int, int]:
        """The first and the last byte of this part of a document of `size_bytes`."""
        if self.first is None:
            return max(0, size_bytes - (self.last or 0)), size_bytes - 1
        return self.first, size_bytes - 1 if self.last is None else min(self.last, size_bytes - 1)


class Stream:
    """An answer whose body is still coming. Iterate over it once, and close it whatever happens."""

    def __init__(self, backend: str, response: httpx.Response) -> None:
        self._backend = backend
        self._response = response
        self.status = response.status_code

    def header(self, name: str) -> str | None:
        value: str | None = self._response.headers.get(name)
        return value

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises BackendError when it ends before it is whole."""
        try:
            async for part in self._response.aiter_raw():
                yield part
        except httpx.HTTPError as error:
            raise _as_ours(self._backend, error) from None

    async def aclose(self) -> None:
        """Give up the connection, or keep it for the next when the body is read to its end."""
        await self._response.aclose()


class WebService:
    """Asks one HTTP backend. Opened and closed with the process.

    Nothing here retries or counts: `datasources.calls` does. `url` is None for a backend that nobody configured.
    """

    def __init__(self, backend: str, url: str | None) -> None:
        self.backend = backend
        self._url = url
        self._client: httpx.AsyncClient | None = None

    def open(self) -> None:
        """Make the pool. Connects to nothing yet."""
        if self._url is None:
            return
        self._client = httpx.AsyncClient(
            base_url=self._url,
            # The calls' own limits say how many connections there are and how long each may take.
            timeout=httpx.Timeout(None, read=IDLE_SECONDS),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
            headers={"accept-encoding": "identity"},
            # No proxy by an environment variable: a backend is where the settings say it is. The system's CAs.
            trust_env=False,
            verify=ssl.create_default_context() if self._url.startswith("https:") else False,
        )

    async def close(self) -> None:
        """Close all connections. Later requests: BackendUnavailable."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    async def json(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, json: object = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        """Send `json` or `form`, and read the whole answer.

        Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """
        stream = await self.stream(method, path, headers=headers, json=json, form=form)
        try:
            body = bytearray()
            async for part in stream:
                body += part
                if len(body) > ANSWER_BYTES:
                    raise BackendRefused(self.backend, "its answer is too large")
        finally:
            await stream.aclose()
        if not httpx.codes.is_success(stream.status):
            return Answer(stream.status)
        try:
            return Answer(stream.status, orjson.loads(bytes(body)))
        except orjson.JSONDecodeError:
            raise BackendRefused(self.backend, "its answer is not JSON") from None

    async def stream(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, json: object = None,
        form: Mapping[str, str] | None = None,
    ) -> Stream:  # fmt: skip
        """Send, and read the answer's head. Whoever asks closes the stream. Raises as `json`."""
        if self._client is None:
            raise BackendUnavailable(self.backend, "it is not open")
        request = self._client.build_request(
            method, path, json=json, data=form, headers={"x-transaction-id": transaction_id.get(), **(headers or {})}
        )
        try:
            response = await self._client.send(request, stream=True)
        except (httpx.HTTPError, OSError) as error:
            raise _as_ours(self.backend, error) from None
        return Stream(self.backend, response)


def _as_ours(backend: str, error: Exception) -> BackendError:
    if isinstance(error, httpx.TimeoutException):
        return BackendTimeout(backend)
    is_nonsense = isinstance(error, httpx.ProtocolError | httpx.DecodingError | httpx.TooManyRedirects)
    if is_nonsense and not str(error).startswith(WENT_AWAY):
        return BackendRefused(backend, "its answer is not HTTP")
    return BackendUnavailable(backend)


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
