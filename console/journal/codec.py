"""Events to bytes and back, and the hash that chains one row to the row before."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

import msgspec

from console.core.messages import Event, Recorded, snake_case
from console.journal.driver import StoreUnavailableError

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
GENESIS = bytes(32)


class NewerRowError(StoreUnavailableError):
    """A row in words this program does not know: another node, already upgraded, wrote it."""

    def __init__(self, event_type: str, version: int) -> None:
        self.of = event_type, version
        super().__init__(f"a row «{event_type}» of version {version} was written by a newer program; run that here too")


class Codec:
    """Knows every event type. `upcasters` lift an old payload: (type, version) → a function to the next version."""

    def __init__(
        self, event_types: Iterable[type[Event]], upcasters: Mapping[tuple[str, int], Upcaster] | None = None
    ) -> None:
        types = tuple(event_types)
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(reduce(or_, types))
        self._union: Any = reduce(or_, types)
        self._encoder = msgspec.json.Encoder()
        self._upcasters = dict(upcasters or {})
        self._versions = {snake_case(kind.__name__): kind.version for kind in types}

    def encode(self, event: Event) -> bytes:
        """The payload column."""
        return self._encoder.encode(event)

    def decode(self, event_type: str, version: int, payload: bytes) -> Event:
        """The event of a stored row, lifted to today's shape. Raises NewerRowError."""
        if version > self._versions.get(event_type, 0):
            raise NewerRowError(event_type, version)
        event: Event
        if (event_type, version) not in self._upcasters:
            event = self._decoder.decode(payload)
            return event
        fields = msgspec.json.decode(payload)
        while (event_type, version) in self._upcasters:
            fields = self._upcasters[event_type, version](fields)
            version += 1
        event = msgspec.convert(fields, self._union)
        return event


def chained(previous: bytes, columns: Sequence[object], payload: bytes) -> bytes:
    """SHA-256 over the hash before and every column of this row, each length-prefixed.

    `columns` are show_id, seq, at_ms, type, version, actor, cause, command_id in this order.
    """
    digest = hashlib.sha256(previous)
    for value in columns:
        text = b"" if value is None else str(value).encode()
        digest.update(len(text).to_bytes(4, "big") + text)
    digest.update(payload)
    return digest.digest()


def columns_of(row: Recorded) -> tuple[object, ...]:
    """What `chained` covers of a row besides its payload."""
    version = type(row.event).version
    return (row.show_id, row.seq, row.at_ms, row.type, version, row.actor, row.cause, row.command_id)
