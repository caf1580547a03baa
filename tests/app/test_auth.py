"""Who may ask: every way in which a token or a client's secret can hold or not, against a real issuer."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from support.server import Server, free_port, running_server

from app.auth import Tokens
from app.settings import AuthSettings

# Two seconds are promised; the third is for a machine that does other things beside.
SOON = 3
SHARED = "a-key-for-tests-only-of-more-than-32-bytes"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
NEW_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ANSWER = {"data": {"businessStream": {"code": "02"}}}
QUERY = '{ businessStream(code: "02") { code } }'


def public(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, key_id: str) -> dict[str, Any]:
    algorithm = (
        jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else jwt.algorithms.RSAAlgorithm
    )
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": key_id, "use": "sig"}


KEYS = [public(EC_KEY, "ec-1"), public(RSA_KEY, "rsa-1")]


def token(key: Any = EC_KEY, algorithm: str = "ES256", key_id: str | None = "ec-1", **claims: Any) -> str:
    """A good token, but for what is given. A claim that is None is left out."""
    held = {
        "iss": "examgraph", "aud": "examgraph", "sub": "somebody", "exp": int(time.time()) + 600,
        "scope": "sessions:read", **claims,
    }  # fmt: skip
    headers = {"kid": key_id} if key_id else {}
    return jwt.encode({name: value for name, value in held.items() if value is not None}, key, algorithm, headers)


def hand_made(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """A token that no library would make."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    signed = b".".join(parts)
    return (signed + b"." + base64.urlsafe_b64encode(sign(signed)).rstrip(b"=")).decode()


CLAIMS = {"iss": "examgraph", "aud": "examgraph", "sub": "somebody", "exp": 4_000_000_000, "scope": "sessions:read"}
EC_PEM = EC_KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)  # fmt: skip


class Issuer:
    """Publishes keys over HTTP, as well or as badly as a test wants. `hits` counts how often it was asked."""

    def __init__(self) -> None:
        self.keys: list[Any] = list(KEYS)
        self.answer: Callable[[BaseHTTPRequestHandler], None] = self.publish
        self.hits = 0
        self.let_go = threading.Event()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.hits += 1
                issuer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """A caller that hangs up before it is answered is what the tests are about."""

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/keys.json"

    def publish(self, asked: BaseHTTPRequestHandler) -> None:
        self.say(json.dumps({"keys": self.keys}).encode())(asked)

    @staticmethod
    def say(body: bytes, status: int = 200) -> Callable[[BaseHTTPRequestHandler], None]:
        def answer(asked: BaseHTTPRequestHandler) -> None:
            asked.send_response(status)
            asked.send_header("Content-Length", str(len(body)))
            asked.end_headers()
            asked.wfile.write(body)

        return answer

    def keep_silent(self, _asked: BaseHTTPRequestHandler) -> None:
        self.let_go.wait(20)

    def drip(self, asked: BaseHTTPRequestHandler) -> None:
        """A byte now and then: never long enough apart to be called silent."""
        asked.send_response(200)
        asked.end_headers()
        for _ in range(9):
            asked.wfile.write(b" ")
            if self.let_go.wait(0.4):
                return


@contextmanager
def published() -> Iterator[Issuer]:
    issuer = Issuer()
    serving = threading.Thread(target=issuer.server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield issuer
    finally:
        issuer.let_go.set()
        issuer.server.shutdown()
        issuer.server.server_close()
        serving.join()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with published() as running:
        yield running


@pytest.fixture(scope="module")
def believing(filled_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that believes an issuer, a shared key, and its own development key."""
    with published() as running:
        settings = {"AUTH__JWKS_URL": running.url, "AUTH__HS256_KEY": SHARED}
        folder = tmp_path_factory.mktemp("believing") / "data"
        folder.mkdir()
        (folder / "sandbox").symlink_to(filled_data_dir / "sandbox")
        with running_server(folder, **settings) as server:
            yield server


def ask(server: Server, query: str, *authorization: str | bytes) -> httpx.Response:
    headers = [(b"authorization", one if isinstance(one, bytes) else one.encode()) for one in authorization]
    return httpx.post(f"{server.base}/graphql", json={"query": query}, headers=headers, timeout=20, verify=False)


def refusal(message: str, code: str = "UNAUTHENTICATED", **details: str) -> dict[str, Any]:
    """The whole body of an answer to QUERY that is an error and nothing else."""
    where = {"locations": [{"line": 1, "column": 3}], "path": ["businessStream"]}
    return {"errors": [{"message": message, **where, "extensions": {"code": code, **details}}]}


HOLDING: dict[str, Callable[[], str]] = {
    "ES256": token,
    "RS256": lambda: token(RSA_KEY, "RS256", "rsa-1"),
    "HS256": lambda: token(SHARED, "HS256", None),
    "HS256, whatever its key id": lambda: token(SHARED, "HS256", "ec-1"),
    "several audiences": lambda: token(aud=["another", "examgraph"]),
    "several scopes": lambda: token(scope="  results:read  sessions:read unheard:of "),
    "expired within the skew": lambda: token(exp=int(time.time()) - 30),
    "not yet valid within the skew": lambda: token(nbf=int(time.time()) + 30),
    "with every claim": lambda: token(
        organisations=["*", "912345678"], learner="42", iat=int(time.time()), jti="1", more={"a": [None]}
    ),
}


@pytest.mark.parametrize("made", HOLDING.values(), ids=HOLDING.keys())
def test_a_token_that_holds_is_believed(believing: Server, made: Callable[[], str]) -> None:
    response = ask(believing, QUERY, f"Bearer {made()}")
    assert (response.status_code, response.json()) == (200, ANSWER)


def test_the_development_key_is_believed_in_the_sandbox(believing: Server) -> None:
    assert ask(believing, QUERY, believing.bearer["authorization"]).json() == ANSWER


@pytest.mark.parametrize("scheme", ["bearer ", "BEARER ", "Bearer   "])
def test_the_scheme_may_be_written_in_any_case(believing: Server, scheme: str) -> None:
    assert ask(believing, QUERY, f"{scheme}{token()}").json() == ANSWER


def confused() -> str:
    """Signed with the published key as if it were a shared secret."""
    header = {"alg": "HS256", "typ": "JWT", "kid": "ec-1"}
    return hand_made(header, CLAIMS, lambda signed: hmac.digest(EC_PEM, signed, "sha256"))


def half_signed() -> str:
    return token().rpartition(".")[0] + "."


def altered() -> str:
    header, _, signature = token().split(".")
    claims = base64.urlsafe_b64encode(json.dumps({**CLAIMS, "scope": "operations:read"}).encode()).rstrip(b"=")
    return f"{header}.{claims.decode()}.{signature}"


def deep() -> str:
    header = base64.urlsafe_b64encode(b'{"alg": "ES256", "kid": ' + b"[" * 6000).rstrip(b"=").decode()
    return f"{header}.e30.e30"


NO_ALGORITHM = "the token's algorithm is not accepted"
NOT_READABLE = "the token is not one that this service can read"
WRONG_FORM = "the token's scope, organisations or learner is not of the expected form"

NOT_HOLDING: dict[str, tuple[Callable[[], str], str]] = {
    "expired": (lambda: token(exp=int(time.time()) - 90), "the token has expired"),
    "not yet valid": (lambda: token(nbf=int(time.time()) + 90), "the token is not valid yet"),
    "issued in the future": (lambda: token(iat=int(time.time()) + 90), "the token is not valid yet"),
    "another audience": (lambda: token(aud="another"), "the token is for another audience"),
    "another issuer": (lambda: token(iss="another"), "the token is from another issuer"),
    "another key": (lambda: token(NEW_KEY), "the token's signature does not hold"),
    "another shared key": (lambda: token(SHARED + "!", "HS256", None), "the token's signature does not hold"),
    "altered": (altered, "the token's signature does not hold"),
    "unsigned": (half_signed, "the token's signature does not hold"),
    "alg none": (lambda: jwt.encode(CLAIMS, None, "none", {"kid": "ec-1"}), NO_ALGORITHM),
    "alg None": (lambda: hand_made({"alg": "None", "kid": "ec-1"}, CLAIMS, lambda _: b""), NO_ALGORITHM),
    "no alg": (lambda: hand_made({"kid": "ec-1"}, CLAIMS, lambda _: b""), NO_ALGORITHM),
    "alg is a list": (lambda: hand_made({"alg": ["ES256"], "kid": "ec-1"}, CLAIMS, lambda _: b""), NO_ALGORITHM),
    "the published key as a shared one": (confused, "the token's signature does not hold"),
    "HS512": (lambda: token(SHARED * 2, "HS512", None), NO_ALGORITHM),
    "RS512": (lambda: token(RSA_KEY, "RS512", "rsa-1"), NO_ALGORITHM),
    "PS256": (lambda: token(RSA_KEY, "PS256", "rsa-1"), NO_ALGORITHM),
    "RS256 by an elliptic key's id": (lambda: token(RSA_KEY, "RS256", "ec-1"), "the token's key is not known"),
    "ES256 by an RSA key's id": (lambda: token(EC_KEY, "ES256", "rsa-1"), "the token's key is not known"),
    "unknown key id": (lambda: token(NEW_KEY, "ES256", "new"), "the token's key is not known"),
    "no key id": (lambda: token(key_id=None), "the token does not name its key (kid)"),
    "a key of its own": (
        lambda: jwt.encode(CLAIMS, NEW_KEY, "ES256", {"kid": "ec-1", "jwk": public(NEW_KEY, "ec-1")}),
        "the token's signature does not hold",
    ),
    "no exp": (lambda: token(exp=None), "the token lacks exp"),
    "no iss": (lambda: token(iss=None), "the token lacks iss"),
    "no aud": (lambda: token(aud=None), "the token lacks aud"),
    "no sub": (lambda: token(sub=None), "the token lacks sub"),
    "sub is a number": (lambda: hand_made({"alg": "HS256"}, {**CLAIMS, "sub": 5}, by_shared_key), NOT_READABLE),
    "exp is a word": (lambda: hand_made({"alg": "HS256"}, {**CLAIMS, "exp": "soon"}, by_shared_key), NOT_READABLE),
    "claims are a list": (lambda: hand_made({"alg": "HS256"}, [], by_shared_key), NOT_READABLE),  # type: ignore[arg-type]
    "scope is a list": (lambda: token(scope=["sessions:read"]), WRONG_FORM),
    "scope is a number": (lambda: token(scope=5), WRONG_FORM),
    "organisations is a string": (lambda: token(organisations="*"), WRONG_FORM),
    "organisations are numbers": (lambda: token(organisations=[912345678]), WRONG_FORM),
    "learner is a number": (lambda: token(learner=42), WRONG_FORM),
    "three words": (lambda: "a.b.c", NOT_READABLE),
    "one word": (lambda: "nonsense", NOT_READABLE),
    "bytes beyond ASCII": (lambda: "æ.ø.å", NOT_READABLE),
    "deep": (deep, NOT_READABLE),
    "1 MB": (lambda: "x" * 1_000_000, "the token is longer than 8192 bytes"),
    "just too long": (lambda: token(more="x" * 6000), "the token is longer than 8192 bytes"),
}  # fmt: skip


def by_shared_key(signed: bytes) -> bytes:
    return hmac.digest(SHARED.encode(), signed, "sha256")


@pytest.mark.parametrize(("made", "told"), NOT_HOLDING.values(), ids=NOT_HOLDING.keys())
def test_a_token_that_does_not_hold_is_told_why(believing: Server, made: Callable[[], str], told: str) -> None:
    authorization = f"Bearer {made()}"
    response = ask(believing, QUERY, authorization)
    assert (response.status_code, response.json()) == (401, refusal(told))
    assert response.headers["www-authenticate"] == 'Bearer realm="examgraph"'
    public_answer = ask(believing, "{ __typename }", authorization)
    assert (public_answer.status_code, public_answer.json()) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Basic dXNlcjpwYXNz", "Token x", "x", "Digest username=a", "", "Bearer\tx", b"\xe6\xf8\xe5"],
)
def test_what_is_no_bearer_token_is_told_the_form(believing: Server, authorization: str | bytes) -> None:
    response = ask(believing, QUERY, authorization)
    assert (response.status_code, response.json()) == (
        401,
        refusal("the Authorization header must be: Bearer <token>"),
    )


def test_nobody_without_the_right_and_with_it(believing: Server) -> None:
    nobody = ask(believing, QUERY)
    assert (nobody.status_code, nobody.json()) == (
        401,
        refusal("this needs a credential with the scope sessions:read", scope="sessions:read"),
    )
    assert nobody.headers["www-authenticate"] == 'Bearer realm="examgraph"'
    without = ask(believing, QUERY, f"Bearer {token(scope='results:read')}")
    assert (without.status_code, without.json()) == (
        403,
        refusal("this needs the scope sessions:read", "FORBIDDEN", scope="sessions:read"),
    )
    assert "www-authenticate" not in without.headers
    for scopeless in ("", None):
        assert ask(believing, QUERY, f"Bearer {token(scope=scopeless)}").status_code == 403
    assert ask(believing, QUERY, f"Bearer {token()}").json() == ANSWER


def test_what_may_be_answered_is_answered(believing: Server) -> None:
    """A refusal is the whole request's only when nothing of it was answered."""
    for authorization, code in (((), "UNAUTHENTICATED"), ((f"Bearer {token(scope='')}",), "FORBIDDEN")):
        response = ask(believing, '{ __typename businessStream(code: "02") { code } }', *authorization)
        assert response.status_code == 200
        assert response.json()["data"] == {"__typename": "Query", "businessStream": None}
        assert [error["extensions"]["code"] for error in response.json()["errors"]] == [code]


def test_of_two_headers_the_first_counts(believing: Server) -> None:
    assert ask(believing, QUERY, f"Bearer {token()}", "Bearer x").status_code == 200
    assert ask(believing, QUERY, "Bearer x", f"Bearer {token()}").status_code == 401


@pytest.mark.parametrize(
    ("issuer_does", "code", "message"),
    [
        ("is dead", "BACKEND_UNAVAILABLE", "token keys cannot be reached"),
        ("keeps silent", "BACKEND_TIMEOUT", "token keys did not answer in time"),
    ],
)
def test_keys_that_cannot_be_had_hold_up_nobody_else(
    data_dir: Path, client: httpx.Client, issuer: Issuer, issuer_does: str, code: str, message: str
) -> None:
    """Those who come with a token of the issuer hear within two seconds that it cannot be checked; no other waits."""
    issuer.answer = issuer.keep_silent
    url = issuer.url if issuer_does == "keeps silent" else f"http://127.0.0.1:{free_port()}/keys.json"
    with running_server(data_dir, AUTH__JWKS_URL=url) as server, ThreadPoolExecutor(8) as callers:
        waiting = [callers.submit(ask, server, QUERY, f"Bearer {token(sub=f's{n}')}") for n in range(6)]
        alive = client.get(f"{server.base}/healthz")
        other = ask(server, QUERY, server.bearer["authorization"])
        assert (alive.status_code, other.json()) == (200, ANSWER)
        assert issuer_does == "is dead" or not any(one.done() for one in waiting)
        for answer in (one.result() for one in waiting):
            assert answer.status_code == 200
            assert answer.json() == {**refusal(message, code, backend="token keys"), "data": {"businessStream": None}}
            assert answer.elapsed.total_seconds() < SOON
        assert issuer.hits == (1 if issuer_does == "keeps silent" else 0)
        public_answer = ask(server, "{ __typename }", f"Bearer {token()}")
        assert (public_answer.status_code, public_answer.json()) == (200, {"data": {"__typename": "Query"}})


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Both of Python's clocks, `seconds` on."""
    for name in ("time", "monotonic"):
        now = getattr(time, name)
        monkeypatch.setattr(time, name, lambda now=now: now() + seconds)


def tokens_of(issuer: Issuer) -> Tokens:
    return Tokens(AuthSettings.model_validate({"jwks_url": issuer.url, "hs256_key": SHARED}), None)


async def fault(tokens: Tokens, given: str) -> str | None:
    """What is wrong with a token; None when it holds."""
    viewer = await tokens.viewer({b"authorization": f"Bearer {given}".encode()})
    assert (viewer.subject is None) == (viewer.fault is not None)
    return viewer.fault and viewer.fault.message


async def test_keys_are_fetched_when_first_needed_and_kept(issuer: Issuer) -> None:
    tokens = tokens_of(issuer)
    assert await fault(tokens, token(SHARED, "HS256", None)) is None
    assert issuer.hits == 0
    assert [await fault(tokens, token(sub=f"s{n}")) for n in range(5)] == [None] * 5
    assert await fault(tokens, token(RSA_KEY, "RS256", "rsa-1")) is None
    assert issuer.hits == 1


async def test_unknown_key_ids_make_us_ask_once_in_half_a_minute(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = tokens_of(issuer)
    invented = [token(NEW_KEY, "ES256", f"invented-{n}") for n in range(20)]
    assert set(await asyncio.gather(*(fault(tokens, one) for one in invented))) == {"the token's key is not known"}
    assert issuer.hits == 1
    later(monkeypatch, 29)
    assert await fault(tokens, invented[0]) == "the token's key is not known"
    assert issuer.hits == 1
    later(monkeypatch, 2)
    assert set(await asyncio.gather(*(fault(tokens, one) for one in invented))) == {"the token's key is not known"}
    assert issuer.hits == 2


async def test_a_new_key_is_found_and_a_withdrawn_one_forgotten(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = tokens_of(issuer)
    assert await fault(tokens, token()) is None
    issuer.keys = [public(NEW_KEY, "new")]
    assert await fault(tokens, token(NEW_KEY, "ES256", "new")) == "the token's key is not known"
    later(monkeypatch, 31)
    assert await fault(tokens, token(NEW_KEY, "ES256", "new")) is None
    assert await fault(tokens, token(sub="another")) == "the token's key is not known"
    assert issuer.hits == 2


async def test_keys_are_fetched_anew_after_an_hour_and_nobody_waits(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = tokens_of(issuer)
    assert await fault(tokens, token()) is None
    issuer.keys = [public(NEW_KEY, "new")]
    later(monkeypatch, 3590)
    assert await fault(tokens, token(sub="another")) is None
    later(monkeypatch, 20)
    assert await fault(tokens, token(sub="a third")) is None  # and has the keys fetched meanwhile
    for _ in range(500):
        if await fault(tokens, token(NEW_KEY, "ES256", "new")) is None:
            break
        await asyncio.sleep(0.01)
    assert await fault(tokens, token(sub="a fourth")) == "the token's key is not known"
    assert issuer.hits == 2


async def test_keys_that_came_late_are_used_at_once(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = tokens_of(issuer)
    issuer.answer = issuer.say(b"", 503)
    assert await fault(tokens, token()) == "token keys gave an unusable answer: status 503"
    assert await fault(tokens, token(sub="another")) == "token keys gave an unusable answer: status 503"
    assert issuer.hits == 1
    issuer.answer = issuer.publish
    later(monkeypatch, 1.1)
    assert await fault(tokens, token()) is None


async def test_keys_once_known_outlive_their_issuer(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = tokens_of(issuer)
    assert await fault(tokens, token()) is None
    issuer.answer = issuer.say(b"nonsense")
    for seconds in (31, 3600):
        later(monkeypatch, seconds)
        assert (
            await fault(tokens, token(NEW_KEY, "ES256", "new"))
            == "token keys gave an unusable answer: its answer is not JSON"
        )
        assert await fault(tokens, token(sub=f"after {seconds}")) is None


GARBAGE: dict[str, bytes] = {
    "nothing": b"",
    "a page": b"<!doctype html>",
    "null": b"null",
    "a list": b"[]",
    "a number": b"5",
    "an object": b"{}",
    "keys are null": b'{"keys": null}',
    "keys are a string": b'{"keys": "all"}',
    "keys are an object": b'{"keys": {"kid": "ec-1"}}',
    "no keys": b'{"keys": []}',
    "a key is null": b'{"keys": [null]}',
    "a key is a number": b'{"keys": [5]}',
    "a key is empty": b'{"keys": [{}]}',
    "a key is not base64": b'{"keys": [{"kty": "RSA", "kid": "ec-1", "n": "!!", "e": "AQAB"}]}',
    "a key is numbers": b'{"keys": [{"kty": "RSA", "kid": "ec-1", "n": 5, "e": 3}]}',
    "a key is even": b'{"keys": [{"kty": "RSA", "kid": "ec-1", "n": "AQAB", "e": "Ag"}]}',
    "a key is not on its curve": b'{"keys": [{"kty": "EC", "crv": "P-256", "kid": "ec-1", "x": "%s", "y": "%s"}]}'
    % (b"A" * 43, b"A" * 43),
    "a key of another kind": b'{"keys": [{"kty": "OKP", "crv": "Ed448", "kid": "ec-1", "x": "AA"}]}',
    "a key id is a number": json.dumps({"keys": [{**KEYS[0], "kid": 1}]}).encode(),
    "deep": b"[" * 100_000,
    "not UTF-8": b'{"keys": [], "\xff": 1}',
    "2 MB": b'{"keys": []}'.ljust(2_000_000),
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE.keys())
async def test_garbage_for_keys_is_no_bug_of_ours(issuer: Issuer, body: bytes) -> None:
    issuer.answer = issuer.say(body)
    tokens = tokens_of(issuer)
    told = await fault(tokens, token())
    assert told is not None
    assert told.startswith("token keys gave an unusable answer: ") or told == "the token's key is not known"
    assert await fault(tokens, token(SHARED, "HS256", None)) is None


async def test_a_key_id_that_is_a_list_is_no_bug_of_ours(issuer: Issuer) -> None:
    issuer.answer = issuer.say(json.dumps({"keys": [{**KEYS[0], "kid": ["ec-1"]}]}).encode())
    assert await fault(tokens_of(issuer), token()) is not None


@pytest.mark.parametrize(
    "unusable", [{}, {"kty": "oct", "k": "AAAA", "kid": "x"}, {"kty": "EC", "crv": "?", "kid": "y"}]
)
async def test_a_key_that_is_of_no_use_does_not_spoil_the_others(issuer: Issuer, unusable: dict[str, str]) -> None:
    issuer.keys = [unusable, *KEYS]
    assert await fault(tokens_of(issuer), token()) is None


@pytest.mark.parametrize("status", [204, 301, 401, 404, 500])
async def test_keys_are_taken_with_status_200_only(issuer: Issuer, status: int) -> None:
    issuer.answer = issuer.say(json.dumps({"keys": KEYS}).encode() if status != 204 else b"", status)
    assert await fault(tokens_of(issuer), token()) == f"token keys gave an unusable answer: status {status}"


async def test_an_issuer_that_drips_is_given_up_in_time(issuer: Issuer) -> None:
    issuer.answer = issuer.drip
    started = time.monotonic()
    assert await fault(tokens_of(issuer), token()) == "token keys did not answer in time"
    assert time.monotonic() - started < SOON


async def test_an_issuer_that_takes_no_connection_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        address = deaf.getsockname()
        with socket.create_connection(address, timeout=1):  # takes the only place there is to wait in
            tokens = Tokens(AuthSettings.model_validate({"jwks_url": f"http://127.0.0.1:{address[1]}/"}), None)
            started = time.monotonic()
            assert await fault(tokens, token()) == "token keys did not answer in time"
            assert time.monotonic() - started < SOON


async def test_known_keys_wait_for_no_failing_issuer(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger who invents a key id while the issuer is silent must not slow down those whose key is known."""
    tokens = tokens_of(issuer)
    assert await fault(tokens, token()) is None
    issuer.answer = issuer.keep_silent
    later(monkeypatch, 31)
    assert await fault(tokens, token(NEW_KEY, "ES256", "invented")) == "token keys did not answer in time"
    later(monkeypatch, 1.1)
    started = time.monotonic()
    assert await fault(tokens, token(sub="another")) is None
    assert time.monotonic() - started < 1


async def withdraw_keys(issuer: Issuer, tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    issuer.keys = [public(NEW_KEY, "new")]
    later(monkeypatch, 31)
    assert await fault(tokens, token(key_id="invented")) == "the token's key is not known"
    assert await fault(tokens, token(sub="new")) == "the token's key is not known"


async def test_a_token_is_remembered_for_five_minutes(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, given = tokens_of(issuer), token()
    assert await fault(tokens, given) is None
    await withdraw_keys(issuer, tokens, monkeypatch)
    later(monkeypatch, 260)
    assert await fault(tokens, given) is None
    later(monkeypatch, 20)
    assert await fault(tokens, given) == "the token's key is not known"


async def test_a_token_is_not_remembered_beyond_its_end(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, given = tokens_of(issuer), token(exp=int(time.time()) + 30)
    assert await fault(tokens, given) is None
    await withdraw_keys(issuer, tokens, monkeypatch)
    assert await fault(tokens, given) is None  # within the skew
    later(monkeypatch, 60)
    assert await fault(tokens, given) == "the token's key is not known"


async def test_remembered_tokens_are_bounded(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, given = tokens_of(issuer), token()
    assert await fault(tokens, given) is None
    await withdraw_keys(issuer, tokens, monkeypatch)
    others = [f"{n}".encode() for n in range(10_000)]
    header = base64.urlsafe_b64encode(b'{"alg":"HS256"}').rstrip(b"=")
    for number in others:
        claims = base64.urlsafe_b64encode(json.dumps({**CLAIMS, "sub": number.decode()}).encode()).rstrip(b"=")
        signature = base64.urlsafe_b64encode(by_shared_key(header + b"." + claims)).rstrip(b"=")
        viewer = await tokens.viewer({b"authorization": b"Bearer " + header + b"." + claims + b"." + signature})
        assert viewer.subject == number.decode()
    assert await fault(tokens, given) == "the token's key is not known"


async def test_a_token_that_does_not_hold_is_not_remembered(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, given = tokens_of(issuer), token(NEW_KEY, "ES256", "new")
    assert await fault(tokens, given) == "the token's key is not known"
    issuer.keys = [public(NEW_KEY, "new")]
    later(monkeypatch, 31)
    assert await fault(tokens, given) is None


PATH = "/v1/businessStreams/02/sessions/14244"
NOT_A_CLIENT: dict[str, dict[str, str | bytes]] = {
    "nobody": {},
    "only an id": {"client_id": "portal"},
    "only a secret": {"client_secret": "the portal's secret"},
    "a wrong id": {"client_id": "Portal", "client_secret": "the portal's secret"},
    "a wrong secret": {"client_id": "portal", "client_secret": "the portal's secret!"},
    "empty": {"client_id": "", "client_secret": ""},
    "the hash for a secret": {"client_id": "portal", "client_secret": "sha256:"},
    "bytes beyond ASCII": {"client_id": b"\xe6", "client_secret": b"\xe6"},
    "a long secret": {"client_id": "portal", "client_secret": "x" * 50_000},
    "a token": {"authorization": f"Bearer {token(SHARED, 'HS256', None)}"},
}


@pytest.mark.parametrize("headers", NOT_A_CLIENT.values(), ids=NOT_A_CLIENT.keys())
def test_what_is_no_client_is_told_the_same(
    client: httpx.Client, production: Server, headers: dict[str, str | bytes]
) -> None:
    response = client.get(f"{production.base}{PATH}", headers={**headers, "x-transaction-id": "t-1"})
    assert (response.status_code, response.json()) == (
        401,
        {
            "code": 401,
            "type": "HTTP:UNAUTHORIZED",
            "message": "client_id and client_secret are missing or wrong",
            "transactionId": "t-1",
        },
    )


def test_a_configured_client_is_answered(production: Server) -> None:
    assert production.get(PATH).json()["sessionId"] == "14244"


def test_the_same_secret_is_stored_in_two_ways() -> None:
    from app.auth import hashed_secret

    assert hashed_secret("a") != hashed_secret("a")
    salt = "00" * 16
    expected = hmac.new(bytes(16), b"a", hashlib.sha256).hexdigest()
    assert hashed_secret("a", salt) == f"sha256:{salt}:{expected}"
