"""Who hears what, in which order: rows, patches, lanes, resumption. The transports only remember."""

from typing import Any

import pytest

from console.core.show import Show
from console.realtime.ring import Held
from console.realtime.sources import Feed


def noting(render: Any, drawn: list[Any]) -> Any:
    def noting_render(part: Any, view: Any, locale: str) -> str:
        drawn.append(view)
        return render(part, view, locale)

    return noting_render


def test_hello_brings_the_snapshot_and_then_come_all_rows_in_order(house) -> None:
    house.notes("before")
    client = house.connects()
    house.notes("a")
    house.notes("b")
    house.notes("c", "d")
    house.time.passes(0.1)
    hello, *frames = client.heard()
    assert (hello["kind"], hello["seq"], hello["resumed"]) == ("hello", 1, False)
    assert hello["snapshot"] == {"notes": ["before"], "cost": False}
    assert [(frame["kind"], [item["seq"] for item in frame["items"]]) for frame in frames] == [
        ("events", [2]), ("events", [3, 4, 5]),
    ]  # fmt: skip
    assert [frame["seq"] for frame in frames] == [2, 5]


def test_the_first_frame_goes_at_once_and_what_follows_within_a_tick_is_one(house) -> None:
    client = house.connects("control")
    client.heard()
    house.notes("a")
    assert client.kinds() == ["patch"]
    house.notes("b")
    house.notes("c")
    assert client.kinds() == []
    house.time.passes(0.02)
    assert [frame["content"].count("<i ") for frame in client.heard()] == [2]


def test_a_screen_hears_the_same_bytes_as_every_other_of_its_kind_and_is_drawn_once(houses) -> None:
    drawn = []
    house = houses(render=noting(houses.render, drawn))
    clients = [house.connects("control") for _ in range(50)]
    english = house.connects("control", locale="en")
    for client in [*clients, english]:
        client.heard()
    drawn.clear()
    house.notes("a")
    assert len({client.transport.written for client in clients}) == 1
    assert "a en" in english.heard()[0]["content"]
    assert len(drawn) == 2


def test_a_screen_that_was_away_hears_exactly_what_it_missed_then_its_other_lanes_whole(house) -> None:
    house.connects("control")
    house.notes("a")
    house.time.passes(1)
    house.notes("b")
    house.online(5)
    house.time.passes(119)
    hello, missed, numbers = house.connects("control", seq=1).heard()
    assert (hello["resumed"], hello["seq"]) == (True, 1)
    assert (missed["lane"], missed["content"].count("<i ")) == ("state", 1)
    assert (numbers["lane"], numbers["seq"], "5 zh" in numbers["content"]) == ("metrics", 3, True)


def test_a_program_that_was_away_hears_every_row_it_missed(house) -> None:
    house.connects()
    for text in "abcdef":
        house.notes(text)
        house.time.passes(0.01)
    house.time.passes(1)
    frames = house.connects(seq=2).heard()
    assert frames[0]["resumed"]
    assert [item["seq"] for frame in frames if frame["kind"] == "events" for item in frame["items"]] == [3, 4, 5, 6]


def told_after_changing_nodes(house) -> list[list[Any]]:
    """What a node that joined the rows after the first into one frame tells who heard them apart at another node."""
    house.connects()
    for text in "abcd":
        house.notes(text)
    house.time.passes(1)
    told = []
    for seq in range(1, 5):
        hello, *frames = house.connects(seq=seq).heard()
        missed = [item["seq"] for frame in frames if frame["kind"] == "events" for item in frame["items"]]
        told.append(missed if hello["resumed"] else hello["snapshot"]["notes"])
    return told


def test_who_changes_nodes_hears_no_row_twice(house) -> None:
    assert told_after_changing_nodes(house) == [[2, 3, 4], ["a", "b", "c", "d"], ["a", "b", "c", "d"], []]


def test_control_a_frame_that_forgets_where_it_begins_is_heard_twice(house, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.realtime.channel.Held", lambda _, seq, at_ms, data: Held(seq, seq, at_ms, data))
    assert told_after_changing_nodes(house) == [[2, 3, 4], [2, 3, 4], [2, 3, 4], []]


@pytest.mark.parametrize(("away_s", "resumed"), [(1, True), (119, True), (127, False)])
def test_two_minutes_are_held_even_when_nobody_else_watches(house, away_s: float, resumed: bool) -> None:
    client = house.connects()
    client.watcher.connection_lost(None)
    house.notes("missed")
    house.time.passes(away_s)
    house.notes("now")
    assert house.connects(seq=0).heard()[0]["resumed"] is resumed


def test_another_epoch_or_an_unknown_seq_is_sent_whole(house) -> None:
    house.connects()
    house.notes("a")
    assert not house.connects(seq=1, epoch="before the restore").heard()[0]["resumed"]
    assert not house.connects(seq=99).heard()[0]["resumed"]


def test_a_show_restored_from_a_backup_sends_everyone_to_start_again(house) -> None:
    client = house.connects()
    house.show = Show("s1", "e2", house.slices)
    house.notes("a")
    assert client.code() == 1012
    assert house.connects(seq=1).heard()[0]["epoch"] == "e2"


def test_rows_that_never_came_are_mended_by_a_whole_and_never_left_out(house) -> None:
    program, screen = house.connects(), house.connects("control")
    program.heard(), screen.heard()
    house.noted("lost")
    house.notes("b")
    (hello,) = program.heard()
    assert (hello["kind"], hello["snapshot"]["notes"], hello["seq"]) == ("hello", ["lost", "b"], 2)
    assert screen.heard()[0]["content"].count("<i ") == 2
    house.notes("c")
    house.time.passes(1)
    assert [item["seq"] for item in program.heard()[0]["items"]] == [3]


def test_rows_announced_twice_are_told_once(house) -> None:
    client = house.connects()
    client.heard()
    row = house.noted("a")
    house.hub.publish(house.show, [row])
    house.hub.publish(house.show, [row])
    house.time.passes(1)
    assert [frame["kind"] for frame in client.heard()] == ["events"]


def test_what_is_folded_but_not_announced_is_not_shown(house) -> None:
    client = house.connects("control")
    house.notes("a")
    house.notes("b")
    client.heard()
    row = house.noted("uncommitted")
    house.time.passes(1)
    assert client.heard() == []
    house.hub.publish(house.show, [row])
    assert client.heard()[0]["content"].count("<i ") == 2


def test_comments_are_joined_and_what_did_not_fit_is_counted(house) -> None:
    client = house.connects()
    client.heard()
    house.comments("first")
    for at in range(300):
        house.comments(f"storm {at}")
    house.time.passes(0.2)
    frames = [frame for frame in client.heard() if frame["kind"] == "comments"]
    assert [(len(frame["items"]), frame["dropped"]) for frame in frames] == [(1, 0), (200, 100)]


def test_numbers_come_once_a_second_and_only_the_newest(house) -> None:
    client = house.connects()
    for n in range(150):
        house.online(n)
        house.time.passes(1 / 64)
    frames = [frame for frame in client.heard() if frame["kind"] == "metrics"]
    assert [round(frame["values"]["online"] / 64) for frame in frames] == [0, 1, 2]


def test_a_heartbeat_every_two_seconds_carries_the_head_the_bus_told(house) -> None:
    client = house.connects()
    client.heard()
    house.bus.publish("s1", 9)
    house.time.passes(6.1)
    beats = client.heard()
    assert [(beat["kind"], beat["head"], beat["seq"]) for beat in beats] == [("heartbeat", 9, 0)] * 3
    assert [beat["now"] for beat in beats] == [f"1970-01-01T00:00:0{s}.000Z" for s in (2, 4, 6)]


def test_a_storm_of_returns_draws_a_screen_once(houses) -> None:
    drawn = []
    snapshots = []
    feed = Feed(
        snapshot=lambda show, viewer: snapshots.append(1) or houses.feed.snapshot(show, viewer),
        describe=houses.feed.describe, metrics=houses.feed.metrics, comments=houses.feed.comments,
    )  # fmt: skip
    house = houses(render=noting(houses.render, drawn), feed=feed)
    house.notes("a", "b", "c")
    for _ in range(200):
        house.connects("control")
        house.connects()
    assert (len(drawn), len(snapshots)) == (4, 1)


def test_a_show_that_nobody_watches_costs_nothing(house) -> None:
    house.notes("a")
    assert not house.time.timers
    assert house.connects("control").heard()[0]["seq"] == 1
