"""The old routes' answers of servers written by hand: by SQLAlchemy Core as people write it, and on bare drivers.

Each asks what ours asks: as many statements, for the same rows and columns, of the same backends. Keys are compared
one by one, as whoever asks for one of each does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Protocol

import orjson
from sqlalchemy import ColumnElement, Table, func, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from bench.serve.pools import CONNECTIONS, Pools
from datasources.eps.candidates import CANDIDATE, ENTRY
from datasources.eps.enquiries import ENQUIRY, ENQUIRY_COMPONENT, ENQUIRY_PART
from datasources.eps.results import RESULT
from datasources.eps.sessions import SESSION
from datasources.sandbox.stand_ins import CI_DIRECT

Key = tuple[str, str, str, str]  # business stream, session, centre, candidate number
Row = Sequence[Any]

SERVER_OF = {"01": "OEPS", "02": "MEPS", "03": "MEPS", "04": "OEPS"}
INTERNATIONAL = "02"
EMBARGO = CI_DIRECT.tables["centrewiseembargoinfo"]


class Answers(Protocol):
    """A method a route, each giving the answer's bytes; None for what there is not."""

    async def close(self) -> None: ...

    async def result_status(self, key: Key, assessment: str) -> bytes | None: ...

    async def result_enquiries(self, key: Key, assessment: str, component: str) -> bytes | None: ...

    async def embargoes(self, session: str, centre: str | None, offset: int, limit: int) -> bytes | None: ...


class FromCore:
    """SQLAlchemy Core, asyncio, as its documentation shows."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        engines = {url: create_async_engine(url, pool_size=CONNECTIONS) for url in set(urls.values())}
        self._engines = {backend: engines[url] for backend, url in urls.items()}

    async def close(self) -> None:
        for engine in self._engines.values():
            await engine.dispose()

    async def result_status(self, key: Key, assessment: str) -> bytes | None:
        async with self._engines[SERVER_OF[key[0]]].connect() as connection:
            asked = select(CANDIDATE).where(*_same(CANDIDATE, key))
            if (await connection.execute(asked)).one_or_none() is None:
                return None
            asked = (
                select(ENTRY).where(*_same(ENTRY, key)).order_by(ENTRY.c.assessment_code, ENTRY.c.assessment_version)
            )
            entry = _entry((await connection.execute(asked)).all(), assessment)
            if entry is None:
                return None
            asked = select(RESULT).where(*_same(RESULT, entry[:6]))
            return _status(entry, (await connection.execute(asked)).one_or_none())

    async def result_enquiries(self, key: Key, assessment: str, component: str) -> bytes | None:
        async with self._engines[SERVER_OF[key[0]]].connect() as connection:
            asked = select(CANDIDATE).where(*_same(CANDIDATE, key))
            if (await connection.execute(asked)).one_or_none() is None:
                return None
            head, part, of_part = ENQUIRY.c, ENQUIRY_PART.c, ENQUIRY_COMPONENT.c
            enquiries = (
                select(
                    part.enquiry_id, part.part_number, part.service_code, part.service_name,
                    head.enquiry_status, head.created_date, head.completed_date,
                    part.assessment_code, part.option_code, part.grade_changed, part.grade_confirmed,
                    of_part.component_id, of_part.mark_before, of_part.mark_after,
                )
                .join_from(ENQUIRY_PART, ENQUIRY, head.enquiry_id == part.enquiry_id)
                .outerjoin(
                    ENQUIRY_COMPONENT,
                    (of_part.enquiry_id == part.enquiry_id) & (of_part.part_number == part.part_number),
                )
                .where(*_same(ENQUIRY_PART, key))
                .order_by(head.created_date, part.enquiry_id, part.part_number, of_part.component_id)
            )  # fmt: skip
            rows = (await connection.execute(enquiries)).all()
        return _enquiries(key, assessment, component, rows)

    async def embargoes(self, session: str, centre: str | None, offset: int, limit: int) -> bytes | None:
        async with self._engines["MEPS"].connect() as connection:
            asked = select(SESSION).where(*_same(SESSION, (INTERNATIONAL, session)))
            if (await connection.execute(asked)).one_or_none() is None:
                return None
        engine = self._engines["CI Direct"]
        async with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                call = text(f"{EMBARGOES_OF_POSTGRES.format(*(':session', ':centre', ':offset', ':limit'))}")
                values = {"session": session, "centre": centre, "offset": offset, "limit": limit}
                rows = (await connection.execute(call, values)).all()
            else:
                matched = [EMBARGO.c.session_id == session]
                if centre is not None:
                    matched.append(EMBARGO.c.centre_id == centre)
                page = (
                    select(
                        EMBARGO.c.centre_id, EMBARGO.c.qualification_id, EMBARGO.c.assessment_code,
                        EMBARGO.c.issued_date, EMBARGO.c.is_embargoed,
                        select(func.count()).select_from(EMBARGO).where(*matched).scalar_subquery(),
                    )
                    .where(*matched)
                    .order_by(EMBARGO.c.centre_id, EMBARGO.c.qualification_id, EMBARGO.c.assessment_code)
                    .limit(limit)
                    .offset(offset)
                )  # fmt: skip
                rows = (await connection.execute(page)).all()
        return _embargoes(session, offset, limit, rows)


OF_CANDIDATE = "business_stream_id = {} AND session_id = {} AND centre_id = {} AND candidate_number = {}"
ONE_CANDIDATE = (
    "SELECT business_stream_id, session_id, centre_id, candidate_number, unique_candidate_id "
    f"FROM eps_candidate WHERE {OF_CANDIDATE}"
)
ENTRIES = (
    "SELECT business_stream_id, session_id, centre_id, candidate_number, assessment_code, assessment_version, "
    f"option_code FROM eps_entry WHERE {OF_CANDIDATE} ORDER BY assessment_code, assessment_version"
)
ONE_RESULT = (
    "SELECT business_stream_id, session_id, centre_id, candidate_number, assessment_code, assessment_version, "
    f"result_status, issued_date FROM eps_result WHERE {OF_CANDIDATE} AND assessment_code = {{}} "
    "AND assessment_version = {}"
)
ENQUIRIES = (
    "SELECT part.enquiry_id, part.part_number, part.service_code, part.service_name, head.enquiry_status, "
    "head.created_date, head.completed_date, part.assessment_code, part.option_code, part.grade_changed, "
    "part.grade_confirmed, of_part.component_id, of_part.mark_before, of_part.mark_after "
    "FROM eps_enquiry_part AS part JOIN eps_enquiry AS head ON head.enquiry_id = part.enquiry_id "
    "LEFT JOIN eps_enquiry_component AS of_part "
    "ON of_part.enquiry_id = part.enquiry_id AND of_part.part_number = part.part_number "
    f"WHERE {OF_CANDIDATE} ORDER BY head.created_date, part.enquiry_id, part.part_number, of_part.component_id"
)
ONE_SESSION = (
    "SELECT business_stream_id, session_id, session_name, session_year, session_type, session_status, start_date, "
    "end_date FROM eps_session WHERE business_stream_id = {} AND session_id = {}"
)
EMBARGOES_OF_POSTGRES = (
    "SELECT centre_id, qualification_id, assessment_code, issued_date, is_embargoed, total_rows "
    "FROM centrewiseembargoinfo({}, {}, {}, {}) ORDER BY centre_id, qualification_id, assessment_code"
)
MATCHED = "session_id = {0} AND ({1} IS NULL OR centre_id = {1})"
EMBARGOES_OF_SQLITE = (
    "SELECT centre_id, qualification_id, assessment_code, issued_date, is_embargoed, "
    f"(SELECT count(*) FROM centrewiseembargoinfo WHERE {MATCHED}) FROM centrewiseembargoinfo WHERE {MATCHED} "
    "ORDER BY centre_id, qualification_id, assessment_code LIMIT {3} OFFSET {2}"
)


class FromDrivers:
    """asyncpg, or aiosqlite: the same texts, but for how each names its arguments."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools
        marked = _marked("?" if pools.is_sqlite else "$")
        self._candidate, self._entries, self._result = marked(ONE_CANDIDATE), marked(ENTRIES), marked(ONE_RESULT)
        self._enquiries, self._session = marked(ENQUIRIES), marked(ONE_SESSION)
        self._embargoes = marked(EMBARGOES_OF_SQLITE if pools.is_sqlite else EMBARGOES_OF_POSTGRES)

    async def close(self) -> None:
        """The pools are whose they are."""

    async def result_status(self, key: Key, assessment: str) -> bytes | None:
        async with self._pools[SERVER_OF[key[0]]].acquire() as connection:
            if not await connection.fetch(self._candidate, *key):
                return None
            entry = _entry(await connection.fetch(self._entries, *key), assessment)
            if entry is None:
                return None
            results = await connection.fetch(self._result, *entry[:6])
        return _status(entry, results[0] if results else None)

    async def result_enquiries(self, key: Key, assessment: str, component: str) -> bytes | None:
        async with self._pools[SERVER_OF[key[0]]].acquire() as connection:
            if not await connection.fetch(self._candidate, *key):
                return None
            rows = await connection.fetch(self._enquiries, *key)
        return _enquiries(key, assessment, component, rows)

    async def embargoes(self, session: str, centre: str | None, offset: int, limit: int) -> bytes | None:
        async with self._pools["MEPS"].acquire() as connection:
            if not await connection.fetch(self._session, INTERNATIONAL, session):
                return None
        async with self._pools["CI Direct"].acquire() as connection:
            rows = await connection.fetch(self._embargoes, session, centre, offset, limit)
        return _embargoes(session, offset, limit, rows)


def _same(table: Table, key: Iterable[object]) -> list[ColumnElement[bool]]:
    return [column == value for column, value in zip(table.columns, key, strict=False)]


def _marked(mark: str) -> Callable[[str], str]:
    """Puts numbered marks into the places of a text's arguments."""
    marks = [f"{mark}{number}" for number in range(1, 7)]
    return lambda written: written.format(*marks)


def _entry(entries: Iterable[Row], assessment: str) -> Row | None:
    """The entry for the assessment; of several versions the newest."""
    found = [entry for entry in entries if entry[4] == assessment]
    return found[-1] if found else None


def _status(entry: Row, result: Row | None) -> bytes:
    stream, session, centre, number, assessment, _, _ = entry
    return orjson.dumps(
        {
            "businessStreamId": stream,
            "sessionId": session,
            "centreId": centre,
            "candidateNumber": number,
            "assessmentCode": assessment,
            "resultStatus": "NO_RESULT" if result is None else result[6],
            "issuedDate": None if result is None else result[7],
        }
    )


def _enquiries(key: Key, assessment: str, component: str, rows: Iterable[Row]) -> bytes:
    stream, session, centre, number = key
    enquiries = []
    for part, of_part in groupby(rows, lambda row: row[:11]):
        enquiry, _, service, name, status, requested, completed, code, _, changed, confirmed = part
        components = [row[11] for row in of_part if row[11] is not None]
        if code == assessment and (not components or component in components):
            enquiries.append(
                {
                    "enquiryId": enquiry,
                    "serviceCode": service,
                    "serviceName": name,
                    "status": status,
                    "requestedDate": requested,
                    "completedDate": completed,
                    "gradeChanged": None if changed is None else bool(changed),
                    "gradeConfirmed": None if confirmed is None else bool(confirmed),
                }
            )
    return orjson.dumps(
        {
            "businessStreamId": stream,
            "sessionId": session,
            "centreId": centre,
            "candidateNumber": number,
            "assessmentCode": assessment,
            "componentId": component,
            "enquiries": enquiries,
        }
    )


def _embargoes(session: str, offset: int, limit: int, rows: Sequence[Row]) -> bytes:
    return orjson.dumps(
        {
            "businessStreamId": INTERNATIONAL,
            "sessionId": session,
            "enquireServices": [
                {
                    "centreId": centre,
                    "qualificationId": qualification,
                    "assessmentCode": assessment,
                    "issuedDate": issued_on,
                    "embargoed": bool(is_embargoed),
                }
                for centre, qualification, assessment, issued_on, is_embargoed, _ in rows
            ],
            "offset": offset,
            "limit": limit,
            "total": rows[0][5] if rows else 0,
        }
    )
