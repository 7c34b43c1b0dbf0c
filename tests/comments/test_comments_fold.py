"""What the fold keeps of a storm of comments: every line, bounded lists, counts that no order changes."""

import random
import time
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from patience import patience

from console.comments import commands as c
from console.comments import views
from console.comments.fold import evolve
from console.comments.state import PASSED_LIMIT, QUEUE_LIMIT, State
from console.core.messages import Recorded
from console.core.observations import Comment, Hold, Like, Line, ObservationsRecorded, Paid
from console.core.slice import ProductFact, Viewer
from console.shelf.events import ProductPopped, ProductUnlisted

T0 = 1_800_000_000_000
DESK = Viewer()


def comment(n: int, **fields) -> Comment:
    return Comment(**({"source": "t", "id": str(n), "at": T0 + n, "user": f"u{n % 7}", "text": f"line {n}"} | fields))


def folded(*batches: tuple, at_ms: int = T0 + 100_000) -> State:
    state = State(keep=None)
    for seq, items in enumerate(batches, 1):
        event = ObservationsRecorded(items=tuple(items))
        evolve(state, Recorded(show_id="s", seq=seq, at_ms=at_ms, actor="x", event=event))
    return state


def test_ids_name_the_row_and_the_place_in_the_whole_batch():
    like = Like(source="t", id="l", at=T0, user="u")
    state = folded((comment(1), like, comment(2)), (like, comment(3)))
    assert list(state.lines) == ["c1-0", "c1-2", "c2-1"]


def test_a_listed_word_makes_it_held():
    state = folded((comment(1), comment(2, hold=Hold("vx", "diversion", 0, 2))))
    assert [line.state for line in state.lines.values()] == ["new", "held"]
    assert list(state.held) == ["c1-1"]


def test_an_old_line_out_of_the_queue_can_still_be_decided_on(room):
    (first,) = room.says("the first")
    for n in range(3):
        room.says(*(f"{n} {k}" for k in range(100)))
    assert first not in {line.id for line in room.state.queue}
    room.when(c.HideComment, comment=first, reason="late").done()
    assert room.counts.rejected == 1
    assert (room.counts.total, room.counts.dropped) == (301, 301 - QUEUE_LIMIT)


def test_a_held_question_is_asked_once_it_is_approved(room):
    held = room.holds("多少钱 vx", question=True)
    assert (room.counts.questions, room.counts.unanswered) == (1, 0)
    room.when(c.ApproveComment, comment=held).done()
    assert room.counts.unanswered == 1
    assert [item.comment for item in views.questions(room.show, DESK)] == [held]


def test_hiding_one_of_a_group_leaves_the_others_and_takes_the_next_to_stand_for_them(room):
    first, second = room.asks("多少钱"), room.asks("多少钱呀")
    room.when(c.HideComment, comment=first, reason="x").done()
    (item,) = views.questions(room.show, DESK)
    assert (item.id, item.comment, item.count) == (first, second, 1)
    room.when(c.HideComment, comment=second, reason="x").done()
    assert views.questions(room.show, DESK) == ()
    assert room.counts.unanswered == 0
    room.when(c.RestoreComment, comment=second).done()
    (item,) = views.questions(room.show, DESK)
    assert (item.comment, item.count, room.counts.unanswered) == (second, 1, 1)


def test_a_question_hidden_while_the_others_were_answered_comes_back_answered(room):
    first, second = room.asks("多少钱"), room.asks("多少钱呀")
    room.when(c.HideComment, comment=first, reason="x").done()
    room.at(3).when(c.MarkAnswered, comment=second).done()
    room.when(c.RestoreComment, comment=first).done()
    assert room.counts.unanswered == 0
    assert room.state.lines[first].answered_at == room.now_ms


def test_only_the_last_passed_lines_are_kept_to_look_at(room):
    for line in room.says(*(f"line {n}" for n in range(PASSED_LIMIT + 5))):
        room.when(c.PassToHost, comment=line).done()
    assert len(views.passed(room.show, DESK)) == PASSED_LIMIT
    assert len(room.state.host) == PASSED_LIMIT + 5


def test_passing_again_shows_a_line_as_the_newest_passed(room):
    first, second = room.says("one", "two")
    room.when(c.PassToHost, comment=first).done().when(c.PassToHost, comment=second).done()
    room.when(c.HideComment, comment=first, reason="x").done().when(c.RestoreComment, comment=first).done()
    room.at(5).when(c.PassToHost, comment=first).done()
    assert [item.id for item in views.passed(room.show, DESK)] == [second, first]
    assert list(room.state.host) == [second, first]


def test_a_long_show_keeps_only_the_seconds_of_its_rate(room):
    for second in range(400):
        room.at(second).says("hello")
    assert len(room.state.seconds) <= 121
    assert room.counts.per_minute == 60


def test_a_question_belongs_to_the_product_on_air_when_it_was_asked(room):
    serum, cream = ProductFact(id="serum", title="S", link_no=1), ProductFact(id="cream", title="C", link_no=2)
    room.given(ProductPopped(product=serum, until=T0))
    about_serum = room.asks("多少钱")
    room.given(ProductPopped(product=cream, until=T0))
    about_cream, named = room.asks("多少钱"), room.asks("1号链接多少钱")
    assert [(i.id, i.current) for i in views.questions(room.show, DESK)] == [
        (about_cream, True),
        (about_serum, False),
        (named, False),
    ]
    room.given(ProductPopped(product=serum, until=T0))
    assert [i.id for i in views.questions(room.show, DESK)] == [about_serum, named, about_cream]
    room.given(ProductUnlisted(product="serum"))
    assert not any(i.current for i in views.questions(room.show, DESK))


def test_who_bought_is_known_by_then_and_later(room):
    (early,) = room.says("nice")
    line = Line(product="p", qty=1, amount=1)
    room.given(ObservationsRecorded(items=(Paid(source="t", id="o", at=T0, order="o", user="ann", lines=(line,)),)))
    assert [item.buyer for item in views.queue(room.show, DESK) if item.id == early] == [True]


def test_the_rate_is_of_the_last_minute_of_the_feed_and_a_line_dated_ahead_counts_on_arrival(room):
    room.says(*(room.line(f"old {n}", at=T0 - 120_000) for n in range(5)))
    room.says(*(room.line(f"now {n}") for n in range(7)), room.line("ahead", at=T0 + 10**12))
    assert (room.counts.per_minute, room.counts.newest_at) == (8, T0)
    room.at(59).says("late", room.line("then", at=T0 + 1_000))
    assert room.counts.per_minute == 10
    room.at(61).says("next")
    assert room.counts.per_minute == 2


def lines(count: int) -> list[Comment]:
    hold = Hold("vx", "diversion", 0, 2)
    return [
        comment(n, text=["多少钱", "1号多少钱", "hello"][n % 3], question=n % 3 < 2, hold=hold if n % 5 == 0 else None)
        for n in range(count)
    ]


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.lists(st.integers(0, 60), max_size=6))
def test_counts_do_not_depend_on_the_order_or_the_batches_comments_come_in(rng: random.Random, cuts):
    items = lines(60)
    in_order = folded(items)
    rng.shuffle(items)
    bounds = [0, *sorted(cuts), 60]
    shuffled = folded(*(tuple(items[a:b]) for a, b in pairwise(bounds)))
    assert shuffled.counts == in_order.counts
    assert shuffled.newest_at == in_order.newest_at
    assert views._per_minute(shuffled) == views._per_minute(in_order)


def test_control_a_lost_comment_changes_the_counts():
    assert folded(lines(60)).counts != folded(lines(60)[:-1]).counts


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.sampled_from(c.COMMANDS)), max_size=40))
def test_after_any_commands_the_counts_are_those_of_a_recount(rooms, steps):
    room = rooms()
    ids = room.says(*(replace(item, at=T0) for item in lines(12)))
    for at, kind in steps:
        fields = {"reason": "x"} if kind is c.HideComment else {}
        room.when(kind, comment=ids[at], **fields)
        if isinstance(room.decision, list):
            room.done()
    known = room.state.lines.values()
    tally = room.state.counts
    for name in ("new", "held", "approved", "rejected"):
        assert getattr(tally, name) == sum(line.state == name for line in known)
    assert tally.unanswered == sum(line.question and line.shown and not line.closed for line in known)
    assert set(room.state.held) == {line.id for line in known if line.state == "held"}
    assert all(line.shown and not line.closed for line in room.state.host.values())
    assert room.state.pinned is None or room.state.pinned.shown
    open_groups = {id(line.cluster) for line in known if line.question and line.shown and not line.closed}
    assert {id(group) for group in room.state.clusters.window.values()} == open_groups
    for group in room.state.clusters.window.values():
        assert group.count == sum(line.cluster is group and line.shown for line in known)


def test_a_storm_folds_in_bounded_time_and_keeps_bounded_lists():
    batches = [tuple(lines(500)) for _ in range(20)]
    begun = time.process_time()
    state = folded(*batches)
    assert time.process_time() - begun < patience(2)
    assert (len(state.lines), len(state.queue)) == (10_000, QUEUE_LIMIT)
    assert len(state.seconds) < 200
