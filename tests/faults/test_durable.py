"""Ack means durable: how often a file is forced to the disk for every command that is answered.

No crash of a process can show what a power cut loses, so the calls are counted by a shim between the program and the
C library: `fdatasync` and `fsync`, in the console for SQLite, in the server for PostgreSQL.
"""

import asyncio
import mmap
import shutil
import signal
import struct
import subprocess
from pathlib import Path

import asyncpg
import pytest
from engines import PostgresServer, home
from nodes import Client, Node, environment, token_for

COMMANDS = 20
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
static long *count;
__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("SYNC_COUNT");
    int file = path ? open(path, O_RDWR) : -1;
    if (file >= 0) count = mmap(0, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}
static int counted(const char *name, int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (count && count != MAP_FAILED) __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
    return real(file);
}
int fdatasync(int file) { return counted("fdatasync", file); }
int fsync(int file) { return counted("fsync", file); }
"""
NOT_FULL = """
import sqlite3
from sqlalchemy import event
from console.journal import sqlite
configure = sqlite._configure
def careless(connection, record):
    configure(connection, record)
    connection.execute("PRAGMA synchronous=OFF")
sqlite._configure = careless
"""


class Counter:
    """What the shim has counted, in every process that was told of it."""

    def __init__(self, where: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if compiler is None:
            pytest.skip("no C compiler here: the calls that force a file to the disk cannot be counted")
        source, library, self._path = where / "shim.c", where / "shim.so", where / "count"
        source.write_text(SHIM)
        subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
        self._path.write_bytes(bytes(struct.calcsize("l")))
        self._path.chmod(0o666)
        self.told = {"LD_PRELOAD": str(library), "SYNC_COUNT": str(self._path)}
        with self._path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), struct.calcsize("l"))

    @property
    def value(self) -> int:
        return int(struct.unpack("l", self._map[:])[0])


@pytest.fixture
def counter(tmp_path):
    tmp_path.chmod(0o755)
    with home() as path:
        path.chmod(0o755)
        yield Counter(path)


async def counts(node, token, counter):
    """Calls between a press and its answer, for each of some presses made one at a time."""
    client = Client(node.url, token)
    show = await client.show()
    await client.did(show, "start_show")
    found = []
    for number in range(COMMANDS):
        before = counter.value
        await client.did(show, "mark", note=str(number))
        found.append(counter.value - before)
        await asyncio.sleep(0.02)
    await client.http.aclose()
    return found


@pytest.fixture
def serving(tmp_path, counter):
    """A node whose calls are counted; `prelude` is what it runs before it starts."""
    started = []

    def serve(prelude=""):
        told = environment(tmp_path)
        token = token_for(told)
        started.append(Node(told | counter.told, tmp_path / "log", prelude=prelude).answering())
        return started[0], token

    yield serve
    for node in started:
        assert node.end() == 0


async def test_every_answer_on_sqlite_waited_for_the_disk(serving, counter):
    assert min(await counts(*await asyncio.to_thread(serving), counter)) >= 1


async def test_control_without_full_synchronisation_no_answer_waits(serving, counter):
    assert sum(await counts(*await asyncio.to_thread(serving, NOT_FULL), counter)) < COMMANDS / 2


class CountedPostgres(PostgresServer):
    """With fsync, which other tests do without, and told to answer before it has written."""

    def __init__(self, path, counter):
        super().__init__(path)
        how = ("fsync=on", "wal_sync_method=fdatasync", "synchronous_commit=off")
        self._command += [word for setting in how for word in ("-c", setting)]
        self._told = counter.told

    def environment(self):
        return self._told


@pytest.fixture
def counted_postgres(counter):
    with home() as path:
        server = CountedPostgres(path, counter)
        server.start()
        yield server
        server.stop(signal.SIGQUIT)


async def test_every_answer_on_postgres_waited_for_the_disk_though_the_server_was_told_otherwise(
    tmp_path, counted_postgres, counter
):
    told = environment(tmp_path, counted_postgres.database())
    token = await asyncio.to_thread(token_for, told)
    node = await asyncio.to_thread(lambda: Node(told, tmp_path / "log").answering())
    try:
        assert min(await counts(node, token, counter)) >= 1
    finally:
        assert await asyncio.to_thread(node.end) == 0


async def test_control_the_same_server_keeps_nobody_waiting_who_does_not_ask(counted_postgres, counter):
    connection = await asyncpg.connect(host=str(counted_postgres.home), user="console", database="postgres")
    await connection.execute("CREATE TABLE t (n INTEGER)")
    before = counter.value
    for number in range(COMMANDS):
        await connection.execute("INSERT INTO t VALUES ($1)", number)
    assert counter.value - before < COMMANDS / 2
    await connection.close()
