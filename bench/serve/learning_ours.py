"""Our server of learners: the product as it is: `python -m bench.serve.learning_ours URL PUBLIC_KEY_FILE`."""

import sys
import tempfile
from pathlib import Path

from pydantic import SecretStr

from app.auth import hashed_secret
from app.connections import StoreSettings, StoresSettings
from app.logs import configure_logs
from app.main import application, collect_seldom
from app.sandbox import SandboxFiles
from app.serving import server_config
from app.settings import Settings
from app.surfaces import ViewerSettings
from app.wiring import Service, make_service
from bench.serve.run import Server
from bench.workloads import API_KEY, ISSUER, KEY_ID


def learning_service(url: str, key: Path, data_dir: Path) -> Service:
    """The product's service. Its other backends are not there, and are not asked."""
    SandboxFiles(data_dir).prepare()
    viewer = ViewerSettings(api_keys={"bench": hashed_secret(API_KEY)}, keys={KEY_ID: key.read_text()}, issuer=ISSUER)
    store = StoreSettings(url=SecretStr(url), sends_transaction_id=False, deadline_seconds=20)
    return make_service(Settings(port=0, data_dir=data_dir, viewer=viewer, stores=StoresSettings(learning=store)))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        service = learning_service(sys.argv[1], Path(sys.argv[2]), Path(folder))
        configure_logs(service.settings.log_level, service.settings.log_format)
        app = application(service)
        collect_seldom()
        Server(server_config(service.settings, app)).run()
