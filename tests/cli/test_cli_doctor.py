"""Whether the doctor finds out that nothing can be kept: a lock and an empty commit say that all is well."""

import asyncio

import pytest
from nodes import console, environment

from console.cli import durable
from console.journal import sqlite
from console.settings import Settings


def findings(told):
    """What the doctor says of writing, and its exit status."""
    found = console(told, "doctor")
    (line,) = [line for line in found.stdout.splitlines() if "database can" in line]
    return line, found.exit_code


@pytest.fixture
def told_on_each(database_url, tmp_path):
    told = environment(tmp_path, database_url)
    console(told, "migrate")
    return told


@pytest.fixture
def on_postgres(postgres, tmp_path):
    """Its environment and the name of its role, which is its schema's, too."""
    told = environment(tmp_path, postgres.database())
    console(told, "migrate")
    return told, told["CONSOLE_DATABASE_URL"].partition("//")[2].partition("@")[0]


@pytest.fixture
def full(monkeypatch):
    """From now on no SQLite file of this process grows."""

    def fill():
        configure = sqlite._configure

        def configured(connection, record):
            configure(connection, record)
            connection.execute("PRAGMA max_page_count=1")  # less than it has is what it has

        monkeypatch.setattr(sqlite, "_configure", configured)

    return fill


def test_a_store_that_takes_writes_is_well(told_on_each):
    assert findings(told_on_each)[0] == "ok    the database can be written"


def test_a_full_disk_is_told(tmp_path, full):
    told = environment(tmp_path)
    console(told, "migrate")
    full()
    assert findings(told) == ("WRONG the database cannot be written: database or disk is full", 1)


def test_a_server_that_only_reads_is_told(postgres, on_postgres):
    told, role = on_postgres
    postgres.sql(f"ALTER ROLE {role} SET default_transaction_read_only = on")
    line, status = findings(told)
    assert line == "WRONG the database cannot be written: cannot execute UPDATE in a read-only transaction"
    assert status == 1


def test_a_role_that_may_not_write_is_told(postgres, on_postgres):
    told, role = on_postgres
    postgres.sql(
        f"ALTER TABLE {role}.shop_settings OWNER TO console", f"GRANT SELECT ON {role}.shop_settings TO {role}"
    )
    assert findings(told) == ("WRONG the database cannot be written: permission denied for table shop_settings", 1)


def test_before_the_tables_are_made_nothing_can_be_written(database_url, tmp_path):
    line, status = findings(environment(tmp_path, database_url))
    assert line.startswith("WRONG the database cannot be written: ")
    assert "shop_settings" in line
    assert status == 1


def test_control_a_lock_and_an_empty_commit_find_nothing_wrong_with_a_full_disk(tmp_path, full, monkeypatch):
    told = environment(tmp_path)
    console(told, "migrate")
    full()

    async def only_the_lock(shop):
        await shop._database.probe()

    monkeypatch.setattr(durable.Shop, "try_writing", only_the_lock)
    assert asyncio.run(durable.writable(Settings.read(told))) == (True, "the database can be written")
