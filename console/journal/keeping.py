"""An SQLite store as one file: copied while others write to it, and put in a store's place."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

MAGIC = b"SQLite format 3\0"
PG_DUMP = b"PGDMP"
PATIENCE_S = 10.0


class KeepingError(Exception):
    """Nothing was changed; the message says why in one sentence."""


def check_kind(path: Path) -> None:
    """Raises KeepingError when a file cannot be a copy of a store."""
    with path.open("rb") as file:
        first = file.read(len(MAGIC))
    if first.startswith(PG_DUMP):
        raise KeepingError(f"{path} was made by pg_dump; pg_restore takes it back into PostgreSQL.")
    if first != MAGIC:
        raise KeepingError(f"{path} is not a backup of a console.")


def copy_store(source: Path, target: Path) -> None:
    """`source` as it is at one moment, whoever writes to it meanwhile. `target` must not exist; only its owner reads it."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with _open(source) as origin, _open(target) as copy:
            origin.backup(copy)
            found = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise KeepingError(f"{source} cannot be copied: {error}.") from error
    if found != "ok":
        raise KeepingError(f"{source} is damaged: {found}.")


def settle(path: Path) -> None:
    """All of it in the one file, and the file on disk."""
    with _open(path) as store:
        store.execute("PRAGMA journal_mode=DELETE")
    with path.open("rb") as file:
        os.fsync(file.fileno())


def move(source: Path, target: Path) -> None:
    """Rename so that it stays renamed when the power fails."""
    source.replace(target)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def drop(path: Path) -> None:
    """Remove a store that was not finished, and what belongs to it."""
    for name in (path, *_beside(path)):
        name.unlink(missing_ok=True)


def check_nobody_has(path: Path) -> None:
    """Raises KeepingError while any process has the store open. Only the last one may leave the write-ahead log."""
    if not path.exists():
        return
    try:
        with _open(path, patience_s=0.5) as store:
            mode = store.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    except sqlite3.OperationalError:
        mode = "wal"
    except sqlite3.DatabaseError as error:
        raise KeepingError(f"{path} is no store: {error}.") from error
    if mode == "wal":
        raise KeepingError(f"A console is working on {path}; stop it first.")


def _beside(path: Path) -> Iterator[Path]:
    return (path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal"))


@contextmanager
def _open(path: Path, patience_s: float = PATIENCE_S) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=patience_s, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        yield connection
