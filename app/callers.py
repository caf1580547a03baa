"""Who may call by the old routes: settings of their credentials."""

from typing import Annotated

from pydantic import Field

from app.connections import Group

# What a client's stored secret looks like; `examgraph hash-secret` makes it.
HASH_PATTERN = r"^sha256:[0-9a-f]{32}:[0-9a-f]{64}$"


class ViewerSettings(Group):
    """Who may use the learning-progress service's routes."""

    api_keys: dict[str, Annotated[str, Field(pattern=HASH_PATTERN)]] = {}  # noqa: RUF012 pydantic copies it
    """Name of a calling system to the salted hash of its key, as `examgraph hash-secret` prints it."""
    keys: dict[str, str] = {}  # noqa: RUF012 as above
    """Key id (`kid`) to the public key, in PEM, that learners' tokens are signed with: RSA or P-256."""
    issuer: str = Field("examgraph-learners", min_length=1)
    """What a learner's token's `iss` must be."""
