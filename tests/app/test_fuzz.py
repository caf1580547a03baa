"""A started process, asked what /openapi.json allows and what it forbids: no fault of ours, and no word undocumented.

`FUZZ_SECONDS` makes it longer than `make test` has time for; each such run takes other examples.
"""

import os
import random
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from support.server import Server, running_server

pytestmark = pytest.mark.proof
SHORT_SECONDS = 5.0
SECONDS = float(os.environ.get("FUZZ_SECONDS", SHORT_SECONDS))
# Of each operation and mode, before the next has its turn.
EXAMPLES = 8 if SECONDS <= SHORT_SECONDS else 50
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    positive_data_acceptance,
    negative_data_rejection,
]
# Parameters that nobody knows are passed over, as they always were; who asks is tried elsewhere.
CONFIG = {"generation": {"allow-extra-parameters": False, "with-security-parameters": False}}
SCHOOL, SCHOOL_NUMBERS = "310000019", {"orgno", "skoleorgno", "organisasjonsnummer"}
ONE_ROUND = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def fuzzed(filled_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A sandbox of its own: what is asked here may store things."""
    folder = Path(shutil.copytree(filled_data_dir, tmp_path_factory.mktemp("fuzzed") / "data"))
    with running_server(folder) as server:
        yield server


def test_the_old_routes_keep_to_their_document(fuzzed: Server) -> None:
    document = httpx.get(f"{fuzzed.base}/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict(CONFIG))
    operations = [found.ok() for found in schema.get_all_operations()]
    number = 0 if SECONDS <= SHORT_SECONDS else random.randrange(1 << 31)
    asked: dict[str, int] = {}
    ends_at = time.monotonic() + SECONDS
    with requests.Session() as session:
        while not asked or time.monotonic() < ends_at:
            for operation in operations:
                for mode in modes(operation):
                    _round(operation, mode, fuzzed, session, number, asked)
            number += 1
    assert set(asked) == {f"{each.method.upper()} {each.path}" for each in operations}
    assert "internal_error" not in {event["event"] for event in fuzzed.events()}


def modes(operation: Any) -> list[GenerationMode]:
    """What takes nothing cannot be asked wrongly; nor what takes XML, of which OpenAPI says no more than that."""
    body = operation.definition.raw.get("requestBody", {}).get("content", {})
    takes = operation.definition.raw.get("parameters") or (body and not any("xml" in media for media in body))
    return [GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if takes else [])]


def _round(
    operation: Any, mode: GenerationMode, server: Server, session: requests.Session, number: int, asked: dict[str, int]
) -> None:
    """Ask one operation EXAMPLES times; `number` decides with what."""

    @seed(number)
    @ONE_ROUND
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        name = f"{case.method.upper()} {case.path}"
        assume(mode is GenerationMode.NEGATIVE or _is_printable([case.path_parameters, case.query, case.body]))
        if mode is GenerationMode.POSITIVE:
            _with_known_streams(case.body)
            _with_a_known_school(case)
        asked[name] = asked.get(name, 0) + 1
        case.call_and_validate(base_url=server.base, session=session, headers=server.client, checks=CHECKS)

    ask()


def _with_known_streams(body: Any) -> None:
    """Only streams that there are: which those are is a setting, and no schema knows it."""
    directives = body.get("customerDirectives", ()) if isinstance(body, Mapping) else ()
    for directive in directives:
        directive["businessStreamId"] = f"0{1 + int(directive['businessStreamId']) % 4}"


def _with_a_known_school(case: Case) -> None:
    """Only a school that there is: no schema knows which numbers check themselves."""
    for values in (case.query, case.path_parameters):
        for name in SCHOOL_NUMBERS & set(values or ()):
            values[name] = SCHOOL


def _is_printable(value: Any) -> bool:
    """Whether all text in it is: a pattern of JSON Schema cannot ask for that, the service does."""
    if isinstance(value, Mapping):
        return all(_is_printable(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return all(map(_is_printable, value))
    return not isinstance(value, str) or value.isprintable()
