"""Two hundred programs, ten thousand rows, two nodes that join them differently, cuts at random: no gap and no double."""

import random
from typing import Any

import pytest
from websockets.frames import Opcode

from console.core.messages import Recorded
from console.realtime.ring import Held, Ring
from console.realtime.sources import Feed

PROGRAMS = 200
ROWS = 10_000
A_BATCH = 5
CUTS_A_STEP = 2
AWAY_STEPS = 40
READS_EVERY = 50
"""Steps; what was not read when the line is cut is lost with it."""
SEED = 200
QUIET = Feed(
    snapshot=lambda *_: {},
    describe=lambda row: {"seq": row.seq},
    metrics=lambda *_: {},
    comments=lambda *_: [],
)


class Node:
    """A hub, and the rows in the store that it was not told of yet."""

    def __init__(self, house: Any) -> None:
        self.house = house
        self.untold: list[Recorded] = []

    def decides(self, count: int) -> list[Recorded]:
        self.looks()
        rows = [self.house.noted("") for _ in range(count)]
        self.house.hub.publish(self.house.show, rows)
        return rows

    def looks(self) -> None:
        """Into the store, as before every decision and for everybody who comes."""
        rows, self.untold = self.untold, []
        for row in rows:
            self.house.show.evolve(row)
        self.house.hub.publish(self.house.show, rows)


class Program:
    """Counts the rows it is told, over every cut and on whichever node."""

    def __init__(self) -> None:
        self.client: Any = None
        self.seq = -1
        self.returns = self.resumed = self.back_at = 0
        self.breaks: list[tuple[int, int]] = []

    def comes(self, node: Node) -> None:
        node.looks()
        self.client = node.house.connects(seq=None if self.seq < 0 else self.seq)
        self.returns += self.seq >= 0

    def reads(self, most: int | None = None) -> None:
        for frame in self.client.heard()[:most]:
            if frame["kind"] == "hello":
                self._begins(frame)
            elif frame["kind"] == "events":
                for item in frame["items"]:
                    self._hears(item["seq"])
        self.client.says(Opcode.PONG, b"")

    def cut(self, most: int) -> None:
        """So many frames came through; the hello may be the only one, or not even that."""
        self.reads(most)
        self.client.watcher.connection_lost(None)
        self.client = None

    def _begins(self, hello: dict[str, Any]) -> None:
        self.resumed += hello["resumed"]
        if not hello["resumed"]:
            assert hello["seq"] >= self.seq, "nobody is taken back"
            self.seq = hello["seq"]

    def _hears(self, seq: int) -> None:
        if seq != self.seq + 1:
            self.breaks.append((self.seq, seq))
        self.seq = seq


def played(houses: Any, rows: int) -> list[Program]:
    """All of them at the end, when everybody is back and has read everything."""
    chance = random.Random(SEED)
    nodes = [Node(houses(feed=QUIET)) for _ in range(2)]
    programs = [Program() for _ in range(PROGRAMS)]
    head = step = 0
    while head < rows:
        come_back(programs, nodes, step, chance)
        head += happens(nodes, min(chance.randint(1, A_BATCH), rows - head), chance)
        for program in chance.sample(programs, CUTS_A_STEP):
            if program.client:
                program.cut(chance.randrange(READS_EVERY))
                program.back_at = step + chance.randrange(AWAY_STEPS)
        step += 1
        if step % READS_EVERY == 0:
            read_all(programs)
    come_back(programs, nodes, step + AWAY_STEPS, chance)
    for node in nodes:
        node.looks()
        node.house.time.passes(1)
    read_all(programs)
    return programs


def come_back(programs: list[Program], nodes: list[Node], step: int, chance: random.Random) -> None:
    for program in programs:
        if not program.client and program.back_at <= step:
            program.comes(chance.choice(nodes))


def happens(nodes: list[Node], count: int, chance: random.Random) -> int:
    """One node decides, the other is told at once or later; so each has frames of its own."""
    first, second = chance.sample(nodes, 2)
    second.untold += first.decides(count)
    if chance.random() < 0.5:
        second.looks()
    seconds = chance.uniform(0, 0.03)
    for node in nodes:
        node.house.time.passes(seconds)
    return count


def read_all(programs: list[Program]) -> None:
    for program in programs:
        if program.client:
            program.reads()


def broken(programs: list[Program]) -> list[tuple[int, int]]:
    """(row it was at, row it was told next) wherever that was not the one after it."""
    return [each for program in programs for each in program.breaks]


def test_two_hundred_programs_are_told_ten_thousand_rows_once_each_and_in_order(houses: Any) -> None:
    programs = played(houses, ROWS)
    assert broken(programs) == []
    assert {program.seq for program in programs} == {ROWS}
    returns, resumed = (sum(getattr(program, name) for program in programs) for name in ("returns", "resumed"))
    assert returns > 20 * PROGRAMS
    assert resumed > 0.8 * returns, "who is sent whole has nothing to miss"


def test_control_a_frame_that_forgets_where_it_begins_is_heard_twice(houses: Any, monkeypatch) -> None:
    monkeypatch.setattr("console.realtime.channel.Held", lambda _, seq, at_ms, data: Held(seq, seq, at_ms, data))
    assert [now for before, now in broken(played(houses, ROWS // 20)) if now <= before]


def test_control_a_return_without_what_was_missed_is_a_gap(houses: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ring, "since", lambda *_: [])
    assert [now for before, now in broken(played(houses, ROWS // 20)) if now > before + 1]
