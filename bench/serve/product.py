"""Our server as it is deployed: the product's own schema, routes and sources.

`python -m bench.serve.product folder [--database url] [--rm url]`: over the sandbox in a folder, with a PostgreSQL in
the place of its files, with an RM.
"""

import argparse
from pathlib import Path

from pydantic import HttpUrl, SecretStr

from app.auth import hashed_secret
from app.connections import BackendSettings, EpsSettings, RmSettings, StoreSettings, StoresSettings
from app.main import create_app
from app.sandbox import SandboxFiles
from app.serving import server_config
from app.settings import AuthSettings, GraphQLSettings, Settings
from app.stores import migrated
from app.surfaces import CambridgeSettings
from bench.serve.run import Server
from bench.workloads import AUDIENCE, CLIENT, ISSUER, SIGNING_KEY

# Sixteen ask at once on a busy machine: none of them is to be told that it took too long.
SECONDS = 60


def settings_of(folder: Path, database: str | None, rm: str | None) -> Settings:
    """A sandbox's settings, but for who may ask, for patience, and for what nobody else does."""
    SandboxFiles(folder).prepare()
    # The hand-written servers do not tell the database whose request it is: that is a round trip.
    backend = BackendSettings(
        url=SecretStr(database) if database else None, deadline_seconds=SECONDS, sends_transaction_id=False
    )
    return Settings(
        port=0,
        data_dir=folder,
        request_seconds=SECONDS,
        auth=AuthSettings(issuer=ISSUER, audience=AUDIENCE, hs256_key=SecretStr(SIGNING_KEY)),
        cambridge=CambridgeSettings(clients={CLIENT[0]: hashed_secret(CLIENT[1])}),
        graphql=GraphQLSettings(introspection=False, playground=False),
        eps=EpsSettings(meps=backend, oeps=backend),
        cams=backend,
        interchange=backend,
        ci_direct=backend,
        libs=backend,
        # What is read of named persons is recorded first: in a store of the same kind.
        stores=StoresSettings(
            audit=StoreSettings(url=SecretStr(database) if database else None, deadline_seconds=SECONDS)
        ),
        rm=RmSettings(
            url=HttpUrl(rm) if rm else None, client_id=CLIENT[0], client_secret=SecretStr(CLIENT[1]),
            deadline_seconds=SECONDS,
        ),
    )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.serve.product", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--database")
    parser.add_argument("--rm")
    asked = parser.parse_args()
    settings = settings_of(asked.folder, asked.database, asked.rm)
    migrated(settings)
    Server(server_config(settings, create_app(settings))).run()
