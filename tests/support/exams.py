"""An exam store with the contract's schools and people, and registrations to be sent to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from datasources.calls import Limits
from datasources.errors import BackendUnavailable
from datasources.exam_store.new import NewRegistration
from datasources.exam_store.records import EntryStatus, RegistrationStatus
from datasources.exam_store.settling import Name
from datasources.exam_store.store import ExamStore, Offer
from datasources.migrations.chain import Chain
from datasources.national_ids import synthetic_number
from datasources.sandbox.exam_contract import contract_rows
from datasources.sandbox.exams import fill_sandbox_exams
from datasources.sql import driver_url
from datasources.stores import Store

FIKTIVDAL, TENKT, ANNEN = "310000019", "310000027", "310000043"
RASK, LUN, STILLE, GRONN = "15880270033", "03910270183", "20850281158", "24920265592"
MILD, KLOK = "11830073304", "30899910083"
# While candidates are registered for spring 2018.
NOW = datetime(2018, 2, 15, 11, tzinfo=UTC)

Outcome = tuple[EntryStatus, str]


@dataclass
class Clock:
    """An instant that tests move on."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Register:
    """A population register that knows these names, or none at all; and who was asked for."""

    names: dict[str, Name] = field(default_factory=dict)
    is_down: bool = False
    asked: list[str] = field(default_factory=list)

    async def names_by_number(self, numbers: Sequence[str]) -> Mapping[str, Name]:
        self.asked += numbers
        if self.is_down:
            raise BackendUnavailable("population register")
        return {number: self.names[number] for number in numbers if number in self.names}


@dataclass(frozen=True)
class Sent:
    """Groups of candidates, each for one subject: (name, subject, variant, numbers)."""

    groups: Sequence[tuple[str | None, str, str | None, Sequence[str]]]

    @property
    def candidate_count(self) -> int:
        return sum(len(numbers) for *_, numbers in self.groups)

    def parts(self) -> Iterator[dict[str, Any]]:
        for name, course, variant, numbers in self.groups:
            yield {
                "name": name, "courseCode": course, "variant": variant, "leaders": [], "continues": False,
                "candidates": [candidate(number) for number in numbers],
            }  # fmt: skip


def candidate(number: str, given_name: str = "Rask", family_name: str = "Elv") -> dict[str, Any]:
    return {
        "nationalNumber": number, "givenName": given_name, "familyName": family_name, "language": "BOKMAL",
        "candidateType": "PUPIL",
    }  # fmt: skip


def people(count: int) -> list[str]:
    """Numbers of people who do not exist, and are in no fixture."""
    born = date(2001, 1, 1)
    return [synthetic_number(born + timedelta(days=place // 100), place % 100) for place in range(count)]


def registration(school: str = FIKTIVDAL, *, error_email: str | None = None) -> NewRegistration:
    return NewRegistration(school, "En skole", "V-2018", None, "testbruker", error_email, "tok-gs")


def opened(url: str, clock: Clock, register: Register) -> ExamStore:
    """A store that answers."""
    store = Store("EXAMS", driver_url(url), Limits(deadline_seconds=20, in_flight=5))
    store.open()
    return ExamStore(store, clock, register.names_by_number, Offer())


async def exam_store(url: str, clock: Clock, register: Register) -> ExamStore:
    """A new store that answers, with the contract's rows."""
    exams = opened(url, clock, register)
    await Chain(exams.store).run()
    await fill_sandbox_exams(exams.store, contract_rows, anew=True)
    return exams


async def sent(exams: ExamStore, *groups: tuple[str | None, str, str | None, Sequence[str]], **given: Any) -> str:
    return await exams.receiver.receive(registration(**given), Sent(groups), None)


async def processed(exams: ExamStore, reference: str) -> tuple[RegistrationStatus, dict[str, Outcome]]:
    """What becomes of a registration: its status, and that of each number, subject and variant."""
    while (job := await exams.jobs.take()) is not None:
        assert job.kind == "PROCESS"
        await exams.processor.process(job)
    return await outcome(exams, reference)


async def outcome(exams: ExamStore, reference: str) -> tuple[RegistrationStatus, dict[str, Outcome]]:
    found = (await exams.registrations.by_reference([reference]))[reference]
    groups = (await exams.registrations.groups([reference]))[reference]
    entries = {
        "/".join(filter(None, (each.national_number, group.course_code, group.variant))): (each.status, each.message)
        for group in groups
        for each in group.candidates
    }
    return found.status, entries
