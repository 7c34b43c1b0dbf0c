"""The people of a show, each counted once: who saw it, came in, looked, clicked, wrote, followed, and how long they stayed."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct, field

from console.core.observations import (
    Cart,
    Comment,
    Enter,
    Follow,
    Impression,
    Leave,
    Like,
    Observation,
    ProductClick,
    ProductStep,
    ProductView,
    Share,
)
from console.metrics.orders import Curve
from console.metrics.readings import SLOT_MS

Person = Impression | Enter | Leave | Like | Share | Follow | Comment | ProductStep
Stamp = tuple[int, str, str]
"""(at, source, id): the earliest report decides."""
CURVE_OF: dict[type[Observation], str] = {Enter: "entries_pv", Comment: "comments", ProductClick: "clicks"}
SOCIAL = frozenset((Like, Comment, Share, Follow))


class ProductSteps(Struct):
    """How often a product was seen, clicked and put into a cart, and the distinct people who did."""

    views: int = 0
    clicks: int = 0
    carts: int = 0
    viewers: set[str] = field(default_factory=set)
    clickers: set[str] = field(default_factory=set)
    carters: set[str] = field(default_factory=set)


class Crowd(Struct):
    """`times` counts reports by kind, `people` the distinct users of each kind."""

    times: dict[str, int] = field(default_factory=dict)
    people: dict[str, set[str]] = field(default_factory=dict)
    curves: dict[str, Curve] = field(default_factory=dict)
    social: set[str] = field(default_factory=set)
    arrivals: dict[str, tuple[Stamp, str | None]] = field(default_factory=dict)
    """Each person's first entry and its channel."""
    channel_entries: dict[str | None, int] = field(default_factory=dict)
    before: dict[str, tuple[Stamp, bool]] = field(default_factory=dict)
    """Whether a person followed before, as the first entry that says it."""
    strangers: set[str] = field(default_factory=set)
    watched: dict[str, int] = field(default_factory=dict)
    watched_total: int = 0
    watched_longest: int = 0
    products: dict[str, ProductSteps] = field(default_factory=dict)

    def take(self, group: Sequence[Person]) -> None:
        """Fold reports, all of one kind."""
        kind = type(group[0])
        users = [seen.user for seen in group]
        self.times[kind.__name__] = self.times.get(kind.__name__, 0) + len(group)
        self.people.setdefault(kind.__name__, set()).update(users)
        if kind in SOCIAL:
            self.social.update(users)
        if kind in CURVE_OF:
            self._draw(CURVE_OF[kind], group)
        if more := _MORE.get(kind):
            for seen in group:
                more(self, seen)

    def of(self, kind: type[Observation]) -> int | None:
        """Distinct people of a kind; None when the room never reported it."""
        return len(self.people[kind.__name__]) if kind.__name__ in self.people else None

    def count(self, kind: type[Observation]) -> int | None:
        """Reports of a kind; None when the room never reported it."""
        return self.times.get(kind.__name__)

    def _enter(self, seen: Enter) -> None:
        stamp = (seen.at, seen.source, seen.id)
        self.channel_entries[seen.channel] = self.channel_entries.get(seen.channel, 0) + 1
        if seen.user not in self.arrivals or stamp < self.arrivals[seen.user][0]:
            self.arrivals[seen.user] = (stamp, seen.channel)
        if seen.follower is not None and (seen.user not in self.before or stamp < self.before[seen.user][0]):
            self.before[seen.user] = (stamp, seen.follower)
            (self.strangers.discard if seen.follower else self.strangers.add)(seen.user)

    def _draw(self, name: str, group: Sequence[Person]) -> None:
        curve = self.curves.setdefault(name, {})
        for slot, times in Counter([seen.at // SLOT_MS for seen in group]).items():
            curve[slot] = curve.get(slot, 0) + times

    def _leave(self, seen: Leave) -> None:
        if seen.watched_s is None:
            return
        self.watched[seen.user] = self.watched.get(seen.user, 0) + seen.watched_s
        self.watched_total += seen.watched_s
        self.watched_longest = max(self.watched_longest, self.watched[seen.user])

    def _step(self, seen: ProductStep) -> None:
        steps = self.products.setdefault(seen.product, ProductSteps())
        match seen:
            case ProductView():
                steps.views += 1
                steps.viewers.add(seen.user)
            case ProductClick():
                steps.clicks += 1
                steps.clickers.add(seen.user)
            case Cart():
                steps.carts += 1
                steps.carters.add(seen.user)

    def watch_s(self, cap_s: int | None) -> int | None:
        """Σ seconds, one viewer capped at the show's length; None when no leave said how long."""
        if not self.watched:
            return None
        if cap_s is None or self.watched_longest <= cap_s:
            return self.watched_total
        return sum(min(seconds, cap_s) for seconds in self.watched.values())


_MORE: dict[type[Observation], Callable[[Crowd, Any], None]] = {
    Enter: Crowd._enter,
    Leave: Crowd._leave,
    ProductView: Crowd._step,
    ProductClick: Crowd._step,
    Cart: Crowd._step,
}
"""What a kind tells beside its number and its people."""
