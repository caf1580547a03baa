"""Exam stores for the bench: made by the product's migrations, with a school of 2,000 and registrations to process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy.ext.asyncio import create_async_engine

from bench.stores import postgres, require_durable
from datasources.calls import Limits
from datasources.exam_store.new import NewRegistration
from datasources.exam_store.processing import NamesByNumber
from datasources.exam_store.store import ExamStore, Offer
from datasources.migrations.chain import Chain
from datasources.national_ids import synthetic_number
from datasources.sandbox.exam_contract import (
    FIKTIVDAL,
    SCHOOLS,
    TENKT,
    candidate_row,
    contract_rows,
    group_row,
    sitting_row,
)
from datasources.sandbox.exams import fill_sandbox_exams
from datasources.stores import Store

EXAM_STORES = ("sqlite", "postgres")
# As every exam server of the bench, ours and by hand.
DEADLINE_SECONDS = 20
PERIOD = "V-2018"
# While candidates are registered for that period.
NOW = datetime(2018, 2, 15, 11, tzinfo=UTC)
# The school whose list is read, and the one that sends in.
READ_SCHOOL, SENDING_SCHOOL = FIKTIVDAL, TENKT
CANDIDATES, CLASS_SIZE = 2000, 25
# What goes with any other subject.
SUBJECTS = ("ENG0012", "MAT0010", "NOR1415")
GIVEN_NAMES = ("Rask", "Lun", "Blid", "Stille", "Varm", "Grønn", "Mild")
FAMILY_NAMES = ("Elv", "Stein", "Fjord", "Vann", "Lyng", "Gran", "Bjørk", "Åsen")
PEOPLE_A_DAY = 150
# The pupils of the school that is read are of the first days.
ELDEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class ExamStores:
    """Where a filled exam store and an empty audit store are."""

    exams: str
    audit: str


@contextmanager
def exam_stores(store: str, folder: Path) -> Iterator[ExamStores]:
    """Both stores for as long as they are asked; in `folder` if they are files. Raises Failed."""
    if store == "sqlite":
        found = ExamStores(*(f"sqlite+aiosqlite:///{folder / name}.sqlite" for name in ("exams", "audit")))
        uvloop.run(_fill(found))
        yield found
    else:
        with postgres("exams", "audit") as urls:
            found = ExamStores(*urls)
            uvloop.run(_fill(found))
            yield found


def opened(url: str, names_by_number: NamesByNumber) -> ExamStore:
    """The product's exam store. To be closed: its `store`."""
    # Those who write by hand do not tell the database whose request it is: on PostgreSQL that is a round trip.
    store = Store("EXAMS", url, Limits(deadline_seconds=DEADLINE_SECONDS), sends_transaction_id=False)
    store.open()
    return ExamStore(store, lambda: NOW, names_by_number, Offer())


def person(serial: int) -> tuple[str, str, str]:
    """Number, given name, family name of somebody who does not exist; another one for each serial number."""
    born = ELDEST + timedelta(days=serial // PEOPLE_A_DAY)
    number = synthetic_number(born, serial % PEOPLE_A_DAY)
    return number, GIVEN_NAMES[serial % len(GIVEN_NAMES)], FAMILY_NAMES[serial // 7 % len(FAMILY_NAMES)]


@dataclass(frozen=True, slots=True)
class Sent:
    """`candidate_count` new candidates, from a serial number on, in classes that stand in turn in each subject."""

    first: int
    candidate_count: int

    def parts(self) -> Iterator[dict[str, Any]]:
        for place in range(0, self.candidate_count, CLASS_SIZE):
            size = min(CLASS_SIZE, self.candidate_count - place)
            yield {
                "name": f"{self.first + place}", "courseCode": SUBJECTS[place // CLASS_SIZE % len(SUBJECTS)],
                "variant": None, "leaders": [], "continues": False,
                "candidates": [_candidate(self.first + place + each) for each in range(size)],
            }  # fmt: skip


def _candidate(serial: int) -> dict[str, str]:
    number, given_name, family_name = person(serial)
    return {
        "nationalNumber": number, "givenName": given_name, "familyName": family_name, "language": "BOKMAL",
        "candidateType": "PUPIL",
    }  # fmt: skip


async def sent(exams: ExamStore, first: int, candidates: int) -> str:
    """A registration that waits to be processed; its reference."""
    new = NewRegistration(SENDING_SCHOOL, SCHOOLS[SENDING_SCHOOL], PERIOD, None, "bench", None, "bench")
    return await exams.receiver.receive(new, Sent(first, candidates), None)


async def _fill(stores: ExamStores) -> None:
    await Chain(Store("AUDIT", stores.audit, Limits())).run()
    store = Store("EXAMS", stores.exams, Limits(deadline_seconds=DEADLINE_SECONDS))
    await Chain(store).run()
    store.open()
    await fill_sandbox_exams(store, _rows, anew=True)
    await store.close()
    engine = create_async_engine(stores.exams, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            await require_durable(connection)
            await connection.exec_driver_sql("VACUUM ANALYZE")
        else:
            await connection.exec_driver_sql("ANALYZE")
    await engine.dispose()


def _rows() -> dict[str, list[dict[str, Any]]]:
    """The contract's rows, and the school of 2,000: each pupil has one exam, each class a leader."""
    rows = contract_rows()
    for serial in range(CANDIDATES):
        number, given_name, family_name = person(serial)
        place = serial // CLASS_SIZE
        group, course = 100 + place, SUBJECTS[place % len(SUBJECTS)]
        if serial % CLASS_SIZE == 0:
            rows["exam_group"].append(group_row(group, READ_SCHOOL, PERIOD, course, "", f"10-{place:02}"))
            rows["exam_group_leader"].append({
                "group_id": group, "ordinal": 1, "national_number": person(CANDIDATES + place)[0],
                "given_name": "Rolig", "family_name": "Bjørk", "language": "NYNORSK" if place % 2 else None,
                "email": "leder@example.com", "phone": None,
            })  # fmt: skip
        rows["exam_person"].append({"national_number": number, "given_name": given_name, "family_name": family_name})
        rows["exam_candidate"].append(candidate_row(PERIOD, number, f"{serial % 1000:03}{_letters(serial)}-V"))
        rows["exam_sitting"].append(sitting_row(READ_SCHOOL, PERIOD, number, course, "", group, NOW))
    return rows


def _letters(serial: int) -> str:
    return f"X{chr(65 + serial // 1000)}Z"
