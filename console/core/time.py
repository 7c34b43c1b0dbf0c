"""Instants are integer milliseconds since the epoch, UTC; the wire form is RFC 3339 with milliseconds."""

from datetime import UTC, datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_MS = 253_402_300_799_999
"""The last millisecond of the year 9999."""


def to_rfc3339(at_ms: int | None) -> str | None:
    """`0` → `1970-01-01T00:00:00.000Z`; None stays None."""
    if at_ms is None:
        return None
    whole = datetime.fromtimestamp(at_ms // 1000, UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def from_wire(value: int | str) -> int:
    """Epoch milliseconds from the wire: an integer as it is, or an RFC 3339 text with its offset.

    Raises ValueError when the text is no instant or the number is out of bounds.
    """
    at_ms = value if isinstance(value, int) else _parse(value)
    if not 0 <= at_ms <= MAX_MS:
        raise ValueError("instant out of bounds")
    return at_ms


def _parse(text: str) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("instant without an offset")
    return round((moment - EPOCH).total_seconds() * 1000)
