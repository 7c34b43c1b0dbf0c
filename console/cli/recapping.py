"""`console recap`: in this process, with nothing loaded that only a server needs."""

import asyncio
import sys
from pathlib import Path

import click

from console.cli.store import open_store, said
from console.clock import Clock
from console.desk.recapping import Wanted, make_recap
from console.settings import Settings


def write_recap(settings: Settings, show_id: str, form: str, output: Path | None, lang: str) -> None:
    """To a file, or to standard output. Raises click.ClickException with one sentence."""
    with said():
        asyncio.run(open_store(settings))
        body = make_recap(Wanted(settings.database_url, show_id, form, lang, Clock().now_ms()))
    if output is None:
        sys.stdout.buffer.write(body)
    else:
        output.write_bytes(body)
        click.echo(f"{output}: {len(body):,} bytes", err=True)
