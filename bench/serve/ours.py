"""Our server: the product's own edge around the bench's schema.

`python -m bench.serve.ours memory|sqlite|postgres [url]`
"""

import sys
import tempfile
from pathlib import Path
from typing import cast

from pydantic import SecretStr

from app.auth import hashed_secret
from app.logs import configure_logs
from app.main import application, collect_seldom
from app.sandbox import SandboxFiles
from app.serving import server_config
from app.settings import AuthSettings, GraphQLSettings, Settings
from app.surfaces import CambridgeSettings
from app.wiring import Service, assembled
from bench.records import Memory, made_records
from bench.serve.graph import SCHEMA
from bench.serve.run import Server
from bench.serve.stored import Stored
from bench.workloads import AUDIENCE, CLIENT, ISSUER, LEGACY, SIGNING_KEY
from datasources.sources import Sources
from rest_compat.dialects import CAMBRIDGE
from rest_compat.routes import RouteTable
from rest_compat.translate import Route


def _first(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:  # noqa: PLR2004 as the real route's
        raise ValueError("must be 1 to 1000")
    return int(text)


ROUTE = Route(
    path="/bench/events",
    operation="LegacyEvents",
    variables=lambda asked: {"first": asked.one("first", _first) or 100},
    body=lambda data, _asked: data,
    dialect=CAMBRIDGE,
)


def make_service(backend: Memory | Stored) -> Service:
    """The product's service, with the bench's schema, route and backend in place of its own."""
    # The bench's one backend stands for all of the product's: its schema asks no other.
    sources = cast("Sources", backend)
    routes = RouteTable([ROUTE], {"bench.graphql": LEGACY})
    with tempfile.TemporaryDirectory() as folder:
        SandboxFiles(Path(folder)).prepare()
        settings = Settings(
            port=0,
            data_dir=Path(folder),
            auth=AuthSettings(issuer=ISSUER, audience=AUDIENCE, hs256_key=SecretStr(SIGNING_KEY)),
            cambridge=CambridgeSettings(clients={CLIENT[0]: hashed_secret(CLIENT[1])}),
            graphql=GraphQLSettings(introspection=False, playground=False, executor="compiled"),
        )
        return assembled(settings, SCHEMA, sources, routes)


if __name__ == "__main__":
    store, *url = sys.argv[1:]
    service = make_service(Memory(made_records()) if store == "memory" else Stored(*url))
    configure_logs(service.settings.log_level, service.settings.log_format)
    app = application(service)
    collect_seldom()
    Server(server_config(service.settings, app)).run()
