"""`console backup` and `console restore`: a store is carried away whole and checked, and comes back as another epoch."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import click
from sqlalchemy import Connection, delete, func, make_url, select, text, update

from console.accounts.tables import LINKS, PEOPLE, SESSIONS, TOKENS
from console.catalogue import codec
from console.cli.store import cannot_be_used
from console.clock import Ids
from console.journal.database import Database, StoreUnavailableError
from console.journal.keeping import KeepingError, check_kind, check_nobody_has, copy_store, drop, move, settle
from console.journal.sql import SqlJournal
from console.journal.tables import SHOWS
from console.migrate import migrate, revision
from console.settings import Settings
from console.shop.tables import PRODUCTS

ASIDE_FORMAT = "%Y%m%d-%H%M%S"
OTHERS_LOOKS, OTHERS_LOOK_S = 20, 0.1
"""Connections of a process that has just ended take a moment to go."""
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user "
    "AND application_name = 'console' AND pid <> pg_backend_pid()"
)


def back_up(settings: Settings, file: Path) -> None:
    """A checked copy of the embedded store, made while it is worked on."""
    store = embedded(settings, "pg_dump --format=custom makes")
    if file.exists():
        raise click.ClickException(f"{file} exists; a backup takes no other's place.")
    if not store.exists():
        raise click.ClickException(f"There is no store at {store}.")
    part = file.with_name(file.name + ".part")
    with _said(), _removed_if_unfinished(part):
        copy_store(store, part)
        shows = asyncio.run(_checked(part))
        settle(part)
        move(part, file)
    click.echo(
        f"{file}: {file.stat().st_size:,} bytes, {shows} shows, every hash follows from the row before", err=True
    )


def restore(settings: Settings, file: Path, *, replace: bool) -> None:
    """Put a backup in the store's place, as another epoch of every show."""
    store = embedded(settings, "pg_restore takes back")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    part = store.with_name(store.name + ".restoring")
    with _said(), _removed_if_unfinished(part):
        check_kind(file)
        used = store.exists() and asyncio.run(_in_use(store))
        if used and not replace:
            raise KeepingError(f"{store} holds a console's data; --replace puts it aside.")
        copy_store(file, part)
        said = asyncio.run(_renewed(f"sqlite:///{part}"))
        settle(part)
        check_nobody_has(store)
        if used:
            _put_aside(store)
        move(part, store)
    click.echo(said, err=True)


def renew(settings: Settings) -> None:
    """What `restore` does after its copy, for a store that came back by other means (pg_restore)."""
    with _said():
        if make_url(settings.database_url).get_backend_name() == "sqlite":
            check_nobody_has(embedded(settings, ""))
        said = asyncio.run(_renewed(settings.database_url))
    click.echo(said, err=True)


def embedded(settings: Settings, instead: str) -> Path:
    """The file of the embedded store. Raises click.ClickException on PostgreSQL, naming what does it there."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise click.ClickException(f"{instead} a backup of PostgreSQL; docs/running.md has the commands.")
    return Path(url.database).absolute()


def _put_aside(store: Path) -> None:
    aside = store.with_name(f"{store.name}.before-{time.strftime(ASIDE_FORMAT, time.gmtime())}")
    move(store, aside)
    click.echo(f"the store so far is {aside}", err=True)


async def _in_use(store: Path) -> bool:
    """Whether anything at all was ever kept in it."""
    async with _opened(f"sqlite:///{store}") as database:
        if await database.read(revision) is None:
            return False
        return await database.read(_anything)


def _anything(connection: Connection) -> bool:
    return any(connection.execute(select(table.c.id).limit(1)).first() for table in (SHOWS, PEOPLE, TOKENS, PRODUCTS))


async def _checked(path: Path) -> int:
    async with _opened(f"sqlite:///{path}") as database:
        return await _check(database)


async def _check(database: Database) -> int:
    """How many shows there are, all of them whole. Its tables may be those of an earlier release."""
    if await database.read(revision) is None:
        raise KeepingError("There are no tables of a console in it.")
    journal = SqlJournal(database, codec())
    show_ids = await database.read(lambda c: c.execute(select(SHOWS.c.id)).scalars().all())
    for show_id in show_ids:
        altered = await journal.first_altered(show_id)
        if altered is not None:
            raise KeepingError(
                f"Row {altered} of show {show_id} does not follow from the row before; nothing was done."
            )
    return len(show_ids)


async def _renewed(url: str) -> str:
    """Check every show, then begin another epoch of each; what was done, in one paragraph."""
    async with _opened(url) as database:
        await _check_alone(database)
        await _check(database)
        await migrate(database)
        fresh = Ids().fresh
        return await database.run(lambda connection: _begin_epochs(connection, fresh))


def _begin_epochs(connection: Connection, fresh: Callable[[], str]) -> str:
    """Cursors of before mean other rows now. Sign-ins end: which of them had ended since the backup nobody knows."""
    shows = connection.execute(select(SHOWS.c.id)).scalars().all()
    for show_id in shows:
        connection.execute(update(SHOWS).where(SHOWS.c.id == show_id).values(epoch=fresh()))
    ended = connection.execute(delete(SESSIONS)).rowcount
    tokens, links = (
        connection.execute(select(func.count()).select_from(table).where(table.c.revoked_at.is_(None))).scalar_one()
        for table in (TOKENS, LINKS)
    )
    return (
        f"{len(shows)} shows have begun another epoch, {ended} sign-ins have ended. People, {tokens} tokens and "
        f"{links} links are as they were in the backup: what was taken back since must be taken back again."
    )


async def _check_alone(database: Database) -> None:
    """Raises KeepingError while a node works on PostgreSQL: it would go on from rows that are not there any more."""
    if make_url(database.url).get_backend_name() == "sqlite":
        return
    for _ in range(OTHERS_LOOKS):
        others = await database.read(lambda connection: connection.execute(_OTHERS).scalar_one())
        if not others:
            return
        await asyncio.sleep(OTHERS_LOOK_S)
    raise KeepingError(f"Consoles are working on this database over {others} connections; stop them first.")


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


@contextmanager
def _removed_if_unfinished(part: Path) -> Iterator[None]:
    drop(part)
    try:
        yield
    finally:
        drop(part)


@contextmanager
def _said() -> Iterator[None]:
    """What went wrong, in one sentence."""
    try:
        yield
    except KeepingError as error:
        raise click.ClickException(str(error)) from error
    except StoreUnavailableError as error:
        raise cannot_be_used(error) from error
    except OSError as error:
        raise click.ClickException(f"{error.strerror}: {error.filename}.") from error
