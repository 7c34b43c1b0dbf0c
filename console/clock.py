"""The only doors to the time of day and to randomness. Everything else is told."""

import secrets
import time
import uuid


class Clock:
    """Wall time in epoch milliseconds, UTC."""

    def now_ms(self) -> int:
        """Now."""
        return time.time_ns() // 1_000_000


class Ids:
    """Fresh names and secrets."""

    def fresh(self) -> str:
        """A short unguessable id of 16 letters and digits, safe in URLs and element ids."""
        return secrets.token_hex(8)

    def token(self, nbytes: int = 32) -> str:
        """A URL-safe secret of `nbytes` random bytes."""
        return secrets.token_urlsafe(nbytes)

    def uuid(self) -> str:
        """A random UUID."""
        return str(uuid.uuid4())
