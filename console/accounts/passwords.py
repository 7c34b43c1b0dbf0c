"""argon2id, two at a time and off the event loop, with a short queue: guessing cannot starve a live show."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from console.accounts.identity import AccountError
from console.core.messages import refuse

T = TypeVar("T")

MEMORY_KIB = 19_456
MIN_LENGTH = 8
MAX_LENGTH = 200


class BusyError(Exception):
    """Too many passwords wait to be checked."""


class Passwords:
    """Hashes and checks. `memory_kib` and `rounds` as argon2id counts them; libargon2 releases the interpreter lock."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB, rounds: int = 2, workers: int = 2, queue: int = 16) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="argon2")
        self._room = workers + queue
        self._nobody = self._hasher.hash("nobody has this password")

    async def hashed(self, password: str) -> str:
        """The stored form. Raises AccountError when the password is too short or too long, BusyError when full."""
        if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
            raise AccountError(
                refuse("Choose a password of {min} to {max} characters.", min=MIN_LENGTH, max=MAX_LENGTH)
            )
        return await self._queued(lambda: self._hasher.hash(_encoded(password)))

    async def verified(self, stored: str | None, password: str) -> bool:
        """Whether it matches. Costs the same when there is nobody to match. Raises BusyError when full."""
        right = await self._queued(lambda: self._check(stored or self._nobody, password[: MAX_LENGTH + 1]))
        return right and stored is not None

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _check(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, _encoded(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _queued(self, work: Callable[[], T]) -> T:
        if self._room == 0:
            raise BusyError
        self._room -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._room += 1


def _encoded(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
