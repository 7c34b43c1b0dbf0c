"""The words of the command line on every engine, and what the doctor finds."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from nodes import ROOT, Node, environment
from sqlalchemy import update

from console.cli import main
from console.journal.database import Database
from console.journal.tables import SHOWS


@pytest.fixture
def told(database_url, tmp_path):
    return environment(tmp_path, database_url)


def console(told, *words):
    """In this process: only what starts together or serves needs one of its own."""
    return CliRunner().invoke(main, words, env=told, catch_exceptions=False)


def test_the_words_work_on_every_engine(told):
    assert console(told, "migrate").exit_code == 0
    assert console(told, "migrate").exit_code == 0, "again changes nothing"
    show = console(told, "show", "add", "晚场").stdout.strip()
    assert show.startswith("s_")
    assert console(told, "token", "add", "feed", "--role", "ingest").stdout.startswith("lcc_")
    assert "1 rows" in console(told, "verify", show).stdout
    assert console(told, "recap", show, "--format", "json").stdout.startswith("{")


def test_a_list_that_says_something_else_than_the_journals_is_made_anew(told):
    show = console(told, "show", "add", "晚场").stdout.strip()
    assert console(told, "rebuild").stdout == "1 shows, 0 mended\n"
    asyncio.run(tampered(told["CONSOLE_DATABASE_URL"]))
    assert console(told, "rebuild").stdout == f"1 shows, 1 mended {show}\n"
    assert console(told, "rebuild").stdout == "1 shows, 0 mended\n"


async def tampered(url):
    database = Database(url)
    await database.run(lambda c: c.execute(update(SHOWS).values(title="another")))
    await database.close()


def test_migrations_started_together_do_not_collide(told):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONSOLE_")}
    command = [sys.executable, "-c", "from console.cli import main; main()", "migrate"]
    together = [subprocess.Popen(command, env=kept | told, stderr=subprocess.DEVNULL, cwd=ROOT) for _ in range(2)]
    assert [process.wait(60) for process in together] == [0, 0]


def test_the_doctor_names_what_is_unsafe_on_postgres(postgres, tmp_path):
    told = environment(tmp_path, postgres.database())
    console(told, "migrate")
    found = console(told, "doctor")
    assert found.exit_code == 1
    assert [line.split()[1] for line in found.stdout.splitlines() if line.startswith("WRONG")] == ["fsync=off"]


def test_the_doctor_finds_a_bus_that_is_not_there(tmp_path):
    found = console(environment(tmp_path, redis_url=f"unix://{tmp_path / 'none.sock'}"), "doctor")
    assert "WRONG bus on Redis" in found.stdout


def test_the_doctor_finds_a_bus_that_is(redis, tmp_path):
    assert "ok    bus on Redis: carries" in console(environment(tmp_path, redis_url=redis.url), "doctor").stdout


@pytest.mark.parametrize("url", ["postgresql://x/y", "mysql://x", "postgresql+asyncpg://nobody@127.0.0.1:1/none"])
def test_a_database_that_cannot_be_is_one_sentence(url, tmp_path):
    failed = console(environment(tmp_path, url), "serve", "--port", "0")
    assert failed.exit_code == 1
    assert failed.stderr.startswith("Error: ")
    assert "Traceback" not in failed.stderr


def test_a_start_on_an_unsafe_store_is_loud(postgres, tmp_path):
    log = tmp_path / "log"
    node = Node(environment(tmp_path, postgres.database()), log).answering()
    assert node.end() == 0
    assert "UNSAFE: fsync=off" in log.read_text("utf-8")


def test_the_file_is_where_the_environment_says(tmp_path):
    path = Path(tmp_path) / "elsewhere.db"
    console(environment(tmp_path, f"sqlite:///{path}"), "migrate")
    with sqlite3.connect(path) as raw:
        assert raw.execute("select count(*) from shows").fetchone() == (0,)
