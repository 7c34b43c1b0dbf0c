"""What the words of the command line share: one store, one sentence for what went wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from console.accounts.identity import AccountError
from console.app import make_desk
from console.cli.store import open_store, said
from console.clock import Clock, Ids
from console.core.lifecycle import CreateShow
from console.core.messages import SYSTEM, Rejection
from console.core.strict import StrictError, convert
from console.core.time import from_wire
from console.desk.desk import Desk
from console.lines import Accepted
from console.settings import Settings
from console.web.i18n import filled

T = TypeVar("T")


def run_with_desk(settings: Settings, work: Callable[[Desk], Awaitable[T]]) -> T:
    """Run `work` on a migrated store and close it. Raises click.ClickException with one sentence."""
    try:
        with said():
            return asyncio.run(_with_desk(settings, work))
    except AccountError as error:
        raise click.ClickException(sentence(error.rejection)) from error
    except StrictError as error:
        raise click.ClickException(str(error)) from error


def accepted(outcome: Accepted | Rejection) -> Accepted:
    """The outcome, when it was accepted. Raises click.ClickException with the refusal."""
    if isinstance(outcome, Rejection):
        raise click.ClickException(sentence(outcome))
    return outcome


def sentence(rejection: Rejection) -> str:
    """The refusal in English, as the command line speaks."""
    return filled(rejection.why, rejection.params)


async def add_show(desk: Desk, title: str, starts_at: str | None, delivery: str, rehearsal: bool) -> str:
    """A planned show; answers its id."""
    try:
        at_ms = None if starts_at is None else from_wire(starts_at)
    except ValueError as error:
        raise click.ClickException("--starts-at must be an RFC 3339 time with its offset.") from error
    fields = {
        "type": "create_show", "command_id": desk.ids.uuid(), "issued_at": desk.clock.now_ms(), "title": title,
        "starts_at": at_ms, "delivery": delivery, "rehearsal": rehearsal,
    }  # fmt: skip
    row, outcome = await desk.create_show(SYSTEM, convert(fields, CreateShow))
    accepted(outcome)
    return row.id


async def verify_show(desk: Desk, show_id: str) -> int:
    """Exit status 1 when a row was altered."""
    await desk.line(show_id)
    altered = await desk.journal.first_altered(show_id)
    if altered is None:
        click.echo(f"{await desk.journal.head(show_id)} rows, every hash follows from the row before")
        return 0
    click.echo(f"row {altered} does not follow from the row before: it, or what stood there, was altered", err=True)
    return 1


async def rebuild_list(desk: Desk) -> None:
    """Fold every show's line of the list anew; says how many were wrong."""
    shows = await desk.journal.shows()
    wrong = [show.id for show in shows if await desk.journal.rebuild(show.id)]
    click.echo(f"{len(shows)} shows, {len(wrong)} mended {' '.join(wrong)}".rstrip())


async def _with_desk(settings: Settings, work: Callable[[Desk], Awaitable[T]]) -> T:
    await open_store(settings)
    desk = make_desk(settings, Clock(), Ids())
    try:
        await desk.shop.load()
        return await work(desk)
    finally:
        desk.workers.close()
        desk.accounts.close()
        await desk.database.close()
