"""CI Direct: which results are embargoed at which centre, and when they are released."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Boolean, Column, Date, String

from datasources.forms import Form, optional
from datasources.paging import Page, PageKey, Positioned
from datasources.procedures import ROW_LIMIT, ROW_OFFSET, Procedure, called
from datasources.records import record
from datasources.sql import Database

Row = TypeVar("Row", bound=Positioned)

# Cambridge International, whose own system this is: sessions of other streams have numbers of their own.
BUSINESS_STREAM = "02"


@dataclass(frozen=True, slots=True)
class CentreSelection:
    """What is known about the centres of one session; about one of them, if it is given."""

    business_stream_id: str
    session_id: str
    centre_id: str | None = None


class EmbargoSelection(CentreSelection):
    """Embargoes: a list of its own, with cursors of its own."""

    __slots__ = ()


class ReleaseSelection(CentreSelection):
    """Releases."""

    __slots__ = ()


@record
class EmbargoRecord:
    place: int  # in its list, from 1
    centre_id: str
    qualification_id: str
    assessment_code: str
    issued_on: date | None
    is_embargoed: bool

    @property
    def position(self) -> tuple[str, ...]:
        """Its place in the list: the procedures know rows by their number."""
        return (str(self.place),)


@record
class ReleaseRecord:
    place: int  # in its list, from 1
    centre_id: str
    released_on: date | None
    is_released: bool

    @property
    def position(self) -> tuple[str, ...]:
        """Its place in the list: the procedures know rows by their number."""
        return (str(self.place),)


CentrePageKey = PageKey[CentreSelection]

_SESSION, _CENTRE = Column("session_id", String(20)), Column("centre_id", String(10))
EMBARGOES = Procedure(
    "dbo.CentreWiseEmbargoInfo",
    keys=(_SESSION,),
    narrowing=(_CENTRE,),
    columns=(
        Column("centre_id", String(10)),
        Column("qualification_id", String(20)),
        Column("assessment_code", String(20)),
        Column("issued_date", Date),
        Column("is_embargoed", Boolean),
    ),
    order=("centre_id", "qualification_id", "assessment_code"),
    is_paged=True,
)
RELEASES = Procedure(
    "dbo.Result_Release_Date_Validation",
    keys=(_SESSION,),
    narrowing=(_CENTRE,),
    columns=(Column("centre_id", String(10)), Column("released_date", Date), Column("is_released", Boolean)),
    order=("centre_id",),
    is_paged=True,
)
PROCEDURES = (EMBARGOES, RELEASES)
# As the procedures' rows, the total last, with the row's place in front.
EMBARGO_FORM = Form(
    "an embargo", (int, str, str, str, optional(date), bool, int), lambda *row: EmbargoRecord(*row[:-1])
)
RELEASE_FORM = Form("a release", (int, str, optional(date), bool, int), lambda *row: ReleaseRecord(*row[:-1]))


class CiDirect:
    """Calls CI Direct's procedures, on one connection for all sessions that are asked for together.

    A session of another business stream has nothing here, and is not asked for.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def pages_of_embargoes(
        self, keys: Sequence[CentrePageKey]
    ) -> dict[CentrePageKey, Page[CentreSelection, EmbargoRecord]]:
        """Pages of embargoes, by centre, qualification and assessment. One call.

        Raises BackendTimeout, BackendUnavailable, BackendRefused.
        """
        return await self._pages(EMBARGOES, EMBARGO_FORM, keys)

    async def counts_of_embargoes(self, selections: Sequence[CentreSelection]) -> dict[CentreSelection, int]:
        """How many embargoes each selection holds. One call, and raises, as `pages_of_embargoes`."""
        return await self._counts(EMBARGOES, EMBARGO_FORM, selections)

    async def pages_of_releases(
        self, keys: Sequence[CentrePageKey]
    ) -> dict[CentrePageKey, Page[CentreSelection, ReleaseRecord]]:
        """Pages of releases, by centre. One call, and raises, as `pages_of_embargoes`."""
        return await self._pages(RELEASES, RELEASE_FORM, keys)

    async def counts_of_releases(self, selections: Sequence[CentreSelection]) -> dict[CentreSelection, int]:
        """How many releases each selection holds. One call, and raises, as `pages_of_embargoes`."""
        return await self._counts(RELEASES, RELEASE_FORM, selections)

    async def _counts(
        self, procedure: Procedure, form: Form[Row], selections: Sequence[CentreSelection]
    ) -> dict[CentreSelection, int]:
        keys = {PageKey(selection, 1): selection for selection in selections}
        pages = await self._pages(procedure, form, list(keys))
        return {keys[key]: page.total or 0 for key, page in pages.items()}

    async def _pages(
        self, procedure: Procedure, form: Form[Row], keys: Sequence[CentrePageKey]
    ) -> dict[CentrePageKey, Page[CentreSelection, Row]]:
        ours = [key for key in keys if key.selection.business_stream_id == BUSINESS_STREAM]
        pages: dict[CentrePageKey, Page[CentreSelection, Row]] = {
            key: Page(key, [], has_more=False, total=0) for key in keys if key not in ours
        }
        if ours:
            found = await called(self.database, procedure, [_arguments(key) for key in ours])
            pages |= {key: self._page(key, form, rows) for key, rows in zip(ours, found, strict=True)}
        return pages

    def _page(self, key: CentrePageKey, form: Form[Row], found: Sequence[Sequence[Any]]) -> Page[CentreSelection, Row]:
        offset = _offset(key)
        # The place first, so that a cursor can tell it.
        placed = [(place, *row) for place, row in enumerate(found, offset + 1)]
        rows = form.read_all(self.database.backend, placed)
        if not found:
            return Page(key, rows, has_more=False, total=None if offset else 0)
        total: int = found[0][-1]
        return Page(key, rows, has_more=offset + len(rows) < total, total=total)


def _arguments(key: CentrePageKey) -> dict[str, object]:
    selection = key.selection
    return {
        "session_id": selection.session_id,
        "centre_id": selection.centre_id,
        ROW_OFFSET: _offset(key),
        ROW_LIMIT: key.first,
    }


def _offset(key: CentrePageKey) -> int:
    """Rows before the page: its cursor is the number of the row that it follows."""
    return 0 if key.after is None else int(key.after[0])
