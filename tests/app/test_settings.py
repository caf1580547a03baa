"""Settings: where they come from, in which order, and what is said of those that cannot be used."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.settings import ConfigurationProblem, Settings, load_settings
from app.wiring import make_sources
from datasources.exam_store.store import Offer

HASH = "sha256:" + "0" * 32 + ":" + "0" * 64
SECRET = "hunter2"

Load = Callable[..., Settings]


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """The settings of a TOML file, of files in a secrets folder and of the environment; nobody's own besides."""
    config, secrets = tmp_path / "examgraph.toml", tmp_path / "secrets"
    secrets.mkdir()
    for name in [name for name in os.environ if name.startswith("EXAMGRAPH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("EXAMGRAPH_CONFIG", str(config))
    monkeypatch.setenv("EXAMGRAPH_SECRETS_DIR", str(secrets))

    def load(*, toml: str = "", files: Mapping[str, str] | None = None, **environment: str) -> Settings:
        config.write_text(toml)
        for name, content in (files or {}).items():
            (secrets / name).write_text(content)
        with monkeypatch.context() as during:
            for name, value in environment.items():
                during.setenv(f"EXAMGRAPH_{name}", value)
            return load_settings()

    return load


def problems(loaded: Load, **given: Any) -> list[str]:
    with pytest.raises(ConfigurationProblem) as raised:
        loaded(**given)
    assert SECRET not in "".join(raised.value.lines)
    return raised.value.lines


def url_of(backend: Any) -> str:
    return str(backend.url.get_secret_value())


def test_the_environment_outranks_secret_files_which_outrank_the_toml_file(loaded: Load) -> None:
    toml = """
        port = 1
        [eps.meps]
        url = "sqlite:///toml"
        in_flight = 3
        [eps.oeps]
        url = "sqlite:///toml"
        [cams]
        url = "sqlite:///toml"
    """
    files = {"eps__meps__url": "sqlite:///file\n", "eps__oeps__url": "sqlite:///file"}
    settings = loaded(toml=toml, files=files, EPS__MEPS__URL="sqlite:///environment")
    assert (settings.port, settings.eps.meps.in_flight) == (1, 3)
    assert [url_of(backend).partition(":///")[2] for backend in list(settings.backends().values())[:3]] == [
        "environment",
        "file",
        "toml",
    ]
    assert loaded(toml=toml, PORT="2").port == 2
    assert load_settings(port=3).port == 3


def test_a_file_on_the_command_line_outranks_one_in_the_environment(loaded: Load, tmp_path: Path) -> None:
    assert loaded(toml="port = 7").port == 7
    other = tmp_path / "other.toml"
    other.write_text("port = 8")
    assert load_settings(other).port == 8


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///x", "sqlite+aiosqlite:///x"),
        ("postgresql://u:p@h/n", "postgresql+asyncpg://u:p@h/n"),
        ("postgres://u:p@h/n", "postgresql+asyncpg://u:p@h/n"),
    ],
)
def test_a_database_url_is_written_plainly(loaded: Load, given: str, driver: str) -> None:
    assert url_of(loaded(CAMS__URL=given).cams) == driver


def test_a_setting_that_is_unset_stands_for_the_profile(loaded: Load) -> None:
    sandbox = loaded()
    assert (sandbox.profile, sandbox.has_introspection, sandbox.has_playground) == ("sandbox", True, True)
    production = loaded(**PRODUCTION)
    assert (production.has_introspection, production.has_playground) == (False, False)
    asked_for = {"GRAPHQL__INTROSPECTION": "true", "GRAPHQL__PLAYGROUND": "true"}
    opened = loaded(**PRODUCTION, **asked_for)
    assert (opened.has_introspection, opened.has_playground) == (True, True)


def test_clients_are_named_as_the_operator_likes(loaded: Load) -> None:
    one = loaded(CAMBRIDGE__CLIENTS__portal=HASH)
    assert one.cambridge.clients == {"portal": HASH}
    several = loaded(toml=f'[cambridge.clients]\n"The Portal" = "{HASH}"\n')
    assert several.cambridge.clients["The Portal"] == HASH


A_KEY = "auth.jwks_url or auth.hs256_key"
AN_AUDIT_KEY = "stores.audit_key"
AN_RM = "rm.url, rm.client_id, rm.client_secret, population_register.url"
PRODUCTION = {
    "PROFILE": "production",
    "EPS__MEPS__URL": "sqlite:///meps",
    "EPS__OEPS__URL": "sqlite:///oeps",
    "CAMS__URL": "sqlite:///cams",
    "INTERCHANGE__URL": "sqlite:///interchange",
    "CI_DIRECT__URL": "sqlite:///ci_direct",
    "LIBS__URL": "sqlite:///libs",
    "RM__URL": "https://rm.example/api",
    "RM__CLIENT_ID": "examgraph",
    "RM__CLIENT_SECRET": "known to RM",
    "POPULATION_REGISTER__URL": "https://register.example/api",
    "POPULATION_REGISTER__TOKEN": "known to it",
    "AUTH__HS256_KEY": "x" * 32,
    "STORES__AUDIT_KEY": "y" * 32,
}


def test_production_needs_every_backend_and_a_key(loaded: Load) -> None:
    assert problems(loaded, PROFILE="production") == [
        (
            "settings: the production profile needs eps.meps.url, eps.oeps.url, cams.url,"
            f" interchange.url, ci_direct.url, libs.url, {AN_RM}, {A_KEY}, {AN_AUDIT_KEY}"
        )
    ]
    assert problems(loaded, PROFILE="production", AUTH__JWKS_URL="https://x/", CAMS__URL="sqlite:///c") == [
        (
            "settings: the production profile needs eps.meps.url, eps.oeps.url,"
            f" interchange.url, ci_direct.url, libs.url, {AN_RM}, {AN_AUDIT_KEY}"
        )
    ]


@pytest.mark.parametrize("missing", ["RM__CLIENT_ID", "RM__CLIENT_SECRET"])
def test_an_rm_is_asked_by_somebody(loaded: Load, missing: str) -> None:
    rm = {name: value for name, value in PRODUCTION.items() if name.startswith("RM__") and name != missing}
    assert problems(loaded, **rm) == ["rm: a url needs client_id and client_secret beside it"]


def test_a_register_knows_us_by_a_token_and_mail_comes_from_somebody(loaded: Load) -> None:
    assert problems(loaded, POPULATION_REGISTER__URL="https://register.example") == [
        "population_register: a url needs a token beside it"
    ]
    assert problems(loaded, MAIL__HOST="mail.example") == ["mail: a host needs the address of a sender beside it"]
    mail = {"MAIL__HOST": "mail.example", "MAIL__SENDER": "exams@example.org", "MAIL__USER": "u", "MAIL__TLS": "none"}
    assert problems(loaded, **mail) == [
        "mail: a password is not sent to a server that anybody can listen to: choose tls or starttls"
    ]
    assert loaded(**{**mail, "MAIL__TLS": "tls"}).mail.port == 587


def test_production_accepts_real_numbers_alone_and_tells_nobody_who_examines(loaded: Load) -> None:
    offer = make_sources(loaded(**PRODUCTION)).exams.offer
    assert offer == Offer(series=frozenset({"ordinary", "D"}), follows_2032=False, tells_examiners=False)
    chosen = {"EKSAMEN__NUMBER_SERIES": '["H"]', "EKSAMEN__OFFERS_EXAMINER_ASSIGNMENTS": "true"}
    offer = make_sources(loaded(**PRODUCTION, **chosen, EKSAMEN__NUMBERS_FOLLOW_2032="true")).exams.offer
    assert offer == Offer(series=frozenset({"H"}), follows_2032=True, tells_examiners=True)


def test_production_refuses_a_clock_that_stands_still(loaded: Load) -> None:
    assert loaded(CLOCK="2026-06-01T09:00:00Z").clock is not None
    assert problems(loaded, **PRODUCTION, CLOCK="2026-06-01T09:00:00Z") == [
        "settings: the production profile refuses a clock that stands still: remove `clock`"
    ]


MISSPELT: dict[str, tuple[dict[str, Any], list[str]]] = {
    "in TOML": ({"toml": "prot = 1"}, ["prot: there is no such setting; did you mean port?"]),
    "a group in TOML": (
        {"toml": "[grapql]\nmax_depth = 1"},
        ["grapql: there is no such setting; did you mean graphql?"],
    ),
    "in a group in TOML": (
        {"toml": f'[eps.meps]\nulr = "postgresql://u:{SECRET}@h/n"'},
        ["eps.meps.ulr: there is no such setting; did you mean url?"],
    ),
    "like nothing there is": ({"toml": "zzzzzz = 1"}, ["zzzzzz: there is no such setting"]),
    "in the environment": (
        {"PORTT": SECRET},
        ["EXAMGRAPH_PORTT: there is no such setting; did you mean EXAMGRAPH_PORT?"],
    ),
    "in a group in the environment": (
        {"EPS__MEPS__ULR": SECRET},
        ["EXAMGRAPH_EPS__MEPS__ULR: there is no such setting; did you mean EXAMGRAPH_EPS__MEPS__URL?"],
    ),
    "two in the environment": (
        {"PORTT": "1", "HOSTT": "1"},
        [
            "EXAMGRAPH_HOSTT: there is no such setting; did you mean EXAMGRAPH_HOST?",
            "EXAMGRAPH_PORTT: there is no such setting; did you mean EXAMGRAPH_PORT?",
        ],
    ),
    "a secret file": (
        {"files": {"auth__hs256_kee": SECRET}},
        ["auth.hs256_kee: there is no such setting; did you mean hs256_key?"],
    ),
}


@pytest.mark.parametrize(("given", "told"), MISSPELT.values(), ids=MISSPELT.keys())
def test_a_name_that_is_misspelt_is_told_with_the_one_it_resembles(
    loaded: Load, given: dict[str, Any], told: list[str]
) -> None:
    assert problems(loaded, **given) == told


NO_DATABASE = "eps.meps.url: must begin with one of sqlite://, postgresql://, postgres://, oracle://, mssql://"

UNUSABLE: dict[str, tuple[dict[str, Any], str]] = {
    "another database": ({"EPS__MEPS__URL": f"mysql://u:{SECRET}@h/n"}, NO_DATABASE),
    "no URL": (
        {"EPS__MEPS__URL": SECRET},
        "eps.meps.url: must be a database URL such as postgresql://user:password@host/name",
    ),
    "a URL with a port that is none": (
        {"EPS__MEPS__URL": f"postgresql://u:{SECRET}@h:port/n"},
        "eps.meps.url: must be a database URL such as postgresql://user:password@host/name",
    ),
    "a driver that is not installed": (
        {"EPS__MEPS__URL": f"mssql://u:{SECRET}@h/n"},
        "eps.meps.url: needs the driver aioodbc, which is not installed: pip install 'examgraph[sqlserver]'",
    ),
    "a URL in a secret file": ({"files": {"eps__meps__url": f"mysql://u:{SECRET}@h/n"}}, NO_DATABASE),
    "a URL in TOML": ({"toml": f'[eps.meps]\nurl = "mysql://u:{SECRET}@h/n"'}, NO_DATABASE),
    "a URL in JSON": ({"EPS": f'{{"meps": {{"url": "mysql://u:{SECRET}@h/n"}}}}'}, NO_DATABASE),
    "a short key": (
        {"AUTH__HS256_KEY": SECRET},
        "auth.hs256_key: Value should have at least 32 items after validation, not 7",
    ),
    "a client's secret that is not hashed": (
        {"CAMBRIDGE__CLIENTS__portal": SECRET},
        "cambridge.clients.portal: String should match pattern '^sha256:[0-9a-f]{32}:[0-9a-f]{64}$'",
    ),
    "an address of keys that is none": (
        {"AUTH__JWKS_URL": SECRET},
        "auth.jwks_url: Input should be a valid URL, relative URL without a base",
    ),
    "JSON that is none": (
        {"CAMBRIDGE__CLIENTS": f'{{"portal": {SECRET}'},
        'error parsing value for field "cambridge" from source "EnvSettingsSource"',
    ),
    "a port": ({"PORT": "65536"}, "port: Input should be less than or equal to 65535"),
    "a word for a number": (
        {"PORT": SECRET},
        "port: Input should be a valid integer, unable to parse string as an integer",
    ),
    "no workers": ({"WORKERS": "0"}, "workers: Input should be greater than or equal to 1"),
    "a profile": ({"PROFILE": SECRET}, "profile: Input should be 'sandbox' or 'production'"),
    "a clock without a zone": ({"CLOCK": "2026-06-01T09:00:00"}, "clock: Input should have timezone info"),
    "a deadline": ({"CAMS__DEADLINE_SECONDS": "0"}, "cams.deadline_seconds: Input should be greater than 0"),
    "two streams with one code": (
        {
            "toml": "[[eps.streams]]\ncode = '01'\nname = 'a'\nserver = 'MEPS'\n"
            "[[eps.streams]]\ncode = '01'\nname = 'b'\nserver = 'OEPS'"
        },
        "eps: each business stream needs a code of its own",
    ),
    "a stream on a server that there is not": (
        {
            "toml": "[[eps.streams]]\ncode = '01'\nname = 'a'\nserver = 'MEPS'\n"
            "[[eps.streams]]\ncode = '02'\nname = 'b'\nserver = 'XEPS'"
        },
        "eps.streams.1.server: Input should be 'MEPS' or 'OEPS'",
    ),
}


@pytest.mark.parametrize(("given", "told"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_value_that_cannot_be_used_is_told_without_itself(loaded: Load, given: dict[str, Any], told: str) -> None:
    assert problems(loaded, **given) == [told]


def test_a_file_that_is_not_toml_is_named(loaded: Load) -> None:
    [told] = problems(loaded, toml=f"port = {SECRET}")
    assert told.endswith(".toml: is not TOML: Invalid value (at line 1, column 8)")


def test_every_problem_is_told_at_once(loaded: Load) -> None:
    assert problems(loaded, toml="prot = 1\nport = -1", WORKERS="0") == [
        "port: Input should be greater than or equal to 0",
        "workers: Input should be greater than or equal to 1",
        "prot: there is no such setting; did you mean port?",
    ]


def test_files_that_are_not_there_are_told(loaded: Load, tmp_path: Path) -> None:
    loaded()
    with pytest.raises(ConfigurationProblem) as raised:
        load_settings(tmp_path / "nowhere.toml")
    assert raised.value.lines == [f"{tmp_path}/nowhere.toml: there is no such configuration file"]
    (tmp_path / "secrets").rmdir()
    assert problems(loaded) == ["EXAMGRAPH_SECRETS_DIR: there is no such folder"]


def test_secrets_are_not_shown_by_settings_that_are_printed(loaded: Load) -> None:
    settings = loaded(CAMS__URL=f"postgresql://u:{SECRET}@h/n", AUTH__HS256_KEY=f"{SECRET}{'x' * 32}")
    assert SECRET not in f"{settings} {settings!r}"
    assert SECRET not in settings.model_dump_json()
