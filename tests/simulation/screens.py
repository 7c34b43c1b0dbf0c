"""Screens at the far end of a bad line: a program on the JSON stream, a browser's page."""

import asyncio
import contextvars
from collections.abc import Sequence
from random import Random
from typing import Any, cast

import msgspec
from websockets.frames import Frame, Opcode

from console.core.messages import Role
from console.core.show import Show
from console.core.slice import Part, Viewer
from console.realtime.hub import STREAM, Entry
from console.realtime.protocol import TOO_SLOW, Cursor
from console.realtime.watcher import Admission
from console.screens import screens
from console.web.templates import Templates
from tests.simulation.lines import Line, frames_in
from tests.simulation.machines import Life, Machine, NoAnswerError
from tests.simulation.pages import Page
from tests.simulation.world import SHOW

SCREENS = screens()
AGAIN_S = (0.3, 2.0)
SILENT_S = 6.0
ROLES: frozenset[Role] = frozenset({"admin"})
PONG = Frame(Opcode.PONG, b"").serialize(mask=True)
BYE = Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True)


class Screen:
    """Comes back by itself from where it was, as the browser's does, and complains about what cannot be."""

    def __init__(self, name: str, machine: Machine, chance: Random, complain: Any) -> None:
        self.name = name
        self.machine = machine
        self.line: Line | None = None
        self.epoch = ""
        self.seq = -1
        self.gone = False
        self.hellos = 0
        self.resumed = 0
        self.too_slow = 0
        self._chance = chance
        self._complain = complain
        self._coming = False
        self._tries = 0
        self._heard_s = 0.0

    kind = STREAM

    def come(self) -> None:
        """Now, unless it is there or on its way."""
        if self.line is None and not self._coming and not self.gone:
            self._coming = True
            # Whoever cut the line, this task belongs to no process.
            asyncio.get_running_loop().create_task(self._come(), context=contextvars.Context())

    def leave(self) -> None:
        """For good."""
        self.gone = True
        if self.line:
            self.line.break_off()

    def lost(self) -> None:
        self.line = None
        self._later()

    def look(self) -> None:
        """A screen that hears nothing takes its line anew."""
        if self.line and asyncio.get_running_loop().time() - self._heard_s > SILENT_S:
            self.line.cut()

    def _later(self) -> None:
        if not self.gone:
            wait_s = min(AGAIN_S[0] * 2**self._tries, AGAIN_S[1]) * (0.7 + 0.6 * self._chance.random())
            self._tries += 1
            asyncio.get_running_loop().call_later(wait_s, self.come)

    async def _come(self) -> None:
        try:
            await self.machine.do(self._enter)
        except Exception:  # noqa: BLE001 - whatever the door answers, a screen tries again
            self._coming = False
            if self.line is None:
                self._later()
        else:
            self._coming = False

    async def _enter(self, life: Life) -> None:
        """What realtime/socket.py does at its door."""
        ticket = life.hub.ticket()
        show = await life.shows.get(SHOW)
        admission = Admission(person_id=self.name, session_id=self.name, roles=ROLES, sees_cost=self.name.endswith("$"))
        life.hub.prepare(show, self.kind, admission)
        await asyncio.sleep(self._chance.choice([0, 0, 0.03]))
        cursor = Cursor(self.epoch, self.seq) if self.epoch else None
        show = await life.shows.get(SHOW)
        if self.gone:
            raise NoAnswerError
        self.line = Line(self, life, self._chance.choice([0, 0, 0.04]))
        self._heard_s = asyncio.get_running_loop().time()
        entry = Entry(show=show, screen=self.kind, admission=admission, cursor=cursor, ticket=ticket)
        line, line.watcher = self.line, life.hub.attach(cast("Any", self.line), entry)

    def hears(self, data: bytes, durable: int, line: Line) -> None:
        self._heard_s = asyncio.get_running_loop().time()
        for opcode, payload in frames_in(data):
            if opcode == Opcode.TEXT:
                self._reads(msgspec.json.decode(payload), durable)
            elif opcode == Opcode.PING:
                line.say(PONG)
            elif opcode == Opcode.CLOSE:
                self.too_slow += int.from_bytes(payload[:2], "big") == TOO_SLOW
                line.say(BYE)

    def _reads(self, frame: dict[str, Any], durable: int) -> None:
        self._tries = 0
        if max(frame["seq"], frame.get("head", 0)) > durable:
            self._complain(f"{self.name} was told of row {frame['seq']} when only {durable} were stored")
        if frame["kind"] == "hello":
            self._begins(frame)
        elif frame["seq"] < self.seq:
            self._complain(f"{self.name} at {self.seq} got a {frame['kind']} of {frame['seq']}")
        elif frame["kind"] == "heartbeat":
            self.promised(frame["seq"])
        else:
            self.takes(frame)

    def _begins(self, frame: dict[str, Any]) -> None:
        self.hellos += 1
        self.epoch = frame["epoch"]
        if not frame["resumed"]:
            self.whole(frame)
            self.seq = frame["seq"]
        elif frame["seq"] != self.seq:
            self._complain(f"{self.name} at {self.seq} was resumed at {frame['seq']}")
        else:
            self.resumed += 1

    def promised(self, seq: int) -> None:
        """Nothing up to this row is missing, says a heartbeat."""
        self.seq = max(self.seq, seq)

    def whole(self, frame: dict[str, Any]) -> None:
        """All of it anew."""

    def takes(self, frame: dict[str, Any]) -> None:
        """What changed."""

    def differs(self, life: Life, show: Show) -> list[str]:
        """Where it is not what somebody who came now would see."""
        return []


class Stream(Screen):
    """A program: every row once, newest numbers, newest comments."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.rows: list[tuple[int, str]] = []
        self.metrics: Any = None
        self.comments: dict[str, Any] = {}

    def promised(self, seq: int) -> None:
        if seq != self.seq:
            self._complain(f"{self.name} at {self.seq} was told that {seq} is here already")

    def whole(self, frame: dict[str, Any]) -> None:
        snapshot = frame["snapshot"]
        if snapshot["seq"] != frame["seq"]:
            self._complain(f"{self.name}: a snapshot of {snapshot['seq']} in a hello of {frame['seq']}")
        self.metrics = snapshot["metrics"]
        self.comments = {item["id"]: item for item in snapshot["comments"]["queue"]}

    def takes(self, frame: dict[str, Any]) -> None:
        if frame["kind"] == "events":
            for item in frame["items"]:
                if item["seq"] != self.seq + 1:
                    self._complain(f"{self.name} at {self.seq} got row {item['seq']}")
                self.seq = item["seq"]
                self.rows.append((item["seq"], item["type"]))
        elif frame["kind"] == "metrics":
            self.metrics = frame["values"]
        elif frame["kind"] == "comments":
            self.comments |= {item["id"]: item for item in frame["items"]}

    def differs(self, life: Life, show: Show) -> list[str]:
        feed, viewer = life.hub._feed, Viewer("zh", sees_cost=self.name.endswith("$"))
        wanted = msgspec.json.decode(msgspec.json.encode([feed.metrics(show, viewer), feed.comments(show, viewer)]))
        stale = [item["id"] for item in wanted[1] if self.comments.get(item["id"]) != item]
        return (["metrics"] if self.metrics != wanted[0] else []) + (["comments"] if stale else [])


class Paper(Screen):
    """A browser: its page as htmx would have it."""

    def __init__(self, *given: Any, kind: str, templates: Templates) -> None:
        super().__init__(*given)
        self.kind = kind
        self._templates = templates
        self._parts: Sequence[Part] = SCREENS[kind]
        self._viewer = Viewer("zh", sees_cost=self.name.endswith("$"))
        self._page: Page | None = None

    def whole(self, frame: dict[str, Any]) -> None:
        self._page = Page(self._parts)
        self._page.receive(frame["content"])

    def takes(self, frame: dict[str, Any]) -> None:
        if self._page and "content" in frame:
            self._page.receive(frame["content"])
        self.seq = max(self.seq, frame["seq"])

    def differs(self, life: Life, show: Show) -> list[str]:
        if self._page is None:
            return ["all of it"]
        fresh = Page.painted(self._parts, show, self._viewer, self._templates)
        both = zip(self._parts, self._page.body.children, fresh.body.children, strict=True)
        return [part.name for part, stale, new in both if stale.shape() != new.shape()]
