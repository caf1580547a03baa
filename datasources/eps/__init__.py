"""EPS: sessions, candidates, results and enquiries, from two servers that each hold some business streams."""

from datasources.eps.candidates import (
    CandidateKey,
    CandidatePageKey,
    CandidateRecord,
    CandidateSelection,
    ComponentKey,
    ComponentRecord,
    EntryKey,
    EntryRecord,
    EntrySelection,
    EpsCandidates,
)
from datasources.eps.enquiries import (
    EnquiryComponentRecord,
    EnquiryRecord,
    EnquirySelection,
    EnquiryStatus,
    EpsEnquiries,
)
from datasources.eps.results import (
    EpsResults,
    MarksRecord,
    ResultRecord,
    ResultStatus,
    SessionResultRecord,
)
from datasources.eps.servers import (
    VIEWS,
    BusinessStreamRecord,
    EpsServerRecord,
)
from datasources.eps.sessions import (
    EpsSessions,
    SessionKey,
    SessionPage,
    SessionPageKey,
    SessionRecord,
    SessionSelection,
    SessionStatus,
    SessionType,
)

__all__ = [
    "VIEWS",
    "BusinessStreamRecord",
    "CandidateKey",
    "CandidatePageKey",
    "CandidateRecord",
    "CandidateSelection",
    "ComponentKey",
    "ComponentRecord",
    "EnquiryComponentRecord",
    "EnquiryRecord",
    "EnquirySelection",
    "EnquiryStatus",
    "EntryKey",
    "EntryRecord",
    "EntrySelection",
    "Eps",
    "EpsServerRecord",
    "MarksRecord",
    "ResultRecord",
    "ResultStatus",
    "SessionKey",
    "SessionPage",
    "SessionPageKey",
    "SessionRecord",
    "SessionResultRecord",
    "SessionSelection",
    "SessionStatus",
    "SessionType",
]


class Eps(EpsSessions, EpsCandidates, EpsResults, EpsEnquiries):
    """Reads the EPS servers: one call to each server that holds a stream that was asked for, side by side.

    An answer for a key can be a ServiceError: the server that holds it failed, which costs the keys of the other
    server nothing. A key of an unknown stream is absent from the answer.
    """
