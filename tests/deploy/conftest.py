"""What is carried away and brought back: a store of each engine, by the words an operator types. Two nodes in one house."""

import contextlib
from pathlib import Path

import pytest
from engines import binary, run
from fronts import House
from nodes import console, environment, token_for


class SqliteKeeper:
    """By `console backup` and `console restore`."""

    def __init__(self, where: Path) -> None:
        self.told = environment(where / "first")
        self.back = environment(where / "second")
        self._file = where / "night.backup"

    def carry_away(self):
        done = console(self.told, "backup", self._file)
        assert done.exit_code == 0, done.output

    def bring_back(self):
        done = console(self.back, "restore", self._file)
        assert done.exit_code == 0, done.output

    def copy_back(self):
        """As somebody would without the word: the same file, the same epoch."""
        directory = Path(self.back["CONSOLE_DATA_DIR"])
        directory.mkdir()
        (directory / "console.db").write_bytes(self._file.read_bytes())


class PostgresKeeper:
    """By pg_dump and pg_restore, as docs/running.md has it, then the epochs."""

    def __init__(self, where: Path, server) -> None:
        self._server, self._file = server, where / "night.dump"
        role = server.database().split("//")[1].split("@")[0]
        self._role, self._names = role, (f"{role}_first", f"{role}_second")
        server.sql(*(f"CREATE DATABASE {name} OWNER {role}" for name in self._names))
        self.told, self.back = (environment(where, self._url(name)) for name in self._names)

    def _url(self, name):
        return f"postgresql+asyncpg://{self._role}@/{name}?host={self._server.home}"

    def carry_away(self):
        self._run("pg_dump", "--format=custom", "--file", self._file, self._names[0])

    def copy_back(self):
        self._run(
            "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", "-d", self._names[1], self._file
        )

    def bring_back(self):
        self.copy_back()
        done = console(self.back, "restore", "--epochs-only")
        assert done.exit_code == 0, done.output

    def _run(self, program, *words):
        run([binary(program), "-h", self._server.home, "-U", self._role, *words], None)


@pytest.fixture(params=["sqlite", "postgres"])
def keeper(request, tmp_path):
    """A store in use, and the empty place it is brought back to."""
    if request.param == "sqlite":
        return SqliteKeeper(tmp_path)
    return PostgresKeeper(tmp_path, request.getfixturevalue("postgres"))


@pytest.fixture
def housed(postgres, redis, tmp_path):
    """Two nodes on PostgreSQL and Redis that know of a proxy, and an administrator's `token`; told a `prelude`."""
    told = environment(tmp_path / "data", postgres.database(), redis.url) | {"CONSOLE_TRUSTED_PROXIES": "127.0.0.1"}
    token = token_for(told)

    @contextlib.contextmanager
    def built(prelude=""):
        made = House(told, tmp_path / "log", prelude)
        made.token = token
        try:
            made.answering()
            yield made
        finally:
            made.end()

    return built


@pytest.fixture
def house(housed):
    with housed() as made:
        yield made
