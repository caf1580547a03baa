"""What is recorded of a read of candidates' results: of whom, at which centre, of which session."""

from collections.abc import Iterable

from datasources.audit_store.records import ReadingKind
from datasources.eps import CandidateKey
from resolvers.audit import Reading


def of_candidates(kind: ReadingKind, candidates: Iterable[CandidateKey]) -> Reading:
    """A reading of these candidates; its organisation is their centre, and its period their session, if it is one."""
    keys = set(candidates)
    return Reading(
        kind,
        ["/".join(key) for key in keys],
        organisation=_only({centre for _, _, centre, _ in keys}),
        period=_only({f"{stream}/{session}" for stream, session, _, _ in keys}),
    )


def _only(values: set[str]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None
