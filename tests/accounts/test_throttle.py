"""Guessing slows down, nobody is locked out for good."""

from hypothesis import given
from hypothesis import strategies as st

from console.accounts.throttle import Slope, Throttle

SLOPE = Slope(free=3, first_ms=1_000, cap_ms=8_000)
LOOSE = Slope(free=1_000, first_ms=1_000, cap_ms=8_000)


def tried(throttle: Throttle, times: int, now_ms: int, account: str = "ann", address: str = "192.0.2.1") -> list[int]:
    return [throttle.attempt(account, address, now_ms) for _ in range(times)]


def test_the_first_few_go_unhindered_and_the_next_waits():
    assert tried(Throttle(account=SLOPE), 4, 0) == [0, 0, 0, 1_000]


def test_the_delay_doubles_up_to_its_cap():
    throttle, now, waits = Throttle(account=SLOPE), 0, []
    tried(throttle, 3, now)
    for _ in range(6):
        waits.append(throttle.attempt("ann", "192.0.2.1", now))
        now += waits[-1]
        assert throttle.attempt("ann", "192.0.2.1", now) == 0
    assert waits == [1_000, 2_000, 4_000, 8_000, 8_000, 8_000]


def test_a_refused_attempt_does_not_lengthen_the_wait():
    throttle = Throttle(account=SLOPE)
    tried(throttle, 3, 0)
    assert tried(throttle, 50, 0)[-1] == 1_000
    assert throttle.attempt("ann", "192.0.2.1", 1_000) == 0


def test_an_account_is_guarded_over_all_addresses():
    throttle = Throttle(account=SLOPE)
    for n in range(3):
        throttle.attempt("ann", f"192.0.2.{n}", 0)
    assert throttle.attempt("ann", "198.51.100.7", 0) == 1_000
    assert throttle.attempt("bob", "198.51.100.7", 0) == 0


def test_an_address_is_guarded_over_all_accounts_and_one_success_does_not_clear_it():
    throttle = Throttle(account=LOOSE, address=SLOPE)
    for n in range(3):
        throttle.attempt(f"person{n}", "192.0.2.1", 0)
    assert throttle.attempt("another", "192.0.2.1", 0) == 1_000
    assert throttle.attempt("another", "192.0.2.2", 0) == 0
    throttle.succeeded("person0", "192.0.2.1")
    assert [throttle.attempt("another", "192.0.2.1", 0) for _ in range(2)] == [0, 1_000]


def test_an_office_behind_one_address_signs_in_unhindered():
    throttle = Throttle(account=SLOPE, address=SLOPE)
    for n in range(200):
        assert throttle.attempt(f"person{n}", "192.0.2.1", 0) == 0
        throttle.succeeded(f"person{n}", "192.0.2.1")


def test_one_caller_owns_a_whole_ipv6_network():
    throttle = Throttle(account=LOOSE, address=SLOPE)
    for n in range(3):
        throttle.attempt("ann", f"2001:db8:1:2::{n}", 0)
    assert throttle.attempt("ann", "2001:db8:1:2:ffff::1", 0) == 1_000
    assert throttle.attempt("ann", "2001:db8:1:3::1", 0) == 0


def test_success_and_time_are_forgiving():
    throttle = Throttle(account=SLOPE, forget_ms=60_000)
    tried(throttle, 3, 0)
    throttle.succeeded("ann", "192.0.2.1")
    assert tried(throttle, 4, 0) == [0, 0, 0, 1_000]
    assert tried(throttle, 4, 60_001) == [0, 0, 0, 1_000]


def test_memory_is_bounded():
    throttle = Throttle(kept=10)
    for n in range(1_000):
        throttle.attempt(f"person{n}", f"192.0.2.{n % 250}", 0)
    assert len(throttle._tallies) == 10


@given(st.lists(st.integers(0, 20_000), max_size=60))
def test_nobody_waits_longer_than_the_cap(pauses: list[int]):
    throttle, now = Throttle(account=SLOPE, address=SLOPE), 0
    for pause in pauses:
        now += pause
        assert 0 <= throttle.attempt("ann", "192.0.2.1", now) <= SLOPE.cap_ms
