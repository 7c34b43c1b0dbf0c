"""`console doctor`: what is configured, what is unsafe, what is missing; one line a finding."""

import asyncio
from collections.abc import Iterator

import click
from sqlalchemy import Connection, make_url

from console.journal.database import Database, StoreUnavailableError
from console.migrate import HEAD, revision
from console.settings import Settings
from console.web.i18n import ROOT

Finding = tuple[bool, str]
FULL = 2


def examine(settings: Settings) -> int:
    """Print every finding; exit status 1 when one of them is wrong."""
    findings = list(_findings(settings))
    for good, text in findings:
        click.echo(f"{'ok   ' if good else 'WRONG'} {text}")
    return 0 if all(good for good, _ in findings) else 1


def _findings(settings: Settings) -> Iterator[Finding]:
    yield True, f"data directory {settings.data_dir}"
    yield _database_kind(settings)
    yield settings.redis_url is None, _bus(settings)
    yield from asyncio.run(_store(settings))
    yield from _front_end()
    yield _address(settings)


def _database_kind(settings: Settings) -> Finding:
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        return False, f"CONSOLE_DATABASE_URL names {url.get_backend_name()}; this version stores in SQLite only"
    return True, f"database {url.render_as_string(hide_password=True)}"


def _bus(settings: Settings) -> str:
    if settings.redis_url is None:
        return "bus in this process"
    return "CONSOLE_REDIS_URL is set, but this version runs as one process; unset it"


async def _store(settings: Settings) -> list[Finding]:
    if make_url(settings.database_url).get_backend_name() != "sqlite":
        return []
    if not settings.data_dir.is_dir():
        return [(False, "the data directory is missing; `console migrate` makes it")]
    database = Database(settings.database_url)
    try:
        return await database.read(_durability) + [await _writable(database)]
    except StoreUnavailableError as error:
        return [(False, f"the database cannot be read: {error.reason}")]
    finally:
        await database.close()


def _durability(connection: Connection) -> list[Finding]:
    synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    journal_mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    found = revision(connection)
    return [
        (synchronous >= FULL, f"synchronous={synchronous} (2 or more: a commit is on disk before it is answered)"),
        (journal_mode == "wal", f"journal_mode={journal_mode} (wal: readers never wait)"),
        (found == HEAD, f"tables at {found or 'none'}, wanted {HEAD} (`console migrate`)"),
    ]


async def _writable(database: Database) -> Finding:
    try:
        await database.run(lambda _connection: None)
    except StoreUnavailableError as error:
        return False, f"the database cannot be written: {error.reason}"
    return True, "the database can be written"


def _front_end() -> Iterator[Finding]:
    for name in ("htmx.js", "hx-ws.js", "uplot.js", "uplot.css", "sortable.js"):
        if not (ROOT / "static" / "vendor" / name).exists():
            yield False, f"static/vendor/{name} is missing; `make setup` brings it"


def _address(settings: Settings) -> Finding:
    local = settings.host in {"127.0.0.1", "::1", "localhost"}
    if local or any(origin.startswith("https://") for origin in settings.allowed_origins):
        return True, f"address {settings.host}:{settings.port}"
    return False, f"address {settings.host}:{settings.port} without an https:// origin in CONSOLE_ALLOWED_ORIGINS"
