"""Everything that two deployments may differ on: read from the environment, secret files and a TOML file.

The environment outranks secret files, which outrank the TOML file. `EXAMGRAPH_EPS__MEPS__URL` in the environment, a
file `eps__meps__url` in the secrets folder and `url` under `[eps.meps]` in the TOML file are one setting.
"""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from app.connections import (
    BackendSettings,
    EpsSettings,
    Group,
    MailSettings,
    PopulationRegisterSettings,
    RmSettings,
    StoresSettings,
)
from app.surfaces import CambridgeSettings, EksamenSettings, EventsSettings, ViewerSettings
from datasources.national_ids import ALL_SERIES, REAL_SERIES, Series

if TYPE_CHECKING:
    from rest_compat.routes import RouteTable

PREFIX = "EXAMGRAPH_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
SECRETS_VARIABLE = f"{PREFIX}SECRETS_DIR"
HMAC_BYTES = 32


class ConfigurationProblem(Exception):
    """The settings cannot be used. `lines` say what is wrong, a setting a line, never with its value."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


class GraphQLSettings(Group):
    """What one GraphQL request may be."""

    introspection: bool | None = None
    """Whether the schema may be read by introspection. Unless set: in the sandbox only."""
    playground: bool | None = None
    """Whether GraphiQL is served at /graphql. Unless set: in the sandbox only."""
    max_depth: int = Field(20, ge=1, le=100)
    """Fields below one another."""
    max_aliases: int = Field(100, ge=0)
    """Aliases in a document."""
    max_root_fields: int = Field(100, ge=1)
    """Fields at the root of an operation."""
    max_directives: int = Field(50, ge=0)
    """Directives in a document."""
    max_tokens: int = Field(2000, ge=1)
    """Tokens in a document."""
    executor: Literal["graphql-core", "compiled"] = "compiled"
    """What executes operations. Both answer the same; `compiled` is many times faster."""
    documents_kept: int = Field(1000, ge=1)
    """Documents kept parsed and validated."""
    cors_origins: tuple[str, ...] = ()
    """Origins of front ends whose pages may ask from a browser."""


class AuthSettings(Group):
    """Which bearer tokens are believed."""

    issuer: str = Field("examgraph", min_length=1)
    """What a token's `iss` must be."""
    audience: str = Field("examgraph", min_length=1)
    """What a token's `aud` must hold."""
    jwks_url: HttpUrl | None = None
    """Where the issuer publishes its keys (ES256, RS256)."""
    hs256_key: SecretStr | None = Field(None, min_length=HMAC_BYTES)
    """Shared key for HS256 tokens, at least 32 bytes."""


class Settings(BaseSettings):
    """The settings of one deployment."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    profile: Literal["sandbox", "production"] = "sandbox"
    """`production` refuses the sandbox's backends, credentials, keys and clock."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(8000, ge=0, le=65535)
    """Port to listen on."""
    workers: int = Field(1, ge=1, le=64)
    """Processes that answer."""
    data_dir: Path = Path("data")
    """Folder of the sandbox and of the stores kept as files."""
    clock: AwareDatetime | None = None
    """An instant at which the clock stands still, for tests."""
    request_seconds: float = Field(10.0, gt=0, le=300)
    """Seconds that one request may take."""
    drain_seconds: int = Field(10, ge=0, le=300)
    """Seconds that requests under way are given when the process is told to stop."""
    max_body_bytes: int = Field(1 << 20, ge=1)
    """Bytes of a request's body."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important line that is logged."""
    log_format: Literal["json", "text"] = "json"
    """One JSON object a line, or text for people."""
    graphql: GraphQLSettings = GraphQLSettings()
    auth: AuthSettings = AuthSettings()
    cambridge: CambridgeSettings = CambridgeSettings()
    eps: EpsSettings = EpsSettings()
    cams: BackendSettings = BackendSettings()
    interchange: BackendSettings = BackendSettings()
    ci_direct: BackendSettings = BackendSettings()
    libs: BackendSettings = BackendSettings()
    rm: RmSettings = RmSettings()
    population_register: PopulationRegisterSettings = PopulationRegisterSettings()
    mail: MailSettings = MailSettings()
    events: EventsSettings = EventsSettings()
    eksamen: EksamenSettings = EksamenSettings()
    viewer: ViewerSettings = ViewerSettings()
    stores: StoresSettings = StoresSettings()

    @property
    def is_sandbox(self) -> bool:
        return self.profile == "sandbox"

    @property
    def has_introspection(self) -> bool:
        return self.is_sandbox if self.graphql.introspection is None else self.graphql.introspection

    @property
    def has_playground(self) -> bool:
        return self.is_sandbox if self.graphql.playground is None else self.graphql.playground

    @property
    def number_series(self) -> frozenset[Series]:
        """The series of personal numbers that are accepted."""
        chosen = self.eksamen.number_series
        if chosen is not None:
            return frozenset(chosen)
        return ALL_SERIES if self.is_sandbox else REAL_SERIES

    def backends(self) -> dict[str, BackendSettings]:
        """Each SQL backend's settings, by its path in the configuration."""
        return {
            "eps.meps": self.eps.meps,
            "eps.oeps": self.eps.oeps,
            "cams": self.cams,
            "interchange": self.interchange,
            "ci_direct": self.ci_direct,
            "libs": self.libs,
        }

    @model_validator(mode="after")
    def _fit_for_production(self) -> "Settings":
        if self.is_sandbox:
            return self
        missing = [f"{path}.url" for path, backend in self.backends().items() if backend.url is None]
        rm = {"url": self.rm.url, "client_id": self.rm.client_id, "client_secret": self.rm.client_secret}
        missing += [f"rm.{name}" for name, value in rm.items() if not value]
        if self.population_register.url is None:
            missing.append("population_register.url")
        if self.auth.jwks_url is None and self.auth.hs256_key is None:
            missing.append("auth.jwks_url or auth.hs256_key")
        if self.stores.audit_key is None:
            missing.append("stores.audit_key")
        if missing:
            raise ValueError(f"the production profile needs {', '.join(missing)}")
        if self.clock is not None:
            raise ValueError("the production profile refuses a clock that stands still: remove `clock`")
        return self


def load_settings(config: Path | None = None, **given: Any) -> Settings:  # noqa: ANN401 values are checked by the model
    """The settings, with those `given` on the command line before all others. Raises ConfigurationProblem."""
    config = config or _path_from(CONFIG_VARIABLE)
    secrets = _path_from(SECRETS_VARIABLE)
    if config is not None and not config.is_file():
        raise ConfigurationProblem([f"{config}: there is no such configuration file"])
    if secrets is not None and not secrets.is_dir():
        raise ConfigurationProblem([f"{SECRETS_VARIABLE}: there is no such folder"])
    if unknown := list(_unknown_variables(os.environ)):
        raise ConfigurationProblem(unknown)

    class Loaded(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 no .env file: the environment is explicit
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            files = NestedSecretsSettingsSource(file_secret_settings, secrets_dir=secrets, secrets_prefix="")
            toml = TomlConfigSettingsSource(settings_cls, toml_file=config)
            return init_settings, env_settings, files, toml

    try:
        return Loaded(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise ConfigurationProblem([_line(problem) for problem in error.errors(include_input=False)]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationProblem([f"{config}: is not TOML: {error}"]) from None
    except (SettingsError, ValueError, OSError) as error:  # a variable that is not JSON, a file that cannot be read
        raise ConfigurationProblem([str(error).splitlines()[0]]) from None


def pass_on(config: Path | None, settings: Settings) -> None:
    """Put what the command line said into the environment, where worker processes find it."""
    if config is not None:
        os.environ[CONFIG_VARIABLE] = str(config.resolve())
    os.environ[f"{PREFIX}DATA_DIR"] = str(settings.data_dir.resolve())
    os.environ[f"{PREFIX}HOST"] = settings.host
    os.environ[f"{PREFIX}PORT"] = str(settings.port)
    os.environ[f"{PREFIX}WORKERS"] = str(settings.workers)
    if settings.rm.url is not None and settings.rm.client_secret is not None:
        os.environ[f"{PREFIX}RM__URL"] = str(settings.rm.url)
        os.environ[f"{PREFIX}RM__CLIENT_ID"] = settings.rm.client_id
        os.environ[f"{PREFIX}RM__CLIENT_SECRET"] = settings.rm.client_secret.get_secret_value()
    register = settings.population_register
    if register.url is not None and register.token is not None:
        os.environ[f"{PREFIX}POPULATION_REGISTER__URL"] = str(register.url)
        os.environ[f"{PREFIX}POPULATION_REGISTER__TOKEN"] = register.token.get_secret_value()


def share_metrics(folder: Path) -> None:
    """Have worker processes count together, in files of `folder`. Before anything that counts is imported."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def shared_metrics() -> Path | None:
    """The folder in which worker processes count together; None for a single process."""
    return _path_from("PROMETHEUS_MULTIPROC_DIR")


def _path_from(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None


def _unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    """pydantic-settings passes over a variable that is no setting: a misspelt one would silently change nothing."""
    known = {CONFIG_VARIABLE, SECRETS_VARIABLE, *_variables(Settings, PREFIX)}
    for name in sorted(environment):
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper in known:
            continue
        if any(upper.startswith(f"{open_ended}__") for open_ended in OPEN_ENDED):
            continue
        near = difflib.get_close_matches(upper, known, n=1)
        yield f"{name}: there is no such setting" + (f"; did you mean {near[0]}?" if near else "")


# Settings whose members' names are the operator's own.
OPEN_ENDED = tuple(
    f"{PREFIX}{name}" for name in ("CAMBRIDGE__CLIENTS", "EKSAMEN__TOKENS", "VIEWER__API_KEYS", "VIEWER__KEYS")
)


def _variables(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, info in model.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        yield variable
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _variables(info.annotation, f"{variable}__")


def _line(problem: Any) -> str:  # noqa: ANN401 pydantic's own dict of an error
    where = ".".join(str(part) for part in problem["loc"]) or "settings"
    if problem["type"] == "extra_forbidden":
        return f"{where}: there is no such setting{_nearest(problem['loc'])}"
    return f"{where}: {problem['msg'].removeprefix('Value error, ')}"


def _nearest(location: tuple[int | str, ...]) -> str:
    model: type[BaseModel] = Settings
    for part in location[:-1]:
        info = model.model_fields.get(str(part))
        if info is None or not (isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)):
            return ""
        model = info.annotation
    near = difflib.get_close_matches(str(location[-1]), model.model_fields, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def legacy_routes(settings: Settings) -> "RouteTable":
    """The old routes where these settings have them. Raises ConfigurationProblem."""
    from rest_compat.routes import PathTaken, route_table  # heavy, and not needed to read settings

    try:
        return route_table(settings.eksamen.plan_of_both_levels)
    except PathTaken as taken:
        raise ConfigurationProblem([f"eksamen.plan_of_both_levels: {taken}"]) from None
