"""Scalars and enums: what is written for a value, and what is refused, by every way a field may come about."""

import enum
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLError, Undefined
from support.execution import WAYS, Boom, HolderContext, World, holder_of_context, returns, way_to_field, world

from engine.fields import Attribute, Encoded


class Text(str):
    """A text of one's own."""

    __slots__ = ()


class Shouted(str):
    """A text that prints otherwise."""

    __slots__ = ()

    def __str__(self) -> str:
        return "SHOUTED"


class Number(int):
    """An integer of one's own."""


class Real(float):
    """A float of one's own."""


class Worded:
    """No text, but prints as one."""

    def __str__(self) -> str:
        return "worded"


class Unprintable:
    """Fails when printed."""

    def __str__(self) -> str:
        raise Boom("unprintable")

    def __repr__(self) -> str:
        return "<unprintable>"


class Index:
    """An integer by its own word."""

    def __index__(self) -> int:
        return 41


class Level(enum.IntEnum):
    HIGH = 3


class Word(enum.StrEnum):
    YES = "yes"


NAN, INFINITY = float("nan"), float("inf")
# For each scalar: a value, and what is written for it, or the message that refuses it.
WRITTEN: list[tuple[str, Any, Any]] = [
    ("Int", 0, 0),
    ("Int", -1, -1),
    ("Int", 2**31 - 1, 2147483647),
    ("Int", -(2**31), -2147483648),
    ("Int", True, 1),
    ("Int", False, 0),
    ("Int", 3.0, 3),
    ("Int", -0.0, 0),
    ("Int", 1e5, 100000),
    ("Int", "12", 12),
    ("Int", " 12 ", 12),
    ("Int", Number(5), 5),
    ("Int", Real(6.0), 6),
    ("Int", Level.HIGH, 3),
    ("Int", Decimal(7), 7),
    ("Int", Fraction(8), 8),
    ("Int", Index(), 41),
    ("Float", 1.5, 1.5),
    ("Float", -0.0, -0.0),
    ("Float", 5e-324, 5e-324),
    ("Float", 1.7976931348623157e308, 1.7976931348623157e308),
    ("Float", 3, 3.0),
    ("Float", 2**53, 9007199254740992.0),
    ("Float", True, 1),
    ("Float", "2.5", 2.5),
    ("Float", Number(5), 5.0),
    ("Float", Real(1.25), 1.25),
    ("Float", Decimal("0.1"), 0.1),
    ("Float", Index(), 41.0),
    ("String", "", ""),
    ("String", "é\u2028\0\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "é\u2028\0😀"),
    ("String", "\ud800", "\ud800"),
    ("String", Text("own"), "own"),
    ("String", Shouted("quiet"), "quiet"),
    ("String", Word.YES, "yes"),
    ("String", True, "true"),
    ("String", False, "false"),
    ("String", 12, "12"),
    ("String", 2**70, "1180591620717411303424"),
    ("String", 1.5, "1.5"),
    ("String", Worded(), "worded"),
    ("String", Decimal("1.50"), "1.50"),
    ("String", date(2024, 5, 6), "2024-05-06"),
    ("Boolean", True, True),
    ("Boolean", False, False),
    ("Boolean", 1, True),
    ("Boolean", 0, False),
    ("Boolean", 2.5, True),
    ("Boolean", 0.0, False),
    ("Boolean", Number(0), False),
    ("Boolean", Decimal(0), False),
    ("ID", "07", "07"),
    ("ID", "", ""),
    ("ID", 7, "7"),
    ("ID", 2**70, "1180591620717411303424"),
    ("ID", 7.0, "7"),
    ("ID", Text("own"), "own"),
    ("ID", Number(5), "5"),
    ("ID", Worded(), "worded"),
]
REFUSED: list[tuple[str, Any, str]] = [
    ("Int", 2**31, "Int cannot represent non 32-bit signed integer value: 2147483648"),
    ("Int", -(2**31) - 1, "Int cannot represent non 32-bit signed integer value: -2147483649"),
    ("Int", 1.5, "Int cannot represent non-integer value: 1.5"),
    ("Int", 1e100, "Int cannot represent non 32-bit signed integer value: 1e+100"),
    ("Int", NAN, "Int cannot represent non-integer value: nan"),
    ("Int", INFINITY, "Int cannot represent non-integer value: inf"),
    ("Int", "", "Int cannot represent non-integer value: ''"),
    ("Int", "1.0", "Int cannot represent non-integer value: '1.0'"),
    ("Int", Decimal("1.5"), "Int cannot represent non-integer value: <Decimal instance>"),
    ("Int", [], "Int cannot represent non-integer value: []"),
    ("Int", {"a": 1}, "Int cannot represent non-integer value: {'a': 1}"),
    ("Int", b"1", "Int cannot represent non-integer value: b'1'"),
    ("Int", 1j, "Int cannot represent non-integer value: 1j"),
    ("Int", Worded(), "Int cannot represent non-integer value: <Worded instance>"),
    ("Float", NAN, "Float cannot represent non numeric value: nan"),
    ("Float", INFINITY, "Float cannot represent non numeric value: inf"),
    ("Float", -INFINITY, "Float cannot represent non numeric value: -inf"),
    ("Float", Real(NAN), "Float cannot represent non numeric value: nan"),
    ("Float", "nan", "Float cannot represent non numeric value: 'nan'"),
    ("Float", "x", "Float cannot represent non numeric value: 'x'"),
    ("Float", 2**53 + 1, "Float cannot represent non numeric value: 9007199254740993 (value would lose precision)"),
    ("Float", [1.5], "Float cannot represent non numeric value: [1.5]"),
    ("String", NAN, "String cannot represent value: nan"),
    ("String", ["a"], "String cannot represent value: ['a']"),
    ("String", {"a": "b"}, "String cannot represent value: {'a': 'b'}"),
    ("String", b"a", "String cannot represent value: b'a'"),
    ("String", Unprintable(), "unprintable"),
    ("Boolean", "true", "Boolean cannot represent a non boolean value: 'true'"),
    ("Boolean", "", "Boolean cannot represent a non boolean value: ''"),
    ("Boolean", NAN, "Boolean cannot represent a non boolean value: nan"),
    ("Boolean", [True], "Boolean cannot represent a non boolean value: [True]"),
    ("ID", True, "ID cannot represent value: True"),
    ("ID", 1.5, "ID cannot represent value: 1.5"),
    ("ID", ["a"], "ID cannot represent value: ['a']"),
    ("ID", Unprintable(), "unprintable"),
]


CASES = [(scalar, value, written, None) for scalar, value, written in WRITTEN]
CASES += [(scalar, value, None, message) for scalar, value, message in REFUSED]


@pytest.fixture(scope="module")
def worlds() -> dict[tuple[str, str], World]:
    """A world for each type and way, its holder given by the context."""
    return {
        (type_, way): world(
            f"type Query {{ holder: Holder }} type Holder {{ field: {type_} }}",
            {"Query.holder": holder_of_context, "Holder.field": way_to_field(way)},
        )
        for scalar in ("Int", "Float", "String", "Boolean", "ID")
        for type_ in (scalar, f"{scalar}!", f"[{scalar}]")
        for way in WAYS
    }


@pytest.mark.parametrize(("scalar", "value", "written", "message"), CASES)
async def test_scalar(
    worlds: dict[tuple[str, str], World], scalar: str, value: Any, written: Any, message: str | None
) -> None:
    for way in WAYS:
        held = worlds[scalar, way]
        held.make_context = lambda: HolderContext(lambda: value)
        errors = [f"{message} @ holder.field"] if message else []
        await held.gives("{ holder { field } }", {"holder": {"field": written}}, errors)


@pytest.mark.parametrize(("scalar", "value", "written", "message"), CASES)
async def test_scalar_that_cannot_be_null(
    worlds: dict[tuple[str, str], World], scalar: str, value: Any, written: Any, message: str | None
) -> None:
    for way in ("attribute", "async"):
        held = worlds[f"{scalar}!", way]
        held.make_context = lambda: HolderContext(lambda: value)
        if message:
            await held.gives("{ holder { field } }", {"holder": None}, [f"{message} @ holder.field"])
        else:
            await held.gives("{ holder { field } }", {"holder": {"field": written}})


@pytest.mark.parametrize(("scalar", "value", "written", "message"), CASES)
async def test_scalar_in_a_list(
    worlds: dict[tuple[str, str], World], scalar: str, value: Any, written: Any, message: str | None
) -> None:
    for way in ("attribute", "sync"):
        held = worlds[f"[{scalar}]", way]
        held.make_context = lambda: HolderContext(lambda: [None, value, None])
        errors = [f"{message} @ holder.field.1"] if message else []
        await held.gives("{ holder { field } }", {"holder": {"field": [None, written, None]}}, errors)


@pytest.mark.parametrize("way", WAYS)
async def test_undefined_is_null(worlds: dict[tuple[str, str], World], way: str) -> None:
    for type_, data, errors in (
        ("Int", {"holder": {"field": None}}, []),
        ("Int!", {"holder": None}, ["Cannot return null for non-nullable field Holder.field. @ holder.field"]),
    ):
        held = worlds[type_, way]
        held.make_context = lambda: HolderContext(lambda: Undefined)
        await held.gives("{ holder { field } }", data, errors)


class Colour(enum.Enum):
    RED = 1
    GREEN = "green"
    BLUE = (0, 0, 255)


class Other(enum.Enum):
    RED = 1


ENUM = "type Query { holder: Holder } enum Colour { RED GREEN BLUE } type Holder { field: Colour, list: [Colour!] }"
NO_COLOUR = "Enum 'Colour' cannot represent value: {}"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("value", "written", "message"),
    [
        (Colour.RED, "RED", None),
        (Colour.GREEN, "GREEN", None),
        (Colour.BLUE, "BLUE", None),
        (None, None, None),
        ("RED", None, "'RED'"),
        (1, None, "1"),
        ("green", None, "'green'"),
        (Other.RED, None, "<Other instance>"),
        (["RED"], None, "['RED']"),
        ({}, None, "{}"),
        (Colour, None, "<class Colour>"),
    ],
)
async def test_enum_of_python_members(way: str, value: Any, written: Any, message: str | None) -> None:
    colours = world(
        ENUM,
        {"Query.holder": holder_of_context, "Holder.field": way_to_field(way)},
        enums={"Colour": Colour},
        make_context=lambda: HolderContext(lambda: value),
    )
    errors = [f"{NO_COLOUR.format(message)} @ holder.field"] if message else []
    await colours.gives("{ holder { field } }", {"holder": {"field": written}}, errors)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("value", "written", "message"),
    [
        ("RED", "RED", None),
        ("red", None, "'red'"),
        (Colour.RED, None, "<Colour instance>"),
        (Text("GREEN"), "GREEN", None),
        (["RED"], None, "['RED']"),
    ],
)
async def test_enum_of_names(way: str, value: Any, written: Any, message: str | None) -> None:
    colours = world(
        ENUM,
        {"Query.holder": holder_of_context, "Holder.field": way_to_field(way)},
        make_context=lambda: HolderContext(lambda: value),
    )
    errors = [f"{NO_COLOUR.format(message)} @ holder.field"] if message else []
    await colours.gives("{ holder { field } }", {"holder": {"field": written}}, errors)


@pytest.mark.parametrize("way", WAYS)
async def test_enum_of_any_values(way: str) -> None:
    """Values that are neither names nor members: numbers, tuples, lists that cannot be hashed, false and null."""
    values = {"RED": 1, "GREEN": ["unhashable"], "BLUE": False}
    for value, written, message in (
        (1, "RED", None),
        (True, "RED", None),
        (1.0, "RED", None),
        (["unhashable"], "GREEN", None),
        (False, "BLUE", None),
        (0, "BLUE", None),
        (2, None, NO_COLOUR.format("2")),
        ("RED", None, NO_COLOUR.format("'RED'")),
    ):
        colours = world(
            ENUM,
            {"Query.holder": holder_of_context, "Holder.field": way_to_field(way)},
            make_context=lambda value=value: HolderContext(lambda: value),
        )
        for name, inner in values.items():
            colours.schema.type_map["Colour"].values[name].value = inner  # type: ignore[attr-defined]
        errors = [f"{message} @ holder.field"] if message else []
        await colours.gives("{ holder { field } }", {"holder": {"field": written}}, errors)


async def test_enum_members_in_lists_one_of_them_wrong() -> None:
    colours = world(
        ENUM,
        {"Query.holder": lambda *_: SimpleNamespace(list=[Colour.RED, "GREEN"], field=Colour.BLUE)},
        enums={"Colour": Colour},
    )
    await colours.gives(
        "{ holder { field list } }",
        {"holder": {"field": "BLUE", "list": None}},
        [f"{NO_COLOUR.format(chr(39) + 'GREEN' + chr(39))} @ holder.list.1"],
    )


def upper(value: Any) -> Any:
    """A serialiser that fails in every manner, by what it is given."""
    match value:
        case str():
            return value.upper()
        case 0:
            return None
        case 1:
            raise Boom("refused")
        case 2:
            raise GraphQLError("worded", extensions={"code": "W"})
        case 3:
            return Undefined
        case 4:
            return {"a": [1, None, {"b": True}]}
        case 5:
            return False
    return [value]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("value", "written", "message"),
    [
        ("abc", "ABC", None),
        (None, None, None),
        (0, None, "Expected `Odd.coerce_output_value(0)` to return non-nullable value, returned: None"),
        (1, None, "refused"),
        (2, None, "worded"),
        (3, None, "Expected `Odd.coerce_output_value(3)` to return non-nullable value, returned: Undefined"),
        (4, {"a": [1, None, {"b": True}]}, None),
        (5, False, None),
        (6, [6], None),
    ],
)
async def test_custom_scalar(way: str, value: Any, written: Any, message: str | None) -> None:
    errors = [f"{message} @ holder.field"] if message else []
    for null in ("", "!"):
        odd = world(
            f"scalar Odd type Query {{ holder: Holder }} type Holder {{ field: Odd{null} }}",
            {"Query.holder": holder_of_context, "Holder.field": way_to_field(way)},
            scalars={"Odd": upper},
            make_context=lambda: HolderContext(lambda: value),
        )
        if null and value is None:
            errors = ["Cannot return null for non-nullable field Holder.field. @ holder.field"]
        data = {"holder": None} if null and written is None else {"holder": {"field": written}}
        await odd.gives("{ holder { field } }", data, errors)


async def test_one_wrong_value_among_many_records() -> None:
    """The others are as they would be without it."""
    odd = world(
        "scalar Odd type Query { rows: [Row] } type Row { a: Odd, b: Int, c: [Odd!] }",
        {
            "Query.rows": lambda *_: [
                SimpleNamespace(a=value, b=number, c=["x", value])
                for number, value in enumerate(("a", 1, None, "d", 0, 5))
            ]
        },
        scalars={"Odd": upper},
    )
    no_null = "Expected `Odd.coerce_output_value(0)` to return non-nullable value, returned: None"
    await odd.gives(
        "{ rows { a b c } }",
        {
            "rows": [
                {"a": "A", "b": 0, "c": ["X", "A"]},
                {"a": None, "b": 1, "c": None},
                {"a": None, "b": 2, "c": None},
                {"a": "D", "b": 3, "c": ["X", "D"]},
                {"a": None, "b": 4, "c": None},
                {"a": False, "b": 5, "c": ["X", False]},
            ]
        },
        [
            "refused @ rows.1.a",
            "refused @ rows.1.c.1",
            "Cannot return null for non-nullable field Row.c. @ rows.2.c.1",
            f"{no_null} @ rows.4.a",
            f"{no_null} @ rows.4.c.1",
        ],
    )


class Day(date):
    """A date that says of itself whether the encoder may write it."""

    @property
    def is_recent(self) -> bool:
        return self.year > 2000


def iso(value: Any) -> str:
    if not isinstance(value, date):
        raise TypeError(f"no date: {value!r}")
    return value.isoformat()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("value", "written", "message"),
    [
        (Day(2024, 5, 6), "2024-05-06", None),
        (datetime(2024, 5, 6, 7, 8, tzinfo=UTC), "2024-05-06T07:08:00+00:00", None),  # a date of another class
        (Day(1999, 1, 1), "1999-01-01", None),  # one that the encoder is said not to write
        ("2024-05-06", None, "no date: '2024-05-06'"),
        (None, None, None),
    ],
)
async def test_scalar_left_to_the_encoder(way: str, value: Any, written: Any, message: str | None) -> None:
    dated = world(
        "scalar Date type Query { holder: Holder } type Holder { field: Date }",
        {"Query.holder": holder_of_context, "Holder.field": way_to_field(way)},
        scalars={"Date": iso},
        encodings={"Date": Encoded(Day, "is_recent", value=True)},
        make_context=lambda: HolderContext(lambda: value),
    )
    errors = [f"{message} @ holder.field"] if message else []
    await dated.gives("{ holder { field } }", {"holder": {"field": written}}, errors)


async def test_what_the_encoder_is_left() -> None:
    """The record's own date, not a text."""
    day = date(2024, 5, 6)
    dated = world(
        "scalar Date type Query { day: Date, days: [Date!]! }",
        {"Query.day": returns(day), "Query.days": returns([day])},
        scalars={"Date": iso},
        encodings={"Date": Encoded(date)},
    )
    answer = await dated.compiled.run(dated.documents.prepared("{ day days }"), None, {}, None)
    assert answer.data == {"day": day, "days": [day]}


async def test_an_attribute_that_is_no_python_name() -> None:
    """Read as getattr reads it: a keyword, a dot, a letter that Python's grammar would fold into others."""
    names = ("class", "a.b", "ﬁ", "with space", "__private")
    fields = {f"Row.f{place}": Attribute(name) for place, name in enumerate(names)}
    record = SimpleNamespace(**{name: place for place, name in enumerate(names)})
    odd = world(
        "type Query { row: Row } type Row { " + " ".join(f"f{place}: Int" for place in range(len(names))) + " }",
        {"Query.row": returns(record), **fields},
    )
    await odd.gives("{ row { f0 f1 f2 f3 f4 } }", {"row": {"f0": 0, "f1": 1, "f2": 2, "f3": 3, "f4": 4}})


async def test_attributes_of_every_sort() -> None:
    """Slots, properties, class attributes, and whatever __getattr__ makes up."""

    class Sorts:
        __slots__ = ("slot",)
        shared = "shared"

        def __init__(self) -> None:
            self.slot = "slot"

        @property
        def made(self) -> str:
            return "made"

        @property
        def failing(self) -> str:
            raise Boom("property")

        def __getattr__(self, name: str) -> str:
            if name.startswith("up"):
                return name
            raise AttributeError(f"no {name}")

    sorts = world(
        "type Query { row: Row } type Row { slot: String, shared: String, made: String, failing: String, up1: String,"
        " down: String }",
        {"Query.row": lambda *_: Sorts()},
    )
    await sorts.gives(
        "{ row { slot shared made failing up1 down } }",
        {"row": {"slot": "slot", "shared": "shared", "made": "made", "failing": None, "up1": "up1", "down": None}},
        ["property @ row.failing", "no down @ row.down"],
    )
