"""Who asks: bearer tokens and client credentials become one Viewer. The sandbox's own tokens are made here too."""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.settings import AuthSettings
from datasources.errors import BackendError, BackendRefused, ServiceError, Unauthenticated
from datasources.http import fetch_json
from resolvers.access import NOBODY, SCOPES, Viewer

logger = structlog.get_logger(__name__)
PyJWK = jwt.PyJWK

Headers = Mapping[bytes, bytes]

SKEW_SECONDS = 60
# A token with all our scopes and a page of organisations is under 4 KiB.
TOKEN_BYTES = 8192
TOKENS_REMEMBERED = 10_000
# A token is believed this long without being checked again: how long a withdrawn key may still work.
REMEMBERED_SECONDS = 300
KEYS_LIFETIME_SECONDS = 3600
# An unknown key id makes us ask for the keys again, but strangers can invent key ids: not more often than this.
KEYS_COOLDOWN_SECONDS = 30
# After a failure: soon, but not at every request.
KEYS_RETRY_SECONDS = 1
KEYS_TIMEOUT_SECONDS = 1.5
PUBLISHED_ALGORITHMS = ("ES256", "RS256")
KEYS_BACKEND = "token keys"


class PublishedKeys:
    """The issuer's keys, fetched when first needed, again after an hour, and once for a key id that is not known."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str, jwt.PyJWK] = {}
        self._failure: BackendError | None = None
        self._asked_at = float("-inf")
        self._refreshing: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def key(self, key_id: str) -> jwt.PyJWK | None:
        """The key called `key_id`. Raises BackendError when it is not known and the keys cannot be had."""
        if key_id in self._keys:
            if self._age() > KEYS_LIFETIME_SECONDS and not self._one_at_a_time.locked():
                # Known, so nobody waits for the newer ones.
                self._refreshing = asyncio.create_task(self._fetch_once(KEYS_LIFETIME_SECONDS))
            return self._keys[key_id]
        await self._fetch_once(KEYS_COOLDOWN_SECONDS if self._failure is None else KEYS_RETRY_SECONDS)
        if key_id not in self._keys and self._failure is not None:
            raise self._failure
        return self._keys.get(key_id)

    async def _fetch_once(self, wait_seconds: float) -> None:
        """Ask for the keys, unless that was done in the last `wait_seconds`."""
        if self._age() > wait_seconds:
            async with self._one_at_a_time:
                if self._age() > wait_seconds:
                    await self._fetch()

    def _age(self) -> float:
        return time.monotonic() - self._asked_at

    async def _fetch(self) -> None:
        """Ask for the keys. Those known before stay when the new ones cannot be had."""
        try:
            document = await fetch_json(KEYS_BACKEND, self._url, KEYS_TIMEOUT_SECONDS)
            found = jwt.PyJWKSet.from_dict(document).keys
        except BackendError as failure:
            self._failure = failure
        except (jwt.PyJWTError, AttributeError, TypeError):
            self._failure = BackendRefused(KEYS_BACKEND, "not a set of keys")
        else:
            self._failure = None
            self._keys = {key.key_id: key for key in found if isinstance(key.key_id, str)}
        if self._failure is not None:
            logger.warning("keys_not_fetched", reason=self._failure.message)
        self._asked_at = time.monotonic()


class RememberedTokens:
    """Tokens that held, by their digest, and whose they are: for at most five minutes."""

    def __init__(self) -> None:
        self._viewers: OrderedDict[bytes, tuple[float, Viewer]] = OrderedDict()

    def viewer(self, given: bytes) -> Viewer | None:
        """Whose it is, if it is remembered: `given` is the whole header."""
        ends_at, viewer = self._viewers.get(hashlib.sha256(given).digest(), (0.0, None))
        return viewer if ends_at > time.time() else None

    def remember(self, given: bytes, viewer: Viewer, ends_at: float) -> None:
        """Until `ends_at` at most, in seconds since 1970."""
        self._viewers[hashlib.sha256(given).digest()] = (min(ends_at, time.time() + REMEMBERED_SECONDS), viewer)
        if len(self._viewers) > TOKENS_REMEMBERED:
            self._viewers.popitem(last=False)


class Tokens:
    """Checks bearer tokens. Remembers those that held."""

    def __init__(self, settings: AuthSettings, development_key: jwt.PyJWK | None) -> None:
        self._settings = settings
        self._development_key = development_key
        self._published = PublishedKeys(str(settings.jwks_url)) if settings.jwks_url else None
        self._remembered = RememberedTokens()

    async def viewer(self, headers: Headers) -> Viewer:
        """Who asks, by the Authorization header. A token that does not hold gives nobody, with the fault."""
        given = headers.get(b"authorization")
        if given is None:
            return NOBODY
        remembered = self._remembered.viewer(given)
        if remembered is not None:
            return remembered
        try:
            ends_at, viewer = await self._check(given)
        except ServiceError as fault:
            return replace(NOBODY, fault=fault)
        self._remembered.remember(given, viewer, ends_at)
        return viewer

    async def _check(self, given: bytes) -> tuple[float, Viewer]:
        scheme, _, token = given.decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("the Authorization header must be: Bearer <token>")
        token = token.strip()
        if len(token) > TOKEN_BYTES:
            raise Unauthenticated(f"the token is longer than {TOKEN_BYTES} bytes")
        try:
            key, algorithm = await self._key_for(jwt.get_unverified_header(token))
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                leeway=SKEW_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise Unauthenticated(_fault(error)) from None
        return float(claims["exp"]) + SKEW_SECONDS, _viewer(claims)

    async def _key_for(self, header: Mapping[str, Any]) -> tuple[jwt.PyJWK | bytes, str]:
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm == "HS256" and self._settings.hs256_key is not None:
            return self._settings.hs256_key.get_secret_value().encode(), algorithm
        if algorithm not in PUBLISHED_ALGORITHMS:
            raise Unauthenticated("the token's algorithm is not accepted")
        if not isinstance(key_id, str):
            raise Unauthenticated("the token does not name its key (kid)")
        key = self._development_key if self._development_key and key_id == self._development_key.key_id else None
        if key is None and self._published is not None:
            key = await self._published.key(key_id)
        if key is None or key.algorithm_name != algorithm:
            raise Unauthenticated("the token's key is not known")
        return key, algorithm


def _viewer(claims: Mapping[str, Any]) -> Viewer:
    scope, organisations, learner = claims.get("scope", ""), claims.get("organisations", []), claims.get("learner")
    is_well_formed = (
        isinstance(scope, str)
        and isinstance(organisations, list)
        and all(isinstance(number, str) for number in organisations)
        and isinstance(learner, str | None)
    )
    if not is_well_formed:
        raise Unauthenticated("the token's scope, organisations or learner is not of the expected form")
    return Viewer(claims["sub"], frozenset(scope.split()), frozenset(organisations), learner)


# What is told of a token that does not hold; the first that fits.
FAULTS: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "the token has expired"),
    (jwt.InvalidAudienceError, "the token is for another audience"),
    (jwt.InvalidIssuerError, "the token is from another issuer"),
    (jwt.ImmatureSignatureError, "the token is not valid yet"),
    (jwt.InvalidSignatureError, "the token's signature does not hold"),
    (jwt.PyJWTError, "the token is not one that this service can read"),
)


def _fault(error: jwt.PyJWTError) -> str:
    if isinstance(error, jwt.MissingRequiredClaimError):
        return f"the token lacks {error.claim}"
    return next(words for kind, words in FAULTS if isinstance(error, kind))


# What a Cambridge client may do.
CLIENT_SCOPES = frozenset({"sessions:read", "results:read", "scripts:request", "candidates:read"})


class Clients:
    """Checks client_id and client_secret. The answer for a wrong id and for a wrong secret is the same."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = dict(hashes)
        self._nobodys_hash = hashed_secret(secrets.token_hex())

    async def viewer(self, headers: Headers) -> Viewer:
        """The client that asks. Raises Unauthenticated."""
        client = headers.get(b"client_id", b"").decode("latin-1")
        secret = headers.get(b"client_secret", b"").decode("latin-1")
        stored = self._hashes.get(client, self._nobodys_hash)
        if not (is_secret(secret, stored) and client in self._hashes):
            raise Unauthenticated("client_id and client_secret are missing or wrong")
        return Viewer(f"client:{client}", CLIENT_SCOPES)


def hashed_secret(secret: str, salt: str | None = None) -> str:
    """How a client's secret is stored.

    One round of a fast hash, with a salt: secrets are generated, not chosen, so there is nothing to guess; and a slow
    hash at the door would let strangers keep the process busy.
    """
    salt = salt or secrets.token_hex(16)
    return f"sha256:{salt}:{hmac.digest(bytes.fromhex(salt), secret.encode(), 'sha256').hex()}"


def is_secret(secret: str, stored: str) -> bool:
    """Whether `stored` is what is kept of `secret`."""
    _, salt, _ = stored.split(":")
    return hmac.compare_digest(hashed_secret(secret, salt), stored)


def make_development_key(path: Path) -> None:
    """Write a new ES256 key that only the owner can read. Keeps one that is there."""
    if path.exists():
        return
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(pem)


def development_key(path: Path) -> jwt.PyJWK:
    """The public half of the development key, under an id made of the key itself."""
    private = _private_key(path)
    public = jwt.algorithms.ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return jwt.PyJWK({**public, "kid": _key_id(private), "alg": "ES256"})


def development_token(
    path: Path,
    settings: AuthSettings,
    *,
    lifetime_seconds: int,
    scopes: tuple[str, ...] = tuple(SCOPES),
    organisations: tuple[str, ...] = (),
    learner: str | None = None,
    subject: str = "developer",
) -> str:
    """A token signed with the development key."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": settings.issuer, "aud": settings.audience, "sub": subject, "iat": now, "exp": now + lifetime_seconds,
        "scope": " ".join(scopes), "organisations": list(organisations),
    }  # fmt: skip
    if learner is not None:
        claims["learner"] = learner
    return signed_for_development(path, claims)


def signed_for_development(path: Path, claims: Mapping[str, Any]) -> str:
    """Claims, signed with the development key."""
    private = _private_key(path)
    return jwt.encode(dict(claims), private, algorithm="ES256", headers={"kid": _key_id(private)})


def _private_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds another kind of key")
    return key


def _key_id(key: ec.EllipticCurvePrivateKey) -> str:
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(serialization.Encoding.DER, spki)
    return f"development-{hashlib.sha256(public).hexdigest()[:16]}"
