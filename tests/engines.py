"""Private PostgreSQL and Redis servers on sockets of their own, started when a test first asks and ended with the run."""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PATIENCE_S = 30.0


class Server:
    """A child process that can be stopped, paused and started again on the same data."""

    def __init__(self, home: Path, command: list[str], answers: Callable[[], bool], user: str | None = None) -> None:
        self.home = home
        self._command = command
        self._answers = answers
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, cwd=self.home, env=self.environment(), **as_user(self._user)
            )
        until(self._answers, (self.home / "log"))

    def environment(self) -> dict[str, str] | None:
        """What it is started with; None is as it is here."""
        return None

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.send_signal(how)
        self._process.wait(PATIENCE_S)
        self._process = None

    def pause(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


class PostgresServer(Server):
    """Without fsync, unless `durable`: whether a commit reaches the disk is asked of the statements elsewhere."""

    def __init__(self, home: Path, *, durable: bool = False) -> None:
        user = unprivileged()
        if user:
            shutil.chown(home, user)
        data = home / "data"
        run([binary("initdb"), "-D", data, "-U", "console", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"], user)
        told = ["-c", "max_connections=100", "-c", f"fsync={'on' if durable else 'off'}"]
        command = [binary("postgres"), "-D", data, "-k", home, "-h", "", *told]
        super().__init__(home, [str(word) for word in command], self.ready, user)
        self._names = (f"t{number}" for number in itertools.count())

    def ready(self) -> bool:
        words = [binary("pg_isready"), "-q", "-h", self.home]
        return subprocess.run([str(word) for word in words], check=False).returncode == 0

    def database(self) -> str:
        """The URL of a fresh, empty place: a role with a schema of its name, which costs no files."""
        name = next(self._names)
        self.sql(f"CREATE ROLE {name} LOGIN", f"CREATE SCHEMA AUTHORIZATION {name}")
        return f"postgresql+asyncpg://{name}@/postgres?host={self.home}"

    def sql(self, *statements: str) -> str:
        """What psql prints."""
        words = [word for statement in statements for word in ("-c", statement)]
        return run([binary("psql"), "-h", self.home, "-U", "console", "-d", "postgres", "-qAt", *words], None)


class RedisServer(Server):
    """Keeps nothing on disk: only positions pass through it."""

    def __init__(self, home: Path) -> None:
        self.path = home / "redis.sock"
        words = ["--port", "0", "--unixsocket", str(self.path), "--save", "", "--appendonly", "no", "--dir", str(home)]
        super().__init__(home, [binary("redis-server"), *words], lambda: accepts(self.path))

    @property
    def url(self) -> str:
        return f"unix://{self.path}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with home() as path:
        server = PostgresServer(path)
        server.start()
        yield server
        server.stop(signal.SIGQUIT)


@pytest.fixture(scope="session")
def redis_home() -> Iterator[Path]:
    with home() as path:
        yield path


@pytest.fixture
def redis(redis_home: Path) -> Iterator[RedisServer]:
    server = RedisServer(redis_home)
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database on every SQL engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'console.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.database()


@contextlib.contextmanager
def home() -> Iterator[Path]:
    """A short path: the name of a socket has at most 107 bytes."""
    path = Path(tempfile.mkdtemp(prefix="console-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def binary(name: str) -> str:
    """From PATH or where Debian keeps PostgreSQL's; `tools/need` brings what is missing."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = str(kept[0]) if kept else shutil.which(name)
    assert found, f"{name} is missing; `make test` installs it or names the command"
    return found


def unprivileged() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    return next(user.pw_name for user in pwd.getpwall() if user.pw_name in {"postgres", "nobody"})


def as_user(name: str | None) -> dict[str, object]:
    if name is None:
        return {}
    user = pwd.getpwnam(name)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def run(command: list[object], user: str | None) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/", **as_user(user))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def accepts(path: Path) -> bool:
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def until(true: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, log.read_text(errors="replace")[-2_000:]
        time.sleep(0.02)
