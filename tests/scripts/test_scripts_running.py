"""Rows run: go, back, jump, hold, resume, adjust, mark; how late the show is and when later rows should begin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.lifecycle import ShowCreated, ShowEnded, ShowStarted
from console.core.time import from_wire, to_rfc3339
from console.scripts import commands as ask
from console.scripts import timing, views
from console.scripts.commands import LIVE
from console.scripts.events import Adjusted, Held, Marked, Resumed, RowsImported, RowStarted
from console.scripts.outlook import expected_end, expected_starts
from console.scripts.snapshot import running_late

T0 = 1_800_000_000_000


def seconds(instant):
    """Milliseconds since the epoch → seconds after T0."""
    return None if instant is None else (instant - T0) / 1000


def starts(bench):
    return {row: seconds(at_ms) for row, at_ms in expected_starts(bench.show).items()}


def ends(bench):
    run = bench.state.run()
    return seconds(timing.ends_at(run, bench.state.rows[run.row].planned_s))


def drift(bench):
    return timing.drift_s(bench.state.runs)


def test_no_row_is_on_before_the_first_go(bench):
    bench.live(60, 60)
    assert bench.snapshot()["current"] is None
    assert bench.snapshot()["drift_s"] is None
    bench.when(ask.Go).then(RowStarted(row="a"))
    assert bench.snapshot()["current"] == "a"
    assert from_wire(bench.snapshot()["ends_at"]) == T0 + 60_000


@pytest.mark.parametrize("command", [ask.Go, ask.Back, ask.Jump, ask.Hold, ask.Resume, ask.Adjust, ask.Mark])
def test_rows_run_only_while_live(command):
    assert command.while_status == LIVE


def test_go_without_rows(bench):
    bench.given(ShowCreated(title="x"), ShowStarted()).when(ask.Go).refused("no rows yet")


def test_a_double_press_is_one_press(bench):
    bench.live(60, 60, 60).when(ask.Go).at(0.799).when(ask.Go).refused("a moment ago")
    bench.at(0.8).when(ask.Go).then(RowStarted(row="b"))


def test_the_guard_counts_from_any_start_of_a_row(bench):
    bench.live(60, 60, 60).when(ask.Go).at(9).when(ask.Jump, row="c").at(9.5).when(ask.Go).refused("a moment ago")


def test_the_last_row_has_no_next(bench):
    bench.live(60).when(ask.Go).at(60).when(ask.Go).refused("the last row; end the show or jump")


def test_back_and_its_refusals(bench):
    bench.live(60, 60).when(ask.Back).refused("No row is running")
    bench.when(ask.Go).when(ask.Back).refused("the first row")
    bench.at(10).when(ask.Go).at(12).when(ask.Back).then(RowStarted(row="a", back=True))


def test_jump_and_its_refusals(bench):
    bench.live(60, 60, 60).when(ask.Jump, row="x").refused("no such row")
    bench.when(ask.Jump, row="c").then(RowStarted(row="c", jump=True))
    bench.when(ask.Jump, row="c").refused("is running already")


def test_hold_and_its_refusals(bench):
    bench.live(60).when(ask.Hold).refused("No row is running")
    bench.when(ask.Go).when(ask.Resume).refused("not held")
    bench.when(ask.Hold).then(Held()).when(ask.Hold).refused("held already")
    bench.at(5).when(ask.Resume).then(Resumed())


def test_adjust_and_its_refusals(bench):
    bench.live(60).when(ask.Adjust, seconds=30).refused("No row is running")
    bench.when(ask.Go).when(ask.Adjust, seconds=0).refused("how many seconds")
    bench.when(ask.Adjust, seconds=-30).then(Adjusted(seconds=-30))
    assert ends(bench) == 30


def test_a_mark_remembers_its_row(bench):
    bench.live(60).when(ask.Go).at(7).when(ask.Mark, note="laughed").then(Marked(note="laughed", row="a"))
    assert bench.snapshot()["marks"] == [{"at": to_rfc3339(T0 + 7_000), "by": "u_1", "note": "laughed", "row": "a"}]


def test_marks_are_bounded(bench):
    bench.live(60).given(*[Marked()] * 1_000).when(ask.Mark).refused("1000 markers")


def test_a_hold_freezes_the_countdown(bench):
    bench.live(60, 60).when(ask.Go).at(20).when(ask.Hold)
    held = bench.snapshot()
    assert (held["ends_at"], held["held_at"], held["remaining_s"]) == (None, to_rfc3339(T0 + 20_000), 40)
    bench.at(50).when(ask.Resume)
    assert ends(bench) == 90
    assert bench.snapshot()["held_at"] is None


def test_going_on_ends_a_hold(bench):
    bench.live(60, 60).when(ask.Go).at(20).when(ask.Hold).at(50).when(ask.Go)
    assert bench.snapshot()["held_at"] is None
    assert (ends(bench), drift(bench)) == (110, -10)


def test_drift_is_the_actual_minus_the_planned_start_when_rows_run_in_order(bench):
    bench.live(60, 60, 60).when(ask.Go).at(75).when(ask.Go)
    assert drift(bench) == 15
    bench.at(125).when(ask.Go)
    assert drift(bench) == 5


def test_rows_that_a_jump_skips_move_the_plan_with_them(bench):
    bench.live(60, 600, 60, 60).when(ask.Go).at(70).when(ask.Jump, row="c")
    assert drift(bench) == 10
    bench.at(130).when(ask.Go)
    assert drift(bench) == 10


def test_an_inserted_row_leaves_the_drift_and_the_rest_of_the_time(bench):
    """插播: c for a minute in the middle of a."""
    bench.live(300, 60, 60).when(ask.Go).at(100).when(ask.Jump, row="c").at(160).when(ask.Jump, row="a")
    assert (ends(bench), drift(bench)) == (360, 0)
    bench.at(360).when(ask.Go)
    assert drift(bench) == 0


def test_an_encore_has_its_full_time_and_leaves_the_drift(bench):
    """返场: a once more after b."""
    bench.live(60, 60, 60).when(ask.Go).at(60).when(ask.Go).at(120).when(ask.Jump, row="a")
    assert (ends(bench), drift(bench)) == (180, 0)
    bench.at(180).when(ask.Jump, row="c")
    assert drift(bench) == 0
    assert [run["ended_at"] for run in bench.snapshot()["rows"][0]["runs"]] == [
        to_rfc3339(T0 + 60_000),
        to_rfc3339(T0 + 180_000),
    ]


def test_a_row_left_after_its_end_had_its_turn(bench):
    bench.live(60, 60).when(ask.Go).at(80).when(ask.Jump, row="b").at(90).when(ask.Jump, row="a")
    assert (ends(bench), drift(bench)) == (150, 20)


def test_back_takes_a_go_that_came_too_early_back(bench):
    bench.live(300, 60).when(ask.Go).at(200).when(ask.Go)
    assert drift(bench) == -100
    bench.at(205).when(ask.Back)
    assert (ends(bench), drift(bench)) == (305, 0)
    bench.at(305).when(ask.Go)
    assert drift(bench) == 0


def test_adjustments_and_holds_go_along_when_a_turn_is_continued(bench):
    bench.live(100, 60).when(ask.Go).when(ask.Adjust, seconds=20).at(50).when(ask.Jump, row="b")
    bench.at(60).when(ask.Jump, row="a")
    assert ends(bench) == 60 + 70


def test_a_row_without_a_plan_is_never_late(bench):
    bench.live(None, 60).when(ask.Go)
    assert bench.snapshot()["ends_at"] is None
    bench.at(500).when(ask.Go)
    assert drift(bench) == 0


def test_a_plan_edited_while_the_row_runs_moves_its_end(bench):
    bench.live(60, 60).when(ask.Go).at(30).when(ask.EditRow, row="a", field="planned_s", value=120)
    assert ends(bench) == 120
    bench.at(120).when(ask.Go)
    assert drift(bench) == 0


def test_a_plan_edited_afterwards_does_not_rewrite_the_drift(bench):
    bench.live(60, 60).when(ask.Go).at(70).when(ask.Go).when(ask.EditRow, row="a", field="planned_s", value=600)
    assert drift(bench) == 10


def test_later_rows_are_expected_after_the_current_one(bench):
    bench.live(60, 30, 40).when(ask.Go).at(10).when(ask.Adjust, seconds=15)
    assert starts(bench) == {"b": 75, "c": 105}
    assert seconds(expected_end(bench.show)) == 145
    bench.when(ask.Go)
    assert starts(bench) == {"c": 40}
    assert bench.snapshot()["rows"][0]["expected_start"] is None


def test_a_planned_show_is_expected_from_its_start(bench):
    rows = (bench.row("a", 60), bench.row("b", None), bench.row("c", 60))
    bench.given(ShowCreated(title="x", starts_at=T0), RowsImported(rows=rows))
    assert starts(bench) == {"a": 0, "b": 60, "c": 60}


def test_without_a_start_nothing_is_expected(bench):
    bench.given(ShowCreated(title="x"), RowsImported(rows=(bench.row("a"),)))
    assert starts(bench) == {}
    assert expected_end(bench.show) is None


def test_the_last_row_ends_the_show(bench):
    bench.live(60).when(ask.Go)
    assert seconds(expected_end(bench.show)) == 60


def test_the_end_of_the_show_ends_its_row(bench):
    bench.live(60, 60).when(ask.Go).at(50).given(ShowEnded())
    assert bench.snapshot()["current"] is None
    assert bench.snapshot()["rows"][0]["ended_at"] == to_rfc3339(T0 + 50_000)
    assert views.following(bench.show, None).row is None
    assert starts(bench) == {}


steps = st.lists(
    st.tuples(
        st.sampled_from(["go", "back", "jump", "hold", "resume", "adjust"]),
        st.integers(1, 200),
        st.integers(0, 4),
    ),
    max_size=20,
)


def play(bench, moves):
    for name, wait_s, pick in moves:
        bench.at((bench.now_ms - T0) / 1000 + wait_s)
        fields = {"jump": {"row": "abcde"[pick]}, "adjust": {"seconds": pick * 30 - 60}}.get(name, {})
        bench.when(getattr(ask, name.capitalize()), **fields)
    return bench


@given(steps, st.lists(st.integers(0, 300) | st.none(), min_size=5, max_size=5))
def test_expected_starts_never_run_backwards(fresh, moves, plans):
    bench = play(fresh().live(*plans), moves)
    expected = list(starts(bench).values())
    assert expected == sorted(expected)


@given(steps, st.integers(0, 1_000))
def test_a_hold_costs_no_time_on_the_countdown(fresh, moves, pause_s):
    bench = play(fresh().live(60, 60, 60, 60, 60), [("go", 1, 0), *moves])
    if bench.state.held_at is not None:
        bench.when(ask.Resume)
    left = ends(bench) - seconds(bench.now_ms)
    bench.when(ask.Hold).at(seconds(bench.now_ms) + pause_s).when(ask.Resume)
    assert ends(bench) - seconds(bench.now_ms) == left


@given(st.lists(st.integers(1, 300), min_size=5, max_size=5), st.lists(st.integers(1, 600), min_size=4, max_size=4))
def test_in_order_drift_is_the_late_start(fresh, plans, actual):
    bench = fresh().live(*plans).when(ask.Go)
    for taken in actual:
        bench.at(seconds(bench.now_ms) + taken).when(ask.Go)
    assert drift(bench) == sum(actual) - sum(plans[:4])


def test_a_row_that_runs_over_makes_all_that_follows_later(bench):
    bench.live(10, 60).when(ask.Go)
    piece = bench.snapshot()
    start = from_wire(piece["rows"][1]["expected_start"])
    assert running_late(piece, bench.show, T0 + 10_000) == piece
    late = running_late(piece, bench.show, T0 + 25_000)
    assert (late["drift_s"], late["rows"][1]["expected_start"]) == (15, to_rfc3339(start + 15_000))


def test_a_hold_makes_the_show_later_by_the_second(bench):
    bench.live(60, 60).when(ask.Go).at(10).when(ask.Hold)
    assert running_late(bench.snapshot(), bench.show, T0 + 40_000)["drift_s"] == 30
    bench.at(40).when(ask.Resume)
    assert bench.snapshot()["drift_s"] == 30
    bench.at(90).when(ask.Go)
    assert bench.snapshot()["drift_s"] == 30
