"""The store as every word of the command line finds it, and the sentence for a store or a show that is not there."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from console.journal.database import Database, StoreUnavailableError
from console.journal.port import UnknownShowError
from console.migrate import migrate
from console.settings import Settings


@contextmanager
def said() -> Iterator[None]:
    """Raises click.ClickException with one sentence for what the store could not do."""
    try:
        yield
    except UnknownShowError as error:
        raise click.ClickException(f"There is no show {error.args[0]}; `console show add` makes one.") from error
    except StoreUnavailableError as error:
        raise cannot_be_used(error) from error


def cannot_be_used(error: StoreUnavailableError) -> click.ClickException:
    """What the command line says about it."""
    return click.ClickException(f"The database cannot be used now: {error.reason}.")


async def open_store(settings: Settings) -> None:
    """Make the embedded store's directory and bring its tables up to date. Raises click.ClickException."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url)
    try:
        await migrate(database)
    except StoreUnavailableError as error:
        raise cannot_be_used(error) from error
    finally:
        await database.close()
