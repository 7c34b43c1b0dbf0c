"""From the press of «fire» over HTTP, stored with synchronous=FULL, to the last of many screens; and its consistency."""

import json
import re
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from websockets.sync.client import ClientConnection, connect

from bench.console_process import FLASH_PRICE, PRICE, Console, Person, Stage, armed, stage
from bench.figure import Bench, Line, Samples, Target, quantile
from bench.load import Load, last_after
from bench.load import Target as Where

PAUSE_S = 0.04
"""Between two presses, longer than the channel's pace, so that each is measured on its own."""
SCREENS = (100, 1_000)
ARMED = 20
"""Offers armed at a time, one for each product; what was fired stays on the panel as over."""
TARGETS = {100: Target("≤", 10), 1_000: Target("≤", 60)}
KINDS = {"stream": "JSON streams", "control": "control screens"}


def kinds(bench: Bench) -> list[str]:
    """Both; the heavier one alone for a quick look."""
    return list(KINDS)[bench.few(0, 1) :]


def figure(bench: Bench) -> Iterator[Line]:
    """p50 and p99 of each run's presses, for JSON streams and for HTML control screens."""
    samples = Samples()
    fires = bench.few(100, 10)
    for _ in bench.rounds:
        for screens in SCREENS if not bench.quick else SCREENS[:1]:
            for kind in KINDS:
                with Console() as console:
                    _add(samples, f"{screens} {kind}", _fired(bench, console, kind, screens, fires))
    for name in list(samples.values):
        if name.endswith("p99"):
            yield from _lines(samples, name.removesuffix(" p99"), fires)


def _add(samples: Samples, name: str, took: list[tuple[float, float]]) -> None:
    last = [last for last, _ in took]
    samples.add(f"{name} p50", median(last))
    samples.add(f"{name} p99", quantile(last, 0.99))
    samples.add(f"{name} acknowledged", quantile([acknowledged for _, acknowledged in took], 0.99))


def _lines(samples: Samples, name: str, fires: int) -> Iterator[Line]:
    screens, kind = name.split()
    title = f"fire → last of {int(screens):,} {KINDS[kind]}"
    yield Line(f"{title}, p50", "ms", samples[f"{name} p50"], note=f"{fires} presses a run")
    yield Line(f"{title}, p99", "ms", samples[f"{name} p99"], TARGETS[int(screens)])
    yield Line(f"{title}, answer p99", "ms", samples[f"{name} acknowledged"], note="answer read by the one who pressed")


def where(console: Console, staged: Stage, kind: str, sockets: int, seq: int) -> Where:
    """As a browser comes: with the cursor of its page."""
    path = f"/api/v1/shows/{staged.show}/stream" if kind == "stream" else f"/live/{staged.show}/{kind}"
    headers = (f"Authorization: Bearer {console.token}",)
    return Where(console.port, f"{path}?epoch={staged.epoch}&seq={seq}", sockets, headers)


def _fired(bench: Bench, console: Console, kind: str, screens: int, fires: int) -> list[tuple[float, float]]:
    """(last screen, answer) in ms after the press, for each offer."""
    person = console.serving()
    staged = stage(person, ARMED)
    seq = person.ask("GET", f"/shows/{staged.show}")["seq"]
    with Load(bench.tools, where(console, staged, kind, screens, seq), "-q") as load:
        load.opened()
        load.begin()
        presses = [press(person, staged, n) for n in range(fires)]
        time.sleep(0.5)
        reached = load.end()["reached"]
    return [((last_after(reached, seq, screens) - at) / 1e6, (done - at) / 1e6) for at, done, seq in presses]


def press(person: Person, staged: Stage, n: int) -> tuple[int, int, int]:
    """(pressed, answered, seq of the row); the offer is stopped again and another one armed."""
    offer = staged.offers[n]
    time.sleep(PAUSE_S)
    at = time.monotonic_ns()
    seq = person.command(staged.show, "fire_offer", offer=offer)["seq"]
    done = time.monotonic_ns()
    time.sleep(PAUSE_S)
    person.command(staged.show, "stop_offer", offer=offer, reason="bench")
    staged.offers.append(armed(person, staged.show, len(staged.offers)))
    return at, done, seq


def consistency(bench: Bench) -> Iterator[Line]:
    """Whether offers and shelf ever disagree within one frame, over HTML patches and JSON snapshots."""
    fires = bench.few(50, 5)
    torn, seen = [], 0
    for _ in bench.rounds:
        with Console() as console:
            person = console.serving()
            staged = stage(person, fires)
            with _socket(console, f"/live/{staged.show}/control") as screen:
                found = [_torn(console, person, staged, offer, screen) for offer in staged.offers]
        torn.append(sum(found))
        seen += 3 * len(found)
    note = f"{seen} frames: the patch of a fire, the snapshot after it and the one after its end"
    yield Line("fire: frames with offers and shelf apart", "frames", tuple(map(float, torn)), Target("≤", 0), note=note)


def _torn(console: Console, person: Person, staged: Stage, offer: str, screen: ClientConnection) -> int:
    seq = person.command(staged.show, "fire_offer", offer=offer)["seq"]
    patch = _frame(screen, seq)
    apart = int(not {"offers", "shelf"} <= set(re.findall(r'hx-target="#(\w+)-', patch["content"])))
    apart += _disagree(console, staged)
    person.command(staged.show, "stop_offer", offer=offer, reason="bench")
    return apart + _disagree(console, staged)


def _frame(screen: ClientConnection, seq: int) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(screen.recv(timeout=10))
        if frame["kind"] == "patch" and frame["lane"] == "state" and frame["seq"] >= seq:
            return frame


def _disagree(console: Console, staged: Stage) -> bool:
    """A product's net price is the flash price exactly while its offer is live."""
    with _socket(console, f"/api/v1/shows/{staged.show}/stream") as stream:
        snapshot = json.loads(stream.recv(timeout=10))["snapshot"]
    live = {offer["product"] for offer in snapshot["offers"]["items"] if offer["state"] == "live"}
    net = {item["product"]: item["net_price"] for item in snapshot["shelf"]["items"]}
    return any(price != (FLASH_PRICE if product in live else PRICE) for product, price in net.items())


def _socket(console: Console, path: str) -> ClientConnection:
    headers = {"Authorization": f"Bearer {console.token}"}
    return connect(f"ws://127.0.0.1:{console.port}{path}", additional_headers=headers, max_size=None)
