"""A big show stays cheap."""

import random
import time

from patience import patience

from console.core.messages import Recorded
from console.core.observations import AnyObservation, Comment, Line, ObservationsRecorded, Order, Paid
from console.metrics.fold import State, evolve

T0 = 1_800_000_000_000
SECONDS_ALLOWED = 3.0


def test_20_000_orders_and_50_000_comments_fold_in_three_seconds() -> None:
    rng = random.Random(7)
    items: list[AnyObservation] = []
    for n in range(20_000):
        lines = (Line(product=f"p{n % 40}", qty=1, amount=9_900),)
        at, user = T0 + rng.randrange(7_200_000), f"u{n % 15_000}"
        items.append(Order(source="shop", id=f"o{n}", at=at, order=f"{n}", user=user, lines=lines))
        items.append(Paid(source="shop", id=f"p{n}", at=at + 9_000, order=f"{n}", user=user, lines=lines))
    said = (rng.randrange(7_200_000) for _ in range(50_000))
    items.extend(
        Comment(source="chat", id=f"c{n}", at=T0 + at, user=f"u{n % 9_000}", text="hi") for n, at in enumerate(said)
    )
    rng.shuffle(items)
    rows = [
        Recorded(show_id="s", seq=i, at_ms=T0, actor="u", event=ObservationsRecorded(items=tuple(items[i : i + 500])))
        for i in range(0, len(items), 500)
    ]
    state = State()
    began = time.process_time()
    for row in rows:
        evolve(state, row)
    assert time.process_time() - began < patience(SECONDS_ALLOWED)
    assert state.orders.totals["orders_paid"] == 20_000
    assert state.crowd.times["Comment"] == 50_000
