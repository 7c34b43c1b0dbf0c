"""What would cost the shop money is refused when an offer is defined, edited, armed and fired.

No sentence names a floor price: the people who read refusals may not see it.
"""

from collections.abc import Iterable, Iterator

from console.core.messages import N_, Rejection, refuse
from console.core.pricing import Unit, covers, reachable, units
from console.core.slice import Context, Presets, Product
from console.offers.events import Because, Offer, Terms
from console.offers.fold import State


def check(state: State, offer: Offer, context: Context) -> Rejection | None:
    """The first reason why this offer must not be, over the prices as they are now; None when all is well."""
    return (
        _shape(offer)
        or _presets(offer, context.presets)
        or _first(_unit(state, offer, unit, context.presets) for unit in _units(state, offer, context))
    )


def lowest(state: State, offer: Offer, context: Context) -> int | None:
    """Lowest reachable price of the offer's product with it and all other active offers on; None when unknown."""
    if offer.product is None:
        return None
    prices = [_with_others(state, offer, unit) for unit in _units(state, offer, context)]
    return min((price for price in prices if price is not None), default=None)


def runs_too_long(terms: Terms, seconds: int, presets: Presets) -> Rejection | None:
    """A flash price that would run for `seconds` in all, against what the platform allows."""
    if terms.kind != "flash_price" or seconds <= presets.flash_max_s:
        return None
    return refuse("A flash price may run for at most {seconds} seconds; shorten it.", seconds=presets.flash_max_s)


def warnings(offer: Offer, context: Context) -> tuple[Because, ...]:
    """What a producer should look at; none of it stops the offer."""
    return tuple(Because(why) for why, holds in _doubts(offer, context) if holds)


def _doubts(offer: Offer, context: Context) -> Iterator[tuple[str, bool]]:
    flash, product = offer.kind == "flash_price", context.products.get(offer.product or "")
    yield N_("The product is not in the shop's list, so its price cannot be checked."), _unknown(offer, product)
    yield N_("This is shorter than the platform allows for a flash price."), flash and _short(offer, context.presets)
    yield N_("This is not below the current price."), flash and _not_below(offer, product)
    yield N_("Nothing limits how many may be claimed."), offer.kind in {"coupon", "gift"} and offer.quantity is None
    yield N_("The rules of the draw are not written yet."), offer.kind == "draw" and not offer.rules


def _unknown(offer: Offer, product: Product | None) -> bool:
    return offer.product is not None and product is None


def _short(offer: Offer, presets: Presets) -> bool:
    return offer.duration_s is not None and offer.duration_s < presets.flash_min_s


def _not_below(offer: Offer, product: Product | None) -> bool:
    prices = [unit.price for unit in units(product, {})] if product else []
    return any(price is not None and offer.price is not None and offer.price >= price for price in prices)


def _shape(terms: Terms) -> Rejection | None:
    match terms.kind:
        case "flash_price" if terms.price is None:
            return refuse("A flash price needs a price.")
        case "flash_price" if terms.quantity is None:
            return refuse("A flash price needs a quantity: how many pieces may be sold at that price.")
        case "coupon" if (terms.amount is None) == (terms.pay_percent is None):
            return refuse("A coupon needs either an amount off or the percent that buyers pay, exactly one of them.")
    return _strangers(terms) or _whole(terms)


_ONLY = {
    "price": {"flash_price", "bundle"},
    "amount": {"coupon"},
    "pay_percent": {"coupon"},
    "threshold": {"coupon", "gift"},
    "prize_value": {"draw"},
}


def _strangers(terms: Terms) -> Rejection | None:
    for name, kinds in _ONLY.items():
        if getattr(terms, name) is not None and terms.kind not in kinds:
            return refuse("An offer of this kind has no {field}; leave it out or choose another kind.", field=name)
    return None


def _whole(terms: Terms) -> Rejection | None:
    if terms.sku is not None and terms.product is None:
        return refuse("Name the product that SKU {sku} belongs to.", sku=terms.sku)
    if terms.per_person is not None and terms.quantity is not None and terms.per_person > terms.quantity:
        return refuse("The limit per person is above the quantity; lower it or raise the quantity.")
    return None


def _presets(terms: Terms, presets: Presets) -> Rejection | None:
    if too_long := runs_too_long(terms, terms.duration_s or 0, presets):
        return too_long
    if (terms.prize_value or 0) > presets.draw_prize_max:
        return refuse("The prize is worth more than the platform allows for a draw; choose a smaller one.")
    if _too_deep(terms, presets.max_discount_percent):
        return _deep(presets)
    return None


def _too_deep(terms: Terms, percent: int) -> bool:
    """By the terms alone: a percent, or an amount off a threshold."""
    if terms.kind != "coupon":
        return False
    if terms.pay_percent is not None:
        return 100 - terms.pay_percent > percent
    return bool(terms.threshold) and (terms.amount or 0) * 100 > (terms.threshold or 0) * percent


def _unit(state: State, offer: Offer, unit: Unit, presets: Presets) -> Rejection | None:
    return _magnitude(offer, unit) or _discount(offer, unit, presets) or _floor(state, offer, unit)


def _magnitude(offer: Offer, unit: Unit) -> Rejection | None:
    if offer.kind != "flash_price" or offer.price is None or unit.price is None:
        return None
    if offer.price * 10 <= unit.price:
        return refuse(
            "This price is a tenth of the current price of {product} or less; check the zeros.", product=unit.title
        )
    if offer.price >= unit.price * 10:
        return refuse(
            "This price is ten times the current price of {product} or more; check the zeros.", product=unit.title
        )
    return None


def _discount(offer: Offer, unit: Unit, presets: Presets) -> Rejection | None:
    alone = reachable(unit.price, [offer])
    if unit.price is None or alone is None:
        return None
    return _deep(presets) if alone * 100 < unit.price * (100 - presets.max_discount_percent) else None


def _deep(presets: Presets) -> Rejection:
    return refuse(
        "This takes more than {percent} % off, which the shop does not allow; say what buyers pay, and ask for less off.",
        percent=presets.max_discount_percent,
    )


def _floor(state: State, offer: Offer, unit: Unit) -> Rejection | None:
    price = _with_others(state, offer, unit)
    if unit.floor is None or price is None or price >= unit.floor:
        return None
    alone = reachable(unit.price, [offer])
    if alone is not None and alone < unit.floor:
        return refuse("{product} would sell below what the shop allows; take less off.", product=unit.title)
    return refuse(
        "With every armed and running offer used together, {product} could sell below what the shop allows; "
        "take less off, or disarm another offer on it.",
        product=unit.title,
    )


def _with_others(state: State, offer: Offer, unit: Unit) -> int | None:
    others = (entry.offer for entry in state.active() if entry.offer.id != offer.id)
    return reachable(unit.price, [o for o in (*others, offer) if covers(o, unit.product, unit.sku)])


def _units(state: State, offer: Offer, context: Context) -> list[Unit]:
    """Everything the offer could make cheaper."""
    return [
        unit
        for product in _products(offer, context)
        for unit in units(product, state.prices.get(product.id, {}))
        if covers(offer, unit.product, unit.sku)
    ]


def _products(offer: Offer, context: Context) -> Iterable[Product]:
    if offer.product is None:
        return context.products.values()
    known = context.products.get(offer.product)
    return () if known is None else (known,)


def _first(found: Iterable[Rejection | None]) -> Rejection | None:
    return next((rejection for rejection in found if rejection), None)
