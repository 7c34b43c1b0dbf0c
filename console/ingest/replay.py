"""Plays recordings onto a live show through the same door that connectors use. Knows no transport, clock or sleep.

Chat keeps its own pace. Orders come from a recording of months at minute resolution, so their time is mapped linearly
onto the length of the chat beside them, or onto `show_s` when they play alone; `note` says so.
"""

import heapq
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from console.ingest.recordings import Moment, Recording, Skip, moments

BATCH_ITEMS = 500
TICK_S = 0.25
SHOW_S = 7_200


class Options(Struct, frozen=True, kw_only=True):
    """`speed` 10 plays ten recorded seconds in one; the first `start_offset_s` are left out; at most `limit` items."""

    speed: float = 1.0
    show_s: float = SHOW_S
    start_offset_s: float = 0
    limit: int | None = None
    source: str = "replay"


class Batch(Struct, frozen=True):
    """Observations in wire form but for `at`, each with the second after the start at which it is due."""

    due_s: float
    lines: int
    items: tuple[tuple[float, dict[str, Any]], ...]


class Posted(Struct, frozen=True):
    """What the ingest door answered to one batch."""

    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0


class Progress(Struct):
    """Sums so far. `lines` counts up to the recordings' own; `behind_s` is how late the last batch went out."""

    lines: int = 0
    sent: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    played_s: float = 0
    behind_s: float = 0

    def add(self, batch: Batch, posted: Posted) -> None:
        """Count one batch and its answer."""
        self.lines += batch.lines
        self.sent += len(batch.items)
        self.accepted += posted.accepted
        self.duplicates += posted.duplicates
        self.rejected += posted.rejected
        self.played_s = batch.due_s


def length_s(recordings: Sequence[Recording], options: Options) -> float:
    """Recorded seconds that the show lasts: of the longest chat, else `show_s`."""
    return max((r.last_s for r in recordings if r.kind == "comments"), default=0) or options.show_s


def note(recordings: Sequence[Recording], options: Options) -> str | None:
    """One sentence about a stretched time, for the person who starts the replay."""
    orders = [recording for recording in recordings if recording.kind == "orders"]
    if not orders:
        return None
    days, minutes = max(r.last_s for r in orders) / 86_400, length_s(recordings, options) / 60
    return f"Orders recorded over {days:.1f} days are mapped linearly onto {minutes:.0f} minutes of show."


def batches(recordings: Sequence[Recording], options: Options, skip: Skip) -> Iterator[Batch]:
    """All recordings side by side from their start, cut into ticks and into at most BATCH_ITEMS items."""
    length = length_s(recordings, options)
    streams = [_stretched(recording, length, skip) for recording in recordings]
    due = _due(heapq.merge(*streams, key=lambda moment: moment.at_s), options)
    waiting: list[tuple[float, Moment]] = []
    for at_s, moment in due:
        if waiting and (at_s // TICK_S > waiting[0][0] // TICK_S or len(waiting) >= BATCH_ITEMS):
            yield _batch(waiting, options.source)
            waiting = []
        waiting.append((at_s, moment))
    if waiting:
        yield _batch(waiting, options.source)


def _stretched(recording: Recording, length: float, skip: Skip) -> Iterator[Moment]:
    factor = length / recording.last_s if recording.kind == "orders" and recording.last_s else 1.0
    last = 0.0
    for moment in moments(recording, skip):
        last = max(last, moment.at_s * factor)
        yield Moment(last, moment.lines, moment.fields)


def _due(stream: Iterable[Moment], options: Options) -> Iterator[tuple[float, Moment]]:
    """(seconds after the start of the replay, moment), from the offset on and up to the limit."""
    count = 0
    for moment in stream:
        if moment.at_s < options.start_offset_s:
            continue
        if options.limit is not None and count >= options.limit:
            return
        count += 1
        yield (moment.at_s - options.start_offset_s) / options.speed, moment


def _batch(waiting: list[tuple[float, Moment]], source: str) -> Batch:
    items = tuple((at_s, {"source": source, **moment.fields}) for at_s, moment in waiting)
    return Batch(waiting[-1][0], sum(moment.lines for _, moment in waiting), items)


async def play(
    stream: Iterable[Batch],
    post: Callable[[list[dict[str, Any]]], Awaitable[Posted]],
    now_ms: Callable[[], int],
    sleep: Callable[[float], Awaitable[None]],
    progress: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Post every batch when it is due. A slow door makes the replay late, never faster afterwards than it answers."""
    started, sums = now_ms(), Progress()
    for batch in stream:
        wait_s = batch.due_s - (now_ms() - started) / 1000
        if wait_s > 0:
            await sleep(wait_s)
        sums.behind_s = max(0.0, -wait_s)
        sums.add(batch, await post([fields | {"at": started + round(at_s * 1000)} for at_s, fields in batch.items]))
        progress(sums)
    return sums
