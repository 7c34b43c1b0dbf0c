"""A rehearsal: the demo shop and show, and the simulated audience that makes every screen move."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from console.core.lifecycle import CreateShow, StartShow
from console.core.messages import SYSTEM, Command
from console.core.show import Show
from console.core.strict import convert
from console.desk.desk import Desk
from console.ingest import demo
from console.ingest.commands import RecordObservations
from console.ingest.rehearsal import Audience, Scene
from console.journal.database import StoreUnavailableError
from console.lines import Accepted, OverloadedError
from console.offers.commands import ArmOffer, DefineOffer, FireOffer
from console.offers.events import Terms
from console.scripts.commands import ImportRows, Jump, NewRow
from console.shelf.commands import OpenPrice, PopProduct
from console.shop.products import ProductIn

OPENING_ROW = 2
"""Index of the row a fresh demo is at: the first product, so that every screen has something to show."""
SECOND_S = 1.0

log = logging.getLogger(__name__)


async def demo_show(desk: Desk) -> Show:
    """The demo show that is not over yet, or a new one."""
    for show in await desk.journal.shows():
        if show.rehearsal and show.title == demo.TITLE and show.status != "ended":
            return await desk.shows.get(show.id)
    return await _new_show(desk)


async def _new_show(desk: Desk) -> Show:
    for product in demo.PRODUCTS:
        await desk.shop.add(convert(_plain(product), ProductIn))
    wanted = CreateShow(title=demo.TITLE, rehearsal=True, targets=demo.TARGETS, **_envelope(desk))
    row, _ = await desk.create_show(SYSTEM, wanted)
    rows = tuple(convert(dict(fields), NewRow) for fields in demo.ROWS)
    await _do(desk, row.id, ImportRows, rows=rows)
    offers = [await _offer(desk, row.id, terms) for terms in demo.OFFERS]
    await _start(desk, row.id, offers)
    return await desk.shows.get(row.id)


async def _offer(desk: Desk, show_id: str, terms: Mapping[str, Any]) -> str:
    accepted = await _do(desk, show_id, DefineOffer, offer=convert(dict(terms), Terms))
    offer: str = accepted.rows[0].event.offer.id  # type: ignore[attr-defined]  # the first row of DefineOffer
    return offer


async def _start(desk: Desk, show_id: str, offers: list[str]) -> None:
    """On air at the first product, with one coupon running and one flash price ready."""
    first = (await desk.shows.get(show_id)).states["scripts"].in_order()[OPENING_ROW]
    await _do(desk, show_id, StartShow)
    await _do(desk, show_id, Jump, row=first.id)
    await _do(desk, show_id, PopProduct, product=first.products[0])
    await _do(desk, show_id, OpenPrice, product=first.products[0])
    for offer in (offers[0], offers[3]):
        await _do(desk, show_id, ArmOffer, offer=offer)
    await _do(desk, show_id, FireOffer, offer=offers[3])


async def _do(desk: Desk, show_id: str, kind: type[Command], **fields: Any) -> Accepted:
    outcome = await desk.gate.submit(show_id, kind(**_envelope(desk), **fields))
    if not isinstance(outcome, Accepted):
        raise RuntimeError(f"the demo's {kind.__name__} was refused: {outcome.why} {outcome.params}")
    return outcome


def _envelope(desk: Desk) -> dict[str, Any]:
    return {"command_id": desk.ids.uuid(), "issued_at": desk.clock.now_ms()}


def _plain(product: Any) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(product)
    return plain


async def rehearse(desk: Desk, show_id: str) -> None:
    """One second of a simulated audience after the other, until the show is over."""
    audience = Audience(seed=desk.clock.now_ms(), products=tuple(desk.shop.products.values()))
    while True:
        show = await desk.shows.get(show_id)
        if show.header.status == "ended":
            return
        await _second(desk, show, audience)
        await asyncio.sleep(SECOND_S)


async def _second(desk: Desk, show: Show, audience: Audience) -> None:
    items = audience.second(desk.clock.now_ms() - 1_000, _scene(show))
    try:
        await desk.gate.submit(show.id, RecordObservations(items=items, simulated=True, **_envelope(desk)))
    except (StoreUnavailableError, OverloadedError) as error:
        log.warning("a second of the rehearsal was lost: %s", error)


def _scene(show: Show) -> Scene:
    on_air = show.states["shelf"].on_air
    running = any(entry.state == "live" for entry in show.states["offers"].active())
    return Scene(on_air.product if on_air else None, running)
