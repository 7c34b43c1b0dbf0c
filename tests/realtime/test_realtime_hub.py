"""The hub with transports that only remember: who hears what, in which order, and who is cut."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Struct
from websockets.frames import Close, Frame, Opcode

from console.core.messages import Event, Recorded
from console.core.observations import Audience, Comment, ObservationsRecorded
from console.core.show import Show
from console.core.slice import Part, Slice
from console.realtime import hub as hub_module
from console.realtime.bus import MemoryBus
from console.realtime.hub import STREAM, Entry, Hub
from console.realtime.protocol import Cursor, Limits
from console.realtime.sources import Feed
from console.realtime.watcher import Admission, Watcher


class Noted(Event, frozen=True):
    text: str


class Line(Struct, frozen=True):
    id: str
    text: str


def note(state: list[Line], recorded: Recorded) -> None:
    state.append(Line(str(recorded.seq), recorded.event.text))


def hear(state: list[dict[str, Any]], recorded: Recorded) -> None:
    found = [item for item in recorded.event.items if isinstance(item, Comment)]
    state.extend({"id": f"c{recorded.seq}-{at}", "text": item.text} for at, item in enumerate(found))
    del state[:-200]


def count(state: dict[str, Any], recorded: Recorded) -> None:
    for item in recorded.event.items:
        if isinstance(item, Audience):
            state["online"] = item.online


def a_slice(name: str, state: Callable[[], Any], evolve: Callable[..., None], event: type[Event]) -> Slice:
    return Slice(
        name=name, state=state, evolve=evolve, folds=frozenset({event}), events=(), commands=(), decide=lambda *_: []
    )


SLICES = (
    a_slice("notes", list, note, Noted),
    a_slice("comments", list, hear, ObservationsRecorded),
    a_slice("metrics", dict, count, ObservationsRecorded),
)
PARTS = (
    Part(name="notes-list", reads=("notes",), view=lambda show, _v: tuple(show.states["notes"]), keyed=True),
    Part(
        name="metrics-now", reads=("metrics",), lane="metrics",
        view=lambda show, _v: Line("", str(show.states["metrics"].get("online"))),
    ),
)  # fmt: skip
FEED = Feed(
    snapshot=lambda show, viewer: {"notes": [line.text for line in show.states["notes"]], "cost": viewer.sees_cost},
    describe=lambda row: {"seq": row.seq, "type": row.type},
    metrics=lambda show, _viewer: dict(show.states["metrics"]),
    comments=lambda show, _viewer: list(show.states["comments"]),
)


def render(part: Part, view: Line, locale: str) -> str:
    return f'<p id="{part.name}-{view.id}">{view.text} {locale}</p>'


class Timer:
    def __init__(self, at: float, callback: Callable[[], None]) -> None:
        self.at, self.callback, self.off = at, callback, False

    def cancel(self) -> None:
        self.off = True


class Time:
    """Seconds that pass when told, with the timers that fall due in them."""

    def __init__(self) -> None:
        self.s = 0.0
        self.timers: list[Timer] = []

    def now_ms(self) -> int:
        return round(self.s * 1_000)

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        self.timers.append(Timer(self.s + delay_s, callback))
        return self.timers[-1]

    def passes(self, seconds: float) -> None:
        until = self.s + seconds
        while due := [timer for timer in self.timers if timer.at <= until and not timer.off]:
            first = min(due, key=lambda timer: timer.at)
            self.timers.remove(first)
            self.s = max(self.s, first.at)
            first.callback()
        self.s = until


class Transport:
    """Takes everything; `stuck` keeps it in the buffer."""

    def __init__(self) -> None:
        self.written = b""
        self.stuck = 0
        self.stalled = False
        self.ended = ""

    def write(self, data: bytes) -> None:
        self.written += data
        self.stuck += len(data) if self.stalled else 0

    def get_write_buffer_size(self) -> int:
        return self.stuck

    def abort(self) -> None:
        self.ended = "abort"

    def close(self) -> None:
        self.ended = self.ended or "close"


class Client:
    """A watcher with what its client would have heard."""

    def __init__(self, watcher: Watcher, transport: Transport) -> None:
        self.watcher = watcher
        self.transport = transport

    def heard(self) -> list[dict[str, Any]]:
        """Every text frame since the last call."""
        return [json.loads(data) for opcode, data in self._frames() if opcode is Opcode.TEXT]

    def kinds(self) -> list[str]:
        return [frame["kind"] for frame in self.heard()]

    def code(self) -> int | None:
        return next((Close.parse(data).code for opcode, data in self._frames() if opcode is Opcode.CLOSE), None)

    def says(self, opcode: Opcode, payload: bytes) -> None:
        self.watcher.data_received(Frame(opcode, payload).serialize(mask=True))

    def _frames(self) -> list[tuple[Opcode, bytes]]:
        data, self.transport.written = self.transport.written, b""
        return list(_parsed(data))


def _parsed(data: bytes) -> Any:
    at = 0

    def exactly(n: int) -> Any:
        nonlocal at
        at += n
        return data[at - n : at]
        yield

    while at < len(data):
        try:
            next(Frame.parse(exactly, mask=False))
        except StopIteration as done:
            yield done.value.opcode, bytes(done.value.data)


class House:
    """A hub, a show, and people who come and go."""

    def __init__(self, **options: Any) -> None:
        self.time = Time()
        self.bus = MemoryBus()
        self.show = Show("s1", "e1", SLICES)
        self.hub = Hub(
            screens={"control": PARTS}, render=options.pop("render", render), feed=options.pop("feed", FEED),
            now_ms=self.time.now_ms, call_later=self.time.call_later, bus=self.bus, **options,
        )  # fmt: skip

    def connects(self, screen: str = STREAM, seq: int | None = None, epoch: str = "e1", **admission: Any) -> Client:
        transport = Transport()
        ticket = admission.pop("ticket", None) or self.hub.ticket()
        who = {"person_id": "p1", "session_id": "x1", "roles": frozenset()} | admission
        cursor = None if seq is None else Cursor(epoch, seq)
        entry = Entry(show=self.show, screen=screen, admission=Admission(**who), cursor=cursor, ticket=ticket)
        return Client(self.hub.attach(transport, entry), transport)

    def row(self, event: Event) -> Recorded:
        recorded = Recorded(
            show_id="s1", seq=self.show.seq + 1, at_ms=self.time.now_ms(), actor="someone", event=event
        )  # fmt: skip
        self.show.evolve(recorded)
        return recorded

    def notes(self, *texts: str) -> None:
        self.hub.publish(self.show, [self.row(Noted(text=text)) for text in texts])

    def observes(self, *items: Any) -> None:
        self.hub.publish(self.show, [self.row(ObservationsRecorded(items=items))])


@pytest.fixture
def house() -> House:
    return House()


def comment(text: str) -> Comment:
    return Comment(source="test", id=text, at=0, user="u", text=text)


def online(n: int) -> Audience:
    return Audience(source="test", id=str(n), at=0, online=n)


def test_hello_brings_the_snapshot_and_then_come_all_rows_in_order(house: House) -> None:
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


def test_the_first_frame_goes_at_once_and_what_follows_within_a_tick_is_one(house: House) -> None:
    client = house.connects("control")
    client.heard()
    house.notes("a")
    assert client.kinds() == ["patch"]
    house.notes("b")
    house.notes("c")
    assert client.kinds() == []
    house.time.passes(0.02)
    assert [frame["content"].count("<p ") for frame in client.heard()] == [2]


def test_a_screen_hears_the_same_bytes_as_every_other_of_its_kind_and_is_drawn_once() -> None:
    drawn = []
    house = House(render=_noting(drawn))
    clients = [house.connects("control") for _ in range(50)]
    english = house.connects("control", locale="en")
    for client in [*clients, english]:
        client.heard()
    drawn.clear()
    house.notes("a")
    assert len({client.transport.written for client in clients}) == 1
    assert "a en" in english.heard()[0]["content"]
    assert len(drawn) == 2


def test_a_screen_that_was_away_hears_exactly_what_it_missed_then_its_other_lanes_whole(house: House) -> None:
    house.connects("control")
    house.notes("a")
    house.time.passes(1)
    house.notes("b")
    house.observes(online(5))
    house.time.passes(119)
    hello, missed, numbers = house.connects("control", seq=1).heard()
    assert (hello["resumed"], hello["seq"]) == (True, 1)
    assert (missed["lane"], missed["content"].count("<p ")) == ("state", 1)
    assert (numbers["lane"], numbers["seq"], "5 zh" in numbers["content"]) == ("metrics", 3, True)


def test_a_program_that_was_away_hears_every_row_it_missed(house: House) -> None:
    house.connects()
    for text in "abcdef":
        house.notes(text)
        house.time.passes(0.01)
    house.time.passes(1)
    frames = house.connects(seq=2).heard()
    assert frames[0]["resumed"]
    assert [item["seq"] for frame in frames if frame["kind"] == "events" for item in frame["items"]] == [3, 4, 5, 6]


@pytest.mark.parametrize(("away_s", "resumed"), [(1, True), (119, True), (127, False)])
def test_two_minutes_are_held_even_when_nobody_else_watches(house: House, away_s: float, resumed: bool) -> None:
    client = house.connects()
    client.watcher.connection_lost(None)
    house.notes("missed")
    house.time.passes(away_s)
    house.notes("now")
    assert house.connects(seq=0).heard()[0]["resumed"] is resumed


def test_another_epoch_or_an_unknown_seq_is_sent_whole(house: House) -> None:
    house.connects()
    house.notes("a")
    assert not house.connects(seq=1, epoch="before the restore").heard()[0]["resumed"]
    assert not house.connects(seq=99).heard()[0]["resumed"]


def test_a_show_restored_from_a_backup_sends_everyone_to_start_again(house: House) -> None:
    client = house.connects()
    house.show = Show("s1", "e2", SLICES)
    house.notes("a")
    assert client.code() == 1012
    assert house.connects(seq=1).heard()[0]["epoch"] == "e2"


def test_rows_that_never_came_are_mended_by_a_whole_and_never_left_out(house: House) -> None:
    program, screen = house.connects(), house.connects("control")
    program.heard(), screen.heard()
    house.row(Noted(text="lost"))
    house.notes("b")
    (hello,) = program.heard()
    assert (hello["kind"], hello["snapshot"]["notes"], hello["seq"]) == ("hello", ["lost", "b"], 2)
    assert screen.heard()[0]["content"].count("<p ") == 2
    house.notes("c")
    house.time.passes(1)
    assert [item["seq"] for item in program.heard()[0]["items"]] == [3]


def test_rows_announced_twice_are_told_once(house: House) -> None:
    client = house.connects()
    client.heard()
    row = house.row(Noted(text="a"))
    house.hub.publish(house.show, [row])
    house.hub.publish(house.show, [row])
    house.time.passes(1)
    assert [frame["kind"] for frame in client.heard()] == ["events"]


def test_what_is_folded_but_not_announced_is_not_shown(house: House) -> None:
    client = house.connects("control")
    house.notes("a")
    house.notes("b")
    client.heard()
    row = house.row(Noted(text="uncommitted"))
    house.time.passes(1)
    assert client.heard() == []
    house.hub.publish(house.show, [row])
    assert client.heard()[0]["content"].count("<p ") == 2


def test_comments_are_joined_and_what_did_not_fit_is_counted(house: House) -> None:
    client = house.connects()
    client.heard()
    house.observes(comment("first"))
    for at in range(300):
        house.observes(comment(f"storm {at}"))
    house.time.passes(0.2)
    frames = [frame for frame in client.heard() if frame["kind"] == "comments"]
    assert [(len(frame["items"]), frame["dropped"]) for frame in frames] == [(1, 0), (200, 100)]


def test_numbers_come_once_a_second_and_only_the_newest(house: House) -> None:
    client = house.connects()
    for n in range(150):
        house.observes(online(n))
        house.time.passes(1 / 64)
    frames = [frame for frame in client.heard() if frame["kind"] == "metrics"]
    assert [round(frame["values"]["online"] / 64) for frame in frames] == [0, 1, 2]


def test_a_heartbeat_every_two_seconds_carries_the_head_the_bus_told(house: House) -> None:
    client = house.connects()
    client.heard()
    house.bus.publish("s1", 9)
    house.time.passes(6.1)
    beats = client.heard()
    assert [(beat["kind"], beat["head"], beat["seq"]) for beat in beats] == [("heartbeat", 9, 0)] * 3
    assert [beat["now"] for beat in beats] == [f"1970-01-01T00:00:0{s}.000Z" for s in (2, 4, 6)]


def test_a_clock_question_is_answered_with_its_own_t(house: House) -> None:
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
def test_what_a_client_may_not_say_closes_only_that_client(house: House, opcode, payload, code) -> None:
    rude, other = house.connects(), house.connects()
    rude.heard(), other.heard()
    rude.says(opcode, payload)
    house.notes("a")
    assert rude.code() == code
    assert other.kinds() == ["events"]


def test_pings_are_answered_until_they_are_a_flood(house: House) -> None:
    client = house.connects()
    client.heard()
    client.says(Opcode.PING, b"there?")
    assert client.transport.written == b"\x8a\x06there?"
    for _ in range(200):
        client.says(Opcode.PING, b"")
    client.transport.written = client.transport.written[-20:]
    assert client.watcher not in [w for c in house.hub._channels.values() for w in c.watchers]


def test_a_reader_that_stops_is_cut_and_the_others_never_notice() -> None:
    house = House(limits=Limits(soft_bytes=2_000, hard_bytes=10_000))
    stopped, other = house.connects(), house.connects()
    stopped.heard(), other.heard()
    stopped.transport.stalled = True
    for _ in range(40):
        house.notes("x" * 500)
        house.observes(online(house.show.seq))
        house.time.passes(0.25)
    assert stopped.transport.ended == "abort"
    assert stopped.transport.stuck < 20_000
    assert sum(len(frame["items"]) for frame in other.heard() if frame["kind"] == "events") == 80
    assert stopped.code() == 1013


def test_a_reader_that_is_behind_goes_without_numbers_and_gets_them_whole_when_it_has_caught_up() -> None:
    house = House(limits=Limits(soft_bytes=2_000, hard_bytes=1_000_000))
    client = house.connects("control")
    client.heard()
    client.transport.stuck = 3_000
    house.time.passes(0.3)
    house.observes(online(7))
    house.notes("never left out")
    house.time.passes(0.02)
    assert [frame["lane"] for frame in client.heard()] == ["state"]
    client.transport.stuck = 0
    house.time.passes(0.3)
    (numbers,) = client.heard()
    assert (numbers["lane"], "7 zh" in numbers["content"]) == ("metrics", True)


def test_a_silent_client_is_pinged_and_then_cut(house: House) -> None:
    silent, alive = house.connects(), house.connects()
    for _ in range(10):
        house.time.passes(5)
        alive.says(Opcode.PONG, b"")
    assert b"\x89\x00" in alive.transport.written
    assert (silent.transport.ended, alive.transport.ended) == ("abort", "")


def test_closing_a_person_closes_all_their_sockets_and_nobody_elses(house: House) -> None:
    phone, desk, other = house.connects(), house.connects("control", session_id="x2"), house.connects(person_id="p2")
    assert house.hub.close_person("p1") == 2
    assert (phone.code(), desk.code(), other.code()) == (4401, 4401, None)


def test_closing_a_session_leaves_the_persons_others(house: House) -> None:
    phone, desk = house.connects(), house.connects(session_id="x2")
    house.hub.close_session("x2", 4403)
    assert (phone.code(), desk.code()) == (None, 4403)


def test_a_person_closed_while_being_let_in_does_not_get_in(house: House) -> None:
    ticket = house.hub.ticket()
    house.hub.close_person("p1")
    assert house.connects(ticket=ticket).code() == 4401
    assert house.connects().kinds() == ["hello"]


def test_an_admission_that_expires_closes_its_socket(house: House) -> None:
    client = house.connects(expires_at=10_000)
    house.time.passes(9.9)
    assert client.code() is None
    house.time.passes(0.5)
    assert client.code() == 4401


def test_at_the_end_every_screen_hears_1012_and_nobody_comes_in(house: House) -> None:
    client = house.connects()
    house.hub.close_all()
    assert client.code() == 1012
    assert not house.hub.accepting
    assert house.connects().code() == 1012


def test_what_goes_leaves_nothing_behind(house: House) -> None:
    clients = [house.connects("control") for _ in range(20)]
    for client in clients:
        client.watcher.connection_lost(None)
    assert house.hub.watching == 0
    house.time.passes(hub_module.LINGER_MS / 1_000 + 10)
    assert not house.hub._channels
    assert not house.time.timers


def test_a_screen_that_cannot_be_drawn_is_closed_and_the_others_go_on(house: House, caplog) -> None:
    def fragile(part: Part, view: Line, locale: str) -> str:
        if view.text == "boom" and locale == "en":
            raise RuntimeError("template")
        return render(part, view, locale)

    house = House(render=fragile)
    english, chinese = house.connects("control", locale="en"), house.connects("control")
    english.heard(), chinese.heard()
    house.notes("boom")
    assert english.code() == 1011
    assert chinese.kinds() == ["patch"]
    assert house.connects("control", locale="en").code() == 1011
    assert "cannot be drawn" in caplog.text
    with pytest.raises(RuntimeError, match="template"):
        house.hub.prepare(house.show, "control", Admission(person_id="", session_id="", roles=frozenset(), locale="en"))


def test_costs_are_a_channel_of_their_own(house: House) -> None:
    snapshots = [house.connects(sees_cost=sees).heard()[0]["snapshot"]["cost"] for sees in (True, False)]
    assert snapshots == [True, False]


def test_a_lone_surrogate_does_not_take_a_screen_down(house: House) -> None:
    client = house.connects("control")
    client.heard()
    house.notes("\ud800")
    assert client.kinds() == ["patch"]


def test_a_storm_of_returns_draws_a_screen_once() -> None:
    drawn = []
    snapshots = []
    feed = Feed(
        snapshot=lambda show, viewer: snapshots.append(1) or FEED.snapshot(show, viewer),
        describe=FEED.describe, metrics=FEED.metrics, comments=FEED.comments,
    )  # fmt: skip
    house = House(render=_noting(drawn), feed=feed)
    house.notes("a", "b", "c")
    for _ in range(200):
        house.connects("control")
        house.connects()
    assert (len(drawn), len(snapshots)) == (4, 1)


def test_a_show_that_nobody_watches_costs_nothing(house: House) -> None:
    house.notes("a")
    assert not house.time.timers
    assert house.connects("control").heard()[0]["seq"] == 1


def _noting(drawn: list[Any]) -> Callable[[Part, Any, str], str]:
    def noting(part: Part, view: Any, locale: str) -> str:
        drawn.append(view)
        return render(part, view, locale)

    return noting
