"""What the learning-progress service is sent and should not be: each refused in its envelope, and nothing stored."""

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import quote

import pytest_asyncio
from golden.databases import databases, kept, on_sqlite
from golden.service import Databases, Running, running

from datasources.learning_store.records import of_milliseconds

__all__ = ["databases", "kept", "on_sqlite"]

LEARNER = "u1"
PLACE = {"contentId": "a", "collectionId": "c1", "contextId": "x1"}
ATTEMPT = {**PLACE, "attemptId": "t1"}
EMPTY_REQUEST = {"request": "Request cannot be empty"}
LONG = "x" * 10_000
PATHS = (
    "/v1/view/start", "/v1/view/update", "/v1/view/end", "/v1/view/read", "/v1/view/read?context=all",
    "/v1/assessment/submit", "/v1/assessment/read", "/v1/summary/read",
)  # fmt: skip


@pytest_asyncio.fixture
async def service(databases: Databases) -> AsyncIterator[Running]:
    """A learner who has begun a content in a context and another by itself."""
    at = {"accessed_at": of_milliseconds(0), "updated_at": of_milliseconds(0)}
    rows: dict[str, Any] = {
        "learning_context": [{"context_id": "x1", "collection_id": "c1"}],
        "learning_view": [
            {"learner_id": LEARNER, "collection_id": "c1", "context_id": "x1", "content_id": "a", "status": 1, **at}
        ],
    }
    url = await databases.url("LEARNING", rows)
    async with running(databases, {"LEARNING": url}) as made:
        yield made


async def post(service: Running, path: str, body: object) -> tuple[int, dict[str, Any]]:
    told = await service.ask("POST", path, service.learner(LEARNER), body)
    return told.response.status_code, told.json["result"]


BODIES: Sequence[object] = (
    None, "", "no JSON", "[]", '"x"', "1", "null", "{}", '{"request": null}', '{"request": []}', '{"request": "x"}',
     '{"request": 1}', '{"request": {"contentId": NaN}}', b"\xff\xfe", '{"request": {"contentId": "\\ud800"}}',
     '{"request": ' + "[" * 2000 + "]" * 2000 + "}",
)  # fmt: skip


async def test_a_body_without_a_request(service: Running) -> None:
    headers = service.learner(LEARNER)
    for body in BODIES:
        for path in PATHS:
            assert await post(service, path, body) == (400, EMPTY_REQUEST), (path, body)
        told = await service.ask("DELETE", f"/v1/summary/delete/{LEARNER}", headers, body)
        assert (told.response.status_code, told.json["result"]) == (400, EMPTY_REQUEST), body


async def test_ids_that_no_store_can_hold(service: Running) -> None:
    for given in (LONG, "a\0b", "é" * 129):
        await check_unstorable(service, given)


async def check_unstorable(service: Running, given: str) -> None:
    invalid = {"contentId": "Content Id", "collectionId": "Collection Id", "contextId": "Context Id"}
    for path in ("/v1/view/start", "/v1/view/end", "/v1/view/read", "/v1/assessment/read", "/v1/assessment/submit"):
        for name, words in invalid.items():
            request = {**ATTEMPT, "assessments": [{"edata": {"item": {"id": "q"}}}], name: given}
            assert await post(service, path, {"request": request}) == (400, {f"request.{name}": f"Invalid {words}"})
    request = {**ATTEMPT, "assessments": [{"edata": {"item": {"id": "q"}}}], "attemptId": given}
    told = await post(service, "/v1/assessment/submit", {"request": request})
    assert told == (400, {"request.attemptId": "Invalid Attempt Id"})
    # Nobody is enrolled there, and nothing was viewed there.
    request = {"userId": LEARNER, "collectionId": given, "contextId": given}
    assert await post(service, "/v1/summary/read", {"request": request}) == (200, {})
    for name in invalid:
        status, result = await post(service, "/v1/view/read?context=all", {"request": {name: given}})
        assert (status, result["contents"]) == (200, [])
    told_of = await service.ask(
        "DELETE", f"/v1/summary/delete/{LEARNER}", service.learner(LEARNER), {"request": request}
    )
    assert (told_of.response.status_code, told_of.json["result"]) == (200, {LEARNER: "Enrolment Deleted Succesfully"})


STRANGE = ("😀", "x'; DROP TABLE learning_view; --", "x" * 256, "%", "_", " a ", "\\", '"', "é")


async def test_ids_that_are_only_strange(service: Running) -> None:
    for given in STRANGE:
        await check_strange(service, given)


async def check_strange(service: Running, given: str) -> None:
    for path, words in (("start", "Progress started"), ("update", "Progress Updated"), ("end", "Progress ended")):
        request = {"contentId": given, "progressDetails": {given: given}, "timeSpent": 1}
        assert await post(service, f"/v1/view/{path}", {"request": request}) == (200, {given: words})
    view = {"contentId": given, "status": "2", "progressDetails": {given: given}}
    told = await post(service, "/v1/view/read", {"request": {"contentId": given}})
    contents = [{"collectionId": given, "contextId": given, **view}]
    assert told == (200, {"userId": LEARNER, "contentId": given, "type": "content", "contents": contents})
    told = await post(service, "/v1/view/read?context=all", {"request": {"collectionId": given}})
    contents = [{"userid": LEARNER, **view}]
    assert told == (200, {"userId": LEARNER, "collectionId": given, "type": "contextall", "contents": contents})


def nested(levels: int) -> str:
    return '{"a": ' * levels + "1" + "}" * levels


DETAILS, TIME = "Progress Details", "Time Spent"


WRONG_UPDATES: Sequence[tuple[str, str, str]] = (
    *(("progressDetails", text, f"{DETAILS} cannot be empty") for text in ("null", "{}", "[]", "[1]", '"x"', "1")),
    *(
        ("progressDetails", text, f"Invalid {DETAILS}")
        for text in (
            json.dumps({"a": "x" * (64 << 10)}), json.dumps({"a": "x" * 1_000_000}), nested(101), nested(1000),
            f'{{"a": [[{nested(99)}]]}}',
        )
    ),
    ("timeSpent", "null", f"{TIME} cannot be empty"),
    *(
        ("timeSpent", text, f"Invalid {TIME}")
        for text in ("-1", "-0.001", "1e300", "1" + "0" * 30, "1000000001", '"10"', "true", "[]", "{}")
    ),
)  # fmt: skip


async def test_updates_that_are_refused(service: Running) -> None:
    for name, text, wrong in WRONG_UPDATES:
        members = {"progressDetails": '{"a": 1}', "timeSpent": "1", name: text}
        written = ", ".join(f'"{member}": {value}' for member, value in members.items())
        body = f'{{"request": {{"contentId": "a", "collectionId": "c1", "contextId": "x1", {written}}}}}'
        assert await post(service, "/v1/view/update", body) == (400, {f"request.{name}": wrong}), body[:200]
    _, result = await post(service, "/v1/view/read", {"request": PLACE})
    assert result["contents"][0]["progressDetails"] == {}


async def test_updates_at_the_edge_of_what_is_taken(service: Running) -> None:
    for details in (json.loads(nested(100)), {"a": "x" * ((64 << 10) - 8)}, {"a\0": "\0", "n": 2**53, "f": 0.1}):
        for seconds in (0, 0.5, 1e9):
            request = {**PLACE, "progressDetails": details, "timeSpent": seconds}
            assert await post(service, "/v1/view/update", {"request": request}) == (200, {"a": "Progress Updated"})
        _, result = await post(service, "/v1/view/read", {"request": PLACE})
        assert result["contents"][0]["progressDetails"] == details


async def test_a_time_in_either_spelling(service: Running) -> None:
    for spelled, answer in (
        ({"timespent": 1}, (200, {"a": "Progress Updated"})),
        ({"timeSpent": None, "timespent": 1}, (200, {"a": "Progress Updated"})),
        ({"timeSpent": 1, "timespent": "x"}, (200, {"a": "Progress Updated"})),
        ({"timeSpent": "x", "timespent": 1}, (400, {"request.timeSpent": f"Invalid {TIME}"})),
        ({"timeSpent": None, "timespent": None}, (400, {"request.timeSpent": f"{TIME} cannot be empty"})),
    ):
        request = {**PLACE, "progressDetails": {"a": 1}, **spelled}
        assert await post(service, "/v1/view/update", {"request": request}) == answer, spelled


async def test_blank_ids_are_no_ids(service: Running) -> None:
    told = await post(service, "/v1/view/read?context=all", {"request": {"contentId": "b", "contextId": " "}})
    assert told == (200, {"userId": LEARNER, "contentId": "b", "type": "contextall", "contents": []})
    told = await post(service, "/v1/view/read?context=all", {"request": {"contentId": " ", "contextId": ""}})
    assert told == (400, EMPTY_REQUEST)


async def test_the_first_that_is_wrong_is_told(service: Running) -> None:
    request: dict[str, Any] = {"contentId": "", "contextId": "nowhere", "timeSpent": -1}
    assert (await post(service, "/v1/view/update", {"request": request}))[1] == {
        "request.contentId": "Content Id cannot be empty"
    }
    request["contentId"] = "a"
    assert (await post(service, "/v1/view/update", {"request": request}))[1] == {
        "request.contextId": "Invalid Context Id"
    }
    request["contextId"] = "x1"
    assert (await post(service, "/v1/view/update", {"request": request}))[1] == {
        "request.progressDetails": "Progress Details cannot be empty"
    }
    request["progressDetails"] = {"a": 1}
    assert (await post(service, "/v1/view/update", {"request": request}))[1] == {
        "request.timeSpent": "Invalid Time Spent"
    }


def event(**told: Any) -> dict[str, Any]:
    return {"ets": 1000, "edata": {"item": {"id": "q1", "maxscore": 5}, "score": 2}, **told}


WRONG_ATTEMPTS: Sequence[tuple[object, str]] = (
    [(value, "Assessments cannot be empty") for value in (None, [], {}, "x", 1)]
    + [
        (value, "Invalid Assessments")
        for value in (
            [1], [None], ["x"], [[]], [{}], [event(), {}], [event(ets=-1)], [event(ets=1e300)], [event(ets=10**20)],
            [event(edata={"item": {"id": ""}, "score": 1})], [event(edata={"item": {"id": 5}, "score": 1})],
            [event(edata=[])], [event(edata={"item": []})],
            [event(edata={"item": {"id": "q1", "maxscore": 1e300}, "score": 1})],
            [event(edata={"item": {"id": "q1"}, "score": -1e10})],
            [event(edata={"item": {"id": "q1"}, "score": 1, "resvalues": json.loads(nested(101))})],
        )
    ]
)  # fmt: skip


async def test_attempts_that_are_refused(service: Running) -> None:
    for assessments, wrong in WRONG_ATTEMPTS:
        told = await post(service, "/v1/assessment/submit", {"request": {**ATTEMPT, "assessments": assessments}})
        assert told == (400, {"request.assessments": wrong}), assessments
    _, result = await post(service, "/v1/assessment/read", {"request": PLACE})
    assert result["assessments"] == []


STRANGE_ATTEMPTS: Sequence[tuple[Any, float, float]] = (
    ([{"edata": {"item": {"id": "q1"}}}], 0, 0),  # without scores, without a time
    ([event(edata={"item": {"id": "q1", "maxscore": 2}, "score": 7})], 7, 2),  # more than there is to have
    ([event(edata={"item": {"id": "q1", "maxscore": 2}, "score": -1})], -1, 2),
    ([event(edata={"item": {"id": "q1", "maxscore": "5"}, "score": "2"})], 0, 0),  # what is no number is none
    ([event(edata={"item": {"id": f"q{n}", "maxscore": 0.2}, "score": 0.1}) for n in range(3)], 0.3, 0.6),
    ([event(), event(edata={"item": {"id": "q1", "maxscore": 5}, "score": 4})], 4, 5),  # at once: the last told
    ([{"questionId": "q1", "score": 3, "maxScore": 4, "timestamp": 5}], 3, 4),  # the flat form
    ([event(ets=253402300799999)], 2, 5),
    ([event(ets=1000.75)], 2, 5),
    ([event(edata={"item": {"id": "q\0", "maxscore": 1}, "score": 1})], 1, 1),
)


async def test_attempts_that_are_only_strange(service: Running) -> None:
    for place, (assessments, score, most) in enumerate(STRANGE_ATTEMPTS):
        view = {**PLACE, "contentId": f"content {place}"}
        request = {**view, "attemptId": "t1", "assessments": assessments}
        assert (await post(service, "/v1/assessment/submit", {"request": request}))[0] == 200, assessments
        _, result = await post(service, "/v1/assessment/read", {"request": view})
        assert result["assessments"] == [{"attemptId": "t1", "score": score, "max_score": most}], assessments


async def test_an_attempt_of_more_questions_than_a_body_holds(service: Running) -> None:
    events = [event(edata={"item": {"id": f"q{number}", "maxscore": 1}, "score": 1}) for number in range(100_000)]
    told = await service.ask(
        "POST", "/v1/assessment/submit", service.learner(LEARNER), {"request": {**ATTEMPT, "assessments": events}}
    )
    assert (told.response.status_code, told.json["result"]) == (413, {})
    assert told.json["params"]["status"] == "failed"
    flat = [{"questionId": str(number), "score": 1} for number in range(20_001)]
    request = {**ATTEMPT, "assessments": flat}
    assert await post(service, "/v1/assessment/submit", {"request": request}) == (
        400, {"request.assessments": "Invalid Assessments"},
    )  # fmt: skip
    request["assessments"] = flat[1:]
    assert await post(service, "/v1/assessment/submit", {"request": request}) == (200, {"a": "Score Updated"})


async def test_the_same_attempt_with_other_content(service: Running) -> None:
    async def submit(score: float, at: object) -> list[Any]:
        request = {**ATTEMPT, "assessmentTs": at, "assessments": [event(edata={"item": {"id": "q1"}, "score": score})]}
        assert await post(service, "/v1/assessment/submit", {"request": request}) == (200, {"a": "Score Updated"})
        _, result = await post(service, "/v1/assessment/read", {"request": PLACE})
        return [each["score"] for each in result["assessments"]]

    assert await submit(3, 5000) == [3]
    assert await submit(2, 5000) == [2]  # as late: it takes the place of the first
    assert await submit(5, 4999) == [2]  # an older one does not
    assert await submit(1, 5001) == [1]
    for at in (-1, 1e300, "1624275377301", True, [], {}):
        request = {**ATTEMPT, "assessmentTs": at, "assessments": [event()]}
        told = await post(service, "/v1/assessment/submit", {"request": request})
        assert told == (400, {"request.assessmentTs": "Invalid Assessment Ts"}), at


async def test_a_cell_that_a_spreadsheet_would_work_out(databases: Databases) -> None:
    cells = ("=1+1", "+1", "-1", "@x", 'a "b", c', "a\r\nb", "é")
    enrolled = {"learner_id": LEARNER, "context_id": "x", "is_active": True, "status": 0, "progress_percent": 0}
    rows = [
        {**enrolled, "collection_id": cell, "enrolled_at": of_milliseconds(1000 - place), "mark": 0}
        for place, cell in enumerate(cells)
    ]
    url = await databases.url("LEARNING", {"learning_enrolment": rows})
    async with running(databases, {"LEARNING": url}) as service:
        path = f"/v1/summary/download/{LEARNER}"
        told = await service.ask("GET", path, service.learner(LEARNER))
        file = await service.ask("GET", f"/v1/summary/download/{told.json['result']['url']}", service.learner(LEARNER))
    first, *found = csv.reader(io.StringIO(file.response.text, newline=""))
    assert first == [
        "collectionId", "contextId", "status", "progress", "completedOn", "enrolledDate", "certificatesCount",
    ]  # fmt: skip
    told_cells = ("'=1+1", "'+1", "'-1", "'@x", *cells[4:])
    assert found == [[cell, "x", "0", "0", "", str(1000 - place), "0"] for place, cell in enumerate(told_cells)]
    assert file.response.text.splitlines()[5] == '"a ""b"", c",x,0,0,,996,0'


async def test_a_learner_whose_name_is_strange(on_sqlite: Databases) -> None:
    """The file is found under the name that was told, percent-encoded; no header is broken by it."""
    url = await on_sqlite.url("LEARNING", {})
    async with running(on_sqlite, {"LEARNING": url}) as service:
        for learner in ('a"b\r\nx-evil=1', "é😀", "a/b", "100%"):
            headers = service.learner(learner)
            told = await service.ask("GET", f"/v1/summary/download/{quote(learner, safe='')}?format=json", headers)
            assert told.json["result"] == {"url": f"{learner}_viewer_summary.json"}
            named = quote(told.json["result"]["url"], safe="")
            file = await service.ask("GET", f"/v1/summary/download/{named}", headers)
            assert (file.response.status_code, file.response.text) == (200, "[]")
            assert "x-evil" not in file.response.headers
