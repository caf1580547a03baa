"""How the servers written by hand write records: one dict literal each, the encoder does the rest."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.records import CandidateRecord, EntryRecord, EventRecord, SessionRecord


def event_body(event: EventRecord) -> dict[str, Any]:
    return {
        "id": event.id,
        "event": event.event,
        "apprenticeshipId": event.apprenticeship_id,
        "agreementStatus": event.agreement_status,
        "paymentStatus": event.payment_status,
        "providerId": event.provider_id,
        "learnerId": event.learner_id,
        "employerAccountId": event.employer_account_id,
        "trainingType": event.training_type,
        "trainingId": event.training_id,
        "trainingStart": event.training_start,
        "trainingEnd": event.training_end,
        "cost": event.cost,
        "createdOn": event.created_on,
    }


def sessions_body(
    sessions: Sequence[SessionRecord],
    entries: Mapping[str, Sequence[EntryRecord]],
    candidates: Mapping[str, CandidateRecord],
) -> list[dict[str, Any]]:
    return [
        {
            "sessionId": session.session_id,
            "businessStreamId": session.business_stream_id,
            "name": session.name,
            "year": session.year,
            "startsAt": session.starts_at,
            "entries": [_entry_body(entry, candidates) for entry in entries.get(session.session_id, ())],
        }
        for session in sessions
    ]


def _entry_body(entry: EntryRecord, candidates: Mapping[str, CandidateRecord]) -> dict[str, Any]:
    candidate = candidates.get(entry.candidate_id)
    return {
        "entryId": entry.entry_id,
        "centreId": entry.centre_id,
        "candidateNumber": entry.candidate_number,
        "qualification": entry.qualification,
        "option": entry.option,
        "candidate": None
        if candidate is None
        else {
            "candidateId": candidate.candidate_id,
            "familyName": candidate.family_name,
            "givenName": candidate.given_name,
            "birthYear": candidate.birth_year,
            "isPrivate": candidate.is_private,
        },
    }
