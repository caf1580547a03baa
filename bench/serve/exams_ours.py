"""Our server of exams: the product with stores of the bench's: `python -m bench.serve.exams_ours EXAMS AUDIT`.

Both are URLs of stores that the product has migrated. `--idle` leaves registrations that are sent in unprocessed.
"""

import argparse
import tempfile
from pathlib import Path

from pydantic import SecretStr

from app.connections import StoreSettings, StoresSettings
from app.logs import configure_logs
from app.main import application, collect_seldom
from app.sandbox import SandboxFiles
from app.serving import server_config
from app.settings import AuthSettings, Settings
from app.surfaces import EksamenSettings
from app.wiring import make_service
from bench.exam_stores import DEADLINE_SECONDS, NOW
from bench.serve.run import Server
from bench.workloads import AUDIENCE, ISSUER, SIGNING_KEY


def settings_of(exams: str, audit: str, data_dir: Path, *, at_once: int) -> Settings:
    """The product's settings. Its other backends are not there, and are not asked."""
    SandboxFiles(data_dir).prepare()
    exams_store, audit_store = (
        StoreSettings(url=SecretStr(url), deadline_seconds=DEADLINE_SECONDS, sends_transaction_id=False)
        for url in (exams, audit)
    )
    return Settings(
        port=0,
        data_dir=data_dir,
        clock=NOW,
        auth=AuthSettings(issuer=ISSUER, audience=AUDIENCE, hs256_key=SecretStr(SIGNING_KEY)),
        eksamen=EksamenSettings(registrations_at_once=at_once),
        stores=StoresSettings(exams=exams_store, audit=audit_store, audit_key=SecretStr(SIGNING_KEY)),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.serve.exams_ours", description=__doc__)
    parser.add_argument("exams")
    parser.add_argument("audit")
    parser.add_argument("--idle", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_of(asked.exams, asked.audit, Path(folder), at_once=0 if asked.idle else 3)
        configure_logs(settings.log_level, settings.log_format)
        app = application(make_service(settings))
        collect_seldom()
        Server(server_config(settings, app)).run()
