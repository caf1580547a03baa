"""What a database driver's error means to us, and what the log may know of it."""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from datasources.errors import BackendError, BackendRefused, BackendTimeout, BackendUnavailable

try:
    import asyncpg  # type: ignore[import-untyped] # it has no types
except ImportError:  # an extra
    asyncpg = None

# What a driver raises, directly or through SQLAlchemy.
DRIVER_ERRORS: tuple[type[Exception], ...] = (SQLAlchemyError, OSError, sqlite3.Error)
if asyncpg is not None:
    DRIVER_ERRORS = (*DRIVER_ERRORS, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

# The SQLite result codes that mean "this file does not answer now"; any other is an answer we cannot use.
SQLITE_OUTAGES = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_PROTOCOL,
})  # fmt: skip
# Classes of SQLSTATE with the same meaning: connection, authorisation, database missing, resources, shutdown.
SQLSTATE_OUTAGES = ("08", "28", "3D", "53", "57P")
# The server ended the statement itself, at a time limit of its own.
SQLSTATE_CANCELLED = "57014"


def as_backend_error(backend: str, error: Exception) -> BackendError:
    """A driver's error as one of ours."""
    return kind_of(error)(backend, cause=cause_of(error))


def kind_of(error: Exception) -> type[BackendError]:
    """Which of our failures a driver's error is."""
    if isinstance(error, OSError | PoolTimeoutError):
        return BackendUnavailable
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None) or ""
    if state == SQLSTATE_CANCELLED:
        return BackendTimeout
    code = getattr(cause, "sqlite_errorcode", None)
    is_outage = (
        isinstance(cause, OSError)
        or (isinstance(error, DBAPIError) and error.connection_invalidated)
        or state.startswith(SQLSTATE_OUTAGES)
        or (code is not None and code & 0xFF in SQLITE_OUTAGES)
        or _is_broken(cause)
    )
    return BackendUnavailable if is_outage else BackendRefused


def cause_of(error: Exception) -> str:
    """The code or the kind of a driver's error. Never its words: those repeat statements and values."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    if code is None and isinstance(cause, OSError):
        code = errno.errorcode.get(cause.errno or 0)
    return code or type(cause).__name__


def _is_broken(error: BaseException | None) -> bool:
    """Whether asyncpg finds its own connection of no use any more, for which there is no SQLSTATE."""
    if asyncpg is None:
        return False
    is_closed = isinstance(error, asyncpg.InterfaceError) and "closed" in str(error)
    return is_closed or isinstance(error, asyncpg.InternalClientError)
