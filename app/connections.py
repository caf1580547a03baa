"""Which backends there are, and what each may cost: settings of those that we ask and of the stores that we own."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, SecretStr, model_validator


class Group(BaseModel):
    """Settings that belong together. A name that is none of them is an error."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, frozen=True)


def _with_driver(url: SecretStr) -> SecretStr:
    # Late: the command line reads settings before it needs a database.
    from datasources.sql import driver_url, require_driver

    found = driver_url(url.get_secret_value())
    require_driver(found)
    return SecretStr(found)


def _can_be_owned(url: SecretStr) -> SecretStr:
    if url.get_secret_value().startswith(("oracle", "mssql")):
        raise ValueError("must begin with postgresql:// or sqlite://: no store of our own is in Oracle or SQL Server")
    return url


class BackendSettings(Group):
    """One SQL backend."""

    url: Annotated[SecretStr, AfterValidator(_with_driver)] | None = None
    """`postgresql://…`, `oracle://…`, `mssql://…` or `sqlite:///path`. Without one the sandbox stands in."""
    deadline_seconds: float = Field(1.5, gt=0, le=60)
    """Seconds that one call may take, retries included."""
    in_flight: int = Field(8, ge=1, le=200)
    """Calls under way at once, and connections kept; two at most of a SQLite file."""
    breaker_open_seconds: float = Field(5.0, gt=0, le=600)
    """Seconds for which a backend that keeps failing is left alone."""
    sends_transaction_id: bool = True
    """Tell the server the transaction id before each statement; on PostgreSQL this costs a round trip."""


class RmSettings(Group):
    """RM, the service that holds scripts."""

    url: HttpUrl | None = None
    """Where its HTTP API begins, `https://…`. Without one the sandbox's RM stands in."""
    client_id: str = ""
    """Who we are to its token call."""
    client_secret: SecretStr | None = None
    """Our secret for its token call."""
    deadline_seconds: float = Field(3.0, gt=0, le=60)
    """Seconds that one call may take, retries included; of a PDF, until its first bytes."""
    in_flight: int = Field(16, ge=1, le=200)
    """Calls under way at once."""
    downloads: int = Field(100, ge=1, le=10_000)
    """PDFs on their way at once, each with a connection of its own."""
    breaker_open_seconds: float = Field(5.0, gt=0, le=600)
    """Seconds for which RM is left alone when it keeps failing."""

    @model_validator(mode="after")
    def _knows_who_asks(self) -> "RmSettings":
        if self.url is not None and not (self.client_id and self.client_secret):
            raise ValueError("a url needs client_id and client_secret beside it")
        return self


class StoreSettings(BackendSettings):
    """One store of our own."""

    url: Annotated[SecretStr, AfterValidator(_with_driver), AfterValidator(_can_be_owned)] | None = None
    """Database URL: `postgresql://…` or `sqlite:///path`. Without one: a file in `data_dir`."""
    deadline_seconds: float = Field(5.0, gt=0, le=60)
    """Seconds that one call may take, its wait for other writers included."""


class StoresSettings(Group):
    """The stores that this service owns and migrates."""

    events: StoreSettings = StoreSettings()
    scripts: StoreSettings = StoreSettings()
    learning: StoreSettings = StoreSettings()
