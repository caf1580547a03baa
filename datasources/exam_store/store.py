"""The exam store: its parts, opened and closed together."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from datasources.exam_store.jobs import Jobs
from datasources.exam_store.plan import Plan
from datasources.exam_store.processing import NamesByNumber, Processor
from datasources.exam_store.receiving import Receiver
from datasources.exam_store.registrations import Registrations
from datasources.exam_store.sittings import Sittings
from datasources.exam_store.telling import Teller
from datasources.national_ids import ALL_SERIES, Series, is_national_number
from datasources.stores import Store


@dataclass(frozen=True, slots=True)
class Offer:
    """What deployments differ in: whose national numbers are accepted, and whether examiners are told."""

    series: Collection[Series] = ALL_SERIES
    follows_2032: bool = False
    tells_examiners: bool = True

    def accepts_number(self, number: str) -> bool:
        return is_national_number(number, series=self.series, follows_2032=self.follows_2032)


class ExamStore:
    """The plan, registrations on their way, and what came of them. `now` is the business's clock.

    `arrived` is set when this process has stored a registration: whoever does jobs need not wait.
    """

    def __init__(self, store: Store, now: Callable[[], datetime], names_by_number: NamesByNumber, offer: Offer) -> None:
        self.store = store
        self.offer = offer
        self.now = now
        self.arrived = asyncio.Event()
        self.plan = Plan(store.database)
        self.registrations = Registrations(store.database)
        self.sittings = Sittings(store, now)
        self.receiver = Receiver(store, now, self.arrived.set)
        self.jobs = Jobs(store)
        self.teller = Teller(store, self.jobs)
        self.processor = Processor(store, self.jobs, now, names_by_number)
