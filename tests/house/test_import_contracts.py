"""Each folder that is shipped has an exhaustive import contract, so that a file nobody placed breaks the build."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGES = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
LINTER = PYPROJECT["tool"]["importlinter"]
CONTRACTS = LINTER["contracts"]
EXHAUSTIVE = [container for each in CONTRACTS if each.get("exhaustive") for container in each["containers"]]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_folder_has_an_exhaustive_contract(package: str) -> None:
    assert EXHAUSTIVE.count(package) == 1


def test_every_folder_is_looked_at() -> None:
    assert sorted(LINTER["root_packages"]) == sorted(PACKAGES)
    [downwards] = [each for each in CONTRACTS if each["name"] == "downwards only"]
    placed = [name.strip() for layer in downwards["layers"] for name in layer.split("|")]
    assert sorted(placed) == sorted(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_contract_names_what_is_there(package: str) -> None:
    """A layer that is gone would be passed over in silence."""
    [contract] = [each for each in CONTRACTS if package in each.get("containers", ())]
    layers = {name.strip(" ()") for layer in contract["layers"] for name in layer.split("|")}
    there = {path.stem for path in (ROOT / package).glob("*.py")} | {
        path.parent.name for path in (ROOT / package).glob("*/__init__.py")
    }
    assert layers == there - {"__init__"}
