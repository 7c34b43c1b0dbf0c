"""From bytes to a typed wish. Pure."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from console.core.messages import Command
from console.core.strict import StrictError, convert, loads
from console.core.time import from_wire

INSTANT_FIELDS = ("issued_at", "as_of", "starts_at")


class CommandReader:
    """Understands the public vocabulary and nothing else."""

    def __init__(self, commands: Iterable[type[Command]]) -> None:
        self._union: Any = reduce(or_, tuple(commands))

    def read(self, raw: bytes) -> Command:
        """A command with its instants in epoch ms. Raises StrictError with the field that is wrong."""
        value = loads(raw)
        if not isinstance(value, dict):
            raise StrictError("A command is a JSON object with command_id, issued_at, seen, type and its fields.")
        command: Command = convert(with_instants(value), self._union)
        return replace(command, command_id=_canonical(command.command_id))


def with_instants(value: dict[str, Any]) -> dict[str, Any]:
    """Top-level instants from RFC 3339 or epoch ms to epoch ms; others are left for the type to refuse."""
    return value | {name: _instant(name, value[name]) for name in INSTANT_FIELDS if value.get(name) is not None}


def _instant(name: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return value
    try:
        return from_wire(value)
    except (ValueError, OverflowError):
        raise StrictError(
            "{field} must be an RFC 3339 time with its offset, or milliseconds since 1970.", field=name
        ) from None


def _canonical(command_id: str) -> str:
    """One spelling, so that a retry in capitals is the same press."""
    try:
        canonical = str(UUID(command_id))
    except ValueError:
        canonical = ""
    if canonical != command_id.lower():
        raise StrictError("command_id must be a UUID, a new one for every press.")
    return canonical
