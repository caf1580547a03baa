"""Fixtures under everything that asks the whole service: on both kinds of database, or where that does not matter."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from golden.service import Databases
from support.rm import running_rm

Kept = Callable[[str], Databases]


@pytest.fixture(scope="session")
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """The databases of a kind, `sqlite` or `postgresql`, made when first asked for; and an RM beside them."""

    @cache
    def made(kind: str) -> Databases:
        postgres = request.getfixturevalue("postgres") if kind == "postgresql" else None
        return Databases(tmp_path_factory.mktemp(kind), postgres, rm)

    with running_rm(tmp_path_factory.mktemp("rm")) as rm:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, kept: Kept) -> Databases:
    return kept(request.param)


@pytest.fixture
def on_sqlite(kept: Kept) -> Databases:
    return kept("sqlite")
