"""The last minutes of a channel's frames, so that a screen that was away can be told exactly what it missed."""

from collections import deque

from msgspec import Struct

KEEP_MS = 125_000
KEEP_FRAMES = 20_000
KEEP_BYTES = 16 * 1024 * 1024


class Held(Struct, frozen=True, gc=False):
    """A frame of the rows after `start`, up to and including `seq`."""

    start: int
    seq: int
    at_ms: int
    data: bytes


class Ring:
    """Frames in order of `seq`. Holds two minutes, less only when frames or bytes run over their bound."""

    __slots__ = ("_base", "_bytes", "_frames")

    def __init__(self, base: int) -> None:
        self._base = base
        self._bytes = 0
        self._frames: deque[Held] = deque()

    def append(self, frame: Held) -> None:
        """Keep one more frame and let go of what is too old or too much."""
        self._frames.append(frame)
        self._bytes += len(frame.data)
        while self._too_much() or self._frames[0].at_ms < frame.at_ms - KEEP_MS:
            self._drop()

    def since(self, seq: int) -> list[bytes] | None:
        """The frames after `seq`, in order; None when one of them is gone or begins before `seq`.

        Another node joins other rows into a frame: half of what it says would come twice to who heard `seq` there.
        """
        if seq < self._base:
            return None
        newer = []
        for frame in reversed(self._frames):
            if frame.seq <= seq:
                break
            if frame.start < seq:
                return None
            newer.append(frame.data)
        return newer[::-1]

    def _too_much(self) -> bool:
        return len(self._frames) > KEEP_FRAMES or self._bytes > KEEP_BYTES

    def _drop(self) -> None:
        gone = self._frames.popleft()
        self._base = gone.seq
        self._bytes -= len(gone.data)
