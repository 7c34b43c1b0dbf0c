"""A live state lets old lines go; every command on them ends as if they had been kept, and so do the counts."""

import random
from typing import Any

import pytest
from msgspec.structs import replace

from console.comments import commands as c
from console.comments import events as e
from console.comments import memory, views
from console.comments.asked import Asked
from console.comments.places import INDEX_BITS, id_of, packed, place, unpacked
from console.comments.state import KEPT_LINES, QUEUE_LIMIT
from console.core.messages import Rejection
from console.core.observations import Hold, Like, ObservationsRecorded
from console.core.slice import Viewer

DESK = Viewer()
TEXTS = ("多少钱", "1号链接多少钱", "2号链接多少钱", "什么时候发货", "好看", "扣1", "有xl码吗", "包邮吗")
HOLD = Hold("vx", "diversion", 0, 1)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that everything is let go soon."""
    monkeypatch.setattr("console.comments.state.KEPT_LINES", 3)
    monkeypatch.setattr("console.comments.state.QUEUE_LIMIT", 3)
    monkeypatch.setattr("console.comments.cluster.WINDOW", 3)


class Pair:
    """The same show twice: one room lets go, the other keeps every line."""

    def __init__(self, rooms: Any, seed: int) -> None:
        self.live, self.whole = rooms(), rooms(whole=True)
        self.chance = random.Random(seed)
        self.known = ["c1-0", "nowhere"]
        self.pressed: list[str] = []

    def walk(self, steps: int) -> None:
        for _ in range(steps):
            (self.say if self.chance.random() < 0.6 else self.press)()
            self.compare()

    def say(self) -> None:
        items = [self.line() for _ in range(self.chance.choice([1, 1, 2, 6]))]
        for room in (self.live, self.whole):
            self.known += room.says(*items)

    def line(self) -> Any:
        text, held = self.chance.choice(TEXTS), self.chance.random() < 0.1
        question = TEXTS.index(text) not in (4, 5)
        return self.live.line(text, question=question, hold=HOLD if held else None)

    def press(self) -> None:
        kind = self.chance.choice(c.COMMANDS)
        fields = {"reason": "x"} if kind is c.HideComment else {}
        line = self.chance.choice(self.known[-30:] + self.pressed[-3:] * 10)
        self.pressed.append(line)
        seconds = self.live.show.seq + self.chance.choice([0, 90])
        for room in (self.live, self.whole):
            room.at(seconds).when(kind, comment=line, **fields)
        assert kept(self.live.decision) == self.whole.decision
        if not isinstance(self.live.decision, Rejection):
            self.live.done()
            self.whole.done()

    def compare(self) -> None:
        live, whole = self.live.state, self.whole.state
        assert live.counts == whole.counts
        for name in ("held", "host", "passed"):
            assert list(getattr(live, name)) == list(getattr(whole, name))
        assert (live.pinned and live.pinned.id) == (whole.pinned and whole.pinned.id)
        for view in (views.queue, views.held, views.counts, views.passed, views.pinned, views.host):
            assert view(self.live.show, DESK) == view(self.whole.show, DESK)
        assert {one.id: one.count for one in live.clusters.window.values()} == {
            one.id: one.count for one in whole.clusters.window.values()
        }


def kept(decision: Any) -> Any:
    """A decision as it is on a line that is in memory."""
    return decision if isinstance(decision, Rejection) else [replace(event, recalled=None) for event in decision]


@pytest.mark.parametrize("seed", range(100))
def test_a_state_that_lets_go_decides_counts_and_shows_as_one_that_keeps_everything(rooms, seed):
    Pair(rooms, seed).walk(100)


@pytest.mark.parametrize("seed", range(4))
def test_control_a_group_forgotten_with_its_lines_is_found_out(rooms, seed, monkeypatch):
    monkeypatch.setattr("console.comments.cluster.Clusters.find", lambda *_: None)
    with pytest.raises(AssertionError):
        Pair(rooms, seed).walk(2_000)


def test_a_group_that_comes_back_beside_one_that_asks_the_same_takes_nothing_from_it(room):
    first = room.asks("多少钱")
    room.when(c.HideComment, comment=first, reason="x").done()
    first = room.asks("多少钱")
    for n in range(3):
        room.asks(f"{n}号链接有货吗")
    again = room.asks("多少钱")
    room.when(c.HideComment, comment=first, reason="x").done().when(c.RestoreComment, comment=first).done()
    assert room.asks("多少钱") in room.state.lines[again].cluster.members
    for line in (first, again):
        room.when(c.MarkAnswered, comment=line).done()
    assert room.counts.unanswered == 3


@pytest.mark.parametrize("kind", c.COMMANDS)
@pytest.mark.parametrize("question", [True, False])
def test_each_command_on_a_line_let_go_ends_as_on_one_that_was_kept(rooms, kind, question):
    outcomes = []
    for whole in (False, True):
        room = rooms(whole=whole)
        (line,) = room.says(room.line("多少钱", question=question))
        room.says(*"一二三四五").extend(room.asks(f"{n}号链接有货吗") for n in range(5))
        assert (line in room.state.lines) is whole
        room.when(kind, comment=line, **({"reason": "x"} if kind is c.HideComment else {}))
        outcomes.append((kept(room.decision), room.state.counts))
        if not isinstance(room.decision, Rejection):
            assert [bool(event.recalled) for event in room.decision] == [not whole]
            room.done().when(kind, comment=line, **({"reason": "x"} if kind is c.HideComment else {}))
            outcomes[-1] += (kept(room.decision), room.counts)
    assert outcomes[0] == outcomes[1]


def test_only_the_newest_lines_and_those_somebody_has_to_do_with_are_in_memory(room):
    held, asked = room.holds(), room.asks("多少钱")
    plain, hidden, passed, pinned, claimed = room.says(*"abcde")
    room.when(c.HideComment, comment=hidden, reason="x").done().when(c.PassToHost, comment=passed).done()
    room.when(c.PinComment, comment=pinned).done().when(c.ClaimComment, comment=claimed).done()
    newest = room.says(*"uvwxyz")[-3:]
    assert set(room.state.lines) == {held, asked, hidden, passed, pinned, claimed, *newest}
    assert plain not in room.state.lines
    room.when(c.UnpinComment).done()
    assert pinned not in room.state.lines


def test_what_stands_for_a_group_stays_while_it_is_in_the_window(room):
    asked = [room.asks("多少钱") for _ in range(9)]
    room.says(*"uvwxyz")
    assert [line for line in asked if line in room.state.lines] == asked[: memory.GROUP_LINES]
    for line in asked[:2]:
        room.when(c.HideComment, comment=line, reason="x").done()
    (item,) = views.questions(room.show, DESK)
    assert (item.comment, item.count) == (asked[2], 7)
    for n in range(3):
        room.asks(f"{n}号链接有货吗")
    room.says(*"uvwxyz")
    assert [line for line in asked if line in room.state.lines] == asked[:2]
    assert room.counts.unanswered == 10


def test_a_group_whose_lines_in_memory_are_all_hidden_waits_to_be_asked_again(room):
    asked = [room.asks("多少钱") for _ in range(9)]
    room.says(*"uvwxyz")
    for line in asked[: memory.GROUP_LINES]:
        room.when(c.HideComment, comment=line, reason="x").done()
    assert views.questions(room.show, DESK) == ()
    assert room.counts.unanswered == 4
    again = room.asks("多少钱")
    assert [(item.comment, item.count) for item in views.questions(room.show, DESK)] == [(again, 5)]


def test_an_answer_to_a_question_let_go_answers_those_who_asked_with_it(room):
    first, again = room.asks("多少钱"), room.asks("多少钱")
    for n in range(4):
        room.asks(f"{n}号链接有货吗")
    assert room.counts.unanswered == 6
    assert not {first, again} & set(room.state.lines)
    room.when(c.MarkAnswered, comment=again).done()
    assert room.counts.unanswered == 4
    room.when(c.PassToHost, comment=first).refused("answered already")


@pytest.mark.parametrize(
    "comment",
    ["c99-0", "c1-7", "c1-1", "c2-0", "c01-0", "c1-00", "c1--1", "c１-0", "c1-0 ", "c0-0", f"c{2**63}-0", f"c1-{10**9}",
     "c1-999", "c999999999999999999-0"],
)  # fmt: skip
def test_an_id_that_names_no_comment_is_refused_as_ever(room, comment):
    room.given(ObservationsRecorded(items=(room.line("a"), Like(source="t", id="l", at=0, user="u"))))
    room.given(e.CommentUnpinned(comment="c1-0"))
    room.says(*"uvwxyz")
    for kind in (c.ApproveComment, c.PinComment, c.MarkAnswered, c.ClaimComment):
        room.when(kind, comment=comment).refused("no such comment")


def test_what_screens_are_told_of_a_row_holds_no_second_copy_of_the_comment(room):
    (line,) = room.says("a")
    room.says(*"uvwxyz").clear()
    room.when(c.PinComment, comment=line)
    (event,) = room.decision
    assert event.recalled.text == "a"
    assert event.outward() == e.CommentPinned(comment=line)


def test_places_beyond_four_bytes_are_known_beside_those_before():
    asked = Asked()
    places = [(3, 1), (7, 0), (4_000_000, 499), (2**40, 3), (2**40, 4), (2**41, 0)]
    for number, place_of in enumerate(places):
        asked.note(place_of, number)
    assert [asked.group(place_of) for place_of in places] == list(range(6))
    assert [asked.first(number) for number in range(6)] == places
    assert asked.group((2**40, 5)) is None


def test_the_queue_is_of_lines_in_memory():
    """Or one that is brought back would be there twice, and the queue would show the old one."""
    assert QUEUE_LIMIT <= KEPT_LINES


@pytest.mark.parametrize("text", ["c1-0", "c120-499"])
def test_places_are_read_as_they_are_written(text):
    assert "c{}-{}".format(*place(text)) == text


def test_every_place_of_the_longest_batch_has_an_id_and_a_number_of_its_own() -> None:
    """Who makes batches longer must make room for them here."""
    longest = ObservationsRecorded.BATCH_LIMIT
    places = [(seq, index) for seq in (1, 2, 4_000_001) for index in range(longest)]
    assert longest <= 1 << INDEX_BITS
    assert [place(id_of(*at)) for at in places] == places
    numbers = [packed(at) for at in places]
    assert numbers == sorted(set(numbers))
    assert [unpacked(number) for number in numbers] == places
