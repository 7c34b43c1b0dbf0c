"""Accounts on a fresh SQLite file, with hashing cheap enough for tests."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from console.accounts.accounts import Accounts
from console.accounts.passwords import Passwords
from console.accounts.tables import METADATA
from console.clock import Ids
from console.journal.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'accounts.db'}")
    await database.run(METADATA.create_all)
    yield database
    database.close()


@pytest.fixture
def accounts(database: Database, clock: Any) -> Any:
    made = Accounts(database, clock, Ids(), passwords=Passwords(memory_kib=64, rounds=1))
    yield made
    made.close()
