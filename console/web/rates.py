"""How many requests of one kind one caller may make: a bucket each, filled anew as time goes by."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from msgspec import Struct

from console.limits import RATES, RATES_KEPT

Classes = Mapping[str, tuple[float, float] | None]
"""Class → (requests at once, requests a second); None is never refused."""


class _Bucket(Struct):
    left: float
    at_s: float


class Rates:
    """Counts in memory, bounded. `now_s` is any clock that does not jump."""

    def __init__(
        self, classes: Classes = RATES, kept: int = RATES_KEPT, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._classes = classes
        self._kept = kept
        self._now_s = now_s
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def take(self, rate: str, caller: str) -> int:
        """Whole seconds to wait; 0 lets the request through and counts it."""
        limit = self._classes[rate]
        if limit is None:
            return 0
        bucket = self._filled((rate, caller), *limit)
        if bucket.left < 1:
            return math.ceil((1 - bucket.left) / limit[1])
        bucket.left -= 1
        return 0

    def _filled(self, key: tuple[str, str], most: float, per_s: float) -> _Bucket:
        now_s = self._now_s()
        bucket = self._buckets.setdefault(key, _Bucket(most, now_s))
        bucket.left = min(most, bucket.left + (now_s - bucket.at_s) * per_s)
        bucket.at_s = now_s
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._kept:
            self._buckets.popitem(last=False)
        return bucket
