"""Tokens of the exam API: opaque ones, each for its schools, and those of GraphQL."""

import time
from typing import Any

import jwt
import pytest
from pydantic import ValidationError

from app.auth import Tokens, hashed_secret
from app.eksamen_tokens import SCOPES, TOKEN_BYTES, EksamenTokens
from app.settings import AuthSettings, ConfigurationProblem, load_settings
from app.surfaces import EksamenSettings, EksamenToken
from datasources.errors import Unauthenticated
from datasources.national_ids import ALL_SERIES, REAL_SERIES
from resolvers.access import Viewer

KEY = "a-key-for-tests-only-of-more-than-32-bytes"
GS, VGS, EVERYONE = "tok-gs", "tok-vgs", "tok-all"
CHECKS = EksamenTokens(
    {
        "gs": EksamenToken(hash=hashed_secret(GS), organisations=("310000019", "310000043")),
        "vgs": EksamenToken(hash=hashed_secret(VGS), organisations=("310000027",)),
        "all": EksamenToken(hash=hashed_secret(EVERYONE), organisations=("*",)),
    },
    Tokens(AuthSettings.model_validate({"hs256_key": KEY}), None),
)


async def viewer(header: str) -> Viewer:
    return await CHECKS.viewer({b"authorization": header.encode("latin-1")})


@pytest.mark.parametrize(
    ("header", "name", "organisations"),
    [
        (f"Bearer {GS}", "gs", {"310000019", "310000043"}),
        (f"bearer {GS}", "gs", {"310000019", "310000043"}),
        (f"  BEARER   {VGS} ", "vgs", {"310000027"}),
        (f"Bearer {EVERYONE}", "all", {"*"}),
    ],
)
async def test_an_opaque_token(header: str, name: str, organisations: set[str]) -> None:
    expected = Viewer(f"eksamen:{name}", SCOPES, frozenset(organisations))
    assert await viewer(header) == expected
    assert await viewer(header) == expected  # as it is remembered


def signed(**claims: Any) -> str:
    held = {"iss": "examgraph", "aud": "examgraph", "sub": "somebody", "exp": int(time.time()) + 600, **claims}
    return jwt.encode(held, KEY, "HS256")


async def test_a_token_of_graphql() -> None:
    made = signed(scope="exams:read", organisations=["310000019"])
    assert await viewer(f"Bearer {made}") == Viewer("somebody", frozenset({"exams:read"}), frozenset({"310000019"}))


@pytest.mark.parametrize(
    "header",
    [
        "",
        GS,
        f"Basic {GS}",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        f"Bearer {GS}x",
        f"Bearer {GS} {VGS}",
        "Bearer \xff\x00",
        f"Bearer {hashed_secret(GS)}",
        "Bearer " + "x" * (TOKEN_BYTES + 1),
        f"Bearer {signed(exp=1)}",
        f"Bearer {signed(aud='another')}",
        f"Bearer {signed(organisations='310000019')}",
    ],
    ids=lambda header: repr(header)[:14],  # what follows may be made anew by each process
)
async def test_what_does_not_hold(header: str) -> None:
    with pytest.raises(Unauthenticated):
        await viewer(header)


async def test_none_at_all() -> None:
    with pytest.raises(Unauthenticated, match="a bearer token is needed"):
        await CHECKS.viewer({})


@pytest.mark.parametrize(
    "wrong",
    [
        {"hash": "tok-gs", "organisations": ["*"]},
        {"hash": hashed_secret(GS), "organisations": []},
        {"hash": hashed_secret(GS), "organisations": ["310000018"]},
        {"hash": hashed_secret(GS), "organisations": ["**"]},
        {"hash": hashed_secret(GS)},
    ],
)
def test_a_token_that_cannot_be_configured(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EksamenSettings(tokens={"x": wrong})


def test_tokens_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = hashed_secret(GS)
    monkeypatch.setenv("EXAMGRAPH_EKSAMEN__TOKENS__GS__HASH", kept)
    monkeypatch.setenv("EXAMGRAPH_EKSAMEN__TOKENS__GS__ORGANISATIONS", '["310000019"]')
    found = load_settings().eksamen.tokens
    assert list(found.values()) == [EksamenToken(hash=kept, organisations=("310000019",))]
    monkeypatch.setenv("EXAMGRAPH_EKSAMEN__TOKENS__GS__ORGANISATIONS", '["1"]')
    with pytest.raises(ConfigurationProblem, match=r"must be an organisation number, or \* for all"):
        load_settings()


def test_which_numbers_are_accepted(production_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().number_series == ALL_SERIES
    monkeypatch.setenv("EXAMGRAPH_EKSAMEN__NUMBER_SERIES", '["H"]')
    assert load_settings().number_series == {"H"}
    monkeypatch.delenv("EXAMGRAPH_EKSAMEN__NUMBER_SERIES")
    for name, value in production_settings.items():
        monkeypatch.setenv(f"EXAMGRAPH_{name}", value)
    assert load_settings().number_series == REAL_SERIES
