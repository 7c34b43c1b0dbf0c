"""Hashes, and the bounded queue in which they are made."""

import asyncio

import pytest

from console.accounts.accounts import Accounts
from console.accounts.identity import SignInRefusedError
from console.accounts.passwords import BusyError, Passwords
from console.clock import Ids
from tests.accounts.conftest import HOME, PASSWORD, SlowPasswords


class TestPasswords:
    async def test_hashes_are_argon2id_and_salted(self):
        passwords = Passwords(memory_kib=64, rounds=1)
        one, two = await passwords.hashed(PASSWORD), await passwords.hashed(PASSWORD)
        assert one.startswith("$argon2id$")
        assert one != two
        assert await passwords.verified(one, PASSWORD)
        assert not await passwords.verified(one, PASSWORD + " ")
        assert not await passwords.verified("not a hash", PASSWORD)
        assert not await passwords.verified(None, "nobody has this password")
        passwords.close()

    async def test_a_full_queue_refuses_and_recovers(self):
        passwords = SlowPasswords(workers=1, queue=1)
        waiting = [asyncio.create_task(passwords.verified("x", "y")) for _ in range(2)]
        await asyncio.sleep(0.02)
        with pytest.raises(BusyError):
            await passwords.verified("x", "y")
        passwords.go.set()
        await asyncio.gather(*waiting)
        assert await passwords.verified("x", "y")
        passwords.close()

    async def test_a_full_queue_asks_to_come_back(self, database, clock, ann):
        busy = Accounts(database, clock, Ids(), passwords=Passwords(memory_kib=64, rounds=1, workers=1, queue=-1))
        with pytest.raises(SignInRefusedError) as refused:
            await busy.sign_in("Ann", PASSWORD, HOME)
        assert refused.value.retry_after_s == 1
        busy.close()
