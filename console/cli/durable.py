"""What the store says about keeping what it was given: asked by `console doctor` and at every start."""

from sqlalchemy import Connection
from sqlalchemy.exc import ProgrammingError

from console.journal.database import Database, StoreUnavailableError
from console.migrate import HEAD, revision
from console.settings import Settings
from console.shop.shop import Shop

Finding = tuple[bool, str]
"""(is it good, one line that says so)."""
FULL = 2
SPARE_CONNECTIONS = 5
A_PROCESS = 16
"""Connections a process may have open; a test holds it against the pool."""


async def durability(settings: Settings) -> list[Finding]:
    """Every setting that decides whether an acknowledged commit survives a power cut."""
    database = Database(settings.database_url)
    try:
        return await database.read(_asked)
    except StoreUnavailableError as error:
        return [(False, f"the database cannot be read: {error.reason}")]
    finally:
        await database.close()


async def writable(settings: Settings) -> Finding:
    """Whether it keeps a row now. A full disk and a read-only server give the lock and take an empty commit as ever."""
    database = Database(settings.database_url)
    try:
        await Shop(database).try_writing()
    except StoreUnavailableError as error:
        return False, f"the database cannot be written: {error.reason}"
    except ProgrammingError as error:  # no table yet, or none this role may write
        return False, f"the database cannot be written: {_said(error)}"
    finally:
        await database.close()
    return True, "the database can be written"


def _said(error: ProgrammingError) -> str:
    """The server's own words, without the driver's class name before them."""
    return str((error.orig and error.orig.__cause__) or error.orig).splitlines()[0]


def _asked(connection: Connection) -> list[Finding]:
    found = revision(connection)
    engine = _sqlite if connection.dialect.name == "sqlite" else _postgres
    return [*engine(connection), (found == HEAD, f"tables at {found or 'none'}, wanted {HEAD} (`console migrate`)")]


def _sqlite(connection: Connection) -> list[Finding]:
    synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    journal_mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    return [
        (synchronous >= FULL, f"synchronous={synchronous} (2 or more: a commit is on disk before it is answered)"),
        (journal_mode == "wal", f"journal_mode={journal_mode} (wal: readers never wait)"),
    ]


def _postgres(connection: Connection) -> list[Finding]:
    told = {name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in (*_WANTED, "max_connections")}
    findings = [(told[name] != "off", f"{name}={told[name]} ({why})") for name, why in _WANTED.items()]
    return [*findings, _room(int(told["max_connections"]))]


def _room(connections: int) -> Finding:
    """Every process may open a pool of its own; the command line and a backup need one too."""
    processes = (connections - SPARE_CONNECTIONS) // A_PROCESS
    return processes > 0, f"max_connections={connections} (enough for {processes} processes, {A_PROCESS} each)"


_WANTED = {
    "synchronous_commit": "on: a commit is on disk before it is answered",
    "fsync": "on: what is written is really on disk",
    "full_page_writes": "on: a page torn by a power cut can be mended",
}
