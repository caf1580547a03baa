"""The two ways to declare a field, and publishing an enum: each demands the words that callers need."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import pytest
import strawberry
from graphql import GraphQLEnumType
from strawberry import Parent

from datasources.eps import SessionStatus
from resolvers.context import EDGE, Edge, edge, one
from resolvers.sessions import sessions_of_business_stream
from schema.fields import answered_by, attribute, published
from schema.root import SCHEMA
from schema.sessions import BusinessStream

WHOLE = {"RED": "Red.", "BLUE": "Blue."}


class Colour(Enum):
    """A colour."""

    RED = "r"
    BLUE = "b"


@dataclass
class Thing:
    """A record."""

    name: str


def colour_of(thing: Parent[Thing], depth: int, shade: str | None = None) -> Colour:
    return Colour.RED if depth and shade else Colour.BLUE


async def squares(keys: Sequence[int]) -> dict[int, int]:
    return {key: key * key for key in keys}


@edge(one(lambda _: squares), right="sessions:read")  # type: ignore[arg-type, return-value]
def square_of(thing: Parent[Thing], plus: int = 0) -> int:
    return len(thing.name) + plus


def test_an_enum_is_published_under_its_public_name_with_every_value_described() -> None:
    status = SCHEMA._schema.type_map["SessionStatus"]  # noqa: SLF001 Strawberry has no public way to its schema
    assert isinstance(status, GraphQLEnumType)
    assert list(status.values) == list(SessionStatus.__members__)
    assert status.values["OPEN"].description == "Entries are open, or assessments are being sat."


@pytest.mark.parametrize("lacking", WHOLE)
def test_an_enum_is_not_published_while_a_value_lacks_its_words(lacking: str) -> None:
    values = {name: words for name, words in WHOLE.items() if name != lacking}
    with pytest.raises(KeyError, match=lacking):
        published(Colour, "Colour", "A colour.", values)


def test_an_attribute_is_read_off_the_record() -> None:
    @strawberry.type(description="A thing.")
    class PublicThing:
        name: str = attribute("Its name.", deprecated="use `title`")

    field = PublicThing.__strawberry_definition__.fields[0]  # type: ignore[attr-defined]
    assert (field.description, field.deprecation_reason) == ("Its name.", "use `title`")
    assert field.base_resolver is None


def test_each_argument_is_described_by_the_resolvers_name_for_it() -> None:
    field = answered_by(colour_of, "Its colour.", arguments={"depth": "How deep.", "shade": "Which shade."})
    described = {argument.python_name: argument.description for argument in field.arguments}
    assert described == {"depth": "How deep.", "shade": "Which shade."}


def test_an_argument_without_words_is_refused() -> None:
    with pytest.raises(KeyError, match="shade"):
        answered_by(colour_of, "Its colour.", arguments={"depth": "How deep."})


def test_words_for_an_argument_that_there_is_not_are_refused() -> None:
    words = {"depth": "How deep.", "shade": "Which shade.", "hue": "Which hue."}
    with pytest.raises(TypeError, match=r"^colour_of has no argument hue$"):
        answered_by(colour_of, "Its colour.", arguments=words)


def test_a_relation_that_is_a_batch_keeps_its_edge_for_the_engine() -> None:
    field = answered_by(square_of, "Its square.", arguments={"plus": "How much more."})
    assert field.metadata[EDGE] is square_of
    assert [argument.python_name for argument in field.arguments] == ["plus"]
    assert not answered_by(colour_of, "Its colour.", arguments={"depth": "a", "shade": "b"}).metadata


def test_the_sessions_of_a_stream_are_such_a_relation() -> None:
    fields = {field.python_name: field for field in BusinessStream.__strawberry_definition__.fields}  # type: ignore[attr-defined]
    assert isinstance(sessions_of_business_stream, Edge)
    assert fields["sessions"].metadata[EDGE] is sessions_of_business_stream
