"""What is said on a socket and when it must end. Pure: instants and buffer sizes come in, decisions go out."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Protocol

import msgspec
from msgspec import Meta, Struct

from console.core.time import to_rfc3339

PROTOCOL_ERROR, INVALID_TEXT, POLICY, TOO_BIG, BROKEN = 1002, 1007, 1008, 1009, 1011
RESTART, TOO_SLOW, SIGNED_OUT, ROLE_LOST = 1012, 1013, 4401, 4403

MESSAGE_BYTES: Final = 4 * 1024
"""The longest message a client may send."""
REPLAY_BYTES: Final = 512 * 1024
"""A longer replay costs a screen more than being sent whole."""
SEQ_DIGITS: Final = 15

Kind = Literal["hello", "events", "patch", "comments", "metrics", "heartbeat", "clock"]


class Limits(Struct, frozen=True):
    """How much a screen may fall behind, and how long it may be silent."""

    soft_bytes: int = 256 * 1024
    """Unsent bytes above which numbers are left out until it has caught up."""
    hard_bytes: int = 1024 * 1024
    """Unsent bytes above which it is cut."""
    stuck_ms: int = 4_000
    """How long nothing may drain above `soft_bytes`."""
    undeliverable_ms: int = 4_000
    """How long a close may wait in the buffer before the connection is aborted."""
    silence_ms: int = 45_000
    messages: int = 100
    """Messages, pings included, within `window_ms`."""
    window_ms: int = 2_000


class Cursor(Struct, frozen=True):
    """How far a screen has come: everything of `epoch` up to and including `seq`."""

    epoch: str
    seq: int


class Close(Struct, frozen=True):
    """Say why and end; aborted when it cannot be delivered in time."""

    code: int
    reason: str = ""


class Clock(Struct, frozen=True, tag_field="type", tag="clock", forbid_unknown_fields=True):
    """A screen measures its clock: answered at once with the same `t` and the server's `at`."""

    t: Annotated[float, Meta(ge=0, le=1e15)]


Step = Literal["keep", "conflate", "caught_up", "abort"] | Close


class History(Protocol):
    """The frames a channel still holds."""

    def since(self, seq: int) -> list[bytes] | None:
        """Exactly what came after `seq`, or None when that is not known."""
        ...


_CLIENT = msgspec.json.Decoder(Clock)


def cursor(query: Mapping[str, str]) -> Cursor | None:
    """The `epoch` and `seq` of a URL; None when absent or malformed, which gets a whole screen."""
    epoch, seq = query.get("epoch", ""), query.get("seq", "")
    if not epoch or len(seq) > SEQ_DIGITS or not (seq.isascii() and seq.isdigit()):
        return None
    return Cursor(epoch, int(seq))


def frame(kind: Kind, epoch: str, seq: int, at_ms: int, fields: Mapping[str, Any]) -> bytes:
    """The JSON text of a frame. `seq` promises that with it nothing up to that row is missing."""
    return msgspec.json.encode(
        {"v": 1, "kind": kind, "epoch": epoch, "seq": seq, "at": to_rfc3339(at_ms), **fields},
    )


def replay(at: Cursor | None, epoch: str, head: int, history: History) -> list[bytes] | None:
    """The frames a returning screen missed; None when it must be sent whole. Never a part of them."""
    if at is None or at.epoch != epoch or at.seq > head:
        return None
    frames = history.since(at.seq)
    if frames is None or sum(map(len, frames)) > REPLAY_BYTES:
        return None
    return frames


class Conversation:
    """One socket's course. Ask it after writes, at every beat and whenever something was received."""

    __slots__ = ("_ceiling", "_closing_at", "_expires_at", "_heard_at", "_limits", "_lowest", "_messages", "_moved_at",
                 "_window_at", "behind")  # fmt: skip

    def __init__(self, limits: Limits, now: int, expires_at: int | None = None, opening_bytes: int = 0) -> None:
        self.behind = False
        self._limits = limits
        self._expires_at = expires_at
        self._heard_at = self._moved_at = self._window_at = now
        self._closing_at: int | None = None
        self._messages = 0
        self._lowest = 0
        self._ceiling = limits.hard_bytes + opening_bytes

    def closing(self, now: int) -> None:
        """A close is on its way out."""
        if self._closing_at is None:
            self._closing_at = now

    def check(self, buffered: int, now: int) -> Step:
        """What `buffered` unsent bytes at `now` call for."""
        if self._closing_at is not None:
            return "abort" if now - self._closing_at >= self._limits.undeliverable_ms else "keep"
        if self._expires_at is not None and now >= self._expires_at:
            return Close(SIGNED_OUT, "signed out")
        if now - self._heard_at >= self._limits.silence_ms:
            return "abort"
        return self._pressed(buffered, now)

    def heard(self, now: int) -> Close | None:
        """Something came in, a pong at least; too much of it is a flood."""
        self._heard_at = now
        if now - self._window_at >= self._limits.window_ms:
            self._window_at, self._messages = now, 0
        self._messages += 1
        return Close(POLICY, "too many messages") if self._messages > self._limits.messages else None

    def _pressed(self, buffered: int, now: int) -> Step:
        if buffered > self._ceiling:
            return Close(TOO_SLOW, "too slow")
        if buffered <= self._limits.soft_bytes:
            caught_up, self.behind = self.behind, False
            self._ceiling = self._limits.hard_bytes
            return "caught_up" if caught_up else "keep"
        if not self.behind or buffered < self._lowest:
            self.behind, self._lowest, self._moved_at = True, buffered, now
        return Close(TOO_SLOW, "too slow") if now - self._moved_at >= self._limits.stuck_ms else "conflate"


def understood(text: bytes) -> Clock | Close:
    """A client's text message. Screens send nothing but clock questions; commands go by HTTP."""
    try:
        return _CLIENT.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return Close(POLICY, "not understood")
