"""What SQLite and PostgreSQL keep alike: instants, amounts of money, big whole numbers; and rows that may be there."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, MetaData, Numeric, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator, TypeEngine

from datasources.statement import in_utc, instant_of

# Without names of its own, a constraint cannot be changed by a later migration.
NAMING = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
}
# A key that counts up. SQLite keeps a table in the order of an INTEGER key, and of no other type.
NUMBER = BigInteger().with_variant(Integer, "sqlite")
MONEY_DIGITS, MONEY_DECIMALS = 18, 2
CENT = Decimal(1).scaleb(-MONEY_DECIMALS)


def store_tables() -> MetaData:
    """Where the tables of one owned store are declared."""
    return MetaData(naming_convention=NAMING)


def upsert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say what happens to a row that is there, in the words of a kind of database."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


class Instant(TypeDecorator[datetime]):
    """An instant in UTC, to the microsecond. SQLite keeps its text, PostgreSQL a `timestamptz`."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:  # noqa: ARG002 as SQLAlchemy calls it
        return instant_of if dialect.name == "sqlite" else in_utc


class Money(TypeDecorator[Decimal]):
    """An amount with two decimals, exactly. SQLite, which has no decimals, keeps the hundredths."""

    impl = Numeric(MONEY_DIGITS, MONEY_DECIMALS)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | int | None:
        if value is None or dialect.name != "sqlite":
            return value
        return int(value.scaleb(MONEY_DECIMALS))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ANN401 either kind's own
        if value is None or dialect.name != "sqlite":
            return None if value is None else Decimal(value)
        return Decimal(value).scaleb(-MONEY_DECIMALS)
