"""The sandbox's files in the data folder: its databases, its credentials, its development key."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from app.auth import PyJWK, development_key, hashed_secret, make_development_key
from app.settings import ConfigurationProblem
from app.viewer_tokens import ViewerKeys
from datasources.sandbox.fill import Manifest, Progress, file_name, fill
from datasources.sandbox.learning import LEARNER

CLIENT_ID = "examgraph-sandbox"


@dataclass(frozen=True, slots=True)
class SandboxFiles:
    """Where the sandbox keeps what it made. Nothing here exists in the production profile."""

    data_dir: Path

    @property
    def folder(self) -> Path:
        return self.data_dir / "sandbox"

    @property
    def development_key(self) -> Path:
        return self.folder / "development_key.pem"

    @property
    def credentials(self) -> Path:
        return self.folder / "credentials.json"

    @property
    def events_key(self) -> Path:
        return self.folder / "events_key"

    @property
    def eksamen_token(self) -> Path:
        return self.folder / "eksamen_token"

    def read_eksamen_token(self) -> str:
        """The exam API's token, for all schools. Raises ConfigurationProblem when the file holds none."""
        return _read_secret(self.eksamen_token, "token")

    @property
    def audit_key(self) -> Path:
        return self.folder / "audit_key"

    def read_audit_key(self) -> str | None:
        """The key of the audit records' digests; None before `prepare` made it. Raises ConfigurationProblem."""
        return _read_secret(self.audit_key, "key") if self.audit_key.exists() else None

    def read_events_key(self) -> str:
        """The key of the old Events API's tokens. Raises ConfigurationProblem when the file holds none."""
        return _read_secret(self.events_key, "key")

    def viewer_keys(self) -> ViewerKeys:
        """What the sandbox's learners are known by: the development key, and the key in its credentials."""
        known = self.read_credentials().get("viewer", {}).get("authorization", "").partition(" ")[2]
        return ViewerKeys(self.development_jwk(), hashed_secret(known) if known else None)

    def url(self, backend: str) -> str:
        """The URL of a backend's stand-in."""
        return f"sqlite+aiosqlite:///{self.folder / file_name(backend)}"

    def client_hashes(self) -> dict[str, str]:
        client = self.read_credentials()["cambridge"]
        return {client["client_id"]: hashed_secret(client["client_secret"])}

    def development_jwk(self) -> PyJWK:
        """The public half of the development key. Raises ConfigurationProblem when the file holds none."""
        try:
            return development_key(self.development_key)
        except (OSError, ValueError, TypeError):
            raise ConfigurationProblem([f"{self.development_key}: holds no key; delete it to have a new one"]) from None

    def read_credentials(self) -> dict[str, dict[str, str]]:
        """The credentials that `prepare` made. Raises ConfigurationProblem when there are none."""
        try:
            credentials: dict[str, dict[str, str]] = json.loads(self.credentials.read_bytes())
            _ = credentials["cambridge"]["client_id"], credentials["cambridge"]["client_secret"]
        except FileNotFoundError:
            message = f"{self.data_dir}: no sandbox here yet; run `examgraph serve` or `examgraph sandbox` first"
            raise ConfigurationProblem([message]) from None
        except (OSError, ValueError, LookupError, TypeError):
            raise ConfigurationProblem([f"{self.credentials}: cannot be read; delete it to have a new one"]) from None
        return credentials

    def prepare(self) -> None:
        """Make the folder, the key and the credentials where they are missing. Raises ConfigurationProblem."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            make_development_key(self.development_key)
            for file in (self.events_key, self.eksamen_token, self.audit_key):
                if not file.exists():
                    write_private(file, secrets.token_urlsafe(32))
            if not self.credentials.exists():
                client = {"client_id": CLIENT_ID, "client_secret": secrets.token_urlsafe(24)}
                write_private(self.credentials, json.dumps({"cambridge": client, **_viewer()}, indent=2))
            elif "viewer" not in (kept := self.read_credentials()):  # of a version that had none
                write_private(self.credentials, json.dumps({**kept, **_viewer()}, indent=2))
        except OSError as error:
            raise ConfigurationProblem([f"{self.data_dir}: cannot be written ({error.strerror})"]) from None

    def fill(self, candidates: int, seed: int, progress: Progress) -> Manifest:
        """Fill the databases, whatever they hold. Raises ConfigurationProblem."""
        self.prepare()
        try:
            return fill(self.folder, candidates, seed, progress)
        except OSError as error:
            raise ConfigurationProblem([f"{self.data_dir}: cannot be written ({error.strerror})"]) from None


def _read_secret(file: Path, kind: str) -> str:
    try:
        return file.read_text("ascii").strip()
    except (OSError, ValueError):
        raise ConfigurationProblem([f"{file}: holds no {kind}; delete it to have a new one"]) from None


def _viewer() -> dict[str, dict[str, str]]:
    """What the learning-progress service's callers send, the token aside, which is made anew each time."""
    return {"viewer": {"authorization": f"Bearer {secrets.token_urlsafe(24)}", "user_id": LEARNER}}


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, all of it or nothing."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    beside.touch(mode=0o600)
    beside.write_text(text)
    beside.replace(path)
