"""Fan-out: the hub beside a C loop of send(), Node ws, socket.io and Litestar's channels, interleaved run by run."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.figure import Bench, Line, Samples, Target
from bench.load import Load
from bench.load import Target as Where
from bench.tools import SERVER_CORE, MissingError, Process, python

STREAM = "/api/v1/shows/s1/stream"
WARM_S = 0.5
REST_US = "500"
JOINED_ROWS_A_S = 1_800
"""Rows a second offered to the joined run; times 1,000 watchers."""
HOLD_ROWS_A_S = 5


@dataclass(frozen=True)
class Contender:
    """A server that prints its port and waits for a line."""

    name: str
    command: Sequence[str | Path]
    path: str = "/"
    options: tuple[str, ...] = ()


def figure(bench: Bench) -> Iterator[Line]:
    """One frame a write, against all; then ticks joined."""
    watchers = bench.few(1_000, 100)
    contenders = list(_contenders(bench, watchers))
    samples = Samples()
    for _ in bench.rounds:
        for contender in contenders:
            samples.add(contender.name, _rate(bench, contender, watchers))
    yield from _lines(samples, [contender.name for contender in contenders], watchers)
    for name, target in TARGETS.items():
        if name in samples:
            yield Line(f"fan-out: hub ÷ {name}", "×", samples.ratios(HUB, name), target)
        else:
            yield Line(f"fan-out: hub ÷ {name}", "", (), note=_why_missing(bench))
    reach = "as far as one thread gets that makes a system call for every frame"
    yield Line(f"fan-out: {FLOOR} ÷ {CHANNELS}", "×", samples.ratios(FLOOR, CHANNELS), note=reach)
    yield from _joined(bench, watchers, samples)


HUB = "hub, one frame a write"
PLAIN_HUB = "hub, loop in Python"
FLOOR = "C loop of send()"
CHANNELS = "Litestar channels"
JOINED = "hub, ticks joined"
TARGETS = {
    FLOOR: Target("≥", 0.7),
    "Node ws": Target(">", 1),
    "socket.io": Target(">", 1),
    CHANNELS: Target("≥", 3.5),
}


def _contenders(bench: Bench, watchers: int) -> Iterator[Contender]:
    yield Contender(FLOOR, [bench.tools.native("floor"), str(watchers), "1"])
    yield Contender(HUB, python("bench.peers.hub_server", "--interval-ms", 0), STREAM)
    yield Contender(PLAIN_HUB, python("bench.peers.hub_server", "--interval-ms", 0, "--python"), STREAM)
    if not _why_missing(bench):
        yield Contender("Node ws", bench.tools.node("ws"))
        io = "/socket.io/?EIO=4&transport=websocket"
        yield Contender("socket.io", bench.tools.node("socketio"), io, ("-S",))
    yield Contender(CHANNELS, python("bench.peers.channels_server"), "/frames")


def _why_missing(bench: Bench) -> str:
    try:
        bench.tools.node("ws")
    except MissingError as error:
        return str(error)
    return ""


def _rate(bench: Bench, contender: Contender, watchers: int) -> float:
    return float(run(bench, contender, watchers, bench.few(3, 1))["rate"])


def run(bench: Bench, contender: Contender, watchers: int, seconds: float, rest: str = REST_US) -> dict[str, Any]:
    """The load client's summary of one run. Raises RuntimeError when a socket was lost or a message missing."""
    with Process(contender.command, SERVER_CORE) as server:
        where = Where(int(server.line()), contender.path, watchers)
        with Load(bench.tools, where, "-g", rest, *contender.options) as load:
            opened = load.opened()
            server.say("go")
            time.sleep(WARM_S)
            end = load.measured(seconds)
    if end["losses"] or end["repeats"] or end["lost"] or end["broken"] or not end["messages"]:
        raise RuntimeError(f"{contender.name}: {end}")
    return {**end, "opened_s": opened}


def _lines(samples: Samples, names: Sequence[str], watchers: int) -> Iterator[Line]:
    for name in names:
        ratio = median(samples.ratios(name, FLOOR))
        note = f"{watchers:,} watchers, 300-byte frames; ratio to the C loop"
        yield Line(f"fan-out: {name}", "messages/s", samples[name], None, ratio, note)


def _joined(bench: Bench, watchers: int, samples: Samples) -> Iterator[Line]:
    paced = Contender("joined", python("bench.peers.hub_server", "--rate", JOINED_ROWS_A_S), STREAM)
    lasts = []
    for _ in bench.rounds:
        end = run(bench, paced, watchers, bench.few(3, 1))
        samples.add(JOINED, end["rate"])
        lasts.append(end["p99_ms"])
    offered = f"{JOINED_ROWS_A_S:,} rows/s offered at the product's pace of 15 ms, none lost"
    target = Target("≥", 1_500_000) if watchers == 1_000 else None
    yield Line(f"fan-out: {JOINED}", "messages/s", samples[JOINED], target, note=offered)
    yield Line(f"fan-out: {JOINED}, p99", "ms", tuple(lasts), note="row published → message read")
    yield Line(f"fan-out: {JOINED} ÷ {CHANNELS}", "×", samples.ratios(JOINED, CHANNELS), note="as the product runs")


def hold(bench: Bench) -> Iterator[Line]:
    """10,000 watchers stay, and all hear every frame."""
    watchers = bench.few(10_000, 500)
    calm = Contender("hold", python("bench.peers.hub_server", "--rate", HOLD_ROWS_A_S), STREAM)
    held, opened, lasts = [], [], []
    for _ in bench.rounds:
        end = run(bench, calm, watchers, bench.few(5, 2), "0")
        held.append(end["present"])
        opened.append(end["opened_s"])
        lasts.append(end["last_p99_ms"])
    note = f"{HOLD_ROWS_A_S} frames/s to each, none lost"
    yield Line("hold: watchers in at the end", "sockets", tuple(held), Target("≥", watchers), note=note)
    yield Line("hold: all connected", "s", tuple(opened))
    yield Line("hold: frame → last of all, p99", "ms", tuple(lasts))
