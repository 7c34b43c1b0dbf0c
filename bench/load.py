"""The load client of `native/load.c`, driven from here."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from bench.tools import CLIENT_CORE, Process, Tools


@dataclass(frozen=True)
class Target:
    """Where the sockets go. `headers` as «Name: value»."""

    port: int
    path: str
    sockets: int
    headers: tuple[str, ...] = ()


class Load:
    """`Target.sockets` websockets; use it as a context, then `opened`, `begin`, `end`."""

    def __init__(self, tools: Tools, target: Target, *options: str) -> None:
        where = ["-p", str(target.port), "-u", target.path, "-n", str(target.sockets)]
        headers = [word for header in target.headers for word in ("-H", header)]
        self._process = Process([tools.native("load"), *where, *headers, *options], CLIENT_CORE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.__exit__()

    def opened(self, timeout_s: float = 60.0) -> float:
        """Seconds until all sockets were in (with `-q`: had heard hello)."""
        return float(self._event("open", timeout_s)["seconds"])

    def back(self, timeout_s: float = 60.0) -> int:
        """The monotonic nanosecond at which all were in again."""
        return int(self._event("back", timeout_s)["ns"])

    def begin(self) -> None:
        """Count from now on."""
        self._process.say("m")

    def end(self) -> dict[str, Any]:
        """Stop counting; the summary."""
        self._process.say("q")
        return self._event("end", 60.0)

    def measured(self, seconds: float) -> dict[str, Any]:
        """The summary over the next seconds."""
        self.begin()
        time.sleep(seconds)
        return self.end()

    def _event(self, name: str, timeout_s: float) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self._process.line(timeout_s))
        if said["event"] != name:
            raise RuntimeError(f"the load client said {said['event']}, not {name}")
        return said


def last_after(reached: Sequence[Sequence[int]], seq: int, sockets: int) -> int:
    """The nanosecond at which the last socket had reached `seq`. Raises RuntimeError when some never did."""
    for row, count, _, last in reached:
        if row == seq:
            if count < sockets:
                raise RuntimeError(f"only {count} of {sockets} sockets reached row {seq}")
            return last
    raise RuntimeError(f"no socket reached row {seq}")
