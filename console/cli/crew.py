"""Several processes behind one port, and the one that looks after them.

Each worker listens on the port itself (SO_REUSEPORT), so that the kernel shares connections out evenly – a reconnect
storm taken by whoever wakes first would all land in one worker. The parent only holds the port's name, waits for
signals, and replaces a worker that dies. Workers notice the parent's death by a pipe and end too.
"""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

POLL_S = 0.05
END_S = 12.0
"""How long workers may take to end politely; the server's own grace is shorter."""
SHORT_LIFE_S = 1.0
SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}

Work = Callable[[socket.socket, Callable[[], None]], None]
"""(the bound socket to listen on, what to call when connections are answered): serves until SIGTERM."""

log = logging.getLogger(__name__)


def bound(host: str, port: int) -> socket.socket:
    """A socket bound, not yet listening, to an address that others may share."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    sock = socket.socket(family, kind, protocol)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(address)
    return sock


class Crew:
    """`count` workers on `host:port`; `on_ready` is called once, when all of them answer."""

    def __init__(self, count: int, host: str, port: int, work: Work, on_ready: Callable[[socket.socket], None]) -> None:
        self._count = count
        self._held = bound(host, port)
        self._host, self._port = host, self._held.getsockname()[1]
        self._work = work
        self._on_ready = on_ready
        self._born_s: dict[int, float] = {}
        self._ready_from, self._ready_to = os.pipe()
        self._alive_from, self._alive_to = os.pipe()
        self._ready = 0
        self._kill_at_s: float | None = None
        self._worst = 0

    def run(self) -> int:
        """Until SIGTERM or SIGINT; the exit status, 0 when every worker ended well."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        os.set_blocking(self._ready_from, False)
        for _ in range(self._count):
            self._start()
        while self._born_s:
            told = signal.sigtimedwait(SIGNALS, POLL_S)
            if told is not None and told.si_signo != signal.SIGCHLD:
                self._end()
            self._bury()
            self._look()
        return self._worst

    def _start(self) -> None:
        pid = os.fork()
        if pid == 0:
            self._become_worker()
        self._born_s[pid] = time.monotonic()

    def _become_worker(self) -> None:
        """Never returns: what the parent has on its stack is none of the worker's business."""
        status = 1
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            os.close(self._alive_to)
            threading.Thread(target=self._outlive_nobody, daemon=True).start()
            self._work(bound(self._host, self._port), lambda: _say(self._ready_to))
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        except BaseException:
            log.exception("a worker failed")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _outlive_nobody(self) -> None:
        os.read(self._alive_from, 1)  # ends when the parent does
        os.kill(os.getpid(), signal.SIGTERM)

    def _bury(self) -> None:
        for pid, born_s in list(self._born_s.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._born_s[pid]
                self._mourn(os.waitstatus_to_exitcode(status), time.monotonic() - born_s)

    def _mourn(self, code: int, age_s: float) -> None:
        """A worker that dies while serving is replaced; one that cannot start ends all."""
        if self._kill_at_s is not None:
            # One that was told to end before it could listen to signals had nothing yet to end politely.
            self._worst = max(self._worst, 0 if code == -signal.SIGTERM else abs(code))
        elif self._ready < self._count:
            self._worst = abs(code) or 1
            self._end()
        else:
            log.warning("a worker ended with %s after %.1f s; another takes its place", code, age_s)
            time.sleep(max(0.0, SHORT_LIFE_S - age_s))
            self._start()

    def _look(self) -> None:
        if self._kill_at_s is not None and time.monotonic() > self._kill_at_s:
            self._send(signal.SIGKILL)
        if self._ready < self._count and self._kill_at_s is None:
            self._count_ready()

    def _count_ready(self) -> None:
        try:
            self._ready += len(os.read(self._ready_from, self._count))
        except BlockingIOError:
            return
        if self._ready >= self._count:
            self._on_ready(self._held)

    def _end(self) -> None:
        if self._kill_at_s is None:
            self._kill_at_s = time.monotonic() + END_S
        self._send(signal.SIGTERM)

    def _send(self, number: signal.Signals) -> None:
        for pid in self._born_s:
            os.kill(pid, number)


def _say(descriptor: int) -> None:
    os.write(descriptor, b".")
