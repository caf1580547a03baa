"""What a source's records are: frozen dataclasses with slots, at a price near that of open ones."""

from dataclasses import MISSING, dataclass, fields
from typing import Any, TypeVar, dataclass_transform

Record = TypeVar("Record")


@dataclass_transform(frozen_default=True)
def record(described: type[Record]) -> type[Record]:
    """A class decorator: what `@dataclass(frozen=True, slots=True)` makes, for what is made a hundred times a request.

    The `__init__` of a frozen dataclass sets each field by a call, which for a page of 100 records of 14 fields costs
    as much as fetching its rows. Here the object is of an open class while it is filled, and then of its own.
    Raises TypeError for a class with a base, a factory or a `__post_init__`: records are plain.
    """
    plain = TypeError(f"{described.__name__}: a record has no base, no factory and no __post_init__")
    if described.__bases__ != (object,) or hasattr(described, "__post_init__"):
        raise plain
    closed: Any = dataclass(frozen=True, slots=True)(described)
    if not all(each.init and not each.kw_only and each.default_factory is MISSING for each in fields(closed)):
        raise plain
    names = [each.name for each in fields(closed)]
    source = (
        f"def __init__(self, {', '.join(names)}):",
        "_become(self, '__class__', _opened)",
        *(f"self.{name} = {name}" for name in names),
        "self.__class__ = _closed",
    )
    opened = type(described.__name__, (), {"__slots__": tuple(names)})
    made: dict[str, Any] = {"_become": object.__setattr__, "_opened": opened, "_closed": closed}
    exec("\n    ".join(source), made)  # noqa: S102 as dataclasses do: of the names of fields, and nothing else
    init = made["__init__"]
    for attribute in ("__module__", "__qualname__", "__annotations__", "__defaults__"):
        setattr(init, attribute, getattr(closed.__init__, attribute))
    closed.__init__ = init
    return closed  # type: ignore[no-any-return]
