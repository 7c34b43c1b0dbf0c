"""Many sockets at once: how soon all are current, what each costs on the wire and in memory, and that many cost no more each."""

import time
from collections.abc import Iterator
from statistics import median

from bench.console_process import Console, stage
from bench.figure import Bench, Line, Samples, Target
from bench.load import Load
from bench.load import Target as Where
from bench.screens import KINDS, kinds, where
from bench.tools import rss_bytes

FIRST = 100
"""Sockets opened before memory is first read, so that what the first ones load is not counted to each."""
SETTLED_S = 1.0
ROOM = Target("≤", 12)
SAME = Target("≤", 1.1)


def figure(bench: Bench) -> Iterator[Line]:
    """1,000 of each kind, with the cursor of their page as browsers have it; then as many more."""
    sockets = bench.few(1_000, 200)
    samples = Samples()
    for _ in bench.rounds:
        for kind in kinds(bench):
            with Console() as console:
                _measure(bench, console, kind, sockets, samples)
    for kind in kinds(bench):
        yield from _lines(samples, kind, sockets)


def _lines(samples: Samples, kind: str, sockets: int) -> Iterator[Line]:
    name = f"{sockets:,} {KINDS[kind]}"
    yield Line(f"{name} connected", "s", samples[f"{kind} s"], Target("<", 3), note="all have heard hello")
    yield Line(f"{name}, opening", "bytes", samples[f"{kind} wire"], note="to each of the last of them, no heartbeats")
    each = samples.ratios(f"{kind} wire", f"{kind} few wire")
    yield Line(f"… the same ÷ that of {FIRST} who come alone", "×", each, SAME)
    yield Line(f"{name}, memory", "kB/socket", samples[f"{kind} kB"], ROOM, note="RSS slope")
    growth = median(samples.ratios(f"{kind} more kB", f"{kind} kB"))
    note = "RSS slope; ratio to the line before"
    yield Line(f"… the next {sockets:,}", "kB/socket", samples[f"{kind} more kB"], ROOM, growth, note)


def _measure(bench: Bench, console: Console, kind: str, sockets: int, samples: Samples) -> None:
    person = console.serving()
    staged = stage(person, bench.few(20, 2))
    seq = person.ask("GET", f"/shows/{staged.show}")["seq"]
    few, many = (where(console, staged, kind, count, seq) for count in (FIRST, sockets))
    with Load(bench.tools, few, "-q") as first:
        _opened(first)
        samples.add(f"{kind} few wire", _wire(first, few))
    with Load(bench.tools, few, "-q") as warm:
        warm.opened()
        held = _held(console)
        with Load(bench.tools, many, "-q") as load:
            samples.add(f"{kind} s", _opened(load))
            grown = _held(console)
            samples.add(f"{kind} kB", (grown - held) / sockets)
            with Load(bench.tools, many, "-q") as more:
                _opened(more)
                samples.add(f"{kind} more kB", (_held(console) - grown) / sockets)
                samples.add(f"{kind} wire", _wire(more, many))


def _opened(load: Load) -> float:
    """Seconds until all were in; then a moment, for what follows hello."""
    load.begin()
    took = load.opened()
    time.sleep(SETTLED_S)
    return took


def _wire(load: Load, target: Where) -> float:
    """Bytes to each; ends the client."""
    said = load.end()
    return float(said["bytes"] - said["beats"]) / target.sockets


def _held(console: Console) -> float:
    """Its memory in kB."""
    assert console.process
    return rss_bytes(console.process.pid) / 1000
