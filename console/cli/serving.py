"""`console serve` and `console demo`."""

import asyncio

import click

from console.app import Console, make_console
from console.cli.shell import open_store
from console.realtime.server import Ready, config, serve
from console.settings import Settings


def serve_console(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve until SIGTERM or SIGINT."""
    asyncio.run(open_store(settings))
    _serve(make_console(settings), settings, host, port, lambda url: click.echo(f"ready {url}"))


def _serve(console: Console, settings: Settings, host: str | None, port: int | None, on_ready: Ready) -> None:
    how = config(console.app, host or settings.host, settings.port if port is None else port)
    serve(how, console.hub, on_ready)
