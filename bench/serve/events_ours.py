"""Our server of events: the product as it is, with a store of the bench's: `python -m bench.serve.events_ours URL`."""

import sys
import tempfile
from pathlib import Path

from pydantic import SecretStr

from app.connections import StoreSettings, StoresSettings
from app.logs import configure_logs
from app.main import application, collect_seldom
from app.sandbox import SandboxFiles
from app.serving import server_config
from app.settings import AuthSettings, Settings
from app.surfaces import EventsSettings
from app.wiring import Service, make_service
from bench.serve.run import Server
from bench.workloads import AUDIENCE, ISSUER, SIGNING_KEY


def events_service(url: str, data_dir: Path) -> Service:
    """The product's service. Its other backends are not there, and are not asked."""
    SandboxFiles(data_dir).prepare()
    key = SecretStr(SIGNING_KEY)
    settings = Settings(
        port=0,
        data_dir=data_dir,
        auth=AuthSettings(issuer=ISSUER, audience=AUDIENCE, hs256_key=key),
        events=EventsSettings(issuer=ISSUER, audiences=(AUDIENCE,), hs256_key=key),
        stores=StoresSettings(events=StoreSettings(url=SecretStr(url), sends_transaction_id=False)),
    )
    return make_service(settings)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        service = events_service(sys.argv[1], Path(folder))
        configure_logs(service.settings.log_level, service.settings.log_format)
        app = application(service)
        collect_seldom()
        Server(server_config(service.settings, app)).run()
