"""What a shop sets once: the limits of its platforms, and its own words that hold a comment."""

from typing import Annotated

import msgspec
from litestar import get, put
from litestar.di import NamedDependency
from msgspec import Meta

from console.api.answers import AnyRequest
from console.core.messages import Role
from console.core.slice import Presets
from console.core.strict import convert, loads
from console.desk.desk import Desk
from console.web.errors import ProblemError

READERS: set[Role] = {"producer", "controller", "moderator"}
Words = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=40)],
        Annotated[list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(max_length=2_000)],
    ],
    Meta(max_length=40),
]


@get("/shop/presets", opt={"roles": READERS, "rate": "read"}, summary="Limits of the shop and its platforms")
async def read_presets(desk: NamedDependency[Desk]) -> Presets:
    """Seconds, minor units, percents: see the names."""
    return desk.shop.presets


@put("/shop/presets", opt={"roles": {"producer"}, "rate": "command"}, summary="Change limits of the shop")
async def change_presets(request: AnyRequest, desk: NamedDependency[Desk]) -> Presets:
    """Only what is named changes."""
    named = convert(loads(await request.body()), dict[str, int | str])

    def changed(presets: Presets) -> Presets:
        wanted: Presets = convert({**msgspec.to_builtins(presets), **named}, Presets)
        return wanted

    await desk.shop.refresh()
    await _check_currency(desk, changed(desk.shop.presets))
    return await desk.shop.change_presets(changed)


async def _check_currency(desk: Desk, wanted: Presets) -> None:
    """Amounts carry no currency of their own, so those that stand somewhere would become others. Raises ProblemError."""
    held = desk.shop.presets.currency
    if wanted.currency != held and (desk.shop.products or await desk.journal.shows()):
        raise ProblemError(
            409, "refused", "There are prices or shows in {currency} here; use another console for another currency.",
            currency=held,
        )  # fmt: skip


@get("/shop/words", opt={"roles": READERS, "rate": "read"}, summary="The shop's own words that hold a comment")
async def read_words(desk: NamedDependency[Desk]) -> dict[str, list[str]]:
    """Category → phrases, besides the console's own lists; `allow` excuses what is found inside it."""
    return {name: list(phrases) for name, phrases in desk.shop.own_words.items()}


@put("/shop/words", opt={"roles": {"producer", "moderator"}, "rate": "command"}, summary="Replace the shop's own words")
async def replace_words(request: AnyRequest, desk: NamedDependency[Desk]) -> dict[str, list[str]]:
    """The next comment is judged by them."""
    words: dict[str, list[str]] = convert(loads(await request.body()), Words)
    await desk.shop.set_words(words)
    return words


HANDLERS = (read_presets, change_presets, read_words, replace_words)
