"""Writes what can be said from the code alone: the schema's snapshot, and the pages in docs/generated.

`--check` writes nothing and fails when a file lags behind the code; `--only schema` keeps to the snapshot.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from app.connections import BackendSettings
from app.settings import PREFIX, Settings
from app.wiring import make_sources
from datasources.procedures import Procedure
from rest_compat.routes import ROUTES
from schema.root import SCHEMA

ROOT = Path(__file__).resolve().parent.parent
WRITTEN_BY = "<!-- Written by `make docs` from the code. -->\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", choices=["schema"])
    asked = parser.parse_args()
    pages = {"schema/schema.graphql": f"{SCHEMA.as_str()}\n"}
    if asked.only is None:
        pages["docs/generated/routes.md"] = _routes()
        pages["docs/generated/backends.md"] = _backends()
        pages["docs/generated/settings.md"] = _settings()
    lagging = [name for name, text in pages.items() if _read(ROOT / name) != text]
    if asked.check:
        for name in lagging:
            print(f"{name} lags behind the code: run `make docs` and read the difference", file=sys.stderr)
        return 1 if lagging else 0
    for name in lagging:
        (ROOT / name).write_text(pages[name], "utf-8")
        print(f"wrote {name}")
    return 0


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


def _routes() -> str:
    rows = [
        f"| `{route.method}` | `{route.path}` | `{route.operation}` | {route.dialect.name} |"
        for route in sorted(ROUTES, key=lambda route: (route.dialect.name, route.path, route.method))
    ]
    prefixes = {route.dialect.name: (*route.dialect.prefixes, *route.dialect.aliases) for route in ROUTES}
    answers = [f"- {name}: {', '.join(f'`{prefix}`' for prefix in forms)}" for name, forms in prefixes.items()]
    return "\n".join([
        WRITTEN_BY,
        "# Legacy routes",
        "",
        "Each route is a saved GraphQL operation, in the file of its domain in `rest_compat/`.",
        "",
        "| method | path | operation | family |",
        "|---|---|---|---|",
        *rows,
        "",
        "Each path answers behind every prefix of its family, with and without a slash at its end; `{environment}` is",
        "letters and digits:",
        "",
        *answers,
        "",
    ])  # fmt: skip


def _backends() -> str:
    lines = [WRITTEN_BY, "# Backends", "", "What each backend must have; `examgraph check` names what is missing.", ""]
    for database, needs in make_sources(Settings()).databases():
        lines += [f"## {database.backend}", ""]
        if needs.views.tables:
            lines += ["| view | column | type |", "|---|---|---|"]
            lines += [
                f"| `{view.name}` | `{column.name}` | {column.type} |"
                for view in needs.views.sorted_tables
                for column in view.columns
            ]
            lines.append("")
        for procedure in needs.procedures:
            lines += _procedure(procedure)
    return "\n".join(lines)


def _procedure(procedure: Procedure) -> list[str]:
    given = ", ".join(f"`{column.name}` {column.type}" for column in procedure.arguments)
    optional = ", ".join(f"`{column.name}`" for column in procedure.narrowing)
    return [
        f"Procedure `{procedure.name}`, given {given}; {optional} may be null, which means all. On SQL Server it is",
        f"called by `EXEC`, on Oracle it is the table function `{procedure.plain_name}`, on PostgreSQL the function of",
        "that name, on SQLite a view of that name. It answers in the order of "
        + ", ".join(f"`{name}`" for name in procedure.order)
        + ".",
        "",
        "| procedure | column | type |",
        "|---|---|---|",
        *(f"| `{procedure.name}` | `{column.name}` | {column.type} |" for column in procedure.answers),
        "",
    ]


def _settings() -> str:
    head = [
        WRITTEN_BY,
        "# Settings",
        "",
        "The environment outranks files in the folder `EXAMGRAPH_SECRETS_DIR`, which outrank the TOML file that",
        "`--config` or `EXAMGRAPH_CONFIG` names. A name that is no setting stops the start.",
        "",
        "| variable | in TOML | default | what it is |",
        "|---|---|---|---|",
    ]
    rows = [
        f"| `{variable}` | `{path}` | {default} | {words} |" for variable, path, default, words in _fields(Settings)
    ]
    return "\n".join([*head, *rows, ""])


def _fields(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, str, str, str]]:
    for name, info in model.model_fields.items():
        here = f"{path}{name}"
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _fields(info.annotation, f"{here}.")
        else:
            variable = PREFIX + here.upper().replace(".", "__")
            yield variable, here, _default(info.default), info.description or ""


def _default(value: Any) -> str:  # noqa: ANN401 any setting's default
    if value is None or value is PydanticUndefined:
        return ""
    if isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        return "see `app/connections.py`"
    return f"`{value!s}`" if not isinstance(value, BackendSettings) else ""


if __name__ == "__main__":
    sys.exit(main())
