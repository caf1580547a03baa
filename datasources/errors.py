"""Every failure a caller may be told about.

ServiceError
├── BadUserInput          the caller asked for something of the wrong form
├── Unauthenticated       nobody, or a credential that does not hold
├── Forbidden             somebody, without the right
├── Conflict              the same key again with another input
├── LimitExceeded         more than we answer at once
└── BackendError          a backend did not give what was asked; names it, never its host
    ├── BackendUnavailable    it cannot be reached (retried, counts against its breaker)
    ├── BackendTimeout        it went past its deadline (counts against its breaker)
    └── BackendRefused        it answered, with an error or with something unusable

Anything else that is raised is a bug: it is masked as INTERNAL, logged once, and never shown.
"""

from typing import ClassVar


class ServiceError(Exception):
    """A failure whose words and code are public. `details` become members of the error's extensions."""

    code: ClassVar[str]

    def __init__(self, message: str, **details: str | int) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class BadUserInput(ServiceError):
    """`argument` is the name the caller used; `rule` says what must hold of it."""

    code = "BAD_USER_INPUT"

    def __init__(self, argument: str, rule: str) -> None:
        super().__init__(f"{argument} {rule}", argument=argument, rule=rule)


class Unauthenticated(ServiceError):
    code = "UNAUTHENTICATED"


class Forbidden(ServiceError):
    code = "FORBIDDEN"


class Conflict(ServiceError):
    code = "CONFLICT"


class LimitExceeded(ServiceError):
    """`limit` names what was exceeded, `value` is what was asked for, `bound` the most that is answered."""

    code = "LIMIT_EXCEEDED"

    def __init__(self, limit: str, value: int, bound: int) -> None:
        super().__init__(f"{limit} is {value}, the limit is {bound}", limit=limit, value=value, bound=bound)


class BackendError(ServiceError):
    """A failure of one backend; `backend` is its public name.

    `cause` is the code or the kind of what its driver raised, for the log alone: "42P01", "SQLITE_BUSY".
    """

    phrase: ClassVar[str]

    def __init__(self, backend: str, reason: str = "", *, cause: str = "") -> None:
        super().__init__(f"{backend} {self.phrase}{': ' if reason else ''}{reason}", backend=backend)
        self.backend = backend
        self.reason = reason
        self.cause = cause

    @property
    def told(self) -> dict[str, str]:
        """What the log is told of it."""
        return {"reason": self.reason, **({"cause": self.cause} if self.cause else {})}


class BackendUnavailable(BackendError):
    code = "BACKEND_UNAVAILABLE"
    phrase = "cannot be reached"


class BackendTimeout(BackendError):
    code = "BACKEND_TIMEOUT"
    phrase = "did not answer in time"


class BackendRefused(BackendError):
    code = "BACKEND_REFUSED"
    phrase = "gave an unusable answer"
