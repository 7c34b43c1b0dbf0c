"""A rehearsal audience from one seed: people come, talk, look, buy and sometimes return what they bought.

It reacts to the product on air and to a running offer, and every observation is marked as simulated.
"""

import math
import random
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from console.core import observations as obs
from console.core.observations import AnyObservation
from console.core.slice import Product
from console.ingest.phrases import EN, HELD, NAMES, QUESTIONS_EN, QUESTIONS_ZH, ZH

SOURCE = "rehearsal"
RAMP_S = 600
CANCEL_AFTER_S = 900


class Scene(Struct, frozen=True):
    """What the audience sees: the product on air and whether an offer runs."""

    on_air: str | None = None
    offer: bool = False


class Person(Struct):
    """One simulated viewer; `since` is the second they came."""

    id: str
    name: str
    since: int
    follower: bool
    english: bool


class Audience:
    """Call `second` once a second. The same seed, products and scenes give the same people and words."""

    def __init__(self, seed: int, products: Sequence[Product], *, peak: int = 320, comments_a_s: float = 2.5) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a rehearsal, nothing secret
        self._products = [product for product in products if _price(product)]
        self._peak = peak
        self._comments_a_s = comments_a_s
        self._people: list[Person] = []
        self._later: deque[tuple[int, str, dict[str, Any]]] = deque()
        self._second = self._born = self._count = 0
        self._run = ""

    def second(self, at_ms: int, scene: Scene | None = None) -> tuple[AnyObservation, ...]:
        """What happens in the second that begins at `at_ms`."""
        scene = scene or Scene()
        self._run = self._run or str(at_ms)
        found = [*self._come_and_go(), *self._talk(scene), *self._shop(scene), *self._settle()]
        if self._second % 5 == 0:
            found.append(("audience", {"online": len(self._people)}))
        self._second += 1
        return tuple(self._made(kind, fields, at_ms) for kind, fields in found)

    def _made(self, kind: str, fields: dict[str, Any], at_ms: int) -> AnyObservation:
        self._count += 1
        at = at_ms + self._random.randrange(1_000)
        observation: AnyObservation = _KINDS[kind](
            source=SOURCE, id=f"{self._run}-{self._count}", at=at, simulated=True, **fields
        )
        return observation

    def _come_and_go(self) -> Iterator[tuple[str, dict[str, Any]]]:
        wanted = self._wanted()
        for _ in range(self._poisson(1.5 + max(0, wanted - len(self._people)) / 20)):
            yield "impression", {"user": f"passer{self._born}-{self._random.randrange(10**6)}"}
            person = self._newcomer()
            self._people.append(person)
            yield "enter", {"user": person.id, "follower": person.follower}
        for _ in range(self._poisson(1.0 + max(0, len(self._people) - wanted) / 20)):
            if len(self._people) > 5:
                gone = self._people.pop(self._random.randrange(len(self._people)))
                yield "leave", {"user": gone.id, "watched_s": self._second - gone.since}

    def _wanted(self) -> int:
        """Viewers online that the curve asks for: a rise, then waves of a few minutes."""
        rise = min(1.0, (self._second + 30) / RAMP_S)
        return round(self._peak * rise * (0.8 + 0.2 * math.sin(self._second / 140)))

    def _newcomer(self) -> Person:
        self._born += 1
        name = f"{self._random.choice(NAMES)}{self._random.randrange(10, 99)}"
        chance = self._random.random
        return Person(f"sim-{self._run}-{self._born}", name, self._second, chance() < 0.2, chance() < 0.2)

    def _talk(self, scene: Scene) -> Iterator[tuple[str, dict[str, Any]]]:
        crowd = min(1.0, len(self._people) / max(1, self._peak))
        for _ in range(self._poisson(self._comments_a_s * crowd * (2.0 if scene.offer else 1.0))):
            person = self._anyone()
            yield "comment", {"user": person.id, "name": person.name, "text": self._words(person, scene)}
        for kind, rate in (("like", 1.5), ("share", 0.08), ("follow", 0.15)):
            for _ in range(self._poisson(rate * crowd)):
                yield kind, {"user": self._anyone().id}

    def _anyone(self) -> Person:
        return self._random.choice(self._people)

    def _words(self, person: Person, scene: Scene) -> str:
        luck = self._random.random()
        product = self._wished(scene)
        lines: tuple[str, ...]
        if luck < 0.02:
            lines = HELD
        elif luck < 0.32:
            lines = QUESTIONS_EN if person.english else QUESTIONS_ZH
        else:
            lines = EN if person.english else ZH
        link = str(product.link_no or 1) if product else "1"
        return self._random.choice(lines).replace("{n}", link)

    def _wished(self, scene: Scene) -> Product | None:
        """Mostly what is on air."""
        if not self._products:
            return None
        on_air = next((product for product in self._products if product.id == scene.on_air), None)
        return on_air if on_air and self._random.random() < 0.8 else self._random.choice(self._products)

    def _shop(self, scene: Scene) -> Iterator[tuple[str, dict[str, Any]]]:
        crowd = len(self._people) / 100
        eager = (1.6 if scene.on_air else 0.6) * (2.5 if scene.offer else 1.0)
        for _ in range(self._poisson(0.9 * crowd * eager) if self._people else 0):
            product = self._wished(scene)
            if product:
                yield from self._look(self._anyone(), product)

    def _look(self, person: Person, product: Product) -> Iterator[tuple[str, dict[str, Any]]]:
        sku = self._random.choice(product.skus) if product.skus else None
        step = {"user": person.id, "product": product.id, "sku": sku.id if sku else None}
        yield "product_view", step
        for kind, chance in (("product_click", 0.35), ("cart", 0.4), ("order", 0.45)):
            if self._random.random() > chance:
                return
            if kind != "order":
                yield kind, step
        price = (sku.live_price or sku.list_price if sku else None) or _price(product) or 0
        yield "order", self._order(person, step, price)

    def _order(self, person: Person, step: dict[str, Any], price: int) -> dict[str, Any]:
        qty = self._random.choice((1, 1, 1, 1, 2, 2, 3))
        line = obs.Line(product=step["product"], sku=step["sku"], qty=qty, amount=price * qty)
        order = {
            "order": f"o-{self._run}-{self._count}-{self._random.randrange(10**6)}",
            "user": person.id,
            "lines": (line,),
        }
        if self._random.random() < 0.82:
            self._plan(self._random.randrange(4, 60), "paid", order)
            if self._random.random() < 0.05:
                self._plan(self._random.randrange(120, 900), "refund", _refund(order, line))
        else:
            self._plan(CANCEL_AFTER_S, "cancel", {"order": order["order"]})
        return order

    def _plan(self, after_s: int, kind: str, fields: dict[str, Any]) -> None:
        self._later.append((self._second + after_s, kind, fields))

    def _settle(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What was planned for this second: payments, refunds, orders that lapse unpaid."""
        due = [entry for entry in self._later if entry[0] <= self._second]
        self._later = deque(entry for entry in self._later if entry[0] > self._second)
        for _, kind, fields in due:
            yield kind, fields

    def _poisson(self, mean: float) -> int:
        limit, product, count = math.exp(-min(mean, 30.0)), self._random.random(), 0
        while product > limit:
            product *= self._random.random()
            count += 1
        return count


def audience(
    seed: int, products: Sequence[Product], start_ms: int, scene: Scene | None = None
) -> Iterator[tuple[AnyObservation, ...]]:
    """Endless batches, one for each second from `start_ms` on, before one unchanging scene."""
    room = Audience(seed, products)
    while True:
        yield room.second(start_ms, scene)
        start_ms += 1_000


def _refund(order: dict[str, Any], line: obs.Line) -> dict[str, Any]:
    return {"order": order["order"], "amount": line.amount, "reason": "不合适", "lines": (line,)}


def _price(product: Product) -> int | None:
    skus = [sku.live_price or sku.list_price for sku in product.skus]
    return product.live_price or product.list_price or next((price for price in skus if price), None)


_KINDS: dict[str, Any] = {
    "comment": obs.Comment, "audience": obs.Audience, "impression": obs.Impression, "enter": obs.Enter,
    "leave": obs.Leave, "like": obs.Like, "share": obs.Share, "follow": obs.Follow, "product_view": obs.ProductView,
    "product_click": obs.ProductClick, "cart": obs.Cart, "order": obs.Order, "paid": obs.Paid, "cancel": obs.Cancel,
    "refund": obs.Refund,
}  # fmt: skip
