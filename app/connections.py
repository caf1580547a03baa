"""Which backends there are, and what each may cost: settings of those that we ask and of the stores that we own."""

from typing import Annotated, Literal

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


class StreamSettings(Group):
    """One business stream."""

    code: str = Field(pattern="^[0-9]{2}$")
    """Two digits."""
    name: str = Field(min_length=1, max_length=120)
    """Its public name."""
    server: Literal["MEPS", "OEPS"]
    """The EPS server that holds its sessions."""


STREAMS = (
    StreamSettings(code="01", name="OCR", server="OEPS"),
    StreamSettings(code="02", name="Cambridge International", server="MEPS"),
    StreamSettings(code="03", name="Cambridge English", server="MEPS"),
    StreamSettings(code="04", name="OCR Vocational", server="OEPS"),
)


class EpsSettings(Group):
    """The two EPS servers, and which business stream is on which."""

    meps: BackendSettings = BackendSettings()
    oeps: BackendSettings = BackendSettings()
    streams: tuple[StreamSettings, ...] = Field(STREAMS, min_length=1)
    """The business streams there are."""

    @model_validator(mode="after")
    def _codes_differ(self) -> "EpsSettings":
        codes = [stream.code for stream in self.streams]
        if len(set(codes)) < len(codes):
            raise ValueError("each business stream needs a code of its own")
        return self


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


class PopulationRegisterSettings(Group):
    """The population register, which knows what people are called."""

    url: HttpUrl | None = None
    """Where its HTTP API begins, `https://…`. Without one the sandbox's register stands in."""
    token: SecretStr | None = None
    """The bearer token that it knows us by."""
    deadline_seconds: float = Field(3.0, gt=0, le=60)
    """Seconds that one call may take, retries included."""
    in_flight: int = Field(8, ge=1, le=200)
    """Calls under way at once, each for at most 500 people."""
    breaker_open_seconds: float = Field(5.0, gt=0, le=600)
    """Seconds for which the register is left alone when it keeps failing."""

    @model_validator(mode="after")
    def _knows_who_asks(self) -> "PopulationRegisterSettings":
        if self.url is not None and not self.token:
            raise ValueError("a url needs a token beside it")
        return self


class MailSettings(Group):
    """Where mail is given to. Without a host none is sent."""

    host: str | None = Field(None, min_length=1)
    """The SMTP server's name."""
    port: int = Field(587, ge=1, le=65535)
    """The SMTP server's port."""
    tls: Literal["tls", "starttls", "none"] = "starttls"
    """`tls` from the first byte, `starttls` before anything is said, or `none`."""
    user: str = ""
    """Who we are to the server; empty when it does not ask."""
    password: SecretStr | None = None
    """Our password there."""
    sender: str = ""
    """The address that mail comes from."""
    timeout_seconds: float = Field(10.0, gt=0, le=60)
    """Seconds that one message may take."""

    @model_validator(mode="after")
    def _can_be_sent(self) -> "MailSettings":
        if self.host is not None and "@" not in self.sender:
            raise ValueError("a host needs the address of a sender beside it")
        if self.user and self.tls == "none":
            raise ValueError("a password is not sent to a server that anybody can listen to: choose tls or starttls")
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
    exams: StoreSettings = StoreSettings()
    audit: StoreSettings = StoreSettings()
    audit_key: SecretStr | None = Field(None, min_length=32)
    """Key of the digests by which audit records name people, at least 32 characters. Without one: the sandbox's own."""
    learning: StoreSettings = StoreSettings()
