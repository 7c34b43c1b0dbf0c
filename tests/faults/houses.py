"""Where disasters happen: a store on a disk of its own, once with one node and once with two, each with its Redis."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from engines import PostgresServer, RedisServer
from nodes import Client, Node, environment, token_for

DISK_MB = {"sqlite": 96, "postgres": 256}
CHUNKS = (1024 * 1024, 4096, 512)


class House:
    """One store, one Redis, one or two nodes."""

    def __init__(self, where: Path, database_url: str | None, log: Path, count: int) -> None:
        self.where = where
        self.redis = RedisServer(where)
        self.redis.start()
        self.told = environment(where, database_url, self.redis.url)
        self.token = token_for(self.told)
        self.log = log
        self.count = count
        self.nodes = [Node(self.told, self.log) for _ in range(count)]

    def answering(self) -> None:
        for node in self.nodes:
            node.answering()

    def clients(self) -> list[Client]:
        return [Client(node.url, self.token) for node in self.nodes]

    def rss_mb(self) -> list[float]:
        return [_rss_mb(node.process.pid) for node in self.nodes]

    def end(self) -> list[int]:
        codes = [node.end() for node in self.nodes]
        self.redis.stop()
        return codes


class Street:
    """Both houses of one engine, on one small disk: what befalls the disk or the cluster befalls both."""

    def __init__(self, engine: str, name: str, disk: Path, logs: Path, counts: tuple[int, ...]) -> None:
        self.engine = engine
        self.logs = logs
        self.name = name
        self.disk = disk
        self.postgres = self._cluster() if engine == "postgres" else None
        self.houses = [self._house(count) for count in counts]

    def _cluster(self) -> PostgresServer:
        home = self.disk / "pg"
        home.mkdir()
        self.disk.chmod(0o755)
        server = PostgresServer(home)
        server.start()
        return server

    def _house(self, count: int) -> House:
        where = self.disk / f"n{count}"
        where.mkdir()
        return House(
            where, self.postgres.database() if self.postgres else None, self.logs / f"{self.name}{count}", count
        )

    def answering(self) -> "Street":
        for house in self.houses:
            house.answering()
        self.warm_mb = [house.rss_mb() for house in self.houses]
        return self

    def fill(self) -> Path:
        """Not a byte is left; what the store had room for inside its own files is used up first."""
        assert self.disk.is_mount(), "only a disk of its own is filled, never the machine's"
        if self.postgres:
            self.postgres.sql("SELECT pg_switch_wal()", "CHECKPOINT")
        ballast = self.disk / "ballast"
        with ballast.open("wb", buffering=0) as file:
            for chunk in CHUNKS:
                with contextlib.suppress(OSError):
                    while file.write(b"\0" * chunk) == chunk:
                        continue
        return ballast

    def remember(self) -> None:
        """What is asked when the disk is gone."""
        self.grown_mb = [
            after - before
            for house, warm in zip(self.houses, self.warm_mb, strict=True)
            for before, after in zip(warm, house.rss_mb(), strict=True)
        ]
        self.said = "".join(house.log.read_text("utf-8", "replace") for house in self.houses)

    def end(self) -> None:
        self.codes = [house.end() for house in self.houses]
        if self.postgres:
            self.postgres.stop()


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A tmpfs of that size where that is allowed, else a plain directory: then the disk cannot be filled."""
    path = Path(tempfile.mkdtemp(prefix="console-"))
    try:
        with _mounted(path, megabytes) if may_mount() else contextlib.nullcontext():
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@cache
def may_mount() -> bool:
    """Tried once: root in a container may be root and not allowed to."""
    with tempfile.TemporaryDirectory(prefix="console-") as place:
        try:
            with _mounted(Path(place), 1):
                return Path(place).is_mount()
        except (OSError, subprocess.CalledProcessError):
            return False


@contextlib.contextmanager
def _mounted(path: Path, megabytes: int) -> Iterator[None]:
    """Raises OSError where there is no `mount`, CalledProcessError where it refuses."""
    options = ["-o", f"size={megabytes}m", "tmpfs"]
    subprocess.run(["mount", "-t", "tmpfs", *options, path], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def _rss_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
