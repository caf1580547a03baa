"""A process that writes to a store until it is killed, and prints each number once it is stored.

Each transaction stores a number in two tables: whoever finds them different has found half a transaction.
"""

import asyncio
import itertools
import sys
from datetime import UTC, datetime

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.calls import Limits
from datasources.event_store.tables import ACCOUNT, COUNTER
from datasources.stores import Store


async def main(url: str) -> None:
    store = Store("EVENTS", url, Limits(deadline_seconds=20))
    store.open()
    for number in itertools.count(1):

        async def put(connection: AsyncConnection, number: int = number) -> None:
            await connection.execute(update(COUNTER).where(COUNTER.c.kind == "account").values(last_id=number))
            row = {"id": number, "created_on": datetime.now(UTC), "event": "E", "resource_uri": "/"}
            await connection.execute(insert(ACCOUNT), row)

        await store.write(put)
        sys.stdout.write(f"{number}\n")


asyncio.run(main(sys.argv[1]))
