"""`console serve` and `console demo`."""

import asyncio
import os
from pathlib import Path

import click
import msgspec

from console.app import Console, make_console, make_desk
from console.cli.shell import open_store
from console.clock import Clock, Ids
from console.core.messages import Role
from console.desk.desk import Desk
from console.desk.rehearsing import demo_show
from console.realtime.server import Ready, config, serve
from console.settings import Settings

CAST: dict[str, tuple[Role, ...]] = {
    "admin": ("admin",),
    "producer": ("producer",),
    "controller": ("controller",),
    "moderator": ("moderator",),
    "host": ("host",),
    "analyst": ("analyst",),
}
"""One person per role of a show's screens, named by it."""
KEPT = "demo-people.json"


def serve_console(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve until SIGTERM or SIGINT."""
    asyncio.run(open_store(settings))
    _serve(make_console(settings), settings, host, port, lambda url: click.echo(f"ready {url}"))


def serve_demo(settings: Settings, host: str | None, port: int | None) -> None:
    """As `serve`, with a demo show on air and its rehearsal audience."""
    asyncio.run(open_store(settings))
    show_id, passwords = asyncio.run(_prepare(settings))

    def ready(url: str) -> None:
        click.echo(f"ready {url}")
        click.echo(f"{url}/shows/{show_id}/control  is the demo show; its audience is simulated")
        for name, password in passwords.items():
            click.echo(f"  sign in at {url}/sign-in as  {name}  with  {password}")

    _serve(make_console(settings, rehearse_show=show_id), settings, host, port, ready)


def _serve(console: Console, settings: Settings, host: str | None, port: int | None, on_ready: Ready) -> None:
    how = config(console.app, host or settings.host, settings.port if port is None else port)
    serve(how, console.hub, on_ready)


async def _prepare(settings: Settings) -> tuple[str, dict[str, str]]:
    desk = make_desk(settings, Clock(), Ids())
    try:
        await desk.shop.load()
        show = await demo_show(desk)
        return show.id, await _cast(desk, settings.data_dir / KEPT)
    finally:
        desk.accounts.close()
        await desk.database.close()


async def _cast(desk: Desk, kept: Path) -> dict[str, str]:
    """The demo's people; their passwords are made once and kept readable by their owner alone."""
    known = {person.name for person in await desk.accounts.people()}
    passwords: dict[str, str] = msgspec.json.decode(kept.read_bytes()) if kept.exists() else {}  # noqa: ASYNC240
    for name, roles in CAST.items():
        if name not in known:
            passwords[name] = desk.ids.token(9)
            await desk.accounts.add_person(name, roles, passwords[name])
    descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(passwords))
    return passwords
