"""How far results are issued, of a session and of an entry, and the marks behind them."""

from datetime import date

import strawberry

from datasources.eps import ResultStatus
from schema.fields import attribute, published

published(
    ResultStatus,
    "ResultStatus",
    "Whether a result may be known.",
    {
        "ISSUED": "It is issued.",
        "PENDING": "It is not issued yet.",
        "WITHHELD": "It is held back, as while an incident is looked into.",
        "NO_RESULT": "There is none, as of a candidate who was absent.",
    },
)


@strawberry.type(description="How far the results of a session are issued.")
class SessionResultStatus:
    status: ResultStatus = attribute("Whether the session's results are issued.")
    issued_on: date | None = attribute("Day on which they were issued; null before.")
    candidates_with_results: int = attribute("Candidates with at least one result that is issued.")
    candidates_pending: int = attribute("Candidates without one.")


@strawberry.type(description="The result of one entry, as far as its status goes.")
class Result:
    status: ResultStatus = attribute("Whether it may be known.")
    issued_on: date | None = attribute("Day on which it was issued; null before.")


@strawberry.type(description="A candidate's marks in a component; each null while it is not given.")
class Marks:
    raw: int | None = attribute("As the script was marked.")
    assessor: int | None = attribute("After scaling.")
    final: int | None = attribute("As it counts for the result.")
