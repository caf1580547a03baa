"""The exam API's contract, case by case, on both kinds of database: asked as its callers ask, of the whole service."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
import pytest_asyncio
from golden.databases import Kept
from golden.service import Databases, Running, running
from lxml import etree
from structlog.testing import capture_logs
from support.exam_checks import CHECKS, Found, people, schema_of
from support.exam_contract import SCHOOLS, Case, cases, payload

from datasources.sandbox.exam_contract import FIKTIVDAL, contract_rows

CLOCK = "2018-02-15T12:00:00+01:00"
UNDER_WAY = ("IkkeStartet", "Startet")
FAR_SECONDS = 60.0
# What a case says that needs a service of its own.
SPECIAL = frozenset({"fault", "processing", "clock", "profile"})

Json = dict[str, Any]
CASES = cases()


class Contract:
    """A service that a case is tried on."""

    def __init__(self, service: Running, databases: Databases, *, is_held: bool) -> None:
        self.lookups = databases.rm.register.lookups
        self.reference = ""
        self._service = service
        self._is_held = is_held

    async def ask(self, method: str, path: str, token: str | None = None, **headers: str) -> httpx.Response:
        return await self.send({"method": method, "path": path, "token": token, "headers": headers})

    async def send(self, request: Mapping[str, Any]) -> httpx.Response:
        """Send a request of the contract; when it is a registration, wait until it is processed."""
        headers = dict(request.get("headers", {}))
        if request.get("token"):
            headers["Authorization"] = f"Bearer {request['token']}"
        path = request["path"].replace("{Reference}", self.reference)
        told = await self._service.ask(request["method"], path, headers, _body(request))
        if told.response.status_code == 202:
            self.reference = told.response.headers["location"].rpartition("/")[2]
            await self._processed()
        return told.response

    async def before(self, step: Any) -> None:
        """Do what a case begins with."""
        if isinstance(step, dict) and "delete" in step:
            await self._delete(*step["delete"].split("/"))
        elif isinstance(step, str) and step in CASES:
            for earlier in CASES[step].after:
                await self.before(earlier)
            await self.send(CASES[step].request or {})
        else:
            given = {"body": step} if isinstance(step, str) else step
            if given.get("reset_lookups"):
                self.lookups.clear()
            token = SCHOOLS[given["body"]]
            answer = await self.send({"method": "POST", "path": "/sas/kandidatpamelding", "token": token, **given})
            assert answer.status_code == 202, answer.text

    async def report(self) -> Json:
        return (await self.ask("GET", f"/sas/kandidatpamelding/{self.reference}", "tok-all")).json()

    async def listed(self, school: str = FIKTIVDAL, period: str = "V-2018") -> Json:
        return (await self.ask("GET", f"/sas/kandidat?orgno={school}&periodekode={period}", "tok-all")).json()

    async def _processed(self) -> None:
        async with asyncio.timeout(FAR_SECONDS):
            while not self._is_held and (await self.report())["Status"] in UNDER_WAY:
                pass  # asking is waiting

    async def _delete(self, number: str, code: str) -> None:
        found = {person["Fodselsnr"]: person for _, person in people(await self.listed())}
        which = f"kandidatnummer={found[number]['Kandidatnummer']}&fagkode={code}"
        where = f"orgno={FIKTIVDAL}&periodekode=V-2018"
        deleted = await self.ask("DELETE", f"/sas/kandidat?{which}&{where}", "tok-all")
        assert deleted.json()["Status"] == "Slettet"


def _body(request: Mapping[str, Any]) -> object:
    if "body" in request:
        return payload(request)
    return request.get("raw_body", request.get("json_body"))


@asynccontextmanager
async def opened(databases: Databases, given: Mapping[str, Any]) -> AsyncIterator[Running]:
    """A service as a case wants it, whose store begins with the contract's rows."""
    is_down = given.get("fault") == "storage_down"
    url = databases.absent_url if is_down else await databases.url("EXAMS", contract_rows())
    eksamen: Json = {"registrations_at_once": 0 if is_down or given.get("processing") else 3}
    if given.get("profile") == "production":
        eksamen["offers_examiner_assignments"] = False
    async with running(databases, {"EXAMS": url}, clock=given.get("clock", CLOCK), eksamen=eksamen) as service:
        yield service


@dataclass(frozen=True)
class Ordinary:
    """A service that ordinary cases share, and its databases."""

    service: Running
    databases: Databases


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def ordinary(request: pytest.FixtureRequest, kept: Kept) -> AsyncIterator[Ordinary]:
    databases = kept(request.param)
    async with opened(databases, {}) as service:
        yield Ordinary(service, databases)


@asynccontextmanager
async def contract(ordinary: Ordinary, case: Case) -> AsyncIterator[Contract]:
    """The service as a case begins with it: the ordinary one, unless it says otherwise."""
    databases = ordinary.databases
    databases.rm.register.lookups.clear()
    if not SPECIAL.isdisjoint(case.given):
        async with opened(databases, case.given) as service:
            yield Contract(service, databases, is_held=case.given.get("processing") == "held")
    else:
        await databases.url("EXAMS", contract_rows())
        yield Contract(ordinary.service, databases, is_held=False)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_contract(case: Case, ordinary: Ordinary, tmp_path: Path) -> None:
    async with contract(ordinary, case) as service:
        for step in case.after:
            await service.before(step)
        with capture_logs() as logs:
            if case.request:
                answer = await service.send(case.request)
            else:
                answer = await service.ask("GET", f"/sas/kandidatpamelding/{service.reference}", "tok-all")
        schemas = await service.ask("GET", "/sas/skjema")
        ZipFile(BytesIO(schemas.content)).extractall(tmp_path)
        found = Found(case, answer, service.listed, service.lookups, logs, tmp_path)
        if "xml" in answer.headers["content-type"]:
            schema_of(tmp_path, etree.QName(found.xml).localname).assertValid(found.xml)
        for name, expected in case.expect.items():
            if (looked := CHECKS[name](found, expected)) is not None:
                await looked


def test_the_contract_has_115_cases() -> None:
    assert [name for name in CASES if name.startswith("G")] == [f"G{number:02}" for number in range(1, 116)]
