"""Slows down guessing of passwords per account and per address. Pure: the caller tells the time.

An attempt counts as failed from its start, so that parallel guesses do not slip through; success takes the
account's count back. The delay doubles up to a cap and is forgotten after a quiet while: nobody is locked out.
"""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

from msgspec import Struct


class Slope(Struct, frozen=True):
    """`free` attempts go unhindered, then each next one waits twice as long, up to `cap_ms`."""

    free: int
    first_ms: int
    cap_ms: int

    def delay_ms(self, attempts: int) -> int:
        """How long to wait after this many attempts."""
        over = attempts - self.free
        return 0 if over < 0 else min(self.first_ms << min(over, 20), self.cap_ms)


class _Tally(Struct):
    attempts: int
    last_ms: int


ACCOUNT = Slope(free=5, first_ms=1_000, cap_ms=30_000)
ADDRESS = Slope(free=20, first_ms=1_000, cap_ms=60_000)
FORGET_MS = 15 * 60_000
KEPT = 20_000


class Throttle:
    """Counts attempts in memory, bounded: the longest unused is forgotten first."""

    def __init__(
        self, account: Slope = ACCOUNT, address: Slope = ADDRESS, forget_ms: int = FORGET_MS, kept: int = KEPT
    ) -> None:
        self._slopes = {"account": account, "address": address}
        self._forget_ms = forget_ms
        self._kept = kept
        self._tallies: OrderedDict[tuple[str, str], _Tally] = OrderedDict()

    def attempt(self, account: str, address: str, now_ms: int) -> int:
        """Milliseconds to wait; 0 lets the attempt through and counts it."""
        keys = (("account", account), ("address", network(address)))
        wait = max(self._wait_ms(key, now_ms) for key in keys)
        if wait == 0:
            for key in keys:
                self._count(key, now_ms)
        return wait

    def succeeded(self, account: str, address: str) -> None:
        """The password was right: the account starts afresh. The address takes only this attempt back, so that
        owning one account does not pay for guessing at others, and an office behind one address is not hindered."""
        self._tallies.pop(("account", account), None)
        if tally := self._tallies.get(("address", network(address))):
            tally.attempts = max(0, tally.attempts - 1)

    def _wait_ms(self, key: tuple[str, str], now_ms: int) -> int:
        tally = self._tallies.get(key)
        if tally is None or now_ms - tally.last_ms > self._forget_ms:
            return 0
        return max(0, tally.last_ms + self._slopes[key[0]].delay_ms(tally.attempts) - now_ms)

    def _count(self, key: tuple[str, str], now_ms: int) -> None:
        tally = self._tallies.get(key)
        attempts = tally.attempts if tally and now_ms - tally.last_ms <= self._forget_ms else 0
        self._tallies[key] = _Tally(attempts + 1, now_ms)
        self._tallies.move_to_end(key)
        while len(self._tallies) > self._kept:
            self._tallies.popitem(last=False)


def network(address: str) -> str:
    """One caller owns a whole IPv6 /64."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return parsed.exploded[:19] if isinstance(parsed, IPv6Address) else address
