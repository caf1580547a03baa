"""The learning-progress service's envelope: when it says that it answered."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rest_compat.learning.views import ROUTES
from rest_compat.messages import Asked
from rest_compat.translate import Outcome, answered

[START] = [route for route in ROUTES if route.operation == "LegacyStartContentView"]
ASKED_AT, ANSWERED_AT = datetime(2026, 11, 22, 9, tzinfo=UTC), datetime(2026, 11, 22, 9, 0, 5, 7000, tzinfo=UTC)
UNAVAILABLE = {"message": "it is down", "extensions": {"code": "BACKEND_UNAVAILABLE"}}


async def test_ts_is_the_time_of_the_answer() -> None:
    """Not of the question: a store that is locked may take seconds to fail."""
    for outcome in (Outcome({"startContentView": {"problems": []}}, []), Outcome(None, [UNAVAILABLE])):
        time = ASKED_AT

        async def run(_operation: str, _variables: Mapping[str, Any], told: Outcome = outcome) -> Outcome:
            nonlocal time
            time = ANSWERED_AT
            return told

        asked = Asked({}, body=b'{"request": {"contentId": "a"}}', now=lambda: time)  # noqa: B023 the time as it goes
        reply = await answered(START, asked, run, "t-1")
        assert json.loads(reply.body)["ts"] == "2026-11-22 09:00:05:007+0000"
