"""Each command on a comment: what it does, and the states in which it is refused."""

import msgspec
import pytest

from console.comments import commands as c
from console.comments import events as e
from console.comments import views
from console.core.messages import Command
from console.core.slice import Viewer

DESK = Viewer()


def test_a_held_comment_is_approved_once(room):
    held = room.holds()
    room.when(c.ApproveComment, comment=held).then(e.CommentApproved(comment=held))
    assert room.state.lines[held].state == "approved"
    assert not room.state.held
    room.when(c.ApproveComment, comment=held).refused("approved already")


def test_a_new_comment_may_be_approved_and_a_hidden_one_not(room):
    (new,) = room.says("nice")
    room.when(c.ApproveComment, comment=new).done()
    room.when(c.HideComment, comment=new, reason="spam").done()
    room.when(c.ApproveComment, comment=new).refused("Restore it first")


def test_hiding_keeps_the_text_and_the_reason_and_restoring_undoes_it(room):
    (new,) = room.says("bad words")
    room.when(c.HideComment, comment=new, reason="  abuse ").then(e.CommentHidden(comment=new, reason="abuse"))
    line = room.state.lines[new]
    assert (line.state, line.text, line.known.reason) == ("rejected", "bad words", "abuse")
    room.when(c.HideComment, comment=new, reason="again").refused("hidden already")
    room.when(c.RestoreComment, comment=new).then(e.CommentRestored(comment=new))
    assert (line.state, line.known.reason) == ("new", None)
    room.when(c.RestoreComment, comment=new).refused("not hidden")


@pytest.mark.parametrize("approve", [True, False])
def test_restoring_gives_back_the_state_it_had(room, approve):
    held = room.holds()
    if approve:
        room.when(c.ApproveComment, comment=held).done()
    room.when(c.HideComment, comment=held, reason="x").done()
    assert held not in room.state.held
    room.when(c.RestoreComment, comment=held).done()
    assert room.state.lines[held].state == ("approved" if approve else "held")
    assert (held in room.state.held) is not approve


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_hiding_needs_a_reason(reason):
    wish = {"type": "hide_comment", "command_id": "c", "issued_at": 1, "comment": "c1-0", "reason": reason}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wish, c.HideComment)


def test_pinning_another_comment_replaces_the_pinned_one(room):
    first, second = room.says("one", "two")
    room.when(c.PinComment, comment=first).then(e.CommentPinned(comment=first))
    room.when(c.PinComment, comment=first).refused("pinned already")
    room.when(c.PinComment, comment=second).then(e.CommentPinned(comment=second))
    assert room.state.pinned.id == second
    room.when(c.UnpinComment, comment=first).refused("Another comment is pinned")
    room.when(c.UnpinComment, comment=second).then(e.CommentUnpinned(comment=second))
    room.when(c.UnpinComment).refused("No comment is pinned")


def test_unpinning_needs_no_name(room):
    (line,) = room.says("one")
    room.when(c.PinComment, comment=line).done()
    room.when(c.UnpinComment).then(e.CommentUnpinned(comment=line))
    assert room.state.pinned is None


@pytest.mark.parametrize("kind", [c.PinComment, c.PassToHost, c.MarkAnswered, c.DismissQuestion])
def test_nothing_held_or_hidden_goes_on_air(room, kind):
    held, (hidden,) = room.holds(), room.says("bad")
    room.when(c.HideComment, comment=hidden, reason="x").done()
    room.when(kind, comment=held).refused("Approve it first")
    room.when(kind, comment=hidden).refused("Restore it first")


def test_hiding_unpins_and_takes_back_from_the_host_and_restoring_does_not_put_it_on_air_again(room):
    asked = room.asks("how much?")
    room.when(c.PinComment, comment=asked).done().when(c.PassToHost, comment=asked).done()
    room.when(c.HideComment, comment=asked, reason="x").done()
    assert room.state.pinned is None
    assert not room.state.host
    assert [item.fate for item in views.passed(room.show, DESK)] == ["hidden"]
    room.when(c.RestoreComment, comment=asked).done()
    assert room.state.pinned is None
    assert not room.state.host
    room.when(c.PassToHost, comment=asked).done()
    assert list(room.state.host) == [asked]


def test_a_comment_is_passed_once_until_it_is_answered(room):
    asked = room.asks("how much?")
    room.when(c.PassToHost, comment=asked).then(e.CommentPassed(comment=asked))
    room.when(c.PassToHost, comment=asked).refused("has this comment already")
    room.at(9).when(c.MarkAnswered, comment=asked).then(e.CommentAnswered(comment=asked))
    assert room.state.lines[asked].answered_at == room.now_ms
    assert not room.state.host
    room.when(c.MarkAnswered, comment=asked).refused("answered already")
    room.when(c.PassToHost, comment=asked).refused("answered already")


def test_the_host_is_never_buried(room):
    lines = room.says(*(f"comment {n}" for n in range(c.HOST_LIMIT + 1)))
    for line in lines[:-1]:
        room.when(c.PassToHost, comment=line).done()
    room.when(c.PassToHost, comment=lines[-1]).refused("50 comments wait")
    room.when(c.MarkAnswered, comment=lines[0]).done()
    room.when(c.PassToHost, comment=lines[-1]).done()


def test_one_answer_closes_everyone_who_asked_the_same(room):
    first, again, other = room.asks("多少钱"), room.asks("主播 多少钱呀？"), room.asks("什么时候发货")
    room.when(c.PassToHost, comment=again).done()
    assert room.counts.unanswered == 3
    room.at(5).when(c.MarkAnswered, comment=first).done()
    assert room.state.lines[again].answered_at == room.now_ms
    assert room.counts.unanswered == 1
    assert not room.state.host
    assert [item.id for item in views.questions(room.show, DESK)] == [other]
    room.when(c.MarkAnswered, comment=again).refused("answered already")


def test_asked_again_after_the_answer_is_a_new_question(room):
    first = room.asks("how much?")
    room.when(c.MarkAnswered, comment=first).done()
    again = room.asks("how much?")
    assert [(item.id, item.count) for item in views.questions(room.show, DESK)] == [(again, 1)]


def test_a_dismissed_question_is_closed_but_not_answered(room):
    first, again = room.asks("多少钱"), room.asks("多少钱？")
    room.when(c.PassToHost, comment=again).done()
    room.when(c.DismissQuestion, comment=first).then(e.QuestionDismissed(comment=first))
    assert room.state.lines[again].answered_at is None
    assert room.counts.unanswered == 0
    assert [item.fate for item in views.passed(room.show, DESK)] == ["dismissed"]
    room.when(c.MarkAnswered, comment=again).refused("dismissed already")
    (plain,) = room.says("hello")
    room.when(c.DismissQuestion, comment=plain).refused("Only a question")


def test_a_claim_keeps_others_away_for_its_lease(room):
    held = room.holds()
    room.when(c.ClaimComment, comment=held).then(
        e.CommentClaimed(comment=held, by="mo", name="Mo", until=room.now_ms + c.LEASE_MS)
    )
    room.when(c.ClaimComment, actor="lee", comment=held).refused("Mo is on this comment")
    room.when(c.ReleaseComment, actor="lee", comment=held).refused("Only they can release it")
    room.at(59.999).when(c.ClaimComment, actor="lee", comment=held).refused("Mo is on this comment")
    room.at(60).when(c.ClaimComment, actor="lee", comment=held).done()
    assert room.state.lines[held].claim.by == "lee"


def test_claiming_again_renews_and_releasing_frees(room):
    held = room.holds()
    room.when(c.ClaimComment, comment=held).done()
    room.at(30).when(c.ClaimComment, comment=held).done()
    assert room.state.lines[held].claim.until == room.now_ms + c.LEASE_MS
    room.when(c.ReleaseComment, comment=held).then(e.CommentReleased(comment=held))
    room.when(c.ReleaseComment, comment=held).refused("Nobody has claimed")
    room.when(c.ClaimComment, actor="lee", comment=held).done()


def test_questions_that_ask_the_same_are_claimed_together(room):
    first, again = room.asks("多少钱"), room.asks("多少钱呀")
    room.when(c.ClaimComment, comment=first).done()
    room.when(c.ClaimComment, actor="lee", comment=again).refused("Mo is on this comment")
    room.when(c.HideComment, comment=again, reason="x").done()
    assert room.state.lines[first].claim.by == "mo"


def test_deciding_ends_a_claim(room):
    held, asked = room.holds(), room.asks("how much?")
    room.when(c.ClaimComment, comment=held).done().when(c.HideComment, comment=held, reason="x").done()
    room.when(c.ClaimComment, comment=asked).done().when(c.MarkAnswered, comment=asked).done()
    assert room.state.lines[held].claim is None
    assert room.state.lines[asked].claim is None
    room.when(c.ClaimComment, comment=held).refused("hidden")
    room.when(c.ClaimComment, comment=asked).refused("answered already")


@pytest.mark.parametrize("kind", [k for k in c.COMMANDS if k not in {c.HideComment, c.UnpinComment}])
def test_an_unknown_comment_is_refused(room, kind):
    room.when(kind, comment="c9-9").refused("no such comment")


def test_only_an_answer_may_come_from_the_host():
    open_to_host = {kind for kind in c.COMMANDS if "host" in kind.roles}
    assert open_to_host == {c.MarkAnswered}
    assert all("moderator" in kind.roles for kind in c.COMMANDS)


def test_what_a_command_touches_is_what_events_move():
    assert c.ApproveComment(command_id="c", issued_at=1, comment="c1-0").touches() == ("comment:c1-0",)
    assert e.CommentApproved(comment="c1-0").changes() == ("comment:c1-0",)
    assert e.CommentClaimed(comment="c1-0", by="mo", name="Mo", until=1).changes() == ("claim:c1-0",)
    assert c.ClaimComment(command_id="c", issued_at=1, comment="c1-0").touches() == ()
    assert c.UnpinComment(command_id="c", issued_at=1).touches() == ("pin",)
    assert c.ReleaseComment(command_id="c", issued_at=1, comment="c1-0").touches() == ()
    assert "pin" in e.CommentPinned(comment="c1-0").changes()


def test_a_foreign_command_is_a_mistake_of_the_wiring(room):
    with pytest.raises(TypeError):
        room.when(Command)
