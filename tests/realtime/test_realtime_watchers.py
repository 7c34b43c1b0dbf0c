"""What clients may and may not do, who is cut, and who is closed. The transports only remember."""

from typing import Any

import pytest
from websockets.frames import Opcode

from console.realtime.hub import LINGER_MS
from console.realtime.protocol import Limits
from console.realtime.watcher import Admission


def test_a_clock_question_is_answered_with_its_own_t(house) -> None:
    client = house.connects("control")
    client.heard()
    house.time.passes(0.123)
    client.says(Opcode.TEXT, b'{"type":"clock","t":12345.5}')
    (answer,) = client.heard()
    assert (answer["kind"], answer["t"], answer["at"]) == ("clock", 12345.5, "1970-01-01T00:00:00.123Z")


@pytest.mark.parametrize(
    ("opcode", "payload", "code"),
    [
        (Opcode.TEXT, b'{"type":"fire_offer"}', 1008),
        (Opcode.BINARY, b"\x00", 1008),
        (Opcode.TEXT, b"x" * 4_097, 1009),
        (Opcode.TEXT, b"\xff", 1007),
        (Opcode.CLOSE, b"\x03\xe9bye", 1001),
    ],
)
def test_what_a_client_may_not_say_closes_only_that_client(house, opcode, payload, code) -> None:
    rude, other = house.connects(), house.connects()
    rude.heard(), other.heard()
    rude.says(opcode, payload)
    house.notes("a")
    assert rude.code() == code
    assert other.kinds() == ["events"]


def test_pings_are_answered_until_they_are_a_flood(house) -> None:
    client = house.connects()
    client.heard()
    client.says(Opcode.PING, b"there?")
    assert client.transport.written == b"\x8a\x06there?"
    for _ in range(200):
        client.says(Opcode.PING, b"")
    client.transport.written = client.transport.written[-20:]
    assert client.watcher not in [w for c in house.hub._channels.values() for w in c.watchers]


def test_a_reader_that_stops_is_cut_and_the_others_never_notice(houses) -> None:
    house = houses(limits=Limits(soft_bytes=2_000, hard_bytes=10_000))
    stopped, other = house.connects(), house.connects()
    stopped.heard(), other.heard()
    stopped.transport.stalled = True
    for _ in range(40):
        house.notes("x" * 500)
        house.online(house.show.seq)
        house.time.passes(0.25)
    assert stopped.transport.ended == "abort"
    assert stopped.transport.stuck < 20_000
    assert sum(len(frame["items"]) for frame in other.heard() if frame["kind"] == "events") == 80
    assert stopped.code() == 1013


def test_a_reader_that_is_behind_goes_without_numbers_and_gets_them_whole_when_it_has_caught_up(houses) -> None:
    house = houses(limits=Limits(soft_bytes=2_000, hard_bytes=1_000_000))
    client = house.connects("control")
    client.heard()
    client.transport.stuck = 3_000
    house.time.passes(0.3)
    house.online(7)
    house.notes("never left out")
    house.time.passes(0.02)
    assert [frame["lane"] for frame in client.heard()] == ["state"]
    client.transport.stuck = 0
    house.time.passes(0.3)
    (numbers,) = client.heard()
    assert (numbers["lane"], "7 zh" in numbers["content"]) == ("metrics", True)


def test_a_silent_client_is_pinged_and_then_cut(house) -> None:
    silent, alive = house.connects(), house.connects()
    for _ in range(10):
        house.time.passes(5)
        alive.says(Opcode.PONG, b"")
    assert b"\x89\x00" in alive.transport.written
    assert (silent.transport.ended, alive.transport.ended) == ("abort", "")


def test_closing_a_person_closes_all_their_sockets_and_nobody_elses(house) -> None:
    phone, desk, other = house.connects(), house.connects("control", session_id="x2"), house.connects(person_id="p2")
    assert house.hub.close_person("p1") == 2
    assert (phone.code(), desk.code(), other.code()) == (4401, 4401, None)


def test_closing_a_session_leaves_the_persons_others(house) -> None:
    phone, desk = house.connects(), house.connects(session_id="x2")
    house.hub.close_session("x2", 4403)
    assert (phone.code(), desk.code()) == (None, 4403)


def test_a_person_closed_while_being_let_in_does_not_get_in(house) -> None:
    ticket = house.hub.ticket()
    house.hub.close_person("p1")
    assert house.connects(ticket=ticket).code() == 4401
    assert house.connects().kinds() == ["hello"]


def test_an_admission_that_expires_closes_its_socket(house) -> None:
    client = house.connects(expires_at=10_000)
    house.time.passes(9.9)
    assert client.code() is None
    house.time.passes(0.5)
    assert client.code() == 4401


def test_at_the_end_every_screen_hears_1012_and_nobody_comes_in(house) -> None:
    client = house.connects()
    house.hub.close_all()
    assert client.code() == 1012
    assert not house.hub.accepting
    assert house.connects().code() == 1012


def test_what_goes_leaves_nothing_behind(house) -> None:
    clients = [house.connects("control") for _ in range(20)]
    for client in clients:
        client.watcher.connection_lost(None)
    assert house.hub.watching == 0
    house.time.passes(LINGER_MS / 1_000 + 10)
    assert not house.hub._channels
    assert not house.time.timers


def test_a_screen_that_cannot_be_drawn_is_closed_and_the_others_go_on(houses, caplog) -> None:
    def fragile(part: Any, view: Any, locale: str) -> str:
        if view.text == "boom" and locale == "en":
            raise RuntimeError("template")
        return houses.render(part, view, locale)

    house = houses(render=fragile)
    english, chinese = house.connects("control", locale="en"), house.connects("control")
    english.heard(), chinese.heard()
    house.notes("boom")
    assert english.code() == 1011
    assert chinese.kinds() == ["patch"]
    assert house.connects("control", locale="en").code() == 1011
    assert "cannot be drawn" in caplog.text
    with pytest.raises(RuntimeError, match="template"):
        house.hub.prepare(house.show, "control", Admission(person_id="", session_id="", roles=frozenset(), locale="en"))


def test_who_comes_while_what_waits_cannot_be_drawn_is_closed_too_and_nobody_is_counted_for_ever(houses) -> None:
    """What is drawn for a newcomer first is what the others wait for; if that fails the channel is gone."""

    def fragile(part: Any, view: Any, locale: str) -> str:
        if broken:
            raise RuntimeError("template")
        return houses.render(part, view, locale)

    broken: list[bool] = []
    house = houses(render=fragile)
    before = house.connects("control")
    house.notes("drawn at once")
    house.notes("waits for its turn")
    broken.append(True)
    after = house.connects("control")
    assert (before.code(), after.code()) == (1011, 1011)
    assert house.hub.watching_by_screen() == {"control": 0, "json": 0}


def test_costs_are_a_channel_of_their_own(house) -> None:
    snapshots = [house.connects(sees_cost=sees).heard()[0]["snapshot"]["cost"] for sees in (True, False)]
    assert snapshots == [True, False]


def test_a_lone_surrogate_does_not_take_a_screen_down(house) -> None:
    client = house.connects("control")
    client.heard()
    house.notes("\ud800")
    assert client.kinds() == ["patch"]
