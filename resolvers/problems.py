"""What a caller can mend in the input of a mutation: said in its payload, each problem by its place."""

from collections.abc import Callable
from dataclasses import dataclass

from datasources.errors import BadUserInput


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` leads from the input to the value that is wrong: members' names as they are published, and indexes.

    `value` is what is wrong, as it may be shown: personal numbers masked.
    """

    code: str
    message: str
    path: tuple[str, ...]
    value: str | None = None


def problem_of(check: Callable[[str, str], object], value: str, *path: str) -> list[Problem]:
    """What `check(name, value)` has against a value: nothing, or one problem."""
    try:
        check(path[-1], value)
    except BadUserInput as wrong:
        return [Problem(wrong.code, wrong.message, path)]
    return []
