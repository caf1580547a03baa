"""Puts events that were stored elsewhere into an event store: the sandbox's, and those that tests choose."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.event_store.tables import ACCOUNT, AGREEMENT, APPRENTICESHIP, COUNTER, GENERIC
from datasources.stores import Store

KINDS = {"apprenticeship": APPRENTICESHIP, "agreement": AGREEMENT, "account": ACCOUNT, "generic": GENERIC}

# The sandbox's events: long past, so that whatever is stored comes after them.
BEGINS = datetime(2025, 9, 1, 8, tzinfo=UTC)
APPRENTICESHIPS = 500
AGREEMENTS = 200
ACCOUNTS = 300
ROWS_AT_ONCE = 500
FRAMEWORKS, STANDARDS = ("403-2-1", "454-3-1", "550-20-6"), ("25", "119", "171")
ULN_WEIGHTS = range(10, 1, -1)

Row = dict[str, Any]


def fill_events(connection: Connection, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Replace all events of the kinds in `rows` by those rows, in the order of their ids, and count on from there."""
    for kind, values in rows.items():
        connection.execute(delete(KINDS[kind]))
        for start in range(0, len(values), ROWS_AT_ONCE):
            connection.execute(insert(KINDS[kind]), list(values[start : start + ROWS_AT_ONCE]))
        last_id = values[-1]["id"] if values else 0
        latest = max((row["created_on"] for row in values), default=None)
        is_even = [row["id"] for row in values] == list(range(1, len(values) + 1)) and all(
            earlier["created_on"] <= later["created_on"] for earlier, later in pairwise(values)
        )
        state = {"last_id": last_id, "last_created_on": latest, "even_from": 1 if is_even else last_id + 1}
        connection.execute(update(COUNTER).where(COUNTER.c.kind == kind).values(state))


async def fill_sandbox_events(store: Store, seed: int, *, anew: bool) -> int:
    """Fill an event store with made-up events, unless it holds some and is not to be filled anew; how many went in.

    Raises as `Store.write`.
    """

    async def fill(connection: AsyncConnection) -> int:
        stored = (await connection.execute(select(func.sum(COUNTER.c.last_id)))).scalar_one()
        if stored and not anew:
            return 0
        rows = sandbox_events(seed)
        await connection.run_sync(fill_events, rows)
        return sum(map(len, rows.values()))

    return await store.write(fill)


def sandbox_events(seed: int) -> dict[str, list[Row]]:
    """The sandbox's events of every kind; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 made-up data
    employers = [f"{chance.randrange(10_000, 99_999)}" for _ in range(40)]
    providers = [str(10_000_000 + chance.randrange(99_999)) for _ in range(25)]
    return {
        "apprenticeship": _numbered(_apprenticeships(chance, employers, providers), chance),
        "agreement": _numbered(_agreements(providers), chance),
        "account": _numbered(_accounts(chance), chance),
        "generic": _numbered(_generics(employers), chance),
    }


def uln(number: int) -> str:
    """A unique learner number: nine digits and the one that checks them; the next number's when there is none."""
    digits = f"{number % 900_000_000 + 100_000_000}"
    remainder = sum(weight * int(digit) for weight, digit in zip(ULN_WEIGHTS, digits, strict=True)) % 11
    return uln(number + 1) if remainder == 0 else f"{digits}{10 - remainder}"


def _numbered(rows: Iterator[Row], chance: random.Random) -> list[Row]:
    found = []
    created_on = BEGINS
    for number, row in enumerate(rows, 1):
        created_on += timedelta(milliseconds=chance.randrange(60_000, 7_200_000))
        found.append({"id": number, "created_on": created_on, **row})
    return found


def _apprenticeships(chance: random.Random, employers: Sequence[str], providers: Sequence[str]) -> Iterator[Row]:
    for number in range(1, APPRENTICESHIPS + 1):
        is_standard = chance.random() < 0.6  # noqa: PLR2004 more than half
        starts = BEGINS.replace(hour=0) + timedelta(days=7 * chance.randrange(-26, 26))
        told: Row = {
            "apprenticeship_id": 1000 + number,
            "agreement_status": "BothAgreed",
            "provider_id": chance.choice(providers),
            "learner_id": uln(7_919 * number),
            "training_type": "standard" if is_standard else "framework",
            "training_id": chance.choice(STANDARDS if is_standard else FRAMEWORKS),
            "employer_account_id": chance.choice(employers),
            "training_start_date": starts,
            "training_end_date": starts + timedelta(days=365 * chance.choice((1, 2))),
            "training_total_cost": Decimal(chance.randrange(150, 2700) * 10).quantize(Decimal("0.01")),
        }
        yield {"event": "ApprenticeshipCreated", "payment_status": "PendingApproval", **told}
        yield {"event": "APPRENTICESHIP-AGREEMENT-UPDATED", "payment_status": "Active", **told}
        if number % 5 == 0:
            yield {"event": "Paused", "payment_status": "Paused", **told}


def _agreements(providers: Sequence[str]) -> Iterator[Row]:
    for number in range(AGREEMENTS):
        provider = providers[number % len(providers)]
        yield {"event": "INITIATED", "provider_id": provider, "contract_type": "ProviderAgreement"}


def _accounts(chance: random.Random) -> Iterator[Row]:
    for _ in range(ACCOUNTS):
        hashed = "".join(chance.choices("BCDFGHJKLMNPRSTVWXYZ23456789", k=6))
        yield {"event": "AccountCreated", "resource_uri": f"/api/accounts/{hashed}"}


def _generics(employers: Sequence[str]) -> Iterator[Row]:
    for number, employer in enumerate(employers):
        payload = f'{{"accountId":"{employer}","levyDeclared":{1000 + number}}}'
        yield {"type": "LevyDeclared", "payload": payload, "resource_type": "Account", "resource_id": employer}
