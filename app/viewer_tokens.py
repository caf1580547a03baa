"""Credentials of the learning-progress service: the key of the calling system, and beside it the learner's token."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.auth import (
    SKEW_SECONDS,
    TOKEN_BYTES,
    Headers,
    PyJWK,
    RememberedTokens,
    hashed_secret,
    is_secret,
    signed_for_development,
)
from app.callers import ViewerSettings
from app.settings import ConfigurationProblem
from datasources.errors import Unauthenticated
from resolvers.access import Viewer

# What a learner may do: everything that is the learner's own.
SCOPES = frozenset({"learning:self"})
TOKEN_HEADER = b"x-authenticated-user-token"

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class ViewerKeys:
    """What the sandbox adds to what is configured. `api_key` is a salted hash."""

    token_key: PyJWK
    api_key: str | None


class ViewerTokens:
    """Checks both headers, and remembers those that held together."""

    def __init__(self, settings: ViewerSettings, sandbox: ViewerKeys | None) -> None:
        """Raises ConfigurationProblem for a key that is none."""
        self._issuer = settings.issuer
        self._api_keys = [*settings.api_keys.values()]
        self._keys: dict[str, tuple[PublicKey, str]] = {name: _read(name, pem) for name, pem in settings.keys.items()}
        if sandbox is not None:
            self._keys[str(sandbox.token_key.key_id)] = (sandbox.token_key.key, "ES256")
            self._api_keys += [sandbox.api_key] if sandbox.api_key else []
        self._nobodys_key = hashed_secret(secrets.token_hex())
        self._remembered = RememberedTokens()

    async def viewer(self, headers: Headers) -> Viewer:
        """The learner who asks. Raises Unauthenticated."""
        authorization, token = headers.get(b"authorization", b""), headers.get(TOKEN_HEADER, b"")
        given = authorization + b"\n" + token  # neither holds a line break
        viewer = self._remembered.viewer(given)
        if viewer is None:
            self._require_api_key(authorization.decode("latin-1"))
            claims = self._claims(token.decode("latin-1").strip())
            viewer = _viewer(claims)
            self._remembered.remember(given, viewer, float(claims["exp"]) + SKEW_SECONDS)
        return viewer

    def _require_api_key(self, authorization: str) -> None:
        scheme, _, key = authorization.partition(" ")
        # All of them, and one more when there is none, so that the time tells nothing of how many there are.
        found = [is_secret(key.strip(), each) for each in self._api_keys or [self._nobodys_key]]
        if scheme.lower() != "bearer" or not any(found):
            raise Unauthenticated("the Authorization header must be: Bearer <key>")

    def _claims(self, token: str) -> Mapping[str, Any]:
        if not token or len(token) > TOKEN_BYTES:
            raise Unauthenticated("the learner's token is missing or too long")
        try:
            header = jwt.get_unverified_header(token)
            key, algorithm = self._keys.get(str(header.get("kid")), (None, ""))
            if key is None or header.get("alg") != algorithm:
                raise Unauthenticated("the key of the learner's token is not known")
            claims: Mapping[str, Any] = jwt.decode(
                token, key, algorithms=[algorithm], issuer=self._issuer, leeway=SKEW_SECONDS,
                options={"require": ["exp", "iss", "sub"], "verify_aud": False},
            )  # fmt: skip
        except jwt.PyJWTError:
            raise Unauthenticated("the learner's token does not hold") from None
        return claims


def _viewer(claims: Mapping[str, Any]) -> Viewer:
    """The learner is what follows the last colon of `sub`."""
    learner = claims["sub"].rpartition(":")[2]
    if not learner:
        raise Unauthenticated("the token is of no learner")
    return Viewer(f"learner:{learner}", SCOPES, learner=learner)


def _read(name: str, pem: str) -> tuple[PublicKey, str]:
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, rsa.RSAPublicKey):
        return key, "RS256"
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key, "ES256"
    raise ConfigurationProblem([f"viewer.keys.{name}: must be a public key in PEM, RSA or P-256"])


def learner_token(key_file: Path, settings: ViewerSettings, learner: str, *, lifetime_seconds: int) -> str:
    """A learner's token, signed with the development key; its subject as the old service's issuer writes it."""
    now = int(time.time())
    claims = {"iss": settings.issuer, "sub": f"f:sandbox:{learner}", "iat": now, "exp": now + lifetime_seconds}
    return signed_for_development(key_file, claims)
