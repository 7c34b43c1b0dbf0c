"""The state lane while comments pour in: from the press of «fire» to the last of 100 control screens."""

import threading
import time
from collections.abc import Iterator

from bench.console_process import Console, Person, Stage, stage
from bench.figure import Bench, Line, Samples, Target, quantile
from bench.ingest import BATCH, CONNECTIONS, PACE_A_S, Waiting, bodies, send
from bench.load import Load, last_after
from bench.screens import ARMED, press, where

SCREENS = 100
COMMENTS = 0.4
"""Of what a busy room sends, see `ingest.observation`."""
PACES_A_S = (5_000, PACE_A_S)
"""2,000 comments a second among them, as promised; and as much as the figure of ingest offers."""
TARGET = Target("≤", 50)
"""What a press may take to be answered under the same load: a screen must not be told later than who pressed."""
LAST_S = 0.5
"""The last press's row is on its way for so long at most."""


def figure(bench: Bench) -> Iterator[Line]:
    """Presses for as long as batches come, each measured to the last screen."""
    samples = Samples()
    seconds = bench.few(6, 1)
    for _ in bench.rounds:
        for pace in PACES_A_S[: bench.few(len(PACES_A_S), 1)]:
            with Console() as console:
                _measure(bench, console, pace, seconds, samples)
    for name in list(samples.values):
        if name.endswith("p99"):
            yield from _lines(samples, int(name.removesuffix(" p99")))


def _lines(samples: Samples, pace: int) -> Iterator[Line]:
    title = f"fire → last of {SCREENS} control screens at {pace * COMMENTS:,.0f} comments/s"
    note = f"{pace:,} observations/s offered, {min(samples[f'{pace} presses']):.0f} presses a run or more"
    yield Line(f"{title}, p50", "ms", samples[f"{pace} p50"], note=note)
    yield Line(f"{title}, p99", "ms", samples[f"{pace} p99"], TARGET)
    yield Line("… observations taken meanwhile", "observations/s", samples[f"{pace} rate"], Target("≥", 0.95 * pace))


def _measure(bench: Bench, console: Console, pace: int, seconds: int, samples: Samples) -> None:
    person = console.serving()
    staged = stage(person, ARMED)
    seq = person.ask("GET", f"/shows/{staged.show}")["seq"]
    waiting = bodies("lanes", seconds * pace, pace)
    total = waiting.qsize() * BATCH
    with Load(bench.tools, where(console, staged, "control", SCREENS, seq), "-q") as load:
        load.opened()
        load.begin()
        presses, took = _pressed(console, staged, waiting)
        time.sleep(LAST_S)
        reached = load.end()["reached"]
    late = [(last_after(reached, seq, SCREENS) - at) / 1e6 for at, _, seq in presses]
    figures = {"p50": quantile(late, 0.5), "p99": quantile(late, 0.99), "rate": total / took, "presses": len(late)}
    for name, value in figures.items():
        samples.add(f"{pace} {name}", value)


def _pressed(console: Console, staged: Stage, waiting: Waiting) -> tuple[list[tuple[int, int, int]], float]:
    """The presses made while everything that waits was sent, and the seconds that took."""
    began = time.perf_counter()
    senders = [_sender(console.person(), staged.show, waiting, began) for _ in range(CONNECTIONS)]
    person = console.person()
    presses: list[tuple[int, int, int]] = []
    while any(sender.is_alive() for sender in senders):
        presses.append(press(person, staged, len(presses)))
    return presses, time.perf_counter() - began


def _sender(person: Person, show: str, waiting: Waiting, began: float) -> threading.Thread:
    sender = threading.Thread(target=send, args=(person, show, waiting, began))
    sender.start()
    return sender
