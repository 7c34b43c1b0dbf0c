"""How far each show has come, told between processes. A message is a position, never content; a lost one is repaired."""

from collections.abc import Callable
from typing import Protocol

Told = Callable[[str, int], None]


class Bus(Protocol):
    """At most once, in no promised order; callbacks run on the event loop and must be quick."""

    def publish(self, show_id: str, seq: int) -> None:
        """«Show is at seq», to every process including this one. Never blocks, never raises for an outage."""

    def subscribe(self, callback: Told) -> Callable[[], None]:
        """Hear every publication from now on; the answer ends it."""
        ...


class MemoryBus:
    """One process: callbacks are called within `publish`."""

    def __init__(self) -> None:
        self._callbacks: list[Told] = []

    def publish(self, show_id: str, seq: int) -> None:
        """Tell all who listen now."""
        for callback in tuple(self._callbacks):
            callback(show_id, seq)

    def subscribe(self, callback: Told) -> Callable[[], None]:
        """Add a listener; the answer takes it off again."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)
