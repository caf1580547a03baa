"""The command line: what it prints, where, and with which status it ends."""

import json
import re
import shutil
import socket
import sqlite3
import stat
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from support.server import Server, examgraph, free_port, running_server

from resolvers.access import SCOPES
from schema.root import SCHEMA

SECRET = "hunter2"
BACKENDS = (
    "MEPS",
    "OEPS",
    "CAMS",
    "Interchange",
    "CI Direct",
    "LIBS",
    "EVENTS",
    "SCRIPTS",
    "EXAMS",
    "AUDIT",
    "LEARNING",
    "RM",
    "population register",
)
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
QUERY = """{
    session(businessStream: "02", sessionId: "14244") { name }
    vocationalSessions(qualificationGroup: "Cambridge Nationals") { period }
}"""
# Those that the service migrates, in their order.
STORES = ("EVENTS", "SCRIPTS", "EXAMS", "AUDIT", "LEARNING")


def refused(*arguments: str, **settings: str) -> str:
    """What a command says that ends with status 2 and prints nothing."""
    ended = examgraph(*arguments, **settings)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr
    return ended.stderr


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token.strip(), options={"verify_signature": False})


def contents(folder: Path) -> dict[str, list[str]]:
    """Everything that a sandbox's databases hold."""
    found = {}
    for file in sorted(folder.glob("sandbox/*.sqlite")):
        connection = sqlite3.connect(file)
        found[file.name] = list(connection.iterdump())
        connection.close()
    return found


def test_a_port_that_is_taken_is_told_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        started = time.monotonic()
        told = refused("serve", "--port", str(port), "--data-dir", str(tmp_path / "data"))
        assert time.monotonic() - started < 10
    assert told == f"configuration: 127.0.0.1:{port}: cannot listen here (Address already in use)\n"
    assert not (tmp_path / "data").exists()


def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    told = refused("serve", "--host", "nowhere.invalid", "--data-dir", str(tmp_path))
    assert re.fullmatch(r"configuration: nowhere\.invalid:8000: cannot listen here \(.+\)\n", told)


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["sandbox"], ["token"]], ids=lambda command: command[0])
def test_a_data_folder_that_cannot_be_written_is_told(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    started = time.monotonic()
    told = refused(*command, "--data-dir", str(folder))
    assert time.monotonic() - started < 10
    assert told.splitlines()[-1] == f"configuration: {folder}: cannot be written (Not a directory)"


@pytest.mark.parametrize("command", ["check", "credentials"])
def test_a_data_folder_without_a_sandbox_is_told(tmp_path: Path, command: str) -> None:
    told = refused(command, "--data-dir", str(tmp_path / "data"))
    assert told == (
        f"configuration: {tmp_path}/data: no sandbox here yet; run `examgraph serve` or `examgraph sandbox` first\n"
    )
    assert not (tmp_path / "data").exists()


def test_a_configuration_that_cannot_be_used_is_told_a_line_each(tmp_path: Path) -> None:
    config = tmp_path / "examgraph.toml"
    config.write_text(f'prot = 1\n[eps.meps]\nulr = "postgresql://u:{SECRET}@h/n"\nin_flight = 0\n')
    told = refused("serve", "--config", str(config))
    assert told.splitlines() == [
        "configuration: eps.meps.in_flight: Input should be greater than or equal to 1",
        "configuration: eps.meps.ulr: there is no such setting; did you mean url?",
        "configuration: prot: there is no such setting; did you mean port?",
    ]


def test_production_starts_with_what_it_needs_only(filled_data_dir: Path, tmp_path: Path) -> None:
    assert refused("serve", PROFILE="production") == (
        "configuration: settings: the production profile needs eps.meps.url, eps.oeps.url, cams.url,"
        " interchange.url, ci_direct.url, libs.url, rm.url, rm.client_id, rm.client_secret,"
        " population_register.url, auth.jwks_url or auth.hs256_key, stores.audit_key\n"
    )
    assert refused("serve", "--port", str(free_port()), "--data-dir", str(filled_data_dir), **PRODUCTION) == (
        f"configuration: {filled_data_dir} holds a sandbox's credentials:"
        " the production profile needs another data_dir\n"
    )


@pytest.mark.parametrize("command", ["token", "credentials", "sandbox"])
def test_production_has_nothing_of_the_sandbox(filled_data_dir: Path, command: str) -> None:
    before = contents(filled_data_dir)
    assert refused(command, "--data-dir", str(filled_data_dir), **PRODUCTION) == (
        "configuration: the production profile has no sandbox, no development keys and no credentials file\n"
    )
    assert contents(filled_data_dir) == before


def test_check_finds_nothing_wrong_with_a_sandbox(filled_data_dir: Path) -> None:
    ended = examgraph("check", "--data-dir", str(filled_data_dir))
    assert (ended.returncode, ended.stdout) == (0, "".join(f"ok       {name}\n" for name in BACKENDS))


def test_check_names_what_is_missing(data_dir: Path) -> None:
    for file, statement in (
        ("meps", "ALTER TABLE eps_session RENAME COLUMN session_year TO year"),
        ("meps", "ALTER TABLE eps_session RENAME COLUMN end_date TO ends"),
        ("oeps", "DROP TABLE eps_session_assessment"),
        ("interchange", "ALTER TABLE enquire_service_dates RENAME COLUMN enquiries_open_date TO opens"),
        ("ci_direct", "DROP TABLE centrewiseembargoinfo"),
        ("libs", "ALTER TABLE libs_question_paper RENAME COLUMN barcode TO code"),
    ):
        connection = sqlite3.connect(data_dir / "sandbox" / f"{file}.sqlite")
        connection.execute(statement)
        connection.commit()
        connection.close()
    ended = examgraph("check", "--data-dir", str(data_dir))
    assert ended.returncode == 1
    assert ended.stdout.splitlines() == [
        "problem  MEPS",
        "         eps_session.session_year is missing",
        "         eps_session.end_date is missing",
        "problem  OEPS",
        "         eps_session_assessment is missing",
        "ok       CAMS",
        "problem  Interchange",
        "         enquire_service_dates.enquiries_open_date is missing",
        "problem  CI Direct",
        "         dbo.CentreWiseEmbargoInfo is missing",
        "problem  LIBS",
        "         libs_question_paper.barcode is missing",
        "ok       EVENTS",
        "ok       SCRIPTS",
        "ok       EXAMS",
        "ok       AUDIT",
        "ok       LEARNING",
        "ok       RM",
        "ok       population register",
    ]


def test_check_tells_what_cannot_be_reached(data_dir: Path) -> None:
    (data_dir / "sandbox" / "cams.sqlite").write_bytes(b"noise" * 1000)
    ended = examgraph("check", "--data-dir", str(data_dir), EPS__MEPS__URL=unreachable())
    assert ended.returncode == 1
    found = [line for line in ended.stdout.splitlines() if line.startswith(("ok", "problem", " "))]
    assert found == [
        "problem  MEPS",
        "         MEPS cannot be reached",
        "ok       OEPS",
        "problem  CAMS",
        "         CAMS cannot be reached",
        "ok       Interchange",
        "ok       CI Direct",
        "ok       LIBS",
        "ok       EVENTS",
        "ok       SCRIPTS",
        "ok       EXAMS",
        "ok       AUDIT",
        "ok       LEARNING",
        "ok       RM",
        "ok       population register",
    ]
    assert SECRET not in ended.stdout + ended.stderr


def test_check_prints_its_findings_alone(data_dir: Path) -> None:
    ended = examgraph("check", "--data-dir", str(data_dir), EPS__MEPS__URL=unreachable())
    others = "".join(f"ok       {name}\n" for name in BACKENDS[1:])
    assert ended.stdout == f"problem  MEPS\n         MEPS cannot be reached\n{others}"


def unreachable() -> str:
    return f"postgresql://u:{SECRET}@127.0.0.1:{free_port()}/n"


def test_serves_with_a_backend_that_cannot_be_reached(data_dir: Path) -> None:
    with running_server(data_dir, EPS__MEPS__URL=unreachable()) as server:
        answer = server.graphql(QUERY)
        assert answer.elapsed.total_seconds() < 3
        assert (answer.status_code, answer.json()) == (
            200,
            {
                "errors": [
                    {
                        "message": "MEPS cannot be reached",
                        "locations": [{"line": 2, "column": 5}],
                        "path": ["session"],
                        "extensions": {"code": "BACKEND_UNAVAILABLE", "backend": "MEPS"},
                    }
                ],
                "data": {"session": None, "vocationalSessions": answer.json()["data"]["vocationalSessions"]},
            },
        )
        assert answer.json()["data"]["vocationalSessions"]
        assert server.get("/v1/businessStreams/02/sessions/14244").status_code == 503
        assert SECRET not in server.log


def test_schema_prints_the_snapshot() -> None:
    ended = examgraph("schema")
    assert ended.returncode == 0
    assert ended.stdout == f"{SCHEMA.as_str()}\n"
    snapshot = Path(__file__).parents[2] / "schema" / "schema.graphql"
    assert ended.stdout == snapshot.read_text("utf-8")


def test_a_token_holds_what_is_asked_for(filled_data_dir: Path) -> None:
    asked = ["--scope", "sessions:read results:read", "--scope", "learning:self", "--learner", "42"]
    organisations = ["--organisation", "912345678", "--organisation", "*"]
    ended = examgraph("token", "--data-dir", str(filled_data_dir), *asked, *organisations, "--lifetime", "60")
    claims = claims_of(ended.stdout)
    assert claims.pop("exp") - claims["iat"] == 60
    assert abs(claims.pop("iat") - time.time()) < 30
    assert claims == {
        "iss": "examgraph",
        "aud": "examgraph",
        "sub": "developer",
        "scope": "sessions:read results:read learning:self",
        "organisations": ["912345678", "*"],
        "learner": "42",
    }
    header = jwt.get_unverified_header(ended.stdout.strip())
    assert header["alg"] == "ES256"


def test_a_token_holds_every_scope_unless_told_otherwise(filled_data_dir: Path) -> None:
    claims = claims_of(examgraph("token", "--data-dir", str(filled_data_dir)).stdout)
    assert (claims["scope"], claims["organisations"], "learner" in claims) == (" ".join(SCOPES), [], False)


def test_a_scope_that_is_misspelt_is_told_with_the_one_it_resembles(filled_data_dir: Path) -> None:
    told = refused("token", "--data-dir", str(filled_data_dir), "--scope", "session:read", "--scope", "audit:reed")
    assert told.splitlines() == [
        "configuration: --scope session:read: there is no such scope; did you mean sessions:read?",
        "configuration: --scope audit:reed: there is no such scope; did you mean audit:read?",
    ]


def test_a_token_that_is_printed_is_believed(server: Server) -> None:
    made = examgraph("token", "--data-dir", str(server.data_dir), "--scope", "results:read").stdout.strip()
    answer = server.graphql(QUERY, authorization=f"Bearer {made}")
    assert answer.status_code == 403
    made = examgraph("token", "--data-dir", str(server.data_dir), "--scope", "sessions:read").stdout.strip()
    assert "errors" not in server.graphql(QUERY, authorization=f"Bearer {made}").json()


def test_credentials_are_for_every_surface_and_for_nobody_else(data_dir: Path) -> None:
    found = json.loads(examgraph("credentials", "--json", "--data-dir", str(data_dir)).stdout)
    assert {surface: list(members) for surface, members in found.items()} == {
        "graphql": ["token"],
        "cambridge": ["client_id", "client_secret"],
        "eksamen": ["token", "organisations"],
        "events": ["token"],
        "viewer": ["authorization", "user_token", "user_id"],
    }
    assert found["eksamen"]["organisations"] == claims_of(found["graphql"]["token"])["organisations"] == ["*"]
    assert claims_of(found["graphql"]["token"])["scope"] == " ".join(SCOPES)
    again = json.loads(examgraph("credentials", "--json", "--data-dir", str(data_dir)).stdout)
    assert (again["cambridge"], again["eksamen"]) == (found["cambridge"], found["eksamen"])
    for name in ("credentials.json", "development_key.pem", "events_key", "eksamen_token"):
        assert stat.S_IMODE((data_dir / "sandbox" / name).stat().st_mode) == 0o600


def test_credentials_are_printed_for_people_too(data_dir: Path) -> None:
    printed = examgraph("credentials", "--data-dir", str(data_dir)).stdout
    client = json.loads((data_dir / "sandbox" / "credentials.json").read_text())["cambridge"]
    assert f"cambridge\n  client_id: {client['client_id']}\n  client_secret: {client['client_secret']}\n" in printed


def test_a_secret_is_hashed_with_salt() -> None:
    first, second = (examgraph("hash-secret", stdin=f"{SECRET}\n").stdout for _ in range(2))
    assert first != second
    assert re.fullmatch(r"sha256:[0-9a-f]{32}:[0-9a-f]{64}\n", first)


def test_no_secret_cannot_be_hashed() -> None:
    assert refused("hash-secret") == "no secret: give it on standard input\n"


def test_a_client_is_configured_beside_a_sandbox_that_is_left_as_it_is(data_dir: Path) -> None:
    hashed = examgraph("hash-secret", stdin="a secret of its own\r\n").stdout.strip()
    before = {file: file.stat().st_mtime_ns for file in (data_dir / "sandbox").iterdir()}
    with running_server(data_dir, CAMBRIDGE__CLIENTS__portal=hashed) as server:
        path = "/v1/businessStreams/02/sessions/14244"
        assert server.get(path, client_id="portal", client_secret="a secret of its own").status_code == 200
        assert server.get(path, client_id="portal", client_secret="another").status_code == 401
        assert server.get(path, client_id="portal", client_secret=hashed).status_code == 401
        assert server.get(path).status_code == 200  # the sandbox's own client, beside it
        assert "Filling the sandbox" not in server.log
    assert {file: file.stat().st_mtime_ns for file in before} == before


@pytest.mark.slow
def test_the_same_seed_makes_the_same_sandbox(tmp_path: Path) -> None:
    made = {}
    for name, seed in (("one", "3"), ("two", "3"), ("other", "4")):
        ended = examgraph("sandbox", "--candidates", "10", "--seed", seed, "--data-dir", str(tmp_path / name))
        assert (ended.returncode, ended.stdout) == (0, "")
        assert ended.stderr.splitlines()[-1].startswith(f"{tmp_path}/{name}: 10 candidates from seed {seed}, in ")
        made[name] = contents(tmp_path / name)
    assert list(made["one"]) == [
        "cams.sqlite",
        "ci_direct.sqlite",
        "interchange.sqlite",
        "libs.sqlite",
        "meps.sqlite",
        "oeps.sqlite",
    ]
    assert made["one"] == made["two"]
    assert made["one"]["meps.sqlite"] != made["other"]["meps.sqlite"]


def test_filling_anew_keeps_the_credentials(data_dir: Path) -> None:
    kept = [(data_dir / "sandbox" / name).read_bytes() for name in ("credentials.json", "development_key.pem")]
    assert examgraph("sandbox", "--candidates", "0", "--data-dir", str(data_dir)).returncode == 0
    assert [(data_dir / "sandbox" / name).read_bytes() for name in ("credentials.json", "development_key.pem")] == kept
    manifest = json.loads((data_dir / "sandbox" / "manifest.json").read_text())
    assert (manifest["candidates"], manifest["seed"]) == (0, 1)


@pytest.mark.parametrize("damage", ["a manifest that cannot be read", "a missing file"])
def test_a_sandbox_that_is_not_whole_is_filled_anew_at_the_start(data_dir: Path, damage: str) -> None:
    whole = contents(data_dir)
    manifest = data_dir / "sandbox" / "manifest.json"
    if damage == "a manifest that cannot be read":
        manifest.write_text("{")
        (data_dir / "sandbox" / "meps.sqlite").write_bytes(b"")
    else:
        (data_dir / "sandbox" / "cams.sqlite").unlink()
    with running_server(data_dir) as server:
        assert "Filling the sandbox" in server.log
        assert "errors" not in server.graphql(QUERY).json()
    assert contents(data_dir) == whole


def test_credentials_that_cannot_be_read_are_told(data_dir: Path) -> None:
    file = data_dir / "sandbox" / "credentials.json"
    file.write_text("{")
    for command in (["serve", "--port", "0"], ["credentials"]):
        told = refused(*command, "--data-dir", str(data_dir))
        assert told == f"configuration: {file}: cannot be read; delete it to have a new one\n"


DAMAGED = {
    "an empty key": ("development_key.pem", ""),
    "credentials without a client": ("credentials.json", "{}"),
}


@pytest.mark.parametrize(("name", "content"), DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_of_the_sandbox_is_told(data_dir: Path, name: str, content: str) -> None:
    (data_dir / "sandbox" / name).write_text(content)
    told = refused("serve", "--port", "0", "--data-dir", str(data_dir))
    assert str(data_dir / "sandbox" / name) in told


def test_check_tells_of_a_store_that_is_not_migrated_and_migrate_mends_it(data_dir: Path) -> None:
    shutil.rmtree(data_dir / "stores")
    ended = examgraph("check", "--data-dir", str(data_dir))
    assert ended.returncode == 1
    told = "         {} cannot be reached: its file is not there yet: run `examgraph migrate`"
    lines = [line for name in STORES for line in (f"problem  {name}", told.format(name))]
    assert [line for line in ended.stdout.splitlines() if not line.startswith("ok")] == lines
    store = sqlite3.connect(_made(data_dir / "stores") / "events.sqlite")
    store.close()
    ended = examgraph("check", "--data-dir", str(data_dir))
    assert "         migration 0001_events is pending: run `examgraph migrate`" in ended.stdout.splitlines()
    done = examgraph("migrate", "--data-dir", str(data_dir))
    assert (done.returncode, done.stderr) == (
        0, "".join(f"migrated {name} 0001_{name.lower()}\n" for name in STORES),
    )  # fmt: skip
    again = examgraph("migrate", "--data-dir", str(data_dir))
    assert (again.returncode, again.stdout) == (0, "nothing to do: every store is of this version\n")
    assert examgraph("check", "--data-dir", str(data_dir)).returncode == 0


def test_a_store_that_cannot_be_migrated_keeps_the_service_from_starting(data_dir: Path) -> None:
    ended = examgraph("serve", "--data-dir", str(data_dir), STORES__EVENTS__URL=unreachable(), PORT=str(free_port()))
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == "configuration: EVENTS cannot be reached; it cannot be migrated"
    assert SECRET not in ended.stdout + ended.stderr


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
