"""`console recap`."""

import sys
from pathlib import Path

import click

from console.desk.desk import Desk
from console.desk.recapping import recap_bytes


async def write_recap(desk: Desk, show_id: str, form: str, output: Path | None, lang: str) -> None:
    """To a file, or to standard output."""
    body = await recap_bytes(desk, show_id, form, lang)
    if output is None:
        sys.stdout.buffer.write(body)
    else:
        output.write_bytes(body)  # noqa: ASYNC240 - nothing else runs here
        click.echo(f"{output}: {len(body):,} bytes", err=True)
