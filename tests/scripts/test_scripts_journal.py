"""What the journal gives back folds to the same show, and what leaves the house has lost its secrets."""

import msgspec
import pytest

from console.core.lifecycle import EVENTS as SHOW_EVENTS
from console.core.lifecycle import ShowEnded
from console.core.messages import Recorded
from console.core.wire import described
from console.journal.codec import Codec
from console.scripts import commands as ask
from console.scripts.events import EVENTS, Cue, RowAdded, RowEdited, RowsImported

SECRETS = {"底价": "81.23", "Unit Cost": "81.23", "灯光": "暖"}


def test_every_event_survives_the_journal(bench, fresh):
    bench.live(60, 60, 60).when(ask.AddRow, row=bench.new(products=("p1",), cues=(Cue(at_s=1, text="x"),)))
    for name, value in (("must_say", ["a"]), ("products", ["p2", "?"]), ("targets", {"x": 1}), ("custom.y", "z")):
        bench.when(ask.EditRow, row="a", field=name, value=value)
    bench.when(ask.MoveRow, row="c", after="a").when(ask.RemoveRow, row="b").when(ask.Go).when(ask.Hold)
    bench.at(9).when(ask.Resume).when(ask.Adjust, seconds=5).when(ask.Jump, row="c").when(ask.Back)
    bench.when(ask.Mark, note="x").when(ask.MessageHost, text="x").when(ask.RequestDesk, kind="next")
    bench.when(ask.AcknowledgeMessage, message=next(iter(bench.state.messages)))
    bench.when(ask.AcknowledgeRequest, request=next(iter(bench.state.requests))).given(ShowEnded())
    assert {type(row.event) for row in bench.rows} >= set(EVENTS)

    codec, again = Codec((*SHOW_EVENTS, *EVENTS)), fresh()
    for row in bench.rows:
        again.show.evolve(msgspec.structs.replace(row, event=codec.decode(row.type, 1, codec.encode(row.event))))
    assert again.state == bench.state


def outside(event):
    return repr(described(Recorded(show_id="s", seq=1, at_ms=0, actor="u", event=event)))


@pytest.mark.parametrize(
    "event",
    [
        lambda row: RowAdded(row=row),
        lambda row: RowsImported(rows=(row,)),
        lambda row: RowEdited(row="a", field="custom", value=dict(row.custom)),
        lambda row: RowEdited(row="a", field="custom.底价", value="81.23"),
    ],
)
def test_secret_columns_stay_in_the_journal(bench, event):
    made = event(bench.row("a", custom=SECRETS))
    assert "81.23" in repr(made)
    assert "81.23" not in outside(made)


def test_open_columns_leave_it(bench):
    assert "暖" in outside(RowAdded(row=bench.row("a", custom=SECRETS)))
    assert "暖" in outside(RowEdited(row="a", field="custom.灯光", value="暖"))
