"""An explanation, for people."""

from collections.abc import Iterator, Mapping
from itertools import chain

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.explain.explanation import STEPS_TOLD, Explanation, Run
from app.explain.steps import Step

# The order in which an operation goes through them.
PHASES = ("parse", "validate", "limits", "plan", "compile", "execute", "encode")


def as_text(value: object) -> str:
    """JSON to read. What is no JSON, such as a file that a route was given, is named."""
    return orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode()


def print_explanation(out: Console, explanation: Explanation, *, with_source: bool) -> None:
    """Everything but the generated source, and that too when asked."""
    for title, part in _parts(explanation):
        out.print(f"\n[bold]{title}[/]")
        out.print(part)
    if with_source:
        for name, text in explanation.sources.items():
            out.print(f"\n[bold]source of {escape(name)}[/]")
            out.print(escape(text.rstrip("\n")))
        if not explanation.sources:
            out.print("\n[bold]source[/]\n  none: nothing is generated for what graphql-core runs")


def _parts(explanation: Explanation) -> Iterator[tuple[str, str | Table]]:
    request = explanation.request
    if request is not None:
        yield "request", f"  {escape(request.line)}\n  {request.route.dialect.name} {escape(request.route.path)}"
    kind = explanation.operation.operation.value
    yield f"{kind} {explanation.name or 'without a name'}", _indented(explanation.text)
    if explanation.variables:
        yield "variables", _indented(as_text(explanation.variables))
    yield "executor", f"  graphql-core: {escape(explanation.fallback)}" if explanation.fallback else "  compiled"
    if explanation.steps:
        yield "plan: what is of one level is asked side by side", _plan(explanation)
    if explanation.unrun:
        yield "not run", f"  {explanation.unrun}"
        return
    yield "milliseconds", _phases(explanation.runs)
    yield "backends", _backends(explanation.runs)
    for name, run in list(explanation.runs.items())[-1:]:
        yield f"answer ({name})", _answer(run)


def _plan(explanation: Explanation) -> str:
    more = [f"  the first {STEPS_TOLD} steps; there may be more"] if len(explanation.steps) == STEPS_TOLD else []
    return "\n".join(chain(chain.from_iterable(map(_step, explanation.steps)), more))


def _step(step: Step) -> Iterator[str]:
    """A field and whom it asks, below its parent; below it what is read without asking."""
    indent = "  " * len(step.path)
    field = f"{step.path[-1]}: {step.type}" if step.path else step.type
    asks = f"  [dim]{escape(step.asks)}[/]" if step.asks else ""
    yield f"  [cyan]{step.level}[/]  {indent}{escape(field)}{asks}"
    if step.reads:
        yield f"     {indent}  [dim]{escape(', '.join(step.reads))}[/]"


def _phases(runs: Mapping[str, Run]) -> Table:
    table = _table("phase", *runs)
    noted = set(chain.from_iterable(run.timings.phases for run in runs.values()))
    for phase in PHASES:
        if phase in noted:
            table.add_row(phase, *(_milliseconds(run.timings.phases.get(phase)) for run in runs.values()))
    table.add_row("all", *(_milliseconds(sum(run.timings.phases.values())) for run in runs.values()), style="bold")
    return table


def _backends(runs: Mapping[str, Run]) -> Table | str:
    names = list(dict.fromkeys(chain.from_iterable(run.timings.calls for run in runs.values())))
    if not names:
        return "  none is asked"
    table = _table("backend", *chain.from_iterable((f"{run} calls", f"{run} ms") for run in runs))
    for name in names:
        cells = (
            (str(run.timings.calls.get(name, 0)), _milliseconds(run.timings.seconds.get(name))) for run in runs.values()
        )
        table.add_row(name, *chain.from_iterable(cells))
    return table


def _answer(run: Run) -> str:
    times = "" if run.executions == 1 else f", the operation executed {run.executions} times"
    status = "" if run.status is None else f"status {run.status}, "
    lines = [f"  {status}{run.size_bytes:,} bytes{times}"]
    for error in run.errors:
        path = ".".join(map(str, error.get("path") or ()))
        lines.append(f"  [red]{error['extensions']['code']}[/] {path}: {escape(error['message'])}")
    return "\n".join(lines)


def _table(first: str, *columns: str) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:.3f}"


def _indented(text: str) -> str:
    return "\n".join(f"  {escape(line)}" for line in text.splitlines())
