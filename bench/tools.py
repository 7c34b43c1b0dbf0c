"""What measuring needs of the machine: a compiler, cores to pin to, processes that end with us, a place to put things."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from typing import IO, Self

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
SERVER_CORE, CLIENT_CORE = 0, 1
ENDING_S = 5.0


class MissingError(Exception):
    """Something that is not installed here; the message says what and what it is for."""


class Tools:
    """Native programs and node packages, made once in a directory that goes away with the run."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._made: dict[str, Path] = {}

    def native(self, name: str) -> Path:
        """The program compiled from `native/<name>.c`. Raises MissingError without a C compiler."""
        if name not in self._made:
            compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
            if compiler is None:
                raise MissingError("no C compiler (cc) here; the load client and the floor are written in C")
            built = self.place / name
            subprocess.run([compiler, "-O2", "-o", built, HERE / "native" / f"{name}.c"], check=True)
            self._made[name] = built
        return self._made[name]

    def node(self, name: str) -> list[str]:
        """The command that runs `peers/<name>.js`. Raises MissingError without node, npm or the packages."""
        if "node" not in self._made:
            self._made["node"] = self._packages()
        return [str(shutil.which("node")), str(self._made["node"] / f"{name}.js")]

    def _packages(self) -> Path:
        npm = shutil.which("npm")
        if npm is None or shutil.which("node") is None:
            raise MissingError("no node and npm here; Node ws and socket.io run on them")
        place = self.place / "node"
        place.mkdir()
        for file in (HERE / "package.json", HERE / "package-lock.json", *(HERE / "peers").glob("*.js")):
            shutil.copy(file, place)
        quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run([npm, "ci", *quiet], cwd=place, capture_output=True, text=True, check=False)
        if done.returncode:
            raise MissingError(f"npm ci failed: {done.stderr.strip()[-200:] or done.returncode}")
        return place


class Process:
    """A child pinned to a core, or to none, spoken to line by line, ended with the block that started it."""

    def __init__(
        self,
        command: Sequence[str | Path],
        core: int | None,
        env: Mapping[str, str] | None = None,
        log: IO[bytes] | None = None,
    ) -> None:
        self.child = subprocess.Popen(
            [*_pinned(core), *map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            bufsize=1, env=None if env is None else dict(env), cwd=ROOT,
        )  # fmt: skip
        self._lines: Queue[str] = Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.child.pid

    def line(self, timeout_s: float = 60.0) -> str:
        """Its next line. Raises RuntimeError when it ends or says nothing."""
        try:
            said = self._lines.get(timeout=timeout_s)
        except Empty:
            raise RuntimeError(f"{self.child.args!r} said nothing for {timeout_s:g} s") from None
        if not said:
            raise RuntimeError(f"{self.child.args!r} ended with status {self.child.wait()}")
        return said.strip()

    def say(self, word: str) -> None:
        """A line to its standard input."""
        assert self.child.stdin
        self.child.stdin.write(f"{word}\n")

    def kill(self) -> None:
        """As a power cut would."""
        self.child.kill()
        self.child.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.terminate()
        try:
            self.child.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            self.kill()
        with suppress(OSError):
            self._close()

    def _close(self) -> None:
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe:
                pipe.close()

    def _listen(self) -> None:
        assert self.child.stdout
        with suppress(ValueError):
            for said in self.child.stdout:
                self._lines.put(said)
        self._lines.put("")


def _pinned(core: int | None) -> list[str]:
    """A prefix that keeps a program on one core, where there are several and the machine can."""
    taskset = shutil.which("taskset")
    return [taskset, "-c", str(core)] if taskset and core is not None and (os.cpu_count() or 1) > 1 else []


def python(module: str, *words: object) -> list[str]:
    """The command that runs a module of ours with this interpreter."""
    return [sys.executable, "-m", module, *map(str, words)]


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


def rss_bytes(pid: int) -> int:
    """Resident memory of a process. Raises MissingError where there is no /proc."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError as error:
        raise MissingError("no /proc here, so memory cannot be read") from error
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024
