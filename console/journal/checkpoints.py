"""SQLite's log brought into its file beside the loop: inside a commit it would make everybody wait for it."""

import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

EVERY_COMMITS = 50
LONGEST_PAGES = 16_000
"""A log begins again only when all of it was copied, which writers that never pause prevent: at this length they wait."""


class Checkpoints:
    """One thread and one connection of its own. SQLite lets the interpreter go while it copies, and blocks no writer."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._pool = ThreadPoolExecutor(1, "checkpoint")
        self._connection: sqlite3.Connection | None = None
        self._copying: Future[None] | None = None
        self._commits = 0
        self._pages = 0
        """Of the log, when it was copied last."""

    def committed(self) -> None:
        """Hear of every commit; copy after some."""
        self._commits += 1
        if self._commits < EVERY_COMMITS or (self._copying and not self._copying.done()):
            return
        self._commits = 0
        if self._pages > LONGEST_PAGES:
            self._copy()  # what came in since the thread copied: little
        else:
            self._copying = self._pool.submit(self._copy)

    def close(self) -> None:
        """End with what is being copied."""
        self._pool.shutdown()
        if self._connection is not None:
            self._connection.close()

    def _copy(self) -> None:
        """What keeps it from being copied now may be over the next time."""
        with suppress(sqlite3.Error):
            if self._connection is None:
                self._connection = sqlite3.connect(self._path, timeout=0, check_same_thread=False)
            _busy, self._pages, _copied = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
