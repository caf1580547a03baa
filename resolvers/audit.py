"""A record of each read of named persons' grades and results, stored before the answer leaves."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from datasources.audit_store.records import NewAuditRecord, ReadingKind, SubjectKind
from datasources.calls import transaction_id
from datasources.origin import origin
from datasources.sources import Sources
from resolvers.access import Viewer


@dataclass(frozen=True, slots=True)
class Reading:
    """What is about to be told, of whom. Of nobody: nothing needs to be recorded.

    `organisation` and `period` are given when it is all of one; `on_behalf_of` is whom the viewer says to ask for.
    """

    kind: ReadingKind
    subjects: Collection[str]
    subject_kind: SubjectKind = SubjectKind.CANDIDATE
    organisation: str | None = None
    period: str | None = None
    on_behalf_of: str | None = None


class Asker(Protocol):
    """A request's context, as far as it matters here."""

    @property
    def viewer(self) -> Viewer: ...

    @property
    def sources(self) -> Sources: ...


async def audited(context: Asker, reading: Reading) -> None:
    """Record a reading. Whoever reads waits for it before answering: a record that cannot be stored fails the read.

    One call, for however many persons. Raises BackendTimeout, BackendUnavailable, BackendRefused.
    """
    if not reading.subjects:
        return
    came = origin.get()
    await context.sources.audit.record(
        NewAuditRecord(
            viewer=context.viewer.subject or "",
            surface=came.surface,
            operation=came.operation,
            kind=reading.kind,
            subject_kind=reading.subject_kind,
            subjects=reading.subjects,
            transaction_id=transaction_id.get(),
            organisation=reading.organisation,
            period=reading.period,
            on_behalf_of=reading.on_behalf_of,
        )
    )
