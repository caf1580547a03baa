"""The peers in Node: their packages installed, and how each is started."""

import hashlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from bench.records import Records
from bench.servers import Failed, Server
from bench.workloads import LEGACY, SCOPE, SIGNING_KEY, graphql_requests
from web.build import BuildFailed, node_and_npm

PEERS = Path(__file__).resolve().parent / "peers"
STAMP = PEERS / "node_modules" / ".bench-stamp"
INSTALL_SECONDS = 240
# Node compiles what is hot while it runs.
WARM_UP_SECONDS = 1.2
# Peer to the script that serves it and the script's argument.
SCRIPTS = {
    "apollo": ["apollo.js"],
    "yoga": ["yoga.js"],
    "yoga_jit": ["yoga.js", "jit"],
    "mercurius_jit": ["mercurius.js"],
}
# What is added to the name of a peer with the checks that ours makes.
CHECKED = "_checked"


def version() -> str:
    node, _ = _programs()
    return subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def install() -> None:
    """Install what package-lock.json names, unless it is there already. Raises Failed."""
    wanted = hashlib.sha256((PEERS / "package-lock.json").read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    node, npm = _programs()
    command = [str(node), str(npm), "ci", "--prefer-offline", "--no-update-notifier"]
    try:
        done = subprocess.run(
            command, cwd=PEERS, env=_environment({}), capture_output=True, text=True,
            timeout=INSTALL_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Failed(f"npm ci took longer than {INSTALL_SECONDS} seconds") from None
    if done.returncode != 0:
        raise Failed(f"npm ci failed: {done.stderr[-2000:]}")
    STAMP.write_text(wanted)


def written(records: Records, path: Path) -> None:
    """The records as the peers read them: JSON, with GraphQL's names."""

    def named(record: object) -> dict[str, object]:
        return {_camel(name): getattr(record, name) for name in type(record).__dict__["__slots__"]}

    kinds: dict[str, Sequence[object]] = {"events": records.events, "sessions": records.sessions}
    kinds |= {"entries": records.entries, "candidates": records.candidates}
    told = {kind: [named(record) for record in of_kind] for kind, of_kind in kinds.items()}
    path.write_bytes(orjson.dumps(told, option=orjson.OPT_UTC_Z))


def peer(name: str, store: str, place: str) -> Server:
    """The peer `name`, perhaps with checks, answering from the file or URL `place`."""
    script, *arguments = SCRIPTS[name.removesuffix(CHECKED)]
    node, _ = _programs()
    environment = {"BENCH_STORE": store, "BENCH_PLACE": place, "BENCH_LEGACY": LEGACY, "NODE_ENV": "production"}
    if name.endswith(CHECKED):
        environment |= {"BENCH_CHECKS": "1", "BENCH_KEY": SIGNING_KEY, "BENCH_SCOPE": SCOPE}
    return Server(
        f"{name}_{store}", [str(node), str(PEERS / script), *arguments], graphql_requests(),
        _environment(environment), WARM_UP_SECONDS,
    )  # fmt: skip


def _programs() -> tuple[Path, Path]:
    try:
        return node_and_npm()
    except BuildFailed as failure:
        raise Failed(str(failure)) from None


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    node, _ = _programs()
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", os.defpath)])
    # A network that looks into its traffic has its own certificate authority, which only the system's store knows.
    return {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path, **more}


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)
