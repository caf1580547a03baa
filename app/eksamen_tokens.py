"""Tokens of the exam API: opaque ones that the settings know by their hashes, or a GraphQL token."""

from collections.abc import Mapping

from app.auth import Headers, RememberedTokens, Tokens, is_secret
from app.surfaces import EksamenToken
from datasources.errors import Unauthenticated
from resolvers.access import Viewer

# What an opaque token may do, for its organisations.
SCOPES = frozenset({"exams:register", "exams:read", "grades:read", "examiners:read"})
TOKEN_BYTES = 8192


class EksamenTokens:
    """Checks bearer tokens of both kinds. Remembers the opaque ones that held."""

    def __init__(self, tokens: Mapping[str, EksamenToken], graphql: Tokens) -> None:
        self._tokens = dict(tokens)
        self._graphql = graphql
        self._remembered = RememberedTokens()

    async def viewer(self, headers: Headers) -> Viewer:
        """Who asks. Raises Unauthenticated; BackendError when a GraphQL token's keys cannot be had."""
        given = headers.get(b"authorization", b"")
        viewer = self._remembered.viewer(given) or self._known(given)
        if viewer is None:
            viewer = await self._graphql.viewer(headers)
        if viewer.subject is None:
            raise viewer.fault or Unauthenticated("a bearer token is needed")
        return viewer

    def _known(self, given: bytes) -> Viewer | None:
        """The viewer of an opaque token. Each has a salt of its own, so that each is tried."""
        scheme, _, token = given.decode("latin-1").strip().partition(" ")
        if scheme.lower() != "bearer" or len(token) > TOKEN_BYTES:
            return None
        for name, known in self._tokens.items():
            if is_secret(token.strip(), known.hash):
                viewer = Viewer(f"eksamen:{name}", SCOPES, frozenset(known.organisations))
                self._remembered.remember(given, viewer, float("inf"))
                return viewer
        return None
