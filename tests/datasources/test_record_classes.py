"""A record: equal, hashable, with slots, and frozen to the type checker."""

import copy
import dataclasses
import inspect
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from datasources.records import record

DAY = date(2026, 9, 1)


@record
class Fruit:
    name: str
    ripe_on: date | None = None

    @property
    def shout(self) -> str:
        return self.name.upper()


@dataclass(frozen=True, slots=True)
class Plain:
    name: str
    ripe_on: date | None = None


def test_is_what_a_dataclass_is() -> None:
    for made in (Fruit("pear", DAY), Fruit(name="pear", ripe_on=DAY)):
        assert (made.name, made.ripe_on, made.shout) == ("pear", DAY, "PEAR")
        assert repr(made) == "Fruit(name='pear', ripe_on=datetime.date(2026, 9, 1))"
    assert Fruit("pear") == Fruit("pear", None)
    assert Fruit("pear") != Fruit("apple")
    assert Fruit("pear") != Plain("pear")
    assert {Fruit("pear"), Fruit("pear"), Fruit("apple")} == {Fruit("apple"), Fruit("pear")}
    assert dataclasses.asdict(Fruit("pear")) == {"name": "pear", "ripe_on": None}
    assert inspect.signature(Fruit) == inspect.signature(Plain)
    assert not hasattr(Fruit("pear"), "__dict__")


def test_is_copied() -> None:
    pear = Fruit("pear", DAY)
    assert copy.copy(pear) == copy.deepcopy(pear) == pear
    assert dataclasses.replace(pear, name="apple") == Fruit("apple", DAY)


USE = """
from datasources.records import record

@record
class Fruit:
    name: str

pear = Fruit("pear")
print(pear.name)
pear.name = "apple"
"""


def test_the_type_checker_keeps_it_frozen(tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(USE)
    root = Path(__file__).parents[2]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", tmp_path / "use.py"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = checked.stdout.splitlines()
    assert [line.partition("error: ")[2] for line in told if "error: " in line] == [
        'Property "name" defined in "Fruit" is read-only  [misc]'
    ]
    assert told[0].startswith(f"{tmp_path / 'use.py'}:10: ")
