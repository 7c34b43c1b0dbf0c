"""Observations a second through the HTTP door onto SQLite, in batches, while somebody fires offers."""

import json
import random
import threading
import time
from collections.abc import Iterable, Iterator
from itertools import cycle
from queue import Empty, Queue
from typing import Any

from bench.console_process import Console, Person, Stage, stage
from bench.figure import Bench, Line, Samples, Target, quantile
from tests.engines import PostgresServer, RedisServer, home

BATCH = 500
CONNECTIONS = 3
MANY_CONNECTIONS = 8
"""The kernel deals them out to the workers."""
SHOWS = 4
PACE_A_S = 10_500
PAUSE_S = 0.1
FIRES = 60
Waiting = Queue[tuple[float, bytes]]
"""Bodies, each with the second after the start at which it may be sent."""


def figure(bench: Bench) -> Iterator[Line]:
    """As much as the door takes, then at a steady pace just above the target: the presses' answers in both."""
    total = bench.few(60_000, 4_000)
    samples = Samples()
    for _ in bench.rounds:
        with Console() as console:
            person = console.serving()
            staged = stage(person, 2 * FIRES)
            for name, pace, offers in (("most", 0, staged.offers[:FIRES]), ("paced", PACE_A_S, staged.offers[FIRES:])):
                waiting = bodies(name, total, pace)
                _measure(console, [Stage(staged.show, staged.epoch, offers)], waiting, name, samples)
            _check(person, [staged.show], 2 * total)
    note = f"batches of {BATCH}, {total:,} a run over {CONNECTIONS} connections, read back from the journal"
    yield Line("ingest on SQLite, as much as it takes", "observations/s", samples["most rate"], note=note)
    yield Line("… fire answered meanwhile, p99", "ms", samples["most p99"])
    offered = f"{PACE_A_S:,}/s offered"
    yield Line("ingest on SQLite, paced", "observations/s", samples["paced rate"], Target("≥", 10_000), note=offered)
    yield Line("… fire answered meanwhile, p50", "ms", samples["paced p50"])
    yield Line("… fire answered meanwhile, p99", "ms", samples["paced p99"], Target("≤", 50))


def together(bench: Bench) -> Iterator[Line]:
    """Two workers on PostgreSQL and Redis: one busy show, whose rows both must fold, and several."""
    total = bench.few(60_000, 4_000)
    samples = Samples()
    with home() as place, home() as other:
        postgres, redis = PostgresServer(place, durable=True), RedisServer(other)
        postgres.start()
        redis.start()
        try:
            for _ in bench.rounds:
                _both_engines(postgres.database(), redis.url, total, samples)
        finally:
            redis.stop()
            postgres.stop()
    note = f"batches of {BATCH}, {total:,} a run over {MANY_CONNECTIONS} connections; server, engines and client share the cores"
    target = Target("≥", 20_000)
    yield Line(
        "ingest, 2 workers, PostgreSQL and Redis, one show", "observations/s", samples["one rate"], target, note=note
    )
    yield Line("… fire answered meanwhile, p99", "ms", samples["one p99"])
    yield Line(f"ingest, 2 workers, {SHOWS} shows", "observations/s", samples["several rate"], target)
    yield Line("… fire answered meanwhile, p99", "ms", samples["several p99"])


def _both_engines(database_url: str, redis_url: str, total: int, samples: Samples) -> None:
    with Console(2, {"CONSOLE_DATABASE_URL": database_url, "CONSOLE_REDIS_URL": redis_url}) as console:
        person = console.serving()
        for name, shows in (("one", 1), ("several", SHOWS)):
            stages = [stage(person, FIRES if n == 0 else 1) for n in range(shows)]
            _measure(console, stages, bodies(name, total, 0), name, samples)
            _check(person, [staged.show for staged in stages], total)


def _measure(console: Console, stages: list[Stage], waiting: Waiting, name: str, samples: Samples) -> None:
    """Sends all that waits, each connection to a show of its own while there are more; fires in the first."""
    total = waiting.qsize() * BATCH
    connections = CONNECTIONS if console.workers == 1 else MANY_CONNECTIONS
    people = zip([console.person() for _ in range(connections)], cycle(stages), strict=False)
    began = time.perf_counter()
    senders = [threading.Thread(target=send, args=(person, at.show, waiting, began)) for person, at in people]
    for sender in senders:
        sender.start()
    took = _fire(console.person(), stages[0], senders)
    for sender in senders:
        sender.join()
    samples.add(f"{name} rate", total / (time.perf_counter() - began))
    samples.add(f"{name} p50", quantile(took, 0.5))
    samples.add(f"{name} p99", quantile(took, 0.99))


def send(person: Person, show: str, waiting: Waiting, began: float) -> None:
    """What waits, one batch after the other, none before its time. Raises RuntimeError when one is not taken whole."""
    while True:
        try:
            due, body = waiting.get_nowait()
        except Empty:
            return
        time.sleep(max(0, began + due - time.perf_counter()))
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


def _check(person: Person, shows: Iterable[str], total: int) -> None:
    """The journals hold them all: what was acknowledged was stored."""
    stored = sum(_stored(person, show) for show in shows)
    if stored != total:
        raise RuntimeError(f"{stored} observations in the journal, {total} acknowledged")


def _stored(person: Person, show: str) -> int:
    after, stored = 0, 0
    while page := person.ask("GET", f"/shows/{show}/journal?after={after}&limit=100")["items"]:
        stored += sum(len(row["items"]) for row in page if row["type"] == "observations_recorded")
        after = page[-1]["seq"]
    return stored


def bodies(source: str, total: int, pace: int) -> Waiting:
    """`total` observations in batches, `pace` a second; all at once when that is 0."""
    dice = random.Random(5)
    now = time.time_ns() // 1_000_000
    waiting: Waiting = Queue()
    for first in range(0, total, BATCH):
        items = [observation(dice, source, now, n) for n in range(first, first + BATCH)]
        waiting.put((first / pace if pace else 0, json.dumps(items, ensure_ascii=False).encode()))
    return waiting


def observation(dice: random.Random, source: str, now: int, n: int) -> dict[str, Any]:
    """The mix of a busy room: mostly likes, visits and comments, some clicks and orders."""
    common = {"source": source, "id": str(n), "at": now + n // 10, "user": f"u{dice.randrange(20_000)}"}
    product = f"b{dice.randrange(20)}"
    match dice.choices(("comment", "like", "enter", "product_click", "order", "paid"), (40, 25, 20, 10, 3, 2))[0]:
        case "comment":
            return {**common, "kind": "comment", "text": dice.choice(TEXTS).format(n=dice.randrange(1, 40))}
        case "product_click":
            return {**common, "kind": "product_click", "product": product}
        case "order" | "paid" as kind:
            lines = [{"product": product, "qty": 1, "amount": 9_900}]
            return {**common, "kind": kind, "order": f"{source}{n}", "lines": lines}
        case kind:
            return {**common, "kind": kind}


TEXTS = (
    "这个多少钱？",
    "已拍",
    "有没有运费险",
    "主播声音好好听",
    "{n}号链接还有货吗？",
    "怎么领券",
    "敏感肌可以用吗",
    "666{n}",
    "when is the next one?",
)
