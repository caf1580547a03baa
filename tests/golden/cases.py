"""Golden cases as they stand in the YAML files: what each asks, of whom, and the whole answer.

A file has `about`, `backends` (rows by backend) and `cases`. A case has

- `request`: a line such as `GET /v1/epsStatus`, or a list of lines that are all answered alike; for GraphQL, `query`
  and `variables` stand in its place
- `sent`: the body of a REST request: sent as JSON, or as it stands when it is a text; `{raw: text, type: media type}`
  says of what type it is
- `viewer`: `{client: portal}`, with a wrong `secret` perhaps; `{scopes: [...]}` for a signed token, perhaps with
  `organisations`, of a `learner` perhaps; null for nobody; `{events: permissions}` for a token of the old Events API,
  `all` for all of them; `{eksamen: name}` for one of the exam API: `tok-gs`, `tok-vgs` or `tok-all`; `{learner: id}`
  for what the learning-progress service's callers send
- `sends`: request headers on top, `null` for one that is left out
- `backends`: what is different for this case, such as `MEPS: {down: true}` or `MEPS: {locked: true}`; RM has `scripts`
  and `faults`, by kind of request; EXAMS has rows by the names of its tables, beside those of its contract when
  `contract` is true
- `clock`: what time it is, when that matters
- `then`: a further request line of the same caller, and the body of its answer
- `status`, `headers` (null: there is none), `body` (nothing when left out; of a file its text), `calls` (exactly,
  by backend)

`{made}` in an answer is the transaction id that the service made up, `{reference}` the first UUID in its body.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
# What a case may say; a misspelt word would silently check nothing.
FILE_WORDS = {"about", "backends", "cases"}
CASE_WORDS = {
    "name", "request", "sent", "query", "variables", "viewer", "sends", "backends", "status", "headers", "body",
    "calls", "then", "clock",
}  # fmt: skip
NOTHING = object()


@dataclass(frozen=True)
class Case:
    """One request and its whole answer."""

    name: str
    method: str
    path: str
    sent: Any
    query: str | None
    variables: Mapping[str, Any]
    viewer: Mapping[str, Any] | None
    status: int
    calls: Mapping[str, int]
    sends: Mapping[str, str | None] = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: Any = None
    backends: Mapping[str, Any] = field(default_factory=dict)
    then: Mapping[str, Any] = field(default_factory=dict)
    clock: str | None = None


@cache
def cases() -> Sequence[Case]:
    """Every golden case of every file."""
    return tuple(_all())


def _all() -> Iterator[Case]:
    for path in sorted(FOLDER.glob("*/*.yaml")):
        file = yaml.safe_load(path.read_text("utf-8"))
        assert set(file) == FILE_WORDS, path
        for case in file["cases"]:
            yield from _read(f"{path.parent.name}/{path.stem}", file["backends"], case)


def _read(file: str, backends: Mapping[str, Any], case: Mapping[str, Any]) -> Iterator[Case]:
    name = f"{file}: {case['name']}"
    assert set(case) <= CASE_WORDS, name
    given = case.get("request", "POST /graphql")
    lines = [given] if isinstance(given, str) else given
    for number, line in enumerate(lines, 1):
        method, _, path = line.partition(" ")
        yield Case(
            name=name if len(lines) == 1 else f"{name} ({number})",
            method=method, path=path, sent=case.get("sent", NOTHING), query=case.get("query"),
            variables=case.get("variables", {}), viewer=case["viewer"], status=case["status"], calls=case["calls"],
            sends=case.get("sends", {}), headers=case.get("headers", {}), body=case.get("body"),
            then=case.get("then", {}), clock=case.get("clock"), backends={**backends, **case.get("backends", {})},
        )  # fmt: skip
