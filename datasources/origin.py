"""Where the request under way came in, and what it asks for: for the records of what it reads."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """`surface` is "graphql" or the name of an old service; `operation` what the operation is called."""

    surface: str
    operation: str


# Where what nobody let in comes from: this machine's command line.
LOCAL = Origin("local", "")
# Set by whoever lets a request in.
origin: ContextVar[Origin] = ContextVar("origin", default=LOCAL)
