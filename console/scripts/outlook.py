"""What follows from the run of show as it stands: the countdown, the rows to come and when they should begin."""

from typing import Any, Literal

from msgspec import Struct

from console.scripts import timing
from console.scripts.events import Row
from console.scripts.fold import State
from console.scripts.timing import Run

RowState = Literal["done", "current", "next", "later"]


class Chip(Struct, frozen=True, kw_only=True):
    """A product of a row; without a title the shop did not know it."""

    product: str
    link_no: int | None
    title: str | None


class Countdown(Struct, frozen=True, kw_only=True):
    """`ends_at` None: a row without a plan, so count up. While held, time stands still at `held_at`."""

    started_at: int
    ends_at: int | None
    held_at: int | None


def chips(row: Row) -> tuple[Chip, ...]:
    """The row's products in the order of the sheet."""
    known = {fact.id: fact for fact in row.facts}
    return tuple(
        Chip(product=product, link_no=known[product].link_no, title=known[product].title)
        if product in known
        else Chip(product=product, link_no=None, title=None)
        for product in row.products
    )


def expected_starts(show: Any) -> dict[str, int]:
    """When each row that is still to come should begin; while held, as if the hold ended now."""
    state: State = show.states["scripts"]
    run = state.run()
    if run is None:
        first_at = {"planned": show.header.starts_at, "live": show.header.started_at, "ended": None}
        return timing.starts(state.in_order(), first_at[show.header.status])
    end = timing.ends_at(run, state.rows[run.row].planned_s)
    later = state.in_order()[state.order.index(run.row) + 1 :]
    return timing.starts(later, run.started_at if end is None else end)


def slips_from(state: State) -> int | None:
    """The instant from which every second makes the show a second later: the hold, or the current row's planned end."""
    run = state.run()
    if state.held_at is not None or run is None:
        return state.held_at
    return timing.ends_at(run, state.rows[run.row].planned_s)


def expected_end(show: Any) -> int | None:
    """When the last row should be over."""
    state: State = show.states["scripts"]
    starts = expected_starts(show)
    if not starts:
        run = state.run()
        return timing.ends_at(run, state.rows[run.row].planned_s) if run else None
    last, at_ms = list(starts.items())[-1]
    return at_ms + (state.rows[last].planned_s or 0) * 1000


def countdown(state: State, run: Run) -> Countdown:
    """The current row's clock."""
    end = timing.ends_at(run, state.rows[run.row].planned_s)
    return Countdown(started_at=run.started_at, ends_at=end, held_at=state.held_at)


def following_row(show: Any) -> Row | None:
    """The row a «go» would start."""
    state: State = show.states["scripts"]
    row_id = None if show.header.status == "ended" else state.neighbour(1)
    return state.rows[row_id] if row_id is not None else None


def row_states(show: Any) -> dict[str, RowState]:
    """Where each row stands in the show."""
    state: State = show.states["scripts"]
    ran = {run.row for run in state.runs}
    found: dict[str, RowState] = {row_id: "done" if row_id in ran else "later" for row_id in state.order}
    if following := following_row(show):
        found[following.id] = "next"
    if state.current is not None:
        found[state.current] = "current"
    return found
