"""`console replay`: recordings through the ingest door, beside a running server."""

import asyncio
from pathlib import Path
from typing import Any

import click
from rich.console import Console as Terminal
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from console.core.messages import SYSTEM
from console.core.strict import StrictError
from console.desk.desk import Desk
from console.desk.observing import door_of, record
from console.ingest.decode import Door, Received, Rejected, observation
from console.ingest.recordings import Recording, ReplayError, open_recording
from console.ingest.replay import Options, Posted, Progress, batches, note, play


async def replay_files(desk: Desk, show_id: str, files: tuple[Path, ...], speed: float) -> int:
    """Plays until the recordings end; exit status 1 when nothing was accepted."""
    await desk.shows.get(show_id)
    recordings = _opened(files)
    options = Options(speed=speed)
    terminal = Terminal(stderr=True)
    if said := note(recordings, options):
        terminal.print(said)
    sums = await _played(desk, show_id, recordings, options, terminal)
    terminal.print(f"{sums.accepted:,} accepted, {sums.duplicates:,} duplicates, {sums.rejected:,} rejected")
    return 0 if sums.accepted or sums.duplicates else 1


async def _played(
    desk: Desk, show_id: str, recordings: list[Recording], options: Options, terminal: Terminal
) -> Progress:
    async def post(items: list[dict[str, Any]]) -> Posted:
        return await _posted(desk, show_id, items)

    skipped: list[str] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=terminal) as bar:
        task = bar.add_task("lines", total=sum(recording.lines for recording in recordings))
        stream = batches(recordings, options, lambda file, number, why: skipped.append(f"{file} line {number}: {why}"))
        sums = await play(
            stream, post, desk.clock.now_ms, asyncio.sleep, lambda sums: bar.update(task, completed=sums.lines)
        )
    for line in skipped[:20]:
        terminal.print(line, markup=False)
    return sums


async def _posted(desk: Desk, show_id: str, items: list[dict[str, Any]]) -> Posted:
    read = Received(*_read(items, await door_of(desk, show_id)))
    answer = await record(desk, show_id, read, SYSTEM, str.format)
    return Posted(answer.accepted, answer.duplicates, len(answer.rejected))


def _read(items: list[dict[str, Any]], door: Door) -> tuple[tuple[Any, ...], tuple[Rejected, ...]]:
    good, rejected = [], []
    for index, item in enumerate(items):
        try:
            good.append((index, observation(item, door)))
        except StrictError as error:
            rejected.append(Rejected(index, error.why, error.params))
    return tuple(good), tuple(rejected)


def _opened(files: tuple[Path, ...]) -> list[Recording]:
    try:
        return [open_recording(path) for path in files]
    except ReplayError as error:
        raise click.ClickException(str(error)) from error
