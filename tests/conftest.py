"""What every test may ask for: a clock that stands still until told, ids in order, a journal of each kind."""

import itertools

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["engines", "gate_desk"]

# Real servers and browsers run beside these tests: how long an example takes to make says nothing about it.
settings.register_profile("beside others", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("beside others")


class StillClock:
    """Wall time that moves only when told."""

    def __init__(self, now_ms: int = 1_800_000_000_000) -> None:
        self.at_ms = now_ms

    def now_ms(self) -> int:
        return self.at_ms

    def forward(self, ms: int) -> None:
        self.at_ms += ms


class CountingIds:
    """Ids in order, so that a run from one seed is the same run."""

    def __init__(self) -> None:
        self._count = itertools.count(1)

    def fresh(self) -> str:
        return f"{next(self._count):08d}"

    def token(self, nbytes: int = 32) -> str:
        return f"token{next(self._count):0{nbytes}d}"

    def uuid(self) -> str:
        return f"00000000-0000-4000-8000-{next(self._count):012d}"


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def ids() -> CountingIds:
    return CountingIds()
