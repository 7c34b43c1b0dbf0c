"""Bring a database to today's tables."""

import asyncio
import time
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, table
from sqlalchemy.sql import column

from console.journal.database import Database, StoreUnavailableError

MIGRATIONS = Path(__file__).parent / "journal" / "migrations"
PATIENCE_S = 20.0
"""How long another process may take to do the same."""
RETRY_S = 0.1
HEAD = "0002"
"""The newest revision; a test holds it against the migrations themselves."""
ADVISORY_LOCK = 0x636F6E736F6C65
"""«console»: held while PostgreSQL's tables are changed."""


async def migrate(database: Database) -> None:
    """Upgrade in place; a database that is up to date costs one query. Raises StoreUnavailableError.

    A store that a newer program has upgraded is left alone: this program does not know what stands in it.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            found = await database.read(revision)
            if found is not None and found > HEAD:
                raise StoreUnavailableError(
                    f"its tables are at {found}, this program knows {HEAD}; run the newer program"
                )
            if found != HEAD:
                await database.run(_upgrade)
        except StoreUnavailableError as error:
            if "lock" not in error.reason or time.monotonic() > deadline:
                raise
            await asyncio.sleep(RETRY_S)
        else:
            return


def revision(connection: Connection) -> str | None:
    """The revision a database is at, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(select(column("version_num")).select_from(table("alembic_version"))).scalar()
    return found


def _upgrade(connection: Connection, to: str = "head") -> None:
    if connection.dialect.name == "postgresql":
        # Processes that start together upgrade one after the other; the later ones find nothing left to do.
        connection.execute(select(func.pg_advisory_xact_lock(ADVISORY_LOCK)))
    from alembic import command  # noqa: PLC0415 - takes 0.3 s to import, and most starts have nothing to upgrade
    from alembic.config import Config  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
