"""How a journal row looks outside: instants as RFC 3339, observation batches as stubs or in full."""

from typing import Any

import msgspec

from console.core.messages import Recorded
from console.core.observations import ObservationsRecorded
from console.core.time import to_rfc3339

INSTANTS = frozenset({"at", "until", "as_of"})
"""With every name ending in `_at`: fields that hold epoch milliseconds inside and RFC 3339 outside."""


def described(row: Recorded, *, whole: bool = False) -> dict[str, Any]:
    """`{seq, type, at, actor, …fields}`; a batch says its `count`, or with `whole` its `items`."""
    outside: dict[str, Any] = {"seq": row.seq, "type": row.type, "at": to_rfc3339(row.at_ms), "actor": row.actor}
    if isinstance(row.event, ObservationsRecorded) and not whole:
        return outside | {"count": len(row.event.items)}
    fields: dict[str, Any] = with_instants(msgspec.to_builtins(row.event.outward()))
    fields.pop("type")
    return outside | fields | ({"cause": row.cause} if row.cause else {})


def with_instants(value: Any) -> Any:
    """Plain data with every instant field spelled in RFC 3339."""
    if isinstance(value, dict):
        return {name: _instant(name, item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [with_instants(item) for item in value]
    return value


def _instant(name: str, value: Any) -> Any:
    if (name in INSTANTS or name.endswith("_at")) and isinstance(value, int):
        return to_rfc3339(value)
    return with_instants(value)
