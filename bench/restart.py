"""kill -9 under 500 screens, start again: how long until the last of them is current."""

import time
from collections.abc import Iterator

from bench.console_process import Console, stage
from bench.figure import Bench, Line, Target
from bench.load import Load
from bench.screens import KINDS, where
from bench.tools import free_port

JITTER_MS = "2000"


def figure(bench: Bench) -> Iterator[Line]:
    """Clients come back after a random time that grows from 0.3 to 2 s, as browsers here do, and resume."""
    screens = bench.few(500, 100)
    for kind, name in KINDS.items():
        runs = [_killed(bench, kind, screens) for _ in bench.rounds]
        title = f"kill -9, {screens} {name} current"
        yield Line(f"{title}, from start", "s", tuple(start for start, _ in runs), Target("≤", 3))
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
        with Load(bench.tools, target, "-q", "-r", JITTER_MS) as load:
            load.opened()
            person.command(staged.show, "fire_offer", offer=staged.offers[0])
            time.sleep(0.5)
            console.kill()
            began = time.monotonic_ns()
            ready = console.start(console.port)
            took = (load.back() - began) / 1e9
    return took, took - ready
