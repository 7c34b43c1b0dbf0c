"""The same observations in any order and any batches give the same numbers and the same curves."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from console.core.lifecycle import LIFECYCLE, ShowCreated, ShowStarted
from console.core.messages import Event, Recorded
from console.core.observations import (
    AdSpend,
    Audience,
    Cancel,
    Cart,
    Comment,
    Enter,
    Follow,
    Impression,
    Leave,
    Like,
    Line,
    ObservationsRecorded,
    Order,
    Paid,
    ProductClick,
    ProductView,
    Refund,
    Sample,
)
from console.core.show import Show
from console.core.slice import Viewer
from console.metrics import selling, views
from console.metrics.ages import ages
from console.metrics.callout import callout
from console.metrics.counts import counted
from console.metrics.slice import SLICE

EN = Viewer(locale="en")
T0 = 1_800_000_000_000
USERS = st.sampled_from(["ann", "bob", "cai", "dee"])
ORDERS = st.sampled_from(["o1", "o2", "o3"])
CHANNELS = st.sampled_from([None, "feed", "ads"])
LINES = st.lists(
    st.builds(Line, product=st.sampled_from(["p1", "p2"]), qty=st.integers(0, 3), amount=st.integers(0, 500)),
    max_size=2,
).map(tuple)
BY_USER = {"user": USERS, "channel": CHANNELS}
STEP = BY_USER | {"product": st.sampled_from(["p1", "p2"])}
FIELDS: dict[type[Any], dict[str, Any]] = {
    Comment: BY_USER | {"text": st.just("hi")},
    Audience: {"online": st.integers(0, 900)},
    Impression: BY_USER,
    Enter: BY_USER | {"follower": st.sampled_from([None, True, False])},
    Leave: BY_USER | {"watched_s": st.sampled_from([None, 5, 400])},
    Like: BY_USER,
    Follow: BY_USER,
    ProductView: STEP,
    ProductClick: STEP,
    Cart: STEP,
    Order: BY_USER | {"order": ORDERS, "lines": LINES},
    Paid: BY_USER | {"order": ORDERS, "lines": LINES},
    Cancel: {"order": ORDERS},
    Refund: {"order": ORDERS, "amount": st.integers(0, 300)},
    AdSpend: {"amount": st.integers(0, 300), "channel": CHANNELS},
    Sample: {
        "counters": st.dictionaries(st.sampled_from(["online", "likes", "gmv_paid", "acu", "odd"]), st.integers(0, 99)),
        "manual": st.booleans(),
    },
}


@st.composite
def observations(draw: Any) -> list[Any]:
    """Up to 30 observations with ids of their own, a few of them at one instant."""
    kinds = draw(st.lists(st.sampled_from(list(FIELDS)), max_size=30))
    made = []
    for number, kind in enumerate(kinds):
        fields = {name: draw(strategy) for name, strategy in FIELDS[kind].items()}
        at = T0 + 1000 * draw(st.integers(-30, 400))
        made.append(kind(source=draw(st.sampled_from(["a", "b"])), id=f"x{number}", at=at, **fields))
    return made


@st.composite
def shuffled(draw: Any, items: list[Any]) -> list[tuple[Any, ...]]:
    """A permutation cut into batches."""
    order = draw(st.permutations(items))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=4)))
    bounds = [0, *cuts, len(order)]
    return [tuple(order[a:b]) for a, b in pairwise(bounds) if b > a]


def folded(batches: list[tuple[Any, ...]], start_after: int) -> Show:
    """A show that starts at T0 after some of the batches were recorded, the last row 300 s on."""
    show = Show("s1", "e1", (LIFECYCLE, SLICE))
    rows: list[Event] = [ObservationsRecorded(items=batch) for batch in batches]
    rows.insert(min(start_after, len(rows)), ShowStarted())
    last: Event = ObservationsRecorded(items=())
    for seq, event in enumerate((ShowCreated(title="t"), *rows, last), 1):
        at_ms = T0 + 300_000 if event is last else T0
        show.evolve(Recorded(show_id="s1", seq=seq, at_ms=at_ms, actor="u", event=event))
    return show


def seen(show: Show) -> Any:
    """Everything any screen shows of the numbers."""
    return (
        counted(show.states["metrics"], 300),
        views.snapshot(show, EN),
        [view(show, EN) for view in (views.strip, views.board, selling.products, views.funnel, views.curves)],
        ages(show, EN),
        callout(show, EN),
    )


@given(st.data())
def test_any_order_and_any_batches_give_the_same_numbers(data: Any) -> None:
    items = data.draw(observations())
    plain = folded([tuple(items)], 0)
    mixed = folded(data.draw(shuffled(items)), data.draw(st.integers(0, 4)))
    assert seen(mixed) == seen(plain)


def test_control_other_observations_give_other_numbers() -> None:
    one = Paid(source="a", id="x1", at=T0, order="o1", user="ann", lines=(Line(product="p1", qty=1, amount=100),))
    assert seen(folded([(one,)], 0)) != seen(folded([()], 0))
