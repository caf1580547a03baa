"""The snapshot is the schema, and what the last release promised still holds unless the changelog breaks it."""

import re
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema
from graphql.utilities import BreakingChange, find_schema_changes

from schema.root import SCHEMA

ROOT = Path(__file__).parents[2]
CHANGELOG = ROOT / "CHANGELOG.md"


def broken_promises(released: GraphQLSchema, current: GraphQLSchema, changelog: str) -> list[str]:
    """Breaking changes that no line under "Breaking" of the unreleased section names, in words of graphql-core."""
    announced = announced_breaks(changelog)
    changes = [change for change in find_schema_changes(released, current) if isinstance(change, BreakingChange)]
    return [change.description for change in changes if not any(change.description in line for line in announced)]


def announced_breaks(changelog: str) -> list[str]:
    unreleased = re.search(r"^## Unreleased\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    breaking = re.search(
        r"^### Breaking\n(.*?)(?=^### |\Z)", unreleased[1] if unreleased else "", re.MULTILINE | re.DOTALL
    )
    # A line may go on, indented, in the next one.
    text = re.sub(r"\n +", " ", breaking[1]) if breaking else ""
    return text.splitlines()


def test_the_snapshot_is_current() -> None:
    assert (ROOT / "schema/schema.graphql").read_text("utf-8") == f"{SCHEMA.as_str()}\n", "run `make snapshot`"


def test_what_was_released_still_holds() -> None:
    released = build_schema((ROOT / "schema/released.graphql").read_text("utf-8"))
    changelog = CHANGELOG.read_text("utf-8") if CHANGELOG.exists() else ""
    current = build_schema(SCHEMA.as_str())
    assert broken_promises(released, current, changelog) == []


BEFORE = "type Query { a(x: Int): Int b: Kind c: Int! } enum Kind { ONE TWO }"
BREAKS = {
    "type Query { b: Kind c: Int! } enum Kind { ONE TWO }": "Field Query.a was removed.",
    "type Query { a(x: Int!): Int b: Kind c: Int! } enum Kind { ONE TWO }": (
        "Argument Query.a(x:) has changed type from Int to Int!."
    ),
    "type Query { a(x: Int): Int b: Kind c: Int! } enum Kind { ONE }": "Enum value Kind.TWO was removed.",
    "type Query { a(x: Int): Int b: Kind c: Int } enum Kind { ONE TWO }": (
        "Field Query.c changed type from Int! to Int."
    ),
}


@pytest.mark.parametrize("after", BREAKS)
def test_a_broken_promise_is_found_unless_it_is_announced(after: str) -> None:
    before, now, words = build_schema(BEFORE), build_schema(after), BREAKS[after]
    assert broken_promises(before, now, "") == [words]
    assert broken_promises(before, now, f"## Unreleased\n\n### REST\n- {words}\n\n## 1.0\n\n### Breaking\n- {words}\n")
    announced = "## Unreleased\n\n### Breaking\n- Said before: {}\n\n### GraphQL\n- More.\n"
    assert broken_promises(before, now, announced.format(words)) == []
    assert broken_promises(before, now, announced.format(words.replace(" ", "\n  ", 1))) == []


def test_what_only_adds_breaks_nothing() -> None:
    after = "type Query { a(x: Int y: Int): Int b: Kind c: Int! d: String } enum Kind { ONE TWO THREE }"
    assert broken_promises(build_schema(BEFORE), build_schema(after), "") == []
