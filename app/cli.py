"""The command `examgraph`."""

import asyncio
import contextlib
import gc
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Optional

import typer
from rich.console import Console
from rich.markup import escape

from app.settings import ConfigurationProblem, Settings, legacy_routes, load_settings, pass_on

# Everything heavy is imported inside the commands: `--help` should not wait for a web framework.

cli = typer.Typer(
    help="One GraphQL schema over every assessment backend, and the old REST URLs on top of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

TOKEN_SECONDS = 24 * 3600
WRONG_CONFIGURATION = 2
IMPORTED_AT_ONCE = 100_000  # objects

Config = Annotated[Optional[Path], typer.Option(help="TOML file with settings.")]  # noqa: UP045 typer reads it so
DataDir = Annotated[Optional[Path], typer.Option(help="Folder of the sandbox and of stores kept as files.")]  # noqa: UP045


@cli.command()
def serve(
    host: Annotated[Optional[str], typer.Option(help="Address to listen on.")] = None,  # noqa: UP045
    port: Annotated[Optional[int], typer.Option(help="Port to listen on.")] = None,  # noqa: UP045
    data_dir: DataDir = None,
    workers: Annotated[Optional[int], typer.Option(help="Processes that answer.")] = None,  # noqa: UP045
    config: Config = None,
) -> None:
    """Serve. Without configuration: the sandbox, filled at the first start."""
    from app.logs import configure_logs
    from app.sandbox_servers import sandbox_servers
    from app.serving import require_free_port, serve_until_stopped
    from app.stores import fill_stores

    with _problems_told():
        settings = load_settings(config, host=host, port=port, data_dir=data_dir, workers=workers)
        require_free_port(settings)
        if settings.is_sandbox:
            _fill_if_needed(settings)
        else:
            _require_no_sandbox(settings)
        configure_logs(settings.log_level, settings.log_format)
        _tell_migrations(settings)
        fill_stores(settings, anew=False)
        with sandbox_servers(settings) as settled:
            pass_on(config, settled)
            serve_until_stopped(settled)


@cli.command()
def sandbox(
    candidates: Annotated[int, typer.Option(min=0, max=10_000_000, help="Candidates to make up.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same number gives the same data.")] = 1,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Fill the sandbox anew, in another size or from another seed number."""
    from app.sandbox import SandboxFiles
    from app.stores import fill_stores

    with _problems_told():
        settings = _sandbox_settings(config, data_dir)
        SandboxFiles(settings.data_dir).prepare()
        _tell_migrations(settings)
        _fill(settings, candidates, seed)
        fill_stores(settings, anew=True, seed=seed)


@cli.command()
def migrate(data_dir: DataDir = None, config: Config = None) -> None:
    """Bring the stores that are our own to this version. `serve` does it too, before it listens."""
    with _problems_told():
        if not _tell_migrations(load_settings(config, data_dir=data_dir)):
            out.print("nothing to do: every store is of this version")


@cli.command()
def check(data_dir: DataDir = None, config: Config = None) -> None:
    """Ask each backend whether it answers, has every view, procedure and column that is read, and every migration."""
    with _problems_told():
        from app.findings import findings
        from app.logs import configure_logs
        from app.sandbox import SandboxFiles
        from app.sandbox_servers import sandbox_servers

        settings = load_settings(config, data_dir=data_dir)
        configure_logs(settings.log_level, settings.log_format)
        if settings.is_sandbox:
            SandboxFiles(settings.data_dir).read_credentials()
        with sandbox_servers(settings) as settled:
            found = asyncio.run(findings(settled))
    for backend, problems in found.items():
        out.print(f"[green]ok[/]       {backend}" if not problems else f"[red]problem[/]  {backend}")
        for problem in problems:
            out.print(f"         {problem}", markup=False)
    if any(found.values()):
        raise typer.Exit(1)


@cli.command()
def explain(  # noqa: PLR0913, PLR0917 an option each
    asked: Annotated[
        str,
        typer.Argument(
            metavar="OPERATION|REQUEST",
            help="A GraphQL operation, @file, - for standard input, or a request such as 'GET /v1/…'.",
        ),
    ],
    variables: Annotated[Optional[str], typer.Option(help="The operation's variables: JSON, or @file.")] = None,  # noqa: UP045
    operation: Annotated[Optional[str], typer.Option(help="Which operation, when the document holds several.")] = None,  # noqa: UP045
    body: Annotated[Optional[str], typer.Option(help="The request's body, or @file.")] = None,  # noqa: UP045
    source: Annotated[bool, typer.Option("--source", help="Print the generated Python too.")] = False,  # noqa: FBT002
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,  # noqa: FBT002
    write: Annotated[bool, typer.Option("--write", help="Run it even if it writes.")] = False,  # noqa: FBT002
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Run an operation or an old route here, with every right, and tell what it asks of whom, and its times."""
    from app.explain.question import Unexplainable, read_question

    try:
        with _problems_told():
            settings = load_settings(config, data_dir=data_dir)
            question = read_question(asked, variables, operation, body, legacy_routes(settings))
            from app.explain.explanation import explained_here
            from app.explain.printing import as_text, print_explanation
            from app.logs import configure_logs
            from app.sandbox import SandboxFiles
            from app.sandbox_servers import sandbox_servers

            configure_logs("warning", settings.log_format)
            if settings.is_sandbox:
                SandboxFiles(settings.data_dir).read_credentials()  # or says what to do when there is no sandbox
            with sandbox_servers(settings) as settled:
                explanation = asyncio.run(explained_here(settled, question, may_write=write))
    except Unexplainable as problem:
        for line in problem.lines:
            err.print(f"explain: {line}", style="red", markup=False)
        raise typer.Exit(WRONG_CONFIGURATION) from None
    if as_json:
        sys.stdout.write(f"{as_text(explanation.as_json())}\n")
    else:
        print_explanation(out, explanation, with_source=source)


@cli.command()
def schema() -> None:
    """Print the schema, in GraphQL's schema definition language."""
    from schema.root import SCHEMA

    sys.stdout.write(f"{SCHEMA.as_str()}\n")


@cli.command()
def token(
    scope: Annotated[Optional[list[str]], typer.Option(help="A scope; give it again for more. All, if none.")] = None,  # noqa: UP045
    learner: Annotated[Optional[str], typer.Option(help="The learner that the token is about.")] = None,  # noqa: UP045
    organisation: Annotated[Optional[list[str]], typer.Option(help="An organisation number, or * for all.")] = None,  # noqa: UP045
    lifetime: Annotated[
        int, typer.Option(min=1, max=365 * 24 * 3600, help="Seconds until it expires.")
    ] = TOKEN_SECONDS,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Print a development token. The production profile has none."""
    from app.auth import development_token
    from app.sandbox import SandboxFiles
    from resolvers.access import SCOPES

    with _problems_told():
        settings = _sandbox_settings(config, data_dir)
        scopes = [part for given in scope or () for part in given.split()]
        if unknown := [name for name in scopes if name not in SCOPES]:
            raise ConfigurationProblem(
                [f"--scope {name}: there is no such scope; {_near(name, SCOPES)}" for name in unknown]
            )
        files = SandboxFiles(settings.data_dir)
        files.prepare()
        made = development_token(
            files.development_key,
            settings.auth,
            lifetime_seconds=lifetime,
            scopes=tuple(scopes or SCOPES),
            organisations=tuple(organisation or ()),
            learner=learner,
        )
    sys.stdout.write(f"{made}\n")


@cli.command()
def credentials(
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,  # noqa: FBT002 a flag
    learner: Annotated[Optional[str], typer.Option(help="The learner whose tokens are made.")] = None,  # noqa: UP045
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Print the sandbox's credentials for every surface."""
    from app.credentials import sandbox_credentials

    with _problems_told():
        found = sandbox_credentials(_sandbox_settings(config, data_dir), TOKEN_SECONDS, learner)
    if as_json:
        sys.stdout.write(f"{json.dumps(found, indent=2)}\n")
        return
    for surface, members in found.items():
        out.print(f"[bold]{surface}[/]")
        for name, value in members.items():
            out.print(f"  {name}: {value}", markup=False)


@cli.command("hash-secret")
def hash_secret() -> None:
    """Read a client's secret or a token from standard input, and print the hash that the configuration keeps."""
    from app.auth import hashed_secret

    secret = sys.stdin.readline().rstrip("\r\n")
    if not secret:
        err.print("[red]no secret:[/] give it on standard input")
        raise typer.Exit(WRONG_CONFIGURATION)
    sys.stdout.write(f"{hashed_secret(secret)}\n")


def main() -> None:
    """Entry point of the installed command."""
    # What is imported stays: looking for garbage among it takes a sixth of a start.
    gc.set_threshold(IMPORTED_AT_ONCE)
    with contextlib.suppress(BrokenPipeError):
        cli()


@contextlib.contextmanager
def _problems_told() -> Iterator[None]:
    """Turn what is wrong with the configuration into a line each, and exit."""
    try:
        yield
    except ConfigurationProblem as problem:
        for line in problem.lines:
            err.print(f"[red]configuration:[/] {escape(line)}")
        raise typer.Exit(WRONG_CONFIGURATION) from None


def _near(name: str, names: Any) -> str:  # noqa: ANN401 any collection of names
    import difflib

    near = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"


def _sandbox_settings(config: Path | None, data_dir: Path | None) -> Settings:
    settings = load_settings(config, data_dir=data_dir)
    if not settings.is_sandbox:
        raise ConfigurationProblem(
            ["the production profile has no sandbox, no development keys and no credentials file"]
        )
    return settings


def _require_no_sandbox(settings: Settings) -> None:
    from app.sandbox import SandboxFiles

    if SandboxFiles(settings.data_dir).credentials.exists():
        message = f"{settings.data_dir} holds a sandbox's credentials: the production profile needs another data_dir"
        raise ConfigurationProblem([message])


def _fill_if_needed(settings: Settings) -> None:
    from app.sandbox import SandboxFiles
    from datasources.sandbox.fill import DEFAULT_CANDIDATES, DEFAULT_SEED, manifest_of

    files = SandboxFiles(settings.data_dir)
    files.prepare()
    files.read_credentials()  # what cannot be used is told before anything is started
    files.development_jwk()
    if manifest_of(files.folder) is None:
        _fill(settings, DEFAULT_CANDIDATES, DEFAULT_SEED)


def _fill(settings: Settings, candidates: int, seed: int) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from app.sandbox import SandboxFiles

    started = time.monotonic()
    columns = (
        TextColumn("Filling the sandbox: {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as bar:
        task = bar.add_task("CAMS", total=candidates)

        def progress(backend: str, done: int) -> None:
            bar.update(task, description=backend, completed=done)

        made = SandboxFiles(settings.data_dir).fill(candidates, seed, progress)
    seconds = time.monotonic() - started
    err.print(f"{settings.data_dir}: {made.candidates:,} candidates from seed {made.seed}, in {seconds:.1f} s")


def _tell_migrations(settings: Settings) -> list[str]:
    from app.stores import migrated

    done = migrated(settings)
    for name in done:
        err.print(f"migrated {name}")
    return done
