"""Observations a second through the HTTP door onto SQLite, in batches, while somebody fires offers."""

import json
import random
import threading
import time
from collections.abc import Iterator
from queue import Empty, Queue
from typing import Any

from bench.console_process import Console, Person, Stage, stage
from bench.figure import Bench, Line, Samples, Target, quantile

BATCH = 500
CONNECTIONS = 3
PAUSE_S = 0.1


def figure(bench: Bench) -> Iterator[Line]:
    """As much as the door takes, and then at 10,000 a second: the presses' answers."""
    total = bench.few(60_000, 4_000)
    samples = Samples()
    for _ in bench.rounds:
        with Console() as console:
            _measure(console, total, samples)
    note = f"batches of {BATCH}, {total:,} a run, acknowledged after the commit"
    yield Line("ingest on SQLite", "observations/s", samples["rate"], Target("≥", 10_000), note=note)
    yield Line("ingest: fire answered meanwhile, p50", "ms", samples["p50"], note=f"{CONNECTIONS} connections sending")
    yield Line("ingest: fire answered meanwhile, p99", "ms", samples["p99"], Target("≤", 50))


def _measure(console: Console, total: int, samples: Samples) -> None:
    person = console.serving()
    staged = stage(person, 60)
    waiting: Queue[bytes] = Queue()
    for body in _bodies(total):
        waiting.put(body)
    senders = [
        threading.Thread(target=_send, args=(console.person(), staged.show, waiting)) for _ in range(CONNECTIONS)
    ]
    began = time.perf_counter()
    for sender in senders:
        sender.start()
    took = _fire(person, staged, senders)
    for sender in senders:
        sender.join()
    samples.add("rate", total / (time.perf_counter() - began))
    samples.add("p50", quantile(took, 0.5))
    samples.add("p99", quantile(took, 0.99))
    _check(person, staged.show, total)


def _send(person: Person, show: str, waiting: "Queue[bytes]") -> None:
    """What waits, one batch after the other."""
    while True:
        try:
            body = waiting.get_nowait()
        except Empty:
            return
        received = person.ask("POST", f"/shows/{show}/observations", body)
        if received["accepted"] != BATCH:
            raise RuntimeError(f"not all accepted: {received}")


def _fire(person: Person, staged: Stage, senders: list[threading.Thread]) -> list[float]:
    """Milliseconds to each answer, for as long as batches are being sent."""
    took = []
    for offer in staged.offers:
        if not any(sender.is_alive() for sender in senders):
            break
        began = time.perf_counter()
        person.command(staged.show, "fire_offer", offer=offer)
        took.append((time.perf_counter() - began) * 1000)
        person.command(staged.show, "stop_offer", offer=offer, reason="bench")
        time.sleep(PAUSE_S)
    return took


def _check(person: Person, show: str, total: int) -> None:
    """The journal holds them all: what was acknowledged was stored."""
    after, stored = 0, 0
    while page := person.ask("GET", f"/shows/{show}/journal?after={after}&limit=100")["items"]:
        stored += sum(len(row["items"]) for row in page if row["type"] == "observations_recorded")
        after = page[-1]["seq"]
    if stored != total:
        raise RuntimeError(f"{stored} observations in the journal, {total} acknowledged")


def _bodies(total: int) -> Iterator[bytes]:
    dice = random.Random(5)
    now = time.time_ns() // 1_000_000
    for first in range(0, total, BATCH):
        yield json.dumps([_observation(dice, now, n) for n in range(first, first + BATCH)], ensure_ascii=False).encode()


def _observation(dice: random.Random, now: int, n: int) -> dict[str, Any]:
    """The mix of a busy room: mostly likes, visits and comments, some clicks and orders."""
    common = {"source": "bench", "id": str(n), "at": now + n // 10, "user": f"u{dice.randrange(20_000)}"}
    product = f"b{dice.randrange(20)}"
    match dice.choices(("comment", "like", "enter", "product_click", "order", "paid"), (40, 25, 20, 10, 3, 2))[0]:
        case "comment":
            return {**common, "kind": "comment", "text": dice.choice(TEXTS)}
        case "product_click":
            return {**common, "kind": "product_click", "product": product}
        case "order" | "paid" as kind:
            lines = [{"product": product, "qty": 1, "amount": 9_900}]
            return {**common, "kind": kind, "order": f"{kind}{n}", "lines": lines}
        case kind:
            return {**common, "kind": kind}


TEXTS = (
    "这个多少钱？",
    "已拍",
    "有没有运费险",
    "主播声音好好听",
    "3号链接还有货吗？",
    "怎么领券",
    "敏感肌可以用吗",
    "666",
    "when is the next one?",
)
