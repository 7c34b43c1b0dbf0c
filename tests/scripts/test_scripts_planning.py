"""Rows are added, imported, edited, moved and removed, or the refusal says why not."""

import pytest

from console.scripts import commands as ask
from console.scripts.events import RowEdited, RowMoved, RowRemoved
from console.scripts.phases import infer_phase
from console.scripts.planning import MAX_ROWS


def order(bench):
    return bench.state.order


def test_a_new_row_gets_an_id_a_phase_and_what_the_shop_knows(bench):
    bench.when(ask.AddRow, row=bench.new("秒杀 口红", products=("p1", "p9")))
    (event,) = bench.decision
    assert (event.row.id, event.row.phase, event.after) == ("r_0001", "flash", None)
    assert [fact.id for fact in event.row.facts] == ["p1"]
    assert "floor" not in repr(event)
    assert event.creates == "row"


def test_a_given_phase_beats_the_title(bench):
    bench.when(ask.AddRow, row=bench.new("秒杀", phase="encore"))
    assert bench.decision[0].row.phase == "encore"


def test_rows_go_last_or_behind_a_row(bench):
    bench.when(ask.AddRow, row=bench.new()).when(ask.AddRow, row=bench.new())
    bench.when(ask.AddRow, row=bench.new(), after="r_0001")
    assert order(bench) == ["r_0001", "r_0003", "r_0002"]


def test_behind_a_row_that_is_gone(bench):
    bench.when(ask.AddRow, row=bench.new(), after="r_x").refused("no such row")


def test_a_full_run_of_show_takes_no_more(bench):
    bench.when(ask.ImportRows, rows=(bench.new(),) * MAX_ROWS)
    bench.when(ask.AddRow, row=bench.new()).refused("at most 500 rows")
    bench.when(ask.ImportRows, rows=(bench.new(),)).refused("at most 500 rows")
    bench.when(ask.ImportRows, rows=(bench.new(),), replace=True)
    assert len(order(bench)) == 1


def test_an_import_is_one_event_with_every_row(bench):
    bench.given().when(ask.ImportRows, rows=(bench.new("开场"), bench.new("讲品", None)))
    (event,) = bench.decision
    assert [(row.id, row.phase, row.planned_s) for row in event.rows] == [
        ("r_0001-1", "opening", 60),
        ("r_0001-2", "product", None),
    ]


def test_an_import_never_replaces_rows_that_ran(bench):
    bench.live(60, 60).when(ask.Go)
    bench.when(ask.ImportRows, rows=(bench.new(),), replace=True).refused("have run already")
    bench.when(ask.ImportRows, rows=(bench.new(),))
    assert len(order(bench)) == 3


def test_an_import_is_not_open_to_the_public():
    assert not ask.ImportRows.open_to_public


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("title", "Mask", "Mask"),
        ("planned_s", 90, 90),
        ("planned_s", None, None),
        ("phase", "flash", "flash"),
        ("must_say", ["a", "b"], ("a", "b")),
        ("targets", {"gmv_paid": 100}, {"gmv_paid": 100}),
        ("custom", {"灯光": "暖"}, {"灯光": "暖"}),
    ],
)
def test_every_field_takes_its_own_type(bench, name, value, kept):
    bench.live(60).when(ask.EditRow, row="a", field=name, value=value)
    bench.then(RowEdited(row="a", field=name, value=value))
    assert getattr(bench.state.rows["a"], name) == kept


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("title", "", "title must be str of length >= 1"),
        ("planned_s", "90", "planned_s must be int"),
        ("planned_s", -1, "planned_s must be int >= 0"),
        ("planned_s", True, "planned_s must be int"),
        ("phase", "sleeping", "not a possible value of phase"),
        ("must_say", ["a", "b", "c", "d"], "must_say must be array of length <= 3"),
        ("cues", [{"at_s": 0, "text": "x", "more": 1}], "not known here"),
        ("custom.灯光", 7, "custom.灯光 must be str"),
        ("colour", "red", "no field colour"),
        ("id", "b", "no field id"),
        ("facts", [], "no field facts"),
        ("custom.", "red", "no field custom."),
    ],
)
def test_a_value_that_does_not_fit_changes_nothing(bench, name, value, why):
    bench.live(60).when(ask.EditRow, row="a", field=name, value=value).refused(why)


def test_editing_products_looks_them_up(bench):
    bench.live(60).when(ask.EditRow, row="a", field="products", value=["p2"])
    assert [fact.title for fact in bench.state.rows["a"].facts] == ["Mask"]


def test_a_custom_column_comes_and_goes(bench):
    bench.live(60).when(ask.EditRow, row="a", field="custom.灯光", value="暖")
    assert bench.state.rows["a"].custom == {"灯光": "暖"}
    bench.when(ask.EditRow, row="a", field="custom.灯光", value=None)
    assert bench.state.rows["a"].custom == {}


def test_a_row_that_is_gone_is_neither_edited_moved_nor_removed(bench):
    bench.live(60)
    bench.when(ask.EditRow, row="x", field="title", value="y").refused("no such row")
    bench.when(ask.MoveRow, row="x", after=None).refused("no such row")
    bench.when(ask.MoveRow, row="a", after="x").refused("no such row")
    bench.when(ask.RemoveRow, row="x").refused("no such row")


def test_rows_move(bench):
    bench.live(60, 60, 60).when(ask.MoveRow, row="c", after=None).then(RowMoved(row="c", after=None, next_moved=True))
    assert order(bench) == ["c", "a", "b"]
    bench.when(ask.MoveRow, row="c", after="a")
    assert order(bench) == ["a", "c", "b"]


def test_a_move_to_nowhere_is_refused(bench):
    bench.live(60, 60).when(ask.MoveRow, row="a", after="a").refused("behind itself")
    bench.when(ask.MoveRow, row="b", after="a").refused("stands there already")


def test_the_running_row_stays(bench):
    bench.live(60, 60).when(ask.Go).when(ask.RemoveRow, row="a").refused("is running")
    bench.when(ask.RemoveRow, row="b").then(RowRemoved(row="b", next_moved=True))


def test_a_removed_row_that_ran_is_remembered_for_the_recap(bench):
    bench.live(60, 60).when(ask.Go).at(60).when(ask.Go).when(ask.RemoveRow, row="a")
    assert bench.state.removed["a"].title == "a"
    assert order(bench) == ["b"]


def test_only_a_change_of_the_next_row_makes_go_stale(bench):
    bench.live(60, 60, 60).when(ask.Go)
    seen = bench.show.seq
    bench.when(ask.AddRow, row=bench.new()).when(ask.EditRow, row="b", field="title", value="B")
    assert bench.show.changed_since(ask.Go(command_id="c", issued_at=0).touches(), seen) == []
    bench.when(ask.MoveRow, row="c", after="a")
    assert bench.show.changed_since(ask.Go(command_id="c", issued_at=0).touches(), seen) == ["next"]


def test_an_edit_is_stale_only_on_the_same_field(bench):
    bench.live(60)
    seen = bench.show.seq
    bench.when(ask.EditRow, row="a", field="title", value="A")
    title, host = (
        ask.EditRow(command_id="c", issued_at=0, row="a", field=name, value="x") for name in ("title", "host")
    )
    assert bench.show.changed_since(title.touches(), seen) == ["row:a:title"]
    assert bench.show.changed_since(host.touches(), seen) == []


@pytest.mark.parametrize(
    ("title", "phase"),
    [
        ("开场福利讲解", "opening"),
        ("Opening & welcome", "opening"),
        ("预热", "warm_up"),
        ("Warm-up", "warm_up"),
        ("3号链接 讲品", "product"),
        ("Link 4: mask", "product"),
        ("互动抽奖", "interaction"),
        ("Q&A", "interaction"),
        ("限时秒杀", "flash"),
        ("ＦＬＡＳＨ sale", "flash"),
        ("返场秒杀", "encore"),
        ("收尾", "closing"),
        ("Wrap up", "closing"),
        ("口红", "other"),
        ("Flashlight", "other"),
        ("Introduced by Ann", "other"),
    ],
)
def test_the_title_tells_the_phase(title, phase):
    assert infer_phase(title) == phase
