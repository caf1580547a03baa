"""Who asks, and what they may do."""

from dataclasses import dataclass

from datasources.errors import Forbidden, ServiceError, Unauthenticated

# Every scope there is, and what it opens.
SCOPES = {
    "sessions:read": "business streams, sessions, vocational sessions, EPS servers",
    "results:read": "result dates, embargoes, releases, result status, question papers, enquiries, scripts",
    "scripts:request": "requests for scripts",
    "candidates:read": "candidates, entries, a learner's candidacies",
    "learners:read": "the learner registry",
    "learners:link": "linking identifiers to learners",
    "exams:register": "registrations for exams, within the viewer's organisations",
    "exams:read": "registrations and lists of candidates, within the viewer's organisations",
    "grades:read": "grades, within the viewer's organisations",
    "examiners:read": "examiner assignments, within the viewer's organisations",
    "events:apprenticeship:read": "apprenticeship events",
    "events:apprenticeship:store": "storing apprenticeship events",
    "events:agreement:read": "agreement events",
    "events:agreement:store": "storing agreement events",
    "events:account:read": "account events",
    "events:account:store": "storing account events",
    "events:generic:read": "generic events",
    "events:generic:store": "storing generic events",
    "learning:self": "everything of the token's own learner",
    "learning:read": "any learner's progress",
    "audit:read": "audit records",
    "operations:read": "the state and use of backends",
}


# Among a viewer's organisations, it is all of them.
EVERY_ORGANISATION = "*"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks, however it was established. `subject` is None for nobody."""

    subject: str | None
    scopes: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()  # organisation numbers; "*" is all of them
    learner: str | None = None
    # Why a credential that was given does not hold: told when a field needs one, because public fields need none.
    fault: ServiceError | None = None

    def require(self, scope: str, *others: str) -> None:
        """Raise Unauthenticated or Forbidden unless the viewer holds `scope`, or one of the others."""
        if scope in self.scopes or not self.scopes.isdisjoint(others):
            return
        named = " or ".join((scope, *others))
        if self.subject is not None:
            raise Forbidden(f"this needs the scope {named}", scope=named)
        raise self.fault or Unauthenticated(f"this needs a credential with the scope {named}", scope=named)

    def may_act_for(self, organisation: str) -> bool:
        """Whether the viewer stands for the organisation of this number."""
        return organisation in self.organisations or EVERY_ORGANISATION in self.organisations

    def require_organisation(self, number: str) -> None:
        """Raise Forbidden unless the viewer stands for the organisation. To be asked after `require`."""
        if not self.may_act_for(number):
            raise Forbidden("this needs a credential of the organisation", organisation=number)


NOBODY = Viewer(subject=None)
