"""Every golden case, on SQLite and on PostgreSQL: the whole answer, and exactly the calls that it may take."""

import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any

import orjson
import pytest
from golden.cases import NOTHING, Case, cases
from golden.databases import Kept
from golden.service import CLIENT, Databases, Running, Told, locked, running
from support.rm import RunningRm, filed
from support.server import free_port

from datasources.learning_store.tables import TABLES
from datasources.sandbox.events import KINDS
from datasources.sandbox.exam_contract import contract_rows

LEARNING = tuple(TABLES.tables)
TRANSACTION = "t-1"
MADE, REFERENCE = "{made}", "{reference}"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CANDIDATE = {
    "stream": "business_stream_id", "session": "session_id", "centre": "centre_id", "candidate": "candidate_number",
}  # fmt: skip
ENTRY = {**CANDIDATE, "assessment": "assessment_code", "version": "assessment_version"}
# What the rows of a YAML file are, by their short names: a backend's view, and its columns.
ROWS = {
    "sessions": (
        "eps_session",
        {
            "stream": "business_stream_id", "session": "session_id", "name": "session_name", "year": "session_year",
            "type": "session_type", "status": "session_status", "starts": "start_date", "ends": "end_date",
        },
    ),
    "assessments": (
        "eps_session_assessment",
        {
            "stream": "business_stream_id", "session": "session_id", "assessment": "assessment_code",
            "version": "assessment_version", "qualification": "qualification_id",
        },
    ),
    "candidates": ("eps_candidate", {**CANDIDATE, "uci": "unique_candidate_id"}),
    "entries": ("eps_entry", {**ENTRY, "option": "option_code"}),
    "results": ("eps_result", {**ENTRY, "status": "result_status", "issued": "issued_date"}),
    "components": (
        "eps_component",
        {**ENTRY, "component": "component_id", "raw": "raw_mark", "assessor": "assessor_mark", "final": "final_mark"},
    ),
    "session_results": (
        "eps_session_result",
        {
            "stream": "business_stream_id", "session": "session_id", "status": "result_status",
            "issued": "issued_date", "done": "candidates_with_results", "pending": "candidates_pending",
        },
    ),
    "enquiries": (
        "eps_enquiry",
        {"enquiry": "enquiry_id", "status": "enquiry_status", "created": "created_date", "completed": "completed_date"},
    ),
    "enquiry_parts": (
        "eps_enquiry_part",
        {
            **CANDIDATE, "enquiry": "enquiry_id", "part": "part_number", "service": "service_code",
            "words": "service_name", "assessment": "assessment_code", "option": "option_code",
            "changed": "grade_changed", "confirmed": "grade_confirmed",
        },
    ),
    "enquiry_components": (
        "eps_enquiry_component",
        {
            "enquiry": "enquiry_id", "part": "part_number", "component": "component_id", "before": "mark_before",
            "after": "mark_after",
        },
    ),
    "result_dates": (
        "enquire_service_dates",
        {
            "stream": "business_stream_id", "session": "session_id", "group": "qualification_group_id",
            "name": "qualification_group_name", "issued": "results_issued_date", "released": "results_released_date",
            "opens": "enquiries_open_date", "closes": "enquiries_close_date",
        },
    ),
    "embargoes": (
        "centrewiseembargoinfo",
        {
            "session": "session_id", "centre": "centre_id", "qualification": "qualification_id",
            "assessment": "assessment_code", "issued": "issued_date", "embargoed": "is_embargoed",
        },
    ),
    "releases": (
        "result_release_date_validation",
        {"session": "session_id", "centre": "centre_id", "released": "released_date", "is_released": "is_released"},
    ),
    "papers": (
        "libs_question_paper",
        {
            "stream": "business_stream_id", "session": "session_id", "paper": "qp_identifier",
            "name": "question_paper_name", "assessment": "assessment_code", "version": "assessment_version",
            "component": "component_id", "barcode": "barcode", "pages": "page_count", "sat": "exam_date",
        },
    ),
    **{kind: (kind, None) for kind in (*KINDS, *LEARNING)},
    "records": ("audit_record", None),
    "vocational": (
        "cams_vocational_session",
        {
            "session": "session_id", "name": "session_name", "group": "qualification_group", "period": "period",
            "starts": "start_date", "ends": "end_date",
        },
    ),
}  # fmt: skip


# A case that asks no backend says the same whatever the backends are.
ASKED = [
    pytest.param(case, kind, id=f"{kind}-{case.name}")
    for case in cases()
    for kind in ("sqlite", "postgresql")
    if case.calls or kind == "sqlite"
]


@pytest.mark.parametrize(("case", "kind"), ASKED)
async def test_golden(case: Case, kind: str, kept: Kept) -> None:
    databases = kept(kind)
    backends: dict[str, Any] = {"RM": {}, **case.backends}
    urls = {name: await _url(databases, name, backend) for name, backend in backends.items()}
    held = [name for name, backend in case.backends.items() if backend.get("locked")]
    settings = {"clock": case.clock} if case.clock else {}
    async with running(databases, urls, held=held, **settings) as service, AsyncExitStack() as locks:
        for name in held:
            await locks.enter_async_context(locked(urls[name], name))
        told = await service.ask(case.method, case.path, _sent(case, service), _asked(case))
        after = [_body(await service.ask(*line.split(" ", 1), _sent(case, service))) for line in case.then]
    found = {
        "status": told.response.status_code,
        "headers": {name: told.response.headers.get(name) for name in case.headers},
        "body": _body(told),
        "calls": told.calls,
    }
    expected = {"status": case.status, "headers": case.headers, "body": case.body, "calls": case.calls}
    reference = UUID.search(told.response.text)
    made = {MADE: _transaction(case, told), REFERENCE: reference[0] if reference else ""}
    assert found == _filled(expected, made)
    assert after == list(case.then.values())
    # The same members in the same order, too.
    assert orjson.dumps(found["body"]) == orjson.dumps(_filled(case.body, made))


async def _url(databases: Databases, backend: str, given: dict[str, Any]) -> str:
    if backend == "RM":
        return _rm_url(databases.rm, given)
    if backend == "population register":
        return f"http://127.0.0.1:{free_port()}/register" if given.get("down") else databases.rm.register_url
    if given.get("down"):
        return databases.absent_url
    if backend == "EXAMS":
        return await databases.url(backend, _exams(given))
    rows = {}
    for name, values in given.items():
        if name != "locked":
            view, columns = ROWS[name]
            rows[view] = [
                {columns[key]: value for key, value in row.items()} if columns else _exact(row) for row in values
            ]
    return await databases.url(backend, rows)


def _exams(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**(contract_rows() if given.get("contract") else {}), **{k: v for k, v in given.items() if k != "contract"}}


def _exact(row: dict[str, Any]) -> dict[str, Any]:
    """A row as a store keeps it: amounts are no floats."""
    return {name: Decimal(str(value)) if name.endswith("_cost") else value for name, value in row.items()}


def _rm_url(rm: RunningRm, given: dict[str, Any]) -> str:
    """Where RM holds the scripts, and does what else the case says of it."""
    rm.holds([filed(*(each[name] for name in ("id", "key", "pages"))) for each in given.get("scripts", ())])
    for kind, fault in given.get("faults", {}).items():
        rm.fails(kind, **fault)
    return f"http://127.0.0.1:{free_port()}/rm" if given.get("down") else rm.url


def _sent(case: Case, service: Running) -> dict[str, str]:
    headers: dict[str, str | None] = {"X-TRANSACTION-ID": TRANSACTION}
    if case.viewer is not None and "client" in case.viewer:
        headers["client_id"] = case.viewer["client"]
        headers["client_secret"] = case.viewer.get("secret", CLIENT["client_secret"])
    elif case.viewer is not None and "events" in case.viewer:
        headers |= service.events_bearer(case.viewer["events"])
    elif case.viewer is not None and "eksamen" in case.viewer:
        headers["authorization"] = f"Bearer {case.viewer['eksamen']}"
    elif case.viewer is not None and "scopes" not in case.viewer:
        headers |= service.learner(case.viewer["learner"])
    elif case.viewer is not None:
        told = case.viewer
        headers |= service.bearer(
            told["scopes"], organisations=told.get("organisations", ()), learner=told.get("learner")
        )
    if isinstance(case.sent, dict) and "raw" in case.sent:
        headers["content-type"] = case.sent["type"]
    return {name: value for name, value in (headers | case.sends).items() if value is not None}


def _body(told: Told) -> Any:
    """A body that is JSON by its value, any other by its text."""
    content = told.response.content
    if not content or "json" in told.response.headers["content-type"]:
        return orjson.loads(content) if content else None
    return content.decode("utf-8" if "xml" in told.response.headers["content-type"] else "latin-1")


def _asked(case: Case) -> Any:
    if case.query is not None:
        return {"query": case.query, "variables": case.variables}
    if case.sent is NOTHING:
        return None
    if isinstance(case.sent, dict) and "raw" in case.sent:
        return case.sent["raw"].encode("utf-8", "surrogatepass")
    return case.sent


def _transaction(case: Case, told: Told) -> str:
    """The transaction id of the reply: the one that was sent, unless the case says that one is made."""
    transaction: str = told.response.headers["x-transaction-id"]
    sent = case.sends.get("X-TRANSACTION-ID", TRANSACTION)
    if case.headers.get("x-transaction-id") == MADE:
        assert UUID.fullmatch(transaction)
    else:
        assert transaction == sent
    return transaction


def _filled(value: Any, made: Mapping[str, str]) -> Any:
    """`value` with what the service made up in the places of its names."""
    if isinstance(value, dict):
        return {key: _filled(each, made) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, made) for each in value]
    if isinstance(value, str):
        for name, text in made.items():
            value = value.replace(name, text)
    return value
