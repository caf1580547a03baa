"""Tokens of the old Events API: HS256, permissions in the claim `data`, told apart from those of GraphQL."""

import time
from collections.abc import Mapping
from typing import Any

import jwt

from app.auth import Headers, RememberedTokens
from app.surfaces import EventsSettings
from datasources.errors import Unauthenticated
from resolvers.access import NOBODY, Viewer

SKEW_SECONDS = 300
TOKEN_BYTES = 8192
# Each permission of the old service, as its tokens name it in any case, and the scope that it is here.
PERMISSIONS = {
    f"{verb}{kind}Event": f"events:{kind.lower()}:{right}"
    for kind, store in (("Apprenticeship", "Store"), ("Agreement", "Store"), ("Account", "Store"), ("Generic", "Write"))
    for verb, right in (("Read", "read"), (store, "store"))
}
SCOPES = {permission.lower(): scope for permission, scope in PERMISSIONS.items()}


class EventTokens:
    """Checks the tokens of one key, and remembers those that held. Without a key none holds."""

    def __init__(self, settings: EventsSettings, key: str | None) -> None:
        self._settings = settings
        self._key = key
        self._remembered = RememberedTokens()

    async def viewer(self, headers: Headers) -> Viewer:
        """Who asks: nobody without an Authorization header. Raises Unauthenticated for a token that does not hold."""
        given = headers.get(b"authorization")
        if given is None:
            return NOBODY
        viewer = self._remembered.viewer(given)
        if viewer is None:
            claims = self._claims(given)
            viewer = _viewer(claims)
            self._remembered.remember(given, viewer, float(claims["exp"]) + SKEW_SECONDS)
        return viewer

    def _claims(self, given: bytes) -> Mapping[str, Any]:
        """What a token says. Raises Unauthenticated."""
        scheme, _, token = given.decode("latin-1").strip().partition(" ")
        if scheme.lower() != "bearer" or not token.strip() or len(token) > TOKEN_BYTES:
            raise Unauthenticated("the Authorization header must be: bearer <token>")
        if self._key is None:
            raise Unauthenticated("no key is configured for these tokens")
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token.strip(),
                self._key.encode(),
                algorithms=["HS256"],
                audience=self._settings.audiences,
                issuer=self._settings.issuer,
                leeway=SKEW_SECONDS,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.PyJWTError:
            raise Unauthenticated("the token does not hold") from None
        return claims


def _viewer(claims: Mapping[str, Any]) -> Viewer:
    permissions, audience = claims.get("data"), claims["aud"]
    if not isinstance(permissions, str):
        raise Unauthenticated("the token has no permissions")
    name = audience if isinstance(audience, str) else audience[0]
    held = (permission.lower() for permission in permissions.split())
    return Viewer(f"events:{name}", frozenset(SCOPES[each] for each in held if each in SCOPES))


def event_token(
    settings: EventsSettings, key: str, *, lifetime_seconds: int, permissions: tuple[str, ...] = tuple(PERMISSIONS)
) -> str:
    """A token as the old service's own tool makes it."""
    now = int(time.time())
    claims = {
        "data": " ".join(permissions), "iss": settings.issuer, "aud": settings.audiences[0],
        "nbf": now, "exp": now + lifetime_seconds,
    }  # fmt: skip
    return jwt.encode(claims, key, algorithm="HS256")
