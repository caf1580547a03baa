"""A record: a frozen dataclass with slots in all that can be seen of it, whatever its `__init__` does."""

import copy
import dataclasses
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field
from datetime import date
from typing import Any

import pytest

from datasources.records import record


@record
class Fruit:
    name: str
    ripe_on: date | None = None
    opened: bool = False  # a word that the `__init__` could stumble over

    @property
    def shout(self) -> str:
        return self.name.upper()


@dataclass(frozen=True, slots=True)
class Plain:
    name: str
    ripe_on: date | None = None
    opened: bool = False


DAY = date(2026, 9, 1)


def test_is_made_as_a_dataclass_is() -> None:
    for made in (Fruit("pear", DAY), Fruit(name="pear", ripe_on=DAY), Fruit("pear", DAY, opened=False)):
        assert type(made) is Fruit
        assert (made.name, made.ripe_on, made.opened, made.shout) == ("pear", DAY, False, "PEAR")
        assert repr(made) == "Fruit(name='pear', ripe_on=datetime.date(2026, 9, 1), opened=False)"
    assert Fruit("pear") == Fruit("pear", None)
    assert Fruit("pear") != Fruit("apple")
    assert Fruit("pear") != Plain("pear")
    assert {Fruit("pear"), Fruit("pear"), Fruit("apple")} == {Fruit("apple"), Fruit("pear")}
    assert dataclasses.asdict(Fruit("pear")) == {"name": "pear", "ripe_on": None, "opened": False}
    assert inspect.signature(Fruit) == inspect.signature(Plain)


@pytest.mark.parametrize("arguments", [{}, {"name": "pear", "colour": "green"}, {"ripe_on": DAY}])
def test_is_not_made_of_other_fields(arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError) as ours:
        Fruit(**arguments)
    with pytest.raises(TypeError) as theirs:
        Plain(**arguments)
    assert str(ours.value) == str(theirs.value).replace("Plain", "Fruit")


@pytest.mark.parametrize("name", ["name", "ripe_on", "opened"])
def test_is_frozen(name: str) -> None:
    pear = Fruit("pear")
    with pytest.raises(FrozenInstanceError):
        setattr(pear, name, "apple")
    with pytest.raises(FrozenInstanceError):
        delattr(pear, name)
    assert pear == Fruit("pear")
    assert not hasattr(pear, "__dict__")


def test_is_copied() -> None:
    pear = Fruit("pear", DAY)
    for copied in (copy.copy(pear), copy.deepcopy(pear), pickle.loads(pickle.dumps(pear)), dataclasses.replace(pear)):
        assert copied == pear
        assert type(copied) is Fruit
        with pytest.raises(FrozenInstanceError):
            copied.name = "apple"
    assert dataclasses.replace(pear, name="apple") == Fruit("apple", DAY)


def _with_a_base() -> type:
    class Sweet(Fruit):  # type: ignore[misc]
        sugar: int

    return Sweet


def _with_a_factory() -> type:
    class Basket:
        fruits: list[str] = field(default_factory=list)

    return Basket


def _with_a_keyword() -> type:
    class Basket:
        fruits: int = field(kw_only=True)

    return Basket


def _with_a_post_init() -> type:
    class Basket:
        fruits: int

        def __post_init__(self) -> None:
            """What our `__init__` would never call."""

    return Basket


@pytest.mark.parametrize("described", [_with_a_base, _with_a_factory, _with_a_keyword, _with_a_post_init])
def test_another_dataclass_is_refused(described: Any) -> None:
    with pytest.raises(TypeError, match="a record has no base, no factory and no __post_init__"):
        record(described())
