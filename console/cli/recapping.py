"""`console recap`."""

import sys
from pathlib import Path

import click

from console.desk import Desk
from console.recapping import Wanted, make_recap


async def write_recap(desk: Desk, show_id: str, form: str, output: Path | None, lang: str) -> None:
    """To a file, or to standard output."""
    wanted = Wanted(desk.database.url, show_id, form, lang, desk.clock.now_ms())
    body = await desk.workers.run(make_recap, wanted)
    if output is None:
        sys.stdout.buffer.write(body)
    else:
        output.write_bytes(body)  # noqa: ASYNC240 - nothing else runs here
        click.echo(f"{output}: {len(body):,} bytes", err=True)
