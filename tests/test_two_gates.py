"""Thousands of presses, each sent to two nodes at once and again whenever its answer is lost: each happens once.

Two gates over one journal are two nodes on one store; which of them is first, and what is lost, is drawn from a seed.
"""

import asyncio
import random

import msgspec
import pytest
from bare_shows import add_show
from gate_desk import CONTROLLER, Lookups

from console.core.lifecycle import LIFECYCLE, SetTargets
from console.gate import Gate
from console.journal.codec import Codec
from console.journal.database import Database
from console.journal.memory import MemoryJournal
from console.journal.port import Journal, ShowRow
from console.journal.sql import SqlJournal
from console.journal.tables import METADATA
from console.shows import Shows

ROUNDS = {"memory": 10_000, "sqlite": 4_000}
AT_ONCE = 20
LOST = 0.3
"""The share of answers that never arrive, so that the same press is sent once more."""
SEED = 14


class TwoNodes:
    """Two gates that know of one another by the journal only."""

    def __init__(self, journals: list[Journal], rounds: int, clock, ids) -> None:
        self.journal, self.clock, self.ids = journals[0], clock, ids
        self.random = random.Random(SEED)
        self.gates = [
            Gate(
                journal=journal, shows=Shows(journal, (LIFECYCLE,)), slices=(LIFECYCLE,), lookups=Lookups(), clock=clock,
                ids=ids,
            )
            for journal in journals
        ]  # fmt: skip
        self.answers: dict[str, list[bytes]] = {}
        self.rounds = rounds

    async def play(self, rounds: int) -> None:
        """So many presses, `AT_ONCE` of them under way together."""
        await add_show(self.journal, ShowRow("s1", "e1"))
        for _ in range(rounds // AT_ONCE):
            await asyncio.gather(*(self.press() for _ in range(AT_ONCE)))
            self.clock.forward(self.random.randrange(2_000))

    async def press(self) -> None:
        stamp = {"command_id": self.ids.uuid(), "issued_at": self.clock.now_ms()}
        command = SetTargets(targets={"n": self.random.randrange(10**6)}, **stamp)
        self.answers[command.command_id] = []
        await asyncio.gather(*(self.sent(gate, command) for gate in self.random.sample(self.gates, 2)))

    async def sent(self, gate: Gate, command: SetTargets) -> None:
        """Until an answer arrives: first here, then wherever the press comes next."""
        while True:
            for _ in range(self.random.randrange(3)):
                await asyncio.sleep(0)
            answer = await gate.submit("s1", command, CONTROLLER)
            self.answers[command.command_id].append(answer.body)
            if self.random.random() >= LOST:
                return
            gate = self.random.choice(self.gates)

    async def rows(self) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        while rows := await self.journal.read("s1", len(found), 1_000):
            found += [(row.seq, row.command_id) for row in rows]
        return found

    async def wrong(self) -> list[str]:
        """What must not be: a press without exactly one row, answers that differ, an answer that names another row."""
        seqs: dict[str, list[int]] = {}
        rows = await self.rows()
        for seq, command_id in rows:
            seqs.setdefault(command_id, []).append(seq)
        wrong = [] if [seq for seq, _ in rows] == list(range(1, len(rows) + 1)) else ["the order has a hole"]
        for command_id, answers in self.answers.items():
            told = {msgspec.json.decode(answer)["seq"] for answer in answers}
            if len(set(answers)) != 1 or seqs.get(command_id, []) != list(told):
                wrong.append(f"{command_id}: rows {seqs.get(command_id)}, told {sorted(told)}")
        return wrong


@pytest.fixture(params=ROUNDS)
async def nodes(request, clock, ids, tmp_path):
    """In memory, and on one file that each opens for itself."""
    codec, rounds = Codec(LIFECYCLE.events), ROUNDS[request.param]
    if request.param == "memory":
        yield TwoNodes([MemoryJournal(codec)] * 2, rounds, clock, ids)
        return
    databases = [Database(f"sqlite:///{tmp_path / 'console.db'}") for _ in range(2)]
    await databases[0].run(METADATA.create_all)
    yield TwoNodes([SqlJournal(database, codec) for database in databases], rounds, clock, ids)
    for database in databases:
        await database.close()


async def test_presses_sent_to_both_and_again_happen_once_each(nodes):
    await nodes.play(nodes.rounds)
    assert await nodes.wrong() == []
    assert len(await nodes.rows()) == len(nodes.answers) == nodes.rounds
    assert sum(map(len, nodes.answers.values())) > 2.5 * nodes.rounds, "answers were lost, and presses came again"


async def test_control_a_gate_that_does_not_remember_does_it_again(nodes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(SetTargets, "remembered", False)
    await nodes.play(AT_ONCE)
    assert len(await nodes.wrong()) == AT_ONCE
