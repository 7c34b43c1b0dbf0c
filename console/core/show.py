"""The show: every slice's state folded over one journal, in one total order."""

from typing import Any

from msgspec.structs import replace

from console.core.messages import Command, Event, Recorded
from console.core.slice import Header, Leftover, Slice


class GapError(Exception):
    """A row came that is not the next one."""


class Show:
    """State of one show at `seq`. Owned by one folder; readers take views of it, never keep it."""

    __slots__ = ("_folders", "_memories", "at_ms", "epoch", "id", "moved", "seq", "slices", "states", "versions")

    def __init__(self, show_id: str, epoch: str, slices: tuple[Slice, ...]) -> None:
        self.id = show_id
        self.epoch = epoch
        self.seq = 0
        self.at_ms = 0
        self.slices = slices
        self.states: dict[str, Any] = {s.name: s.state() for s in slices}
        self.moved: dict[str, int] = {s.name: 0 for s in slices}
        self.versions: dict[str, int] = {}
        self._folders: dict[type, list[Slice]] = {}
        self._memories = {kind: (s.name, s.memory) for s in slices if s.memory for kind in (*s.events, *s.commands)}

    @property
    def header(self) -> Header:
        """The lifecycle state: title, status, delivery, targets."""
        header: Header = self.states["lifecycle"]
        return header

    def evolve(self, recorded: Recorded) -> None:
        """Fold the next row. Raises GapError for any other."""
        if recorded.seq != self.seq + 1:
            raise GapError(f"show {self.id}: at {self.seq}, got {recorded.seq}")
        self.seq = recorded.seq
        self.at_ms = max(self.at_ms, recorded.at_ms)
        for piece in self._folding(type(recorded.event)):
            piece.evolve(self.states[piece.name], recorded)
            self.moved[piece.name] = recorded.seq
        self.versions.update(dict.fromkeys(recorded.event.changes(), recorded.seq))

    def lacks(self, message: Command | Event) -> int | None:
        """`seq` of the row that tells what `message` is about, when the state let go of it; see slice.Memory."""
        if type(message) not in self._memories:
            return None
        name, memory = self._memories[type(message)]
        seq = memory.asks(self.states[name], message)
        return seq if seq is not None and seq <= self.seq else None

    def completed(self, recorded: Recorded, row: Recorded | None) -> Recorded:
        """A row of a release that let nothing go, with what `row` tells."""
        _, memory = self._memories[type(recorded.event)]
        return replace(recorded, event=memory.told(recorded.event, row))

    def changed_since(self, keys: tuple[str, ...], seen: int) -> list[str]:
        """Which of `keys`, or of the longer keys they begin, moved after `seen`."""
        return [
            known
            for known, seq in self.versions.items()
            if seq > seen and any(known == key or known.startswith(key + ":") for key in keys)
        ]

    def leftovers(self) -> tuple[Leftover, ...]:
        """What would be left running or open if the show ended now."""
        found = [s.leftovers(self.states[s.name]) for s in self.slices if s.leftovers]
        return tuple(item for items in found for item in items)

    def _folding(self, event_type: type) -> list[Slice]:
        if event_type not in self._folders:
            self._folders[event_type] = [s for s in self.slices if event_type in s.folds]
        return self._folders[event_type]
