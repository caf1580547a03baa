"""What a registration of 50,000 candidates costs a started server while it is sent in: memory at its peak, and time."""

import http.client
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.comparing import started
from bench.exam_stores import CLASS_SIZE, PERIOD, SENDING_SCHOOL, SUBJECTS, ExamStores, person
from bench.servers import Failed, Running, Server
from bench.workloads import EXAM_SCOPE, token

CANDIDATES = 50_000
# Nobody else in the store has a serial number so high.
FIRST_SERIAL = 500_000
UPLOAD_SECONDS = 120
HEADERS = {"authorization": f"Bearer {token(EXAM_SCOPE)}", "content-type": "application/xml"}


@dataclass(frozen=True, slots=True)
class Uploaded:
    """How large the body was, what the server held at most above what it held before, and how long it took."""

    mib: float
    memory_mib: float
    seconds: float


def uploaded(stores: ExamStores) -> Uploaded:
    """A server that has read one small registration, and then a large one; it processes neither. Raises Failed."""
    command = [sys.executable, "-m", "bench.serve.exams_ours", stores.exams, stores.audit, "--idle"]
    body = registration(FIRST_SERIAL, CANDIDATES)
    with started([Server("ours_upload", command, {})]) as [running]:
        _send(running, registration(FIRST_SERIAL + CANDIDATES, CLASS_SIZE))
        before = _status_mib(running, "VmRSS")
        began = time.perf_counter()
        _send(running, body)
        seconds = time.perf_counter() - began
        return Uploaded(len(body) / 2**20, _status_mib(running, "VmHWM") - before, seconds)


def registration(first: int, candidates: int) -> bytes:
    """So many candidates from a serial number on, in classes, as a school sends them in."""
    groups = "".join(
        f"<pa:Kandidatgruppe><pa:Navn>{start}</pa:Navn><pa:Fagkode>{SUBJECTS[place % len(SUBJECTS)]}</pa:Fagkode>"
        "<pa:Kandidatgruppeansvarlige/><pa:Kandidater>"
        f"{''.join(_candidate(serial) for serial in range(start, min(start + CLASS_SIZE, first + candidates)))}"
        "</pa:Kandidater></pa:Kandidatgruppe>\n"
        for place, start in enumerate(range(first, first + candidates, CLASS_SIZE))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<pa:Pamelding xmlns:pa="http://pas.udir.no/Pamelding" xmlns:ct="http://pas.udir.no/CommonTypes">'
        f"<pa:BrukernavnPAS>bench</pa:BrukernavnPAS><pa:EksamensPeriodeKode>{PERIOD}</pa:EksamensPeriodeKode>"
        f"<pa:Orgnr>{SENDING_SCHOOL}</pa:Orgnr><pa:Skolenavn>En skole</pa:Skolenavn>"
        f"<pa:Kandidatgrupper>{groups}</pa:Kandidatgrupper></pa:Pamelding>"
    ).encode()


def _candidate(serial: int) -> str:
    number, given_name, family_name = person(serial)
    return (
        f"<pa:Kandidat>\n  <pa:Fodselsnr>{number}</pa:Fodselsnr>\n  <pa:Fornavn>{given_name}</pa:Fornavn>\n"
        f"  <pa:Etternavn>{family_name}</pa:Etternavn>\n  <pa:Malform>Bokmal</pa:Malform>\n"
        "  <pa:Kandidattype>Elev</pa:Kandidattype>\n</pa:Kandidat>\n"
    )


def _send(running: Running, body: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", running.ports["main"], timeout=UPLOAD_SECONDS)
    connection.request("POST", "/sas/kandidatpamelding", body, HEADERS)
    response = connection.getresponse()
    told = response.read()
    if response.status != http.client.ACCEPTED:
        raise Failed(f"{running.server.name} answered a registration with {response.status}: {told[:500]!r}")


def _status_mib(running: Running, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB$", Path(f"/proc/{running.pid}/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024
