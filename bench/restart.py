"""kill -9 under 500 screens and under a full house of 1,000, start again: how long until the last of them is current."""

import time
from collections.abc import Iterator

from bench.console_process import Console, stage
from bench.figure import Bench, Line, Target
from bench.load import Load
from bench.screens import KINDS, kinds, where
from bench.tools import free_port

LONGEST_WAIT_MS = "2000"
HOUSES = {500: Target("≤", 3), 1_000: Target("≤", 10)}
QUICK = {100: Target("≤", 10)}


def figure(bench: Bench) -> Iterator[Line]:
    """Clients come back as browsers here do – after 0.3 s, doubling up to 2 s, all ± 30 % – and resume."""
    for screens, target in (QUICK if bench.quick else HOUSES).items():
        for kind in kinds(bench):
            runs = [_killed(bench, kind, screens) for _ in bench.rounds]
            title = f"kill -9, {screens:,} {KINDS[kind]} current"
            yield Line(f"{title}, from start", "s", tuple(start for start, _ in runs), target)
            yield Line(f"{title}, from ready", "s", tuple(ready for _, ready in runs))


def _killed(bench: Bench, kind: str, screens: int) -> tuple[float, float]:
    """Seconds from the second start, and from its ready, to the last screen's hello."""
    with Console() as console:
        console.serving()
        console.stop()
        console.start(free_port())
        person = console.person()
        staged = stage(person, 2)
        seq = person.ask("GET", f"/shows/{staged.show}")["seq"]
        plain = where(console, staged, kind, screens, seq)
        target = type(plain)(plain.port, plain.path.partition("?")[0], screens, plain.headers)
        with Load(bench.tools, target, "-q", "-r", LONGEST_WAIT_MS) as load:
            load.opened()
            person.command(staged.show, "fire_offer", offer=staged.offers[0])
            time.sleep(0.5)
            console.kill()
            began = time.monotonic_ns()
            ready = console.start(console.port)
            took = (load.back() - began) / 1e9
    return took, took - ready
