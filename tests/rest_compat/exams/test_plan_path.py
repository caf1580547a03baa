"""Where the plan of both levels is, which the old service's documentation lost, is configured."""

import pytest
from golden.service import Databases, running
from pydantic import ValidationError

from app.settings import ConfigurationProblem
from app.surfaces import EksamenSettings
from datasources.sandbox.exam_contract import contract_rows

MOVED = {"plan_of_both_levels": "/lokal/eksamensplan"}


async def test_it_can_stand_elsewhere(on_sqlite: Databases) -> None:
    urls = {"EXAMS": await on_sqlite.url("EXAMS", contract_rows())}
    async with running(on_sqlite, urls, eksamen=MOVED) as service:
        moved = await service.ask("GET", "/api/ekstern/lokal/eksamensplan?eksamensperiode=V-2018")
        left = await service.ask("GET", "/sas/eksamensplan/v2?eksamensperiode=V-2018")
        document = await service.ask("GET", "/openapi.json")
    assert {plan["Opplaeringsniva"] for plan in moved.json["Eksamensplaner"]} == {"GS", "VGS"}
    assert left.response.status_code == 404
    assert {"/sas/lokal/eksamensplan", "/sas/eksamensplan/v2"} & set(document.json["paths"]) == {
        "/sas/lokal/eksamensplan"
    }


@pytest.mark.parametrize("taken", ["/kandidat", "/KANDIDAT", "/eksamensplan"])
async def test_it_takes_no_other_routes_place(on_sqlite: Databases, taken: str) -> None:
    with pytest.raises(ConfigurationProblem, match=r"eksamen\.plan_of_both_levels: .* is another route's path"):
        async with running(on_sqlite, {}, eksamen={"plan_of_both_levels": taken}):
            pass


@pytest.mark.parametrize("wrong", ["", "eksamensplan", "/", "/a/", "/a b", "/{ref}", "/a\n"])
def test_it_is_a_path(wrong: str) -> None:
    with pytest.raises(ValidationError, match="must be a path such as /eksamensplan/v2"):
        EksamenSettings(plan_of_both_levels=wrong)
