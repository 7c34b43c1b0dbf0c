"""The desk tells the host, the host asks the desk, and both say that they heard."""

import pytest

from console.core.time import to_rfc3339
from console.scripts import commands as ask
from console.scripts import views
from console.scripts.events import DeskRequested, HostMessaged, MessageAcknowledged, RequestAcknowledged
from console.scripts.fold import KEPT_NOTES

T0 = 1_800_000_000_000


def test_a_message_takes_the_host_screen_until_it_is_read(bench):
    bench.when(ask.MessageHost, text="Faster").then(
        HostMessaged(message="m_0001", text="Faster", expires_at=T0 + 120_000)
    )
    assert views.message(bench.show, None).id == "m_0001"
    bench.at(4).when(ask.AcknowledgeMessage, message="m_0001").then(MessageAcknowledged(message="m_0001"))
    assert views.message(bench.show, None).id is None
    assert views.messages(bench.show, None)[0].read_at == T0 + 4_000


def test_the_newest_unread_message_comes_first(bench):
    bench.when(ask.MessageHost, text="one").when(ask.MessageHost, text="two")
    assert views.message(bench.show, None).text == "two"
    bench.when(ask.AcknowledgeMessage, message="m_0002")
    assert views.message(bench.show, None).text == "one"


def test_a_message_says_when_it_leaves_the_host_screen_and_can_still_be_read_late(bench):
    bench.when(ask.MessageHost, text="one", expires_s=5)
    bench.at(5).when(ask.RequestDesk, kind="next")
    assert views.message(bench.show, None).expires_at == T0 + 5_000
    bench.when(ask.AcknowledgeMessage, message="m_0001").then(MessageAcknowledged(message="m_0001"))


def test_messages_that_say_nothing_or_do_not_exist(bench):
    bench.when(ask.MessageHost, text="  ").refused("Write a message")
    bench.when(ask.AcknowledgeMessage, message="m_x").refused("no such message")
    bench.when(ask.MessageHost, text="one").when(ask.AcknowledgeMessage, message="m_0003")
    bench.when(ask.AcknowledgeMessage, message="m_0003").refused("read already")


@pytest.mark.parametrize("kind", ["more_stock", "next", "moderate", "pause"])
def test_one_tap_asks_the_desk(bench, kind):
    bench.when(ask.RequestDesk, kind=kind).then(DeskRequested(request="q_0001", kind=kind))
    assert [asked.kind for asked in views.requests(bench.show, None)] == [kind]
    bench.when(ask.AcknowledgeRequest, request="q_0001").then(RequestAcknowledged(request="q_0001"))
    assert views.requests(bench.show, None) == ()
    bench.when(ask.AcknowledgeRequest, request="q_0001").refused("answered already")


def test_requests_that_say_nothing_or_do_not_exist(bench):
    bench.when(ask.RequestDesk, kind="other", text=" ").refused("Say what you need")
    bench.when(ask.AcknowledgeRequest, request="q_x").refused("no such request")


def test_the_snapshot_lists_both_with_instants(bench):
    bench.when(ask.MessageHost, text="one").when(ask.RequestDesk, kind="next")
    (message,) = views.messages_snapshot(bench.show, None)
    (request,) = views.requests_snapshot(bench.show, None)
    assert message == {
        "id": "m_0001",
        "text": "one",
        "at": to_rfc3339(T0),
        "by": "u_1",
        "expires_at": to_rfc3339(T0 + 120_000),
        "read_at": None,
        "read_by": None,
    }
    assert (request["id"], request["kind"], request["acknowledged_at"]) == ("q_0002", "next", None)


def test_the_screens_keep_a_bounded_number(bench):
    for _ in range(KEPT_NOTES + 5):
        bench.when(ask.MessageHost, text="x").when(ask.RequestDesk, kind="next")
    assert len(bench.state.messages) == len(bench.state.requests) == KEPT_NOTES
    assert len(views.messages(bench.show, None)) == views.SHOWN_MESSAGES
    bench.given(MessageAcknowledged(message="m_0001"), RequestAcknowledged(request="q_0002"))


def test_roles_are_those_of_the_vocabulary():
    assert {command.__name__: set(command.roles) for command in ask.COMMANDS} == {
        "AddRow": {"producer"},
        "ImportRows": {"producer"},
        "EditRow": {"producer"},
        "MoveRow": {"producer"},
        "RemoveRow": {"producer"},
        "Go": {"controller"},
        "Back": {"controller"},
        "Jump": {"controller"},
        "Hold": {"controller"},
        "Resume": {"controller"},
        "Adjust": {"controller"},
        "Mark": {"controller"},
        "MessageHost": {"controller"},
        "AcknowledgeMessage": {"host"},
        "RequestDesk": {"host"},
        "AcknowledgeRequest": {"controller"},
    }
