"""Files: nothing of one machine, nothing huge, modules of a page or two that say what they answer."""

import ast
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"][
    "packages"
]
LARGEST_BYTES = 1 << 20
# "300 lines or so": a page of reading, with room for a table.
MOST_LINES = 340
# Said in pieces, so that this file does not say them.
HOSTS = (".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("debian", "org")))
FOREIGN = (*HOSTS, "/" + "work/", "/" + "home/", "/" + "Users/")
NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc"}


def files() -> list[Path]:
    """Every file that is, or is about to be, in the repository."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in told.decode().split("\0") if name and (ROOT / name).is_file()]


FILES = files()
MODULES = [path for path in FILES if path.suffix == ".py"]
SHIPPED = [path for path in MODULES if path.relative_to(ROOT).parts[0] in PACKAGES]


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_there_are_files() -> None:
    assert {"pyproject.toml", "schema/sessions.py", "tests/house/test_files.py"} <= set(named(FILES))
    assert len(SHIPPED) > 40


@pytest.mark.parametrize("words", FOREIGN)
def test_no_file_names_this_machine_or_a_registry(words: str) -> None:
    assert named([path for path in FILES if words.encode() in path.read_bytes()]) == []


def test_no_file_is_huge() -> None:
    assert named([path for path in FILES if path.stat().st_size > LARGEST_BYTES]) == []


def test_a_module_is_read_in_one_go() -> None:
    lines = {path: path.read_text("utf-8").count("\n") for path in SHIPPED}
    assert named([path for path, count in lines.items() if count > MOST_LINES]) == []


def test_a_module_says_what_it_answers() -> None:
    silent = [path for path in MODULES if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    assert named(silent) == []


def test_a_module_is_named_by_what_it_answers() -> None:
    nameless = [path for path in FILES if NAMELESS & {path.stem, *path.relative_to(ROOT).parts}]
    assert named(nameless) == []
