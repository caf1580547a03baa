"""Fixtures that many tests share. A server or a database is started once for each test process."""

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from support.postgres import Postgres, running_postgres
from support.server import Server, examgraph, running_server

# The same examples at every run, so that what fails fails again; `make proof` looks for new ones. A machine that is
# busy with other things makes an example slow, not wrong.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", UNHURRIED, derandomize=True)
settings.register_profile("random", UNHURRIED, print_blob=True)
settings.load_profile("repeatable")


def pytest_collection_finish() -> None:
    """What is collected stays to the end: going through it again and again took a fifth of all time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def filled_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a filled sandbox. Copy it before changing it."""
    folder = tmp_path_factory.mktemp("filled") / "data"
    made = examgraph("sandbox", "--data-dir", str(folder))
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def data_dir(filled_data_dir: Path, tmp_path: Path) -> Path:
    """A filled data folder of the test's own."""
    return Path(shutil.copytree(filled_data_dir, tmp_path / "data"))


@pytest.fixture(scope="session")
def server(filled_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running sandbox that tests only ask."""
    folder = Path(shutil.copytree(filled_data_dir, tmp_path_factory.mktemp("shared") / "data"))
    with running_server(folder) as running:
        yield running
