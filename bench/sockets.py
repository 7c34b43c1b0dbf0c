"""Many sockets at once: how soon all are current, what each costs on the wire and in memory."""

import time
from collections.abc import Iterator

from bench.console_process import Console, stage
from bench.figure import Bench, Line, Samples, Target
from bench.load import Load
from bench.screens import KINDS, where
from bench.tools import rss_bytes

FIRST = 100
"""Sockets opened before memory is first read, so that what the first ones load is not counted to each."""


def figure(bench: Bench) -> Iterator[Line]:
    """1,000 of each kind, with the cursor of their page as browsers have it."""
    sockets = bench.few(1_000, 200)
    samples = Samples()
    for _ in bench.rounds:
        for kind in KINDS:
            with Console() as console:
                _measure(bench, console, kind, sockets, samples)
    for kind, name in KINDS.items():
        yield Line(
            f"{sockets:,} {name} connected", "s", samples[f"{kind} s"], Target("<", 3), note="all have heard hello"
        )
        yield Line(
            f"{sockets:,} {name}, opening", "bytes", samples[f"{kind} wire"], note="to each socket, beats included"
        )
        yield Line(f"{sockets:,} {name}, memory", "kB/socket", samples[f"{kind} kB"], Target("≤", 12), note="RSS slope")


def _measure(bench: Bench, console: Console, kind: str, sockets: int, samples: Samples) -> None:
    person = console.serving()
    staged = stage(person, bench.few(20, 2))
    seq = person.ask("GET", f"/shows/{staged.show}")["seq"]
    assert console.process
    with Load(bench.tools, where(console, staged, kind, FIRST, seq), "-q") as warm:
        warm.opened()
        before = rss_bytes(console.process.pid)
        with Load(bench.tools, where(console, staged, kind, sockets, seq), "-q") as load:
            load.begin()
            samples.add(f"{kind} s", load.opened())
            time.sleep(1)
            samples.add(f"{kind} kB", (rss_bytes(console.process.pid) - before) / sockets / 1000)
            samples.add(f"{kind} wire", load.end()["bytes"] / sockets)
