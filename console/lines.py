"""What waits at the gate for one show, and what becomes of it."""

import asyncio
from collections import deque

from msgspec import Struct

from console.core.messages import Actor, Command, Recorded, Rejection
from console.core.observations import Batch, digest
from console.journal.port import Key
from console.limits import BATCHES_A_TRANSACTION, WAITING_BATCHES


class Accepted(Struct, frozen=True, kw_only=True):
    """What a command did. `body` is the JSON answer; `conflicts` and `duplicates` index the items of a batch."""

    seq: int
    body: bytes
    rows: tuple[Recorded, ...] = ()
    duplicates: tuple[int, ...] = ()
    conflicts: tuple[int, ...] = ()


Outcome = Accepted | Rejection | Exception


class GateError(Exception):
    """Not decided at all."""


class OverloadedError(GateError):
    """Too many observation batches wait already."""


class Wish:
    """One command that somebody waits for."""

    __slots__ = ("actor", "cause", "command", "done", "said")

    def __init__(self, command: Command, actor: Actor, cause: int | None) -> None:
        self.command = command
        self.actor = actor
        self.cause = cause
        self.said: list[tuple[Key, bytes]] = _said(command) if isinstance(command, Batch) else []
        """Key and digest of each item, worked out before anybody holds the show's head."""
        self.done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def settle(self, outcome: Outcome) -> None:
        """Answer, unless the caller has gone."""
        if not self.done.done():
            self.done.set_result(outcome)


def _said(command: Batch) -> list[tuple[Key, bytes]]:
    return [((item.source, item.id), digest(item)) for item in command.items]


class Line:
    """What waits for one show: commands go before batches, the emergency stop before both."""

    __slots__ = ("batches", "commands", "task")

    def __init__(self) -> None:
        self.commands: deque[Wish] = deque()
        self.batches: deque[Wish] = deque()
        self.task: asyncio.Task[None] | None = None

    def add(self, wish: Wish) -> None:
        """Take a place. Raises OverloadedError when too many batches wait."""
        if isinstance(wish.command, Batch):
            if len(self.batches) >= WAITING_BATCHES:
                raise OverloadedError
            self.batches.append(wish)
        elif wish.command.urgent:
            self.commands.appendleft(wish)
        else:
            self.commands.append(wish)

    @property
    def waiting(self) -> bool:
        """Whether anybody does."""
        return bool(self.commands or self.batches)

    def take(self) -> list[Wish]:
        """What goes into the next transaction, in order."""
        taken = list(self.commands)
        self.commands.clear()
        return taken + [self.batches.popleft() for _ in range(min(BATCHES_A_TRANSACTION, len(self.batches)))]
