"""What is said, and when a socket must go: messages in, decisions out, no socket anywhere."""

import json

import pytest
from websockets.frames import Frame, Opcode

from console.realtime import protocol, wire
from console.realtime.protocol import Clock, Close, Conversation, Cursor, Limits
from console.realtime.ring import KEEP_MS, Held, Ring

LIMITS = Limits(soft_bytes=100, hard_bytes=1_000, stuck_ms=4_000, undeliverable_ms=4_000, silence_ms=45_000, messages=3)


def ring(base: int, *seqs: int, at_ms: int = 0) -> Ring:
    held = Ring(base)
    for seq in seqs:
        held.append(Held(seq - 1, seq, at_ms, b"%d" % seq))
    return held


def masked(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin=fin).serialize(mask=True)


def test_a_frame_names_its_kind_right_after_its_version() -> None:
    text = protocol.frame("metrics", "e1", 7, 1_800_000_000_123, {"values": {"online": None}}).decode()
    assert text.startswith('{"v":1,"kind":"metrics",')
    assert json.loads(text) == {
        "v": 1, "kind": "metrics", "epoch": "e1", "seq": 7, "at": "2027-01-15T08:00:00.123Z", "values": {"online": None},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"epoch": "e", "seq": "12"}, Cursor("e", 12)),
        ({}, None),
        ({"epoch": "e"}, None),
        ({"epoch": "", "seq": "1"}, None),
        ({"epoch": "e", "seq": "-1"}, None),
        ({"epoch": "e", "seq": "1e3"}, None),
        ({"epoch": "e", "seq": "٣"}, None),
        ({"epoch": "e", "seq": "9" * 400}, None),
    ],
)
def test_a_cursor_is_whole_numbers_or_none(query: dict[str, str], found: Cursor | None) -> None:
    assert protocol.cursor(query) == found


@pytest.mark.parametrize(
    ("cursor", "missed"),
    [
        (Cursor("e", 10), [b"11", b"12"]),
        (Cursor("e", 11), [b"12"]),
        (Cursor("e", 12), []),
        (Cursor("e", 9), None),
        (Cursor("e", 13), None),
        (Cursor("other", 11), None),
        (None, None),
    ],
)
def test_a_returning_screen_hears_exactly_what_it_missed_or_is_sent_whole(cursor, missed) -> None:
    assert protocol.replay(cursor, "e", 12, ring(10, 11, 12)) == missed


def test_a_replay_longer_than_the_whole_is_not_replayed() -> None:
    held = Ring(0)
    held.append(Held(0, 1, 0, b"x" * (protocol.REPLAY_BYTES + 1)))
    assert protocol.replay(Cursor("e", 0), "e", 1, held) is None


def test_the_ring_holds_two_minutes_and_then_says_so() -> None:
    held = ring(0, 1, 2)
    held.append(Held(2, 3, 119_000, b"3"))
    assert held.since(0) == [b"1", b"2", b"3"]
    held.append(Held(3, 4, KEEP_MS + 1, b"4"))
    assert held.since(1) is None
    assert held.since(2) == [b"3", b"4"]


def test_the_ring_lets_go_when_it_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.realtime.ring.KEEP_BYTES", 3)
    held = ring(0, 1, 2, 3, 4)
    assert held.since(0) is None
    assert held.since(1) == [b"2", b"3", b"4"]


def test_a_socket_that_keeps_up_is_kept() -> None:
    talk = Conversation(LIMITS, 0)
    assert [talk.check(0, 0), talk.check(100, 1_000)] == ["keep", "keep"]


def test_a_socket_that_falls_behind_goes_without_numbers_until_it_has_caught_up() -> None:
    talk = Conversation(LIMITS, 0)
    assert talk.check(101, 0) == "conflate"
    assert talk.behind
    assert talk.check(50, 1_000) == "caught_up"
    assert not talk.behind
    assert talk.check(50, 1_001) == "keep"


def test_a_socket_that_drains_slowly_is_kept_and_one_that_is_stuck_is_cut() -> None:
    slow, stuck = Conversation(LIMITS, 0), Conversation(LIMITS, 0)
    assert [slow.check(900 - at // 100, at) for at in range(0, 40_000, 2_000)] == ["conflate"] * 20
    assert [stuck.check(900, at) for at in range(0, 4_000, 1_000)] == ["conflate"] * 4
    assert stuck.check(900, 4_000) == Close(1013, "too slow")


def test_a_socket_over_the_hard_limit_is_cut_at_once() -> None:
    assert Conversation(LIMITS, 0).check(1_001, 0) == Close(1013, "too slow")


def test_a_long_hello_does_not_count_as_falling_behind_until_it_has_gone_out() -> None:
    talk = Conversation(LIMITS, 0, opening_bytes=5_000)
    assert talk.check(5_000, 0) == "conflate"
    assert talk.check(0, 1_000) == "caught_up"
    assert talk.check(5_000, 2_000) == Close(1013, "too slow")


def test_a_close_that_cannot_be_delivered_ends_in_an_abort() -> None:
    talk = Conversation(LIMITS, 0)
    talk.closing(1_000)
    talk.closing(4_000)
    assert [talk.check(9_999, 1_000), talk.check(9_999, 4_999), talk.check(9_999, 5_000)] == ["keep", "keep", "abort"]


def test_silence_is_noticed_and_any_sign_of_life_is_enough() -> None:
    talk = Conversation(LIMITS, 0)
    assert talk.heard(30_000) is None
    assert talk.check(0, 74_999) == "keep"
    assert talk.check(0, 75_000) == "abort"


def test_an_admission_ends_when_it_expires() -> None:
    talk = Conversation(LIMITS, 0, expires_at=10_000)
    assert talk.check(0, 9_999) == "keep"
    assert talk.check(0, 10_000) == Close(4401, "signed out")


def test_a_flood_of_messages_is_closed_and_a_patient_client_is_not() -> None:
    flood, patient = Conversation(LIMITS, 0), Conversation(LIMITS, 0)
    assert [flood.heard(0) for _ in range(3)] == [None] * 3
    assert flood.heard(1) == Close(1008, "too many messages")
    assert [patient.heard(at * 1_000) for at in range(20)] == [None] * 20


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b'{"type":"fire_offer"}', b'{"type":"clock"}', b'{"type":"clock","t":"1"}', b'{"type":"clock","t":NaN}',
     b'{"type":"clock","t":1,"x":1}', b'{"type":"clock","t":-1}', b"[" * 4_000, b'{"x":' * 800, b"\xff\xfe"],
)  # fmt: skip
def test_anything_but_a_clock_question_is_not_understood(text: bytes) -> None:
    assert protocol.understood(text) == Close(1008, "not understood")


def test_a_clock_question_is_understood() -> None:
    assert protocol.understood(b'{"type":"clock","t":12.5}') == Clock(t=12.5)


def test_messages_come_out_whole_however_the_bytes_arrive() -> None:
    sent = (
        masked(Opcode.TEXT, b"one")
        + masked(Opcode.TEXT, "二".encode()[:2], fin=False)
        + masked(Opcode.PING, b"p")
        + masked(Opcode.CONT, "二".encode()[2:])
        + masked(Opcode.CLOSE, b"\x03\xe8")
    )
    expected = [
        (Opcode.TEXT, b"one"), (Opcode.PING, b"p"), (Opcode.TEXT, "二".encode()), (Opcode.CLOSE, b"\x03\xe8"),
    ]  # fmt: skip
    assert wire.Reader().feed(sent) == expected
    reader = wire.Reader()
    assert [message for byte in sent for message in reader.feed(bytes([byte]))] == expected


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (Frame(Opcode.TEXT, b"unmasked").serialize(mask=False), 1002),
        (b"\xf1\x80\x00\x00\x00\x00", 1002),
        (b"\x83\x80\x00\x00\x00\x00", 1002),
        (masked(Opcode.CONT, b"of nothing"), 1002),
        (masked(Opcode.TEXT, b"a", fin=False) + masked(Opcode.TEXT, b"b"), 1002),
        (masked(Opcode.TEXT, b"\xff"), 1007),
        (masked(Opcode.TEXT, b"x" * 4_097), 1009),
        (b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 1009),
        (masked(Opcode.TEXT, b"x" * 4_096, fin=False) + masked(Opcode.CONT, b"y"), 1009),
    ],
    ids=[
        "unmasked", "reserved bits", "long ping", "continuation of nothing", "text within text", "no UTF-8", "too long",
        "endless", "too long in parts",
    ],
)  # fmt: skip
def test_a_client_that_breaks_the_protocol_is_told_which_way(data: bytes, code: int) -> None:
    with pytest.raises(wire.WireError) as caught:
        wire.Reader().feed(data)
    assert caught.value.code == code


def test_empty_fragments_without_end_hold_no_memory() -> None:
    reader = wire.Reader()
    reader.feed(masked(Opcode.TEXT, b"", fin=False))
    for _ in range(2_000):
        reader.feed(masked(Opcode.CONT, b"", fin=False))
    assert reader.feed(masked(Opcode.CONT, b"end")) == [(Opcode.TEXT, b"end")]


@pytest.mark.parametrize(("seq", "missed"), [(9, [b"a", b"b"]), (10, None), (12, [b"b"]), (13, [b"b"]), (15, [])])
def test_a_cursor_inside_a_frame_is_sent_whole(seq: int, missed: list[bytes] | None) -> None:
    """It comes from another node, which joined other rows into a frame: half of this one it has already."""
    held = Ring(9)
    held.append(Held(9, 12, 0, b"a"))
    held.append(Held(13, 15, 0, b"b"))
    assert held.since(seq) == missed
