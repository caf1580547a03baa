"""Who may use each old service, and how much it takes: settings of their surfaces."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from app.connections import Group
from datasources.national_ids import Series, is_organisation_number
from resolvers.access import EVERY_ORGANISATION

# What a stored secret looks like; `examgraph hash-secret` makes it.
HASH_PATTERN = r"^sha256:[0-9a-f]{32}:[0-9a-f]{64}$"

PATH = re.compile("(/[A-Za-z0-9._~-]{1,100}){1,10}")


class CambridgeSettings(Group):
    """Who may use the Cambridge routes."""

    clients: dict[str, Annotated[str, Field(pattern=HASH_PATTERN)]] = {}  # noqa: RUF012 pydantic copies it
    """Client id to the salted hash of its secret, as `examgraph hash-secret` prints it."""


class EventsSettings(Group):
    """Who may use the old Events API, and how much it takes at once."""

    hs256_key: SecretStr | None = Field(None, min_length=16)
    """Shared key of its tokens, at least 16 characters, better 32. Without one: the sandbox's own."""
    issuer: str = Field("http://localhost:29638", min_length=1)
    """What a token's `iss` must be."""
    audiences: tuple[str, ...] = Field(("http://localhost/events",), min_length=1)
    """What a token's `aud` must be one of."""
    max_bulk_bytes: int = Field(16 << 20, ge=1)
    """Bytes of a body that holds many events."""


def _organisation(number: str) -> str:
    if number != EVERY_ORGANISATION and not is_organisation_number(number):
        raise ValueError("must be an organisation number, or * for all")
    return number


def _path(path: str) -> str:
    if not PATH.fullmatch(path):
        raise ValueError("must be a path such as /eksamensplan/v2: letters, digits and ._~- after each slash")
    return path


class EksamenToken(Group):
    """A token of the exam API: what is kept of it, and for whom it stands."""

    hash: str = Field(pattern=HASH_PATTERN)
    """Salted hash of the token, as `examgraph hash-secret` prints it."""
    organisations: tuple[Annotated[str, AfterValidator(_organisation)], ...] = Field(min_length=1)
    """Numbers of the schools that it stands for; `*` for all."""


class EksamenSettings(Group):
    """Who may use the exam API, how much it takes at once, and which personal numbers."""

    tokens: dict[str, EksamenToken] = {}  # noqa: RUF012 pydantic copies it
    """Name of each token to its `hash` and its `organisations`."""
    max_registration_bytes: int = Field(32 << 20, ge=1)
    """Bytes of a registration."""
    registration_seconds: float = Field(60.0, gt=0, le=600)
    """Seconds that one registration may take, its upload included."""
    number_series: tuple[Series, ...] | None = Field(None, min_length=1)
    """Series of personal numbers that are accepted. Unless set: `ordinary` and `D`, in the sandbox all."""
    numbers_follow_2032: bool = False
    """Whether numbers by the rule of 2032, which tell no century, are accepted."""
    offers_examiner_assignments: bool | None = None
    """Whether it is told who examines at a school. Unless set: in the sandbox only."""
    plan_of_both_levels: Annotated[str, AfterValidator(_path)] = "/eksamensplan/v2"
    """Path of the plan of both levels, after a prefix: the old service's own is not known any more."""
    registrations_at_once: int = Field(3, ge=0, le=50)
    """Registrations that one process works on side by side; 0 leaves them to other processes."""


class ViewerSettings(Group):
    """Who may use the learning-progress service's routes."""

    api_keys: dict[str, Annotated[str, Field(pattern=HASH_PATTERN)]] = {}  # noqa: RUF012 pydantic copies it
    """Name of a calling system to the salted hash of its key, as `examgraph hash-secret` prints it."""
    keys: dict[str, str] = {}  # noqa: RUF012 as above
    """Key id (`kid`) to the public key, in PEM, that learners' tokens are signed with: RSA or P-256."""
    issuer: str = Field("examgraph-learners", min_length=1)
    """What a learner's token's `iss` must be."""
