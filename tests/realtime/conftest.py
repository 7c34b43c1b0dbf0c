"""A hub on a clock of its own, with transports that only remember; both send loops, and both event loops."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvloop
from msgspec import Struct
from websockets.frames import Close, Frame, Opcode

from console.core.messages import Event, Recorded
from console.core.observations import Audience, Comment, ObservationsRecorded
from console.core.show import Show
from console.core.slice import Part, Slice
from console.realtime.bus import MemoryBus
from console.realtime.hub import STREAM, Entry, Hub
from console.realtime.protocol import Cursor
from console.realtime.sendloop import FASTEST, SendAll, leave_all
from console.realtime.sources import Feed
from console.realtime.watcher import Admission, Watcher
from tests.realtime.browsers import Browser


class Noted(Event, frozen=True):
    text: str


class Line(Struct, frozen=True):
    id: str
    text: str


class TakenBack(Event, frozen=True):
    pass


def note(state: list[Line], recorded: Recorded) -> None:
    if isinstance(recorded.event, Noted):
        state.append(Line(str(recorded.seq), recorded.event.text))
    elif state:
        state[-1] = Line(state[-1].id, f"{state[-1].text}!")
        del state[len(state) // 2]


def hear(state: list[dict[str, Any]], recorded: Recorded) -> None:
    found = [item for item in recorded.event.items if isinstance(item, Comment)]
    state.extend({"id": f"c{recorded.seq}-{at}", "text": item.text} for at, item in enumerate(found))
    del state[:-200]


def count(state: dict[str, Any], recorded: Recorded) -> None:
    for item in recorded.event.items:
        if isinstance(item, Audience):
            state["online"] = item.online


def a_slice(name: str, state: Callable[[], Any], evolve: Callable[..., None], *folds: type[Event]) -> Slice:
    return Slice(
        name=name, state=state, evolve=evolve, folds=frozenset(folds), events=(), commands=(), decide=lambda *_: []
    )


SLICES = (
    a_slice("notes", list, note, Noted, TakenBack),
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
    return f'<i id="{part.name}{"-" if part.keyed else ""}{view.id}">{view.text} {locale}</i>'


class Timer:
    def __init__(self, at: float, callback: Callable[[], None]) -> None:
        self.at, self.callback, self.off = at, callback, False

    def cancel(self) -> None:
        self.off = True


class Time:
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

    def get_extra_info(self, _name: str) -> None:
        return None

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
        return [json.loads(data) for opcode, data in self._frames() if opcode is Opcode.TEXT]

    def kinds(self) -> list[str]:
        return [frame["kind"] for frame in self.heard()]

    def code(self) -> int | None:
        return next((Close.parse(data).code for opcode, data in self._frames() if opcode is Opcode.CLOSE), None)

    def over(self) -> bool:
        return self.watcher._room is None

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

    slices, parts, feed, render = SLICES, PARTS, FEED, staticmethod(render)

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
        recorded = Recorded(show_id="s1", seq=self.show.seq + 1, at_ms=self.time.now_ms(), actor="x", event=event)
        self.show.evolve(recorded)
        return recorded

    def notes(self, *texts: str) -> None:
        self.hub.publish(self.show, [self.row(Noted(text=text)) for text in texts])

    def noted(self, text: str) -> Recorded:
        return self.row(Noted(text=text))

    def takes_back(self) -> None:
        self.hub.publish(self.show, [self.row(TakenBack())])

    def comments(self, *texts: str) -> None:
        self.observes(*(Comment(source="test", id=text, at=0, user="u", text=text) for text in texts))

    def online(self, n: int) -> None:
        self.observes(Audience(source="test", id=str(n), at=0, online=n))

    def observes(self, *items: Any) -> None:
        self.hub.publish(self.show, [self.row(ObservationsRecorded(items=items))])


@pytest.fixture(params=["python", "c"])
def send_all(request: pytest.FixtureRequest) -> SendAll:
    """Both loops, where there are both."""
    return leave_all if request.param == "python" else request.getfixturevalue("in_c")


@pytest.fixture
def in_c() -> SendAll:
    """The loop in C."""
    if FASTEST is leave_all:
        pytest.skip("no C loop was built here")
    return FASTEST


@pytest.fixture(params=[asyncio, uvloop], ids=lambda module: module.__name__)
def runner(request: pytest.FixtureRequest) -> Iterator[asyncio.Runner]:
    """Each event loop."""
    with asyncio.Runner(loop_factory=request.param.new_event_loop) as runner:
        yield runner


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def houses() -> type[House]:
    return House


@pytest.fixture
def browsers() -> type[Browser]:
    return Browser
