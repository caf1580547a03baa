"""Registering candidates: the rights, the checks that are made at once, and storing; what follows is a job's."""

import asyncio
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from datasources.errors import BadUserInput
from datasources.exam_store.names import group_name_key
from datasources.exam_store.new import CandidatesToRegister, NewGroup, NewRegistration, Parts
from datasources.exam_store.records import RegistrationRecord
from datasources.idempotency import Request, request_of
from datasources.national_ids import is_organisation_number, masked
from resolvers.context import Info
from resolvers.exams.registrations import registration_by_reference
from resolvers.ids import require_idempotency_key
from resolvers.problems import Problem

# Of a long list, the first ones tell what is wrong.
PROBLEMS_TOLD = 100
# The longest names and other texts that are kept, and the most of one that is told again.
NAME_LENGTH, TEXT_LENGTH, CODE_LENGTH, TOLD_LENGTH = 200, 300, 40, 100
EMAIL_LENGTH = 254

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisteredCandidatesPayload:
    """The registration as it was stored; None when there are problems, and then nothing was stored."""

    registration: RegistrationRecord | None
    problems: list[Problem]


class Groups:
    """Groups that were written out, as parts."""

    def __init__(self, groups: Sequence[NewGroup]) -> None:
        self._groups = groups

    @property
    def candidate_count(self) -> int:
        return sum(len(group.candidates) for group in self._groups)

    def parts(self) -> Iterator[dict[str, Any]]:
        for group in self._groups:
            leaders, candidates = ([_member(each) for each in of] for of in (group.leaders or [], group.candidates))
            yield {
                "name": group.name, "courseCode": group.course_code, "variant": (group.variant or "").strip() or None,
                "leaders": leaders, "candidates": candidates, "continues": False,
            }  # fmt: skip


# Members of leaders and candidates, as parts have them.
MEMBERS = {
    "national_number": "nationalNumber", "given_name": "givenName", "family_name": "familyName",
    "language": "language", "candidate_type": "candidateType", "email": "email", "phone": "phone",
}  # fmt: skip


def _member(person: Any) -> dict[str, Any]:  # noqa: ANN401 a dataclass
    return {MEMBERS[name]: value.value if isinstance(value, Enum) else value for name, value in asdict(person).items()}


async def register_candidates(
    info: Info,
    input: CandidatesToRegister,  # noqa: A002 the published name
    idempotency_key: str | None = None,
) -> RegisteredCandidatesPayload:
    info.context.viewer.require("exams:register")
    parts = _parts(input)
    # Whoever may not write for a school learns nothing of it. A number that is none is no school's.
    if is_organisation_number(input.school_org_number):
        info.context.viewer.require_organisation(input.school_org_number)
    request = _request(info, input, idempotency_key)
    problems = await _problems(info, input, parts)
    if problems:
        return RegisteredCandidatesPayload(None, problems)
    new = NewRegistration(
        input.school_org_number, input.school_name, input.period, input.level, input.user_name,
        input.error_email or None, info.context.viewer.subject or "",
    )  # fmt: skip
    reference = await info.context.sources.exams.receiver.receive(new, parts, request)
    return RegisteredCandidatesPayload(await info.context.load(registration_by_reference, reference), [])


def _parts(asked: CandidatesToRegister) -> Parts:
    if asked.upload is not None:
        if asked.groups is not None:
            raise BadUserInput("groups", "must be left out beside an upload")
        return asked.upload
    if asked.groups is None:
        raise BadUserInput("groups", "is required")
    return Groups(asked.groups)


def _request(info: Info, asked: CandidatesToRegister, key: str | None) -> Request | None:
    if key is None:
        return None
    require_idempotency_key(key)
    if asked.upload is not None:
        raise BadUserInput("idempotencyKey", "must be left out beside an upload")
    return request_of(info.context.viewer.subject or "", "registerCandidates", key, asdict(asked))


async def _problems(info: Info, asked: CandidatesToRegister, parts: Parts) -> list[Problem]:
    """All that keeps a registration from being stored, in the order in which the old service told it."""
    exams = info.context.sources.exams
    periods = {each.code: each for each in await exams.plan.periods()}
    period = periods.get(asked.period)
    is_period_good = period is not None and exams.now() <= period.exams_end_at
    problems = [] if is_period_good else [_problem(NO_PERIOD, asked.period, "period")]
    if asked.error_email is not None and asked.error_email.strip() and not is_email(asked.error_email):
        problems.append(_problem("is not a valid e-mail address", asked.error_email, "errorEmail"))
    problems += await _problems_of_school(info, asked.school_org_number)
    problems += _long_texts(asked, ENVELOPE, ())
    codes = await exams.plan.course_codes(asked.period, asked.level) if is_period_good else None
    # A large one takes a while, in which others are answered.
    return problems + await asyncio.to_thread(_problems_of_parts, parts, exams.offer.accepts_number, codes)


async def _problems_of_school(info: Info, number: str) -> list[Problem]:
    if not is_organisation_number(number):
        return [_problem("is not a valid organisation number", number, "schoolOrgNumber")]
    if number not in await info.context.sources.exams.plan.schools([number]):
        return [_problem("is not the number of a known school", number, "schoolOrgNumber", code="NOT_FOUND")]
    return []


def _problems_of_parts(
    parts: Parts, accepts_number: Callable[[str], bool], codes: Collection[str] | None
) -> list[Problem]:
    """What is wrong with the groups: numbers, then codes, then names. `codes` is None when no plan can tell them."""
    numbers, texts, subjects, names = _Told(), _Told(), _Told(), _Told()
    seen: set[tuple[str, str]] = set()
    group = -1
    place = 0
    for part in parts.parts():
        if not part["continues"]:
            group += 1
            place = 0
            at = ("groups", str(group))
            code, name = part["courseCode"], part["name"]
            texts.add(_long_texts(part, OF_GROUP, at))
            for index, leader in enumerate(part["leaders"]):
                texts.add(_long_texts(leader, OF_PERSON, (*at, "leaders", str(index))))
            if codes is not None and code not in codes:
                subjects.add([_problem("is no subject of the plan", code, *at, "courseCode")])
            name_key = group_name_key(name)
            if len(name or "") <= NAME_LENGTH < len(name_key):  # some letters are two or three when case does not count
                texts.add([_problem(f"must be at most {NAME_LENGTH} characters", None, *at, "name")])
            key = code, name_key
            if codes is not None and key in seen:
                told = f"{code}/{(name or '').strip()}"
                names.add([_problem("is given to two groups of one subject", told, *at, "name")])
            seen.add(key)
        for candidate in part["candidates"]:
            at_candidate = (*at, "candidates", str(place))
            if not accepts_number(candidate["nationalNumber"]):
                shown = masked(candidate["nationalNumber"])
                numbers.add([_problem("is not a valid national number", shown, *at_candidate, "nationalNumber")])
            if not _is_short(candidate):
                texts.add(_long_texts(candidate, OF_PERSON, at_candidate))
            place += 1
    return [*texts.problems, *numbers.problems, *subjects.problems, *names.problems]


class _Told:
    """The first problems of a kind."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, found: Iterable[Problem]) -> None:
        if len(self.problems) < PROBLEMS_TOLD:
            self.problems += found


# One @ with something before it and, behind it, names with dots between them; blanks nowhere.
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
# A personal number in the place of something else, a blank in it or not: the first six digits may be told.
NUMBER = re.compile(r"(?<![0-9])([0-9]{6})[\s-]?[0-9]{5}(?![0-9])")
# What neither XML nor every database can hold.
NO_TEXT = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NO_PERIOD = "is not a period for which candidates can be registered"
# What is text, and how long it may be.
ENVELOPE = {"school_name": ("schoolName", NAME_LENGTH), "user_name": ("userName", TEXT_LENGTH)}
OF_GROUP = {name: (name, most) for name, most in (
    ("name", NAME_LENGTH), ("courseCode", CODE_LENGTH), ("variant", CODE_LENGTH)
)}  # fmt: skip
OF_PERSON = {name: (name, most) for name, most in (
    ("givenName", NAME_LENGTH), ("familyName", NAME_LENGTH), ("nationalNumber", TEXT_LENGTH), ("email", TEXT_LENGTH),
    ("phone", TEXT_LENGTH),
)}  # fmt: skip


def _is_short(candidate: Mapping[str, Any]) -> bool:
    """Whether there is nothing to say of a candidate's texts: so most are."""
    names: str = candidate["givenName"] + candidate["familyName"]
    return len(names) <= NAME_LENGTH and names.isprintable()


def _long_texts(of: object, texts: Mapping[str, tuple[str, int]], at: Path) -> Iterator[Problem]:
    """What is wrong with the texts of an object or a mapping: too long, or with characters that XML cannot hold."""
    for name, (published, most) in texts.items():
        value = of.get(name) if isinstance(of, Mapping) else getattr(of, name)
        if value is None:
            continue
        if len(value) > most:
            yield _problem(f"must be at most {most} characters", None, *at, published)
        elif NO_TEXT.search(value):
            yield _problem("must not hold control characters", None, *at, published)


def is_email(text: str) -> bool:
    """Whether `text` can be an address, as the old service looked at it: nobody is asked whether it is one."""
    return len(text) <= EMAIL_LENGTH and EMAIL.fullmatch(text) is not None


def _problem(rule: str, value: str | None, *path: str, code: str = "BAD_USER_INPUT") -> Problem:
    shown = None if value is None else NUMBER.sub(r"\1*****", value)[:TOLD_LENGTH]
    return Problem(code, f"{path[-1]} {rule}", path, shown)
