"""What the tests of the process share: one client, and one server as production would run it."""

import dataclasses
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import jwt
import pytest
from support.server import Server, free_port, running_server
from support.visits import browser, context

from app.auth import hashed_secret

__all__ = ["browser", "context"]

SHARED_KEY = "a-key-for-tests-only-of-more-than-32-bytes"
FRONT_END = "https://front.example"
CLIENT = {"client_id": "portal", "client_secret": "the portal's secret"}


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """Asks any server, without headers of its own but those that httpx always sends."""
    with httpx.Client(timeout=20, verify=False) as asking:  # which spares it reading certificates
        yield asking


@pytest.fixture(scope="session")
def production_settings(filled_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the production profile needs, and a client and a front end besides."""
    backends = shutil.copytree(filled_data_dir / "sandbox", tmp_path_factory.mktemp("backends") / "sqlite")
    return {
        "PROFILE": "production",
        "EPS__MEPS__URL": f"sqlite:///{backends / 'meps.sqlite'}",
        "EPS__OEPS__URL": f"sqlite:///{backends / 'oeps.sqlite'}",
        **{
            f"{name.upper()}__URL": f"sqlite:///{backends / name}.sqlite"
            for name in ("cams", "interchange", "ci_direct", "libs")
        },
        # Where nobody answers: an RM that is down costs its own routes only.
        "RM__URL": f"http://127.0.0.1:{free_port()}/rm",
        "RM__CLIENT_ID": "a client of RM",
        "RM__CLIENT_SECRET": "known to RM",
        "POPULATION_REGISTER__URL": "https://register.example/api",
        "POPULATION_REGISTER__TOKEN": "known to it",
        "AUTH__HS256_KEY": SHARED_KEY,
        "STORES__AUDIT_KEY": SHARED_KEY,
        "CAMBRIDGE__CLIENTS": json.dumps({CLIENT["client_id"]: hashed_secret(CLIENT["client_secret"])}),
        "GRAPHQL__CORS_ORIGINS": json.dumps([FRONT_END]),
    }


@pytest.fixture(scope="session")
def production(production_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in the production profile, asked as somebody with the right to sessions. Tests only ask it."""
    claims = {
        "iss": "examgraph", "aud": "examgraph", "sub": "somebody", "exp": time.time() + 3600, "scope": "sessions:read",
    }  # fmt: skip
    credentials = {"graphql": {"token": jwt.encode(claims, SHARED_KEY, "HS256")}, "cambridge": CLIENT}
    with running_server(tmp_path_factory.mktemp("production") / "data", **production_settings) as running:
        yield dataclasses.replace(running, credentials=credentials)
