"""Rows, and the time before and after them, add up to the whole show."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.core.observations import Comment, Enter, Refund
from console.scripts.events import Row

SECONDS = st.integers(-60, 700)
ORDERS = st.integers(0, 5)
ADDING_UP = (
    "entries_pv",
    "comments",
    "orders_created",
    "orders_paid",
    "units",
    "gmv_created",
    "gmv_paid",
    "refunds_amount",
)
REPORTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["enter", "comment"]), SECONDS),
        st.tuples(st.sampled_from(["order", "paid", "refund"]), SECONDS, ORDERS, st.integers(0, 900)),
    ),
    max_size=30,
)
GOES = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 200)), max_size=6)


def observation(evening: Any, kind: str, seconds: int, order: int = 0, amount: int = 0) -> Any:
    match kind:
        case "enter":
            return evening.made(Enter, seconds, user="ann")
        case "comment":
            return evening.made(Comment, seconds, user="ann", text="hi")
        case "refund":
            return evening.made(Refund, seconds, order=f"o{order}", amount=amount)
        case "order":
            return evening.order(f"o{order}", amount, seconds)
    return evening.paid(f"o{order}", amount, seconds)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reports=REPORTS, goes=GOES, end=st.integers(0, 300), seen_early=st.booleans())
def test_every_report_belongs_to_one_stretch(
    evening_of: Any, reports: list[Any], goes: list[Any], end: int, seen_early: bool
) -> None:
    evening = evening_of().planned(*(Row(id=name, phase="other", title=name, planned_s=60) for name in "abc")).started()
    if seen_early:
        evening.see(*(observation(evening, *report) for report in reports))
    seconds = 0
    for row, wait in goes:
        seconds += wait
        evening.go(row, seconds)
    if not seen_early:
        evening.see(*(observation(evening, *report) for report in reports))
    recap = evening.ended(seconds + end).recap()
    stretches = [*recap.rows, *recap.outside.values()]
    for name in ADDING_UP:
        assert sum(getattr(stretch, name) or 0 for stretch in stretches) == (getattr(recap.metrics, name) or 0)


def test_a_window_holds_its_first_instant_and_not_its_last(evening: Any) -> None:
    evening.planned(*(Row(id=name, phase="other", title=name, planned_s=60) for name in "ab")).started()
    evening.go("a", 0).go("b", 60).see(evening.paid("o1", 1, 0), evening.paid("o2", 10, 59.999))
    recap = evening.see(evening.paid("o3", 100, 60), evening.paid("o4", 1000, 120)).ended(120).recap()
    assert [row.gmv_paid for row in recap.rows] == [11, 100]
    assert recap.outside["after"].gmv_paid == 1000
