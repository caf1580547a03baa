"""Fixtures that many tests share. A server or a database is started once for each test process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.postgres import Postgres, running_postgres
from support.server import Server, examgraph, running_server


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
