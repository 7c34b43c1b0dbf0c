"""From the start of `console serve` to its first answer, and what it then holds in memory."""

from collections.abc import Iterator

from bench.console_process import Console, stage
from bench.figure import Bench, Line, Target
from bench.tools import rss_bytes

MIB = 1024 * 1024


def figure(bench: Bench) -> Iterator[Line]:
    """On a store with a show, and on an empty directory."""
    with Console() as console:
        stage(console.serving(), bench.few(20, 2))
        console.stop()
        known = [_started(console) for _ in bench.rounds]
    yield Line("ready from start, a store with a show", "s", tuple(took for took, _ in known), Target("≤", 1.5))
    yield Line("ready from start, empty directory", "s", tuple(_first() for _ in bench.rounds), Target("≤", 1.5))
    yield Line(
        "idle memory", "MiB", tuple(memory / MIB for _, memory in known), Target("≤", 120), note="RSS when ready"
    )


def _started(console: Console) -> tuple[float, int]:
    took = console.start()
    assert console.process
    memory = rss_bytes(console.process.pid)
    console.stop()
    return took, memory


def _first() -> float:
    with Console() as console:
        return console.start()
