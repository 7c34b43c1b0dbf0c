"""Accounts on a fresh database of every engine, with hashing cheap enough for tests."""

import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from console.accounts.accounts import Accounts
from console.accounts.passwords import Passwords
from console.accounts.tables import METADATA
from console.clock import Ids
from console.core.messages import SYSTEM
from console.journal.database import Database

PASSWORD = "correct horse"
HOME = "192.0.2.1"


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


async def signed_in(accounts: Accounts, name: str = "Ann", **more) -> str:
    return (await accounts.sign_in(name, PASSWORD, HOME, **more)).secret


@pytest.fixture
async def ann(accounts):
    return await accounts.add_person("Ann", ["controller", "host"], PASSWORD)


class SlowPasswords(Passwords):
    """Finds every password right, once told to go on."""

    def __init__(self, **more) -> None:
        super().__init__(memory_kib=64, rounds=1, **more)
        self.go = threading.Event()

    def _check(self, stored: str, password: str) -> bool:
        return self.go.wait(5)


def ann_actor():
    return SYSTEM
