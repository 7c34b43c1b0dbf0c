"""The last minutes of a channel's frames, so that a screen that was away can be told exactly what it missed."""

from collections import deque

KEEP_MS = 125_000
KEEP_FRAMES = 20_000
KEEP_BYTES = 16 * 1024 * 1024


class Ring:
    """Frames in order of `seq`. Holds two minutes, less only when frames or bytes run over their bound."""

    __slots__ = ("_base", "_bytes", "_frames", "_starts")

    def __init__(self, base: int) -> None:
        self._base = base
        self._bytes = 0
        self._frames: deque[tuple[int, int, bytes]] = deque()
        self._starts: deque[int] = deque()

    def append(self, seq: int, at_ms: int, data: bytes, start: int) -> None:
        """Keep one more frame, for the rows after `start` up to `seq`, and let go of what is too old or too much."""
        self._starts.append(start)
        self._frames.append((seq, at_ms, data))
        self._bytes += len(data)
        while self._frames[0][1] < at_ms - KEEP_MS or len(self._frames) > KEEP_FRAMES or self._bytes > KEEP_BYTES:
            self._drop()

    def since(self, seq: int) -> list[bytes] | None:
        """The frames after `seq`, in order; None when one of them is gone, or begins before `seq`: another node joins other
        rows into a frame, and half of what it says would come twice."""
        if seq < self._base:
            return None
        newer = []
        for start, (frame_seq, _, data) in zip(reversed(self._starts), reversed(self._frames), strict=True):
            if frame_seq <= seq:
                break
            if start < seq:
                return None
            newer.append(data)
        return newer[::-1]

    def _drop(self) -> None:
        self._base, _, data = self._frames.popleft()
        self._starts.popleft()
        self._bytes -= len(data)
