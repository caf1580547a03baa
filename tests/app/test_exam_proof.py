"""The long proof of registrations: 50,000 candidates in one of them, its server killed twice before it is done.

`PROOF_CANDIDATES` says how many; without it the proof is not run. Takes some two minutes, of which one is waiting for
jobs that nobody gave back.
"""

import os
import re
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.exams import FIKTIVDAL, NOW, people
from support.server import Server, running_server

CANDIDATES = int(os.environ.get("PROOF_CANDIDATES", "0"))
pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(not CANDIDATES, reason="the long proof of registrations is run by `make proof`"),
]

CLASS = 25
# One class in so many is sent in for a subject that is taken in a variant, without one.
REFUSED_ONE_IN = 40
REFUSED = "Fagkode REA3015 requires one of the variants: AS, CS, DIV, JAV"
# The old way and ours to ask for all of it, at any size and on a busy machine.
ANSWER_SECONDS = 60
# A job that nobody gave back is another's after half a minute; the rest is for the candidates.
PART_SECONDS = 600
# What the whole server may hold who is asked for the report of all candidates, too.
MOST_MIB = 500
# What a server takes when it reads its first registration, however small.
FIRST_MIB = 16
PROGRESS = "query($reference: UUID!) { examRegistration(reference: $reference) { progress { settled registered } } }"


def groups() -> Iterator[tuple[str, str, list[str]]]:
    """Name, subject and numbers of each class."""
    numbers = people(CANDIDATES)
    for place, start in enumerate(range(0, CANDIDATES, CLASS)):
        course = "REA3015" if place % REFUSED_ONE_IN == 0 else "ENG0012"
        yield f"10-{place:04}", course, numbers[start : start + CLASS]


def payload() -> bytes:
    told = "".join(
        f"<pa:Kandidatgruppe><pa:Navn>{name}</pa:Navn><pa:Fagkode>{course}</pa:Fagkode><pa:Kandidatgruppeansvarlige/>"
        f"<pa:Kandidater>{''.join(map(element, numbers))}</pa:Kandidater></pa:Kandidatgruppe>"
        for name, course, numbers in groups()
    )
    return (
        '<pa:Pamelding xmlns:pa="http://pas.udir.no/Pamelding"><pa:BrukernavnPAS>proof</pa:BrukernavnPAS>'
        f"<pa:EksamensPeriodeKode>V-2018</pa:EksamensPeriodeKode><pa:Orgnr>{FIKTIVDAL}</pa:Orgnr>"
        f"<pa:Skolenavn>Fiktivdal</pa:Skolenavn><pa:Kandidatgrupper>{told}</pa:Kandidatgrupper></pa:Pamelding>"
    ).encode()


def element(number: str) -> str:
    return (
        f"<pa:Kandidat>\n  <pa:Fodselsnr>{number}</pa:Fodselsnr>\n  <pa:Fornavn>Rask</pa:Fornavn>\n"
        "  <pa:Etternavn>Elv</pa:Etternavn>\n  <pa:Malform>Bokmal</pa:Malform>\n"
        "  <pa:Kandidattype>Elev</pa:Kandidattype>\n</pa:Kandidat>\n"
    )


def asked(server: Server, method: str, path: str, body: bytes | None = None) -> Any:
    headers = {"authorization": f"Bearer {server.credentials['eksamen']['token']}"}
    answer = httpx.request(method, f"{server.base}{path}", content=body, headers=headers, timeout=ANSWER_SECONDS)
    assert answer.is_success, answer.text
    return answer.json()


def settled(server: Server, reference: str) -> int:
    told = server.graphql(PROGRESS, {"reference": reference}).json()
    return int(told["data"]["examRegistration"]["progress"]["settled"])


def wait_until_settled(server: Server, reference: str, count: int) -> None:
    ends_at = time.monotonic() + PART_SECONDS
    while (done := settled(server, reference)) < count:
        assert time.monotonic() < ends_at, f"{done} of {count} are settled\n{server.log[-2000:]}"
        time.sleep(0.2)


def mib(server: Server, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB$", Path(f"/proc/{server.process.pid}/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


def readable(server: Server, reference: str) -> Counter[str]:
    """The report, all of it, however far it is: how many candidates have each status."""
    report = asked(server, "GET", f"/sas/kandidatpamelding/{reference}")
    assert [
        (group["Navn"], group["Fagkode"], [each["Fodselsnr"] for each in group["Kandidater"]])
        for group in report["Kandidatgrupper"]
    ] == list(groups())
    assert mib(server, "VmHWM") < MOST_MIB
    return Counter(each["Status"] for group in report["Kandidatgrupper"] for each in group["Kandidater"])


def test_a_large_registration_is_settled_once_whoever_dies_over_it(filled_data_dir: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(filled_data_dir, tmp_path / "data"))
    running = {"CLOCK": NOW.isoformat()}
    body = payload()
    with running_server(folder, **running) as server:
        idle = mib(server, "VmRSS")
        reference = asked(server, "POST", "/sas/kandidatpamelding", body)["Reference"]
        wait_until_settled(server, reference, CANDIDATES // 3)
        assert mib(server, "VmHWM") - idle < max(3 * len(body) / 2**20, FIRST_MIB)
        assert readable(server, reference)["IkkeStartet"] > 0
        server.process.kill()
        server.process.wait()
    with running_server(folder, **running) as server:
        begins = settled(server, reference)
        assert CANDIDATES // 3 <= begins < CANDIDATES
        wait_until_settled(server, reference, begins + (CANDIDATES - begins) // 2)
        server.process.kill()
        server.process.wait()
    with running_server(folder, **running) as server:
        assert readable(server, reference)["IkkeStartet"] > 0
        wait_until_settled(server, reference, CANDIDATES)
        require_settled_once(server, reference)


def require_settled_once(server: Server, reference: str) -> None:
    """Each candidate once where it belongs, in the report and in the list, under the same number."""
    path = f"/sas/kandidatpamelding/{reference}"
    ends_at = time.monotonic() + ANSWER_SECONDS
    while (report := asked(server, "GET", path))["Status"] == "Startet":
        assert time.monotonic() < ends_at
    assert (report["Status"], report["StatusMessage"]) == ("DelvisFerdig", None)
    told = {
        group["Navn"]: [
            (each["Fodselsnr"], each["Kandidatnr"], each["Status"], each["StatusMessage"])
            for each in group["Kandidater"]
        ]
        for group in report["Kandidatgrupper"]
    }
    listed = asked(server, "GET", f"/sas/kandidat?orgno={FIKTIVDAL}&periodekode=V-2018")["Eksamenspameldinger"]
    of_class = {
        group["Navn"]: {each["Fodselsnr"]: each["Kandidatnummer"] for each in group["Kandidater"]}
        for exam in listed if exam["Fagkode"] == "ENG0012" for group in exam["Kandidatgrupper"]
    }  # fmt: skip
    assert told == {
        name: [
            (number, "", "IkkePameldt", REFUSED) if course == "REA3015"
            else (number, of_class[name][number], "Pameldt", "")
            for number in numbers
        ]
        for name, course, numbers in groups()
    }  # fmt: skip
    assert {exam["Fagkode"] for exam in listed} == {"ENG0012"}
    registered = [number for numbers in of_class.values() for number in numbers.values()]
    assert len(registered) == sum(len(numbers) for _, course, numbers in groups() if course == "ENG0012")
    assert len(set(registered)) == len(registered)
