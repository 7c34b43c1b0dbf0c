"""Accounts on a fresh database of every engine, with hashing cheap enough for tests."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from console.accounts.accounts import Accounts
from console.accounts.passwords import Passwords
from console.accounts.tables import METADATA
from console.clock import Ids
from console.journal.database import Database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.run(METADATA.create_all)
    yield database
    await database.close()


@pytest.fixture
def accounts(database: Database, clock: Any) -> Any:
    made = Accounts(database, clock, Ids(), passwords=Passwords(memory_kib=64, rounds=1))
    yield made
    made.close()
