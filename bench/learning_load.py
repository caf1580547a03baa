"""Learners who do what learners do for a while: 80 % updates, 10 % starts and ends, 5 % attempts, 5 % summaries."""

import http.client
import random
import threading
import time
from dataclasses import dataclass

import orjson

from bench.learning_stores import VIEWS, learner, place
from bench.servers import Failed, Running
from bench.workloads import API_KEY, LearnerKeys

SHARES = {"update": 80, "start": 5, "end": 5, "submit": 5, "summary": 5}
CALLERS = 8
LEARNERS = 200
# Before memory is looked at: whatever fills up once has done so.
WARM_UP_PART = 0.25


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it: answers a second, and what the server's memory grew by after the warm-up."""

    rate: float
    growth_mib: float
    answered: int

    @property
    def told(self) -> str:
        grown = f"memory grew by {self.growth_mib:.1f} MiB after the warm-up"
        return f"learning, mixed load: {self.answered:,} answers, {self.rate:.0f} a second; {grown}"


def mixed_load(running: Running, keys: LearnerKeys, size: int, seconds: float) -> Load:
    """Load a server whose store has `size` learners. Raises Failed when one answer is not 200."""
    numbers = random.Random(1).sample(range(1, size + 1), LEARNERS)
    headers = {number: _headers(keys, number) for number in numbers}
    began = time.monotonic()
    answered = [0] * CALLERS
    wrong: list[str] = []

    def call(caller: int) -> None:
        chance = random.Random(caller)
        connection = http.client.HTTPConnection("127.0.0.1", running.ports["main"])
        while time.monotonic() - began < seconds and not wrong:
            number = chance.choice(numbers)
            method, path, request = _request(chance, number)
            body = None if request is None else orjson.dumps({"request": request})
            connection.request(method, path, body, headers[number])
            response = connection.getresponse()
            told = response.read()
            if response.status != http.client.OK:
                wrong.append(f"{method} {path}: {response.status}: {told[:300]!r}")
            answered[caller] += 1

    callers = [threading.Thread(target=call, args=(caller,)) for caller in range(CALLERS)]
    for each in callers:
        each.start()
    time.sleep(seconds * WARM_UP_PART)
    before = running.memory_mib()
    for each in callers:
        each.join()
    if wrong:
        raise Failed(f"{running.server.name} answered {wrong[0]}")
    return Load(sum(answered) / (time.monotonic() - began), running.memory_mib() - before, sum(answered))


def _headers(keys: LearnerKeys, number: int) -> dict[str, str]:
    return {
        "authorization": f"Bearer {API_KEY}", "x-authenticated-user-token": keys.token(learner(number)),
        "content-type": "application/json",
    }  # fmt: skip


def _request(chance: random.Random, number: int) -> tuple[str, str, dict[str, object] | None]:
    collection, context = place(number)
    ids: dict[str, object] = {"collectionId": collection, "contextId": context}
    ids["contentId"] = f"{collection}_{chance.choice((1, VIEWS, 'extra'))}"
    what = chance.choices(tuple(SHARES), tuple(SHARES.values()))[0]
    if what == "update":
        details = {"progress": chance.randrange(100)}
        return "POST", "/v1/view/update", {**ids, "progressDetails": details, "timeSpent": 10}
    if what in ("start", "end"):
        return "POST", f"/v1/view/{what}", {**ids, "contentId": f"{collection}_{chance.randrange(2 * VIEWS)}"}
    if what == "submit":
        score = {"item": {"id": "q1", "maxscore": 5}, "score": chance.randrange(6)}
        event = {"ets": int(time.time() * 1000), "edata": score}
        return "POST", "/v1/assessment/submit", {**ids, "attemptId": f"t{chance.randrange(3)}", "assessments": [event]}
    return "GET", f"/v1/summary/list/{learner(number)}", None
