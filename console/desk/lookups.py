"""What a decision may know besides the show, looked up where it is kept in memory."""

from collections.abc import Mapping

from console.comments.rules import Words
from console.comments.words import own_entries
from console.core.messages import Actor
from console.core.show import Show
from console.core.slice import Context
from console.shop.shop import Shop


class ShopLookups:
    """See gate.Lookups. The word lists are compiled again only when the shop's own words change."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._own = own_entries()
        self._compiled_for: Mapping[str, list[str]] | None = None
        self._words: Words | None = None

    def context(self, show: Show, now_ms: int, fresh_id: str, actor: Actor) -> Context:
        """Products, presets and words as they are now."""
        return Context(
            now_ms=now_ms,
            fresh_id=fresh_id,
            actor=actor.id,
            actor_name=actor.name,
            header=show.header,
            products=self._shop.products,
            presets=self._shop.presets,
            words=self._current_words(),
            leftovers=show.leftovers,
        )

    def _current_words(self) -> Words:
        if self._words is None or self._compiled_for != self._shop.own_words:
            self._compiled_for = self._shop.own_words
            both = {**self._own, **{name: [*self._own.get(name, []), *own] for name, own in self._compiled_for.items()}}
            self._words = Words.of(both)
        return self._words
