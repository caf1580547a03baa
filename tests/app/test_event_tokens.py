"""Tokens of the old Events API: which hold, what they open, and what is answered to the others."""

import time
from typing import Any

import jwt
import pytest
from golden.databases import databases, kept, on_sqlite
from golden.service import Databases, Running, running

from app.event_tokens import PERMISSIONS, EventTokens, event_token
from app.sandbox import SandboxFiles
from app.surfaces import EventsSettings
from datasources.errors import Unauthenticated
from resolvers.access import NOBODY, SCOPES

__all__ = ["databases", "kept", "on_sqlite"]

KEY = "a key for tests only, of more than 32 bytes"
SETTINGS = EventsSettings()
ISSUER, AUDIENCE = SETTINGS.issuer, SETTINGS.audiences[0]
PATH = "/api/events/accounts"


def signed(key: str = KEY, algorithm: str = "HS256", **claims: Any) -> str:
    """A token; a claim that is None is left out."""
    given = {"data": "ReadAccountEvent", "iss": ISSUER, "aud": AUDIENCE, "exp": time.time() + 60, **claims}
    return jwt.encode({name: value for name, value in given.items() if value is not None}, key, algorithm)


def test_each_permission_is_a_scope_that_there_is() -> None:
    assert PERMISSIONS == {
        "ReadApprenticeshipEvent": "events:apprenticeship:read",
        "StoreApprenticeshipEvent": "events:apprenticeship:store",
        "ReadAgreementEvent": "events:agreement:read",
        "StoreAgreementEvent": "events:agreement:store",
        "ReadAccountEvent": "events:account:read",
        "StoreAccountEvent": "events:account:store",
        "ReadGenericEvent": "events:generic:read",
        "WriteGenericEvent": "events:generic:store",
    }
    assert set(PERMISSIONS.values()) <= set(SCOPES)


def that_hold() -> dict[str, str]:
    """Headers by name. Made when they are used: what they say of time does not keep."""
    return {
        "in lower case": f"bearer {signed()}",
        "in any case": f"BeArEr {signed()}",
        "expired a minute ago": f"Bearer {signed(exp=time.time() - 60)}",
        "valid in a minute": f"Bearer {signed(nbf=time.time() + 60)}",
        "with roles besides": f"Bearer {signed(roles=['StoreAccountEvent'])}",
        "for several audiences": f"Bearer {signed(aud=[AUDIENCE, 'another'])}",
        "with blanks around it": f"  Bearer   {signed()}  ",
    }


@pytest.mark.parametrize("name", that_hold())
async def test_a_token_that_holds(name: str) -> None:
    viewer = await EventTokens(SETTINGS, KEY).viewer({b"authorization": that_hold()[name].encode()})
    assert (viewer.subject, viewer.scopes) == (f"events:{AUDIENCE}", {"events:account:read"})


def that_do_not_hold() -> dict[str, str]:
    """Headers by name. Made when they are used: what they say of time does not keep."""
    return {
        "expired": f"Bearer {signed(exp=time.time() - 400)}",
        "without an end": f"Bearer {signed(exp=None)}",
        "not valid yet": f"Bearer {signed(nbf=time.time() + 400)}",
        "of another key": f"Bearer {signed('another key, which is just as long as it has to be')}",
        "for another audience": f"Bearer {signed(aud='http://localhost/other')}",
        "for no audience": f"Bearer {signed(aud=None)}",
        "of another issuer": f"Bearer {signed(iss='http://localhost:1')}",
        "of no issuer": f"Bearer {signed(iss=None)}",
        "without permissions": f"Bearer {signed(data=None)}",
        "with permissions of another form": f"Bearer {signed(data=['ReadAccountEvent'])}",
        "unsigned": f"Bearer {jwt.encode({'data': 'ReadAccountEvent'}, None, 'none')}",
        "by another algorithm": f"Bearer {signed(algorithm='HS512', key=KEY * 2)}",
        "of one word": "onlyoneword",
        "of one word, the scheme": "Bearer",
        "of another scheme": f"Basic {signed()}",
        "not a token": "Bearer x.y.z",
        "empty": "",
        "too long": f"Bearer {'x' * 10_000}",
    }


@pytest.mark.parametrize("name", that_do_not_hold())
async def test_a_token_that_does_not_hold(name: str) -> None:
    with pytest.raises(Unauthenticated):
        await EventTokens(SETTINGS, KEY).viewer({b"authorization": that_do_not_hold()[name].encode()})


async def test_no_header_is_nobody_and_without_a_key_no_token_holds() -> None:
    assert await EventTokens(SETTINGS, KEY).viewer({}) is NOBODY
    with pytest.raises(Unauthenticated):
        await EventTokens(SETTINGS, None).viewer({b"authorization": f"Bearer {signed()}".encode()})


async def test_a_token_that_held_is_not_checked_again_before_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    decode = jwt.decode
    monkeypatch.setattr(
        jwt, "decode", lambda token, *rest, **named: checked.append(token) or decode(token, *rest, **named)
    )
    now, tokens, given = time.time(), EventTokens(SETTINGS, KEY), signed(exp=time.time() - 200)
    headers = {b"authorization": f"Bearer {given}".encode()}
    first = await tokens.viewer(headers)
    assert await tokens.viewer(headers) == first
    assert checked == [given]
    monkeypatch.setattr(time, "time", lambda: now + 101)  # five minutes after it expired it is believed no more
    await tokens.viewer(headers)
    assert checked == [given] * 2
    bad = {b"authorization": f"Bearer {signed('another key, which is just as long as it has to be')}".encode()}
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await tokens.viewer(bad)
    assert len(checked) == 4


async def test_the_token_that_is_made_holds_every_permission() -> None:
    made = event_token(SETTINGS, KEY, lifetime_seconds=60)
    viewer = await EventTokens(SETTINGS, KEY).viewer({b"authorization": f"bearer {made}".encode()})
    assert viewer.scopes == set(PERMISSIONS.values())


def of_this_service(service: Running, **claims: Any) -> dict[str, str]:
    key = SandboxFiles(service.settings.data_dir).read_events_key()
    return {"authorization": f"bearer {signed(key, **claims)}"}


async def test_a_bad_token_is_400_without_a_word_on_any_path(on_sqlite: Databases) -> None:
    async with running(on_sqlite, {}) as service:
        for path in (PATH, f"{PATH}?pageNumber=0", "/api/events/nothing", "/API/events"):
            for headers in ({"authorization": "onlyoneword"}, of_this_service(service, exp=time.time() - 400)):
                for method in ("GET", "POST", "PUT"):
                    told = await service.ask(method, path, headers)
                    assert (told.response.status_code, told.response.content) == (400, b"")
                    assert "content-type" not in told.response.headers
                    assert told.calls == {}


async def test_a_token_of_graphql_is_none_here_and_the_other_way_round(on_sqlite: Databases) -> None:
    async with running(on_sqlite, {}) as service:
        told = await service.ask("GET", PATH, service.bearer(["events:account:read"]))
        assert told.response.status_code == 400
        query = {"query": "{ accountEvents { nodes { eventId } } }"}
        asked = await service.ask("POST", "/graphql", service.events_bearer("all"), query)
        assert asked.response.status_code == 401
