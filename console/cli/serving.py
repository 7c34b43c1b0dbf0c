"""`console serve` and `console demo`."""

import asyncio
import gc
import os
import socket
from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from console.app import Console, make_console, make_desk
from console.cli.crew import Crew
from console.cli.durable import durability
from console.cli.store import open_store
from console.clock import Clock, Ids
from console.core.messages import Role
from console.desk.desk import Desk
from console.desk.rehearsing import demo_show
from console.realtime.server import Ready, config, serve, url_of
from console.settings import Settings

CAST: dict[str, tuple[Role, ...]] = {
    "admin": ("admin",),
    "producer": ("producer",),
    "controller": ("controller",),
    "moderator": ("moderator",),
    "host": ("host",),
    "service": ("service",),
    "ads": ("ads",),
    "analyst": ("analyst",),
}
"""One person per role that people have, named by it; `ingest` is for programs."""
KEPT = "demo-people.json"
COLLECT_EVERY = (10_000, 10, 10)
"""Objects made and not freed between two walks through the young; the older are walked every tenth time."""


def serve_console(settings: Settings, host: str | None, port: int | None, workers: int = 1) -> int:
    """Serve until SIGTERM or SIGINT; the exit status."""
    asyncio.run(_open(settings))
    if workers > 1:
        return _serve_together(settings, host or settings.host, settings.port if port is None else port, workers)
    _serve(make_console(settings), settings, host, port, lambda url: click.echo(f"ready {url}"))
    return 0


def _serve_together(settings: Settings, host: str, port: int, workers: int) -> int:
    """Workers share the store, which decides; the bus or a look at the store tells each what the others did."""

    def work(listener: socket.socket, ready: Callable[[], None]) -> None:
        console = make_console(settings)
        serve(
            config(console.app, host, port, settings.trusted_proxies),
            console.hub,
            lambda _url: _begun(ready),
            [listener],
            console.ending,
        )

    return Crew(workers, host, port, work, lambda held: click.echo(f"ready {url_of(held)}")).run()


async def _open(settings: Settings) -> None:
    """Bring the tables up to date, and say what would make an answer less than durable."""
    await open_store(settings)
    for good, text in await durability(settings):
        if not good:
            click.echo(f"UNSAFE: {text}", err=True)


def serve_demo(settings: Settings, host: str | None, port: int | None) -> None:
    """As `serve`, with a demo show on air and its rehearsal audience."""
    asyncio.run(_open(settings))
    show_id, passwords = asyncio.run(_prepare(settings))

    def ready(url: str) -> None:
        click.echo(f"ready {url}")
        click.echo(f"{url}/shows/{show_id}/control  is the demo show; its audience is simulated")
        for name, password in passwords.items():
            click.echo(f"  sign in at {url}/sign-in as  {name}  with  {password}")

    _serve(make_console(settings, rehearse_show=show_id), settings, host, port, ready)


def _serve(console: Console, settings: Settings, host: str | None, port: int | None, on_ready: Ready) -> None:
    how = config(console.app, host or settings.host, settings.port if port is None else port, settings.trusted_proxies)
    serve(how, console.hub, lambda url: _begun(lambda: on_ready(url)), ending=console.ending)


def _begun(ready: Callable[[], None]) -> None:
    """Leave what was imported and folded so far to no later walk of the garbage collector: each took 0.1 s of the loop.

    What comes after is freed by its count; the walks that remain find cycles of a few thousand objects.
    """
    gc.freeze()
    gc.set_threshold(*COLLECT_EVERY)
    gc.enable()
    ready()


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
    passwords: dict[str, str] = msgspec.json.decode(kept.read_bytes()) if kept.exists() else {}  # noqa: ASYNC240 - before anybody is served
    for name, roles in CAST.items():
        if name not in known:
            passwords[name] = desk.ids.token(9)
            await desk.accounts.add_person(name, roles, passwords[name])
    descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(passwords))
    return passwords
