"""Brings one owned store to the newest version of its tables. Several processes may try at the same time."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from datasources.driver_errors import as_backend_error
from datasources.errors import BackendError, BackendRefused, BackendUnavailable
from datasources.stores import Store, writing_engine

# How long one waits for another that is migrating the same store.
LOCK_SECONDS = 60
# Any number, the same in all versions of this service: what those who migrate on PostgreSQL hold.
ADVISORY_LOCK = 0x6578616D


@dataclass(frozen=True, slots=True)
class Chain:
    """The migrations of one store, in `datasources/migrations/<name of the store>`."""

    store: Store

    async def run(self) -> list[str]:
        """Apply what is missing, all in one transaction, and name it; nothing when another process was quicker.

        Raises BackendUnavailable, BackendRefused.
        """
        applied: list[str] = await self._connected(self._upgrade)
        return applied

    async def pending(self) -> list[str]:
        """What is missing, in order. Raises BackendUnavailable, also for a file that is not there; BackendRefused."""
        if self.store.is_file and not self._file.is_file():
            raise BackendUnavailable(self.store.backend, "its file is not there yet: run `examgraph migrate`")
        missing: list[str] = await self._connected(self._missing)
        return missing

    @property
    def version_table(self) -> str:
        """Where the store's version stands: under its own name, because several stores may share a database."""
        return f"{self._name}_version"

    @property
    def _name(self) -> str:
        return self.store.backend.lower()

    @property
    def _file(self) -> Path:
        return Path(self.store.url.removeprefix("sqlite+aiosqlite:///"))

    def _scripts(self) -> ScriptDirectory:
        folder = Path(__file__).parent
        return ScriptDirectory(str(folder), version_locations=[str(folder / self._name)])

    async def _connected(self, work: Callable[[Connection], list[str]]) -> list[str]:
        engine = writing_engine(self.store.url, 0, LOCK_SECONDS, makes_file=True)
        try:
            if self.store.is_file:  # with what it will hold in mind
                self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        except (SQLAlchemyError, OSError) as error:
            raise self._told(error) from error
        except (CommandError, ResolutionError):
            reason = "its tables are of a newer version than this service"
            raise BackendRefused(self.store.backend, reason) from None
        finally:
            await engine.dispose()

    def _told(self, error: SQLAlchemyError | OSError) -> BackendError:
        """A refusal in the database's own words: whoever migrates is the one who can mend it."""
        told = as_backend_error(self.store.backend, error)
        words = str(getattr(error, "orig", "") or "").partition("\n")[0]
        return BackendRefused(self.store.backend, words) if isinstance(told, BackendRefused) and words else told

    def _missing(self, connection: Connection) -> list[str]:
        context = MigrationContext.configure(connection, opts={"version_table": self.version_table})
        return [step.revision for step in _steps(self._scripts(), context.get_current_heads())]

    def _upgrade(self, connection: Connection) -> list[str]:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        # A transaction on a file began with the only right to write: SQLite needs no other lock.
        scripts = self._scripts()
        applied: list[str] = []

        def steps(current: Any, _context: object) -> list[Any]:  # noqa: ANN401 Alembic's own
            found = _steps(scripts, current)
            applied.extend(step.revision for step in found)
            return scripts._upgrade_revs("head", current) if found else []  # noqa: SLF001 what `alembic upgrade` calls

        with EnvironmentContext(Config(), scripts, fn=steps) as environment:
            environment.configure(connection, render_as_batch=True, version_table=self.version_table)
            environment.run_migrations()
        return applied


def _steps(scripts: ScriptDirectory, current: tuple[str, ...]) -> list[Any]:
    """The migrations between what a store has and the newest, oldest first."""
    return list(scripts.iterate_revisions("head", current or "base"))[::-1]
