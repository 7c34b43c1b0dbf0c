"""The composition root: every collaborator is made here once and handed on by name."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.handlers import WebsocketRouteHandler
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from console.accounts.accounts import Accounts
from console.admission import Admissions, closer
from console.api import HANDLERS as API
from console.api import openapi
from console.api.answers import TRANSLATIONS
from console.api.health import HANDLERS as HEALTH
from console.api.reading import CommandReader
from console.catalogue import PUBLIC_COMMANDS, SLICES, codec
from console.clock import Clock, Ids
from console.core.messages import Recorded
from console.core.show import Show
from console.desk.desk import Desk
from console.desk.lookups import ShopLookups
from console.desk.rehearsing import rehearse
from console.desk.workers import Workers
from console.following import Following
from console.gate import Gate
from console.health import Health
from console.journal.database import Database
from console.journal.port import UnknownShowError
from console.journal.sql import SqlJournal
from console.lateness import measure
from console.limits import COMMAND_BODY_BYTES
from console.load import Load
from console.pages import HANDLERS as PAGES
from console.realtime.bus import Bus, MemoryBus
from console.realtime.hub import Hub
from console.realtime.server import Ending
from console.realtime.socket import Refusal, socket_routes
from console.screens import LOOKED_AT, screens
from console.settings import Settings
from console.shop.shop import Shop
from console.shows import Shows
from console.snapshot import feed
from console.tasks import Work, kept_up
from console.timers import Timers
from console.web import errors, sign_in
from console.web.asking import locale_of
from console.web.census import check_routes
from console.web.door import Door
from console.web.headers import add_headers
from console.web.i18n import ROOT, Catalogues
from console.web.numbers import only_whole_numbers
from console.web.pages import STAFF
from console.web.rates import Rates
from console.web.telemetry import Telemetry, Timing, make_log, metrics_route
from console.web.templates import Templates

Tasks = dict[str, Work]
"""What runs for as long as the process serves, by name."""


class Console(Struct, frozen=True):
    """One running console: what serves it and what a caller may want to reach."""

    app: Litestar
    desk: Desk
    hub: Hub
    timers: Timers
    catalogues: Catalogues
    ending: Ending


def make_desk(settings: Settings, clock: Clock, ids: Ids) -> Desk:
    """The inside without any door: also what the command line works with."""
    database = Database(settings.database_url)
    journal = SqlJournal(database, codec())
    shows = Shows(journal, SLICES)
    shop = Shop(database)
    gate = Gate(journal=journal, shows=shows, slices=SLICES, lookups=ShopLookups(shop), clock=clock, ids=ids)
    accounts = Accounts(database, clock, ids)
    return Desk(
        database=database,
        gate=gate,
        journal=journal,
        shows=shows,
        shop=shop,
        accounts=accounts,
        clock=clock,
        ids=ids,
        workers=Workers(),
    )


def make_console(
    settings: Settings,
    clock: Clock | None = None,
    ids: Ids | None = None,
    *,
    rehearse_show: str | None = None,
    rates: Rates | None = None,
) -> Console:
    """Everything, wired; nothing runs before the app starts. `rehearse_show` gets a simulated audience."""
    desk = make_desk(settings, clock or Clock(), ids or Ids())
    catalogues = Catalogues()
    templates = Templates(catalogues)
    bus = _bus(settings, desk.ids)
    hub = _hub(desk, templates, bus)
    timers = Timers(desk.gate, desk.shows, desk.clock)
    desk.shows.listen(timers.follow)
    desk.shows.recall(timers.recall)
    desk.shows.keep(hub.follows)
    desk.accounts.on_revoked(closer(hub))
    load = _load(hub)
    health = _health(desk, bus, hub, load)
    made = _Made(settings, desk, hub, templates, health, load, Ending(), Telemetry(), rates or Rates())
    app = _litestar(made, _tasks(desk, timers, bus, rehearse_show) | _watches(health, load))
    check_routes(app)
    return Console(app, desk, hub, timers, catalogues, made.ending)


def _bus(settings: Settings, ids: Ids) -> Bus:
    if settings.redis_url is None:
        return MemoryBus()
    from console.realtime.bus_redis import RedisBus  # noqa: PLC0415 - one process alone starts without it

    return RedisBus(settings.redis_url, ids.fresh())


def _hub(desk: Desk, templates: Templates, bus: Bus) -> Hub:
    now_ms = desk.clock.now_ms
    hub = Hub(screens=screens(), render=templates.render_part, feed=feed(SLICES, now_ms), now_ms=now_ms, bus=bus)

    def publish(show: Show, rows: Sequence[Recorded]) -> None:
        hub.publish(show, rows)
        bus.publish(show.id, show.seq)

    desk.shows.listen(publish)
    desk.shows.lose(hub.close_show)
    return hub


def _load(hub: Hub) -> Load:
    load = Load()
    load.listen(lambda: hub.slow(load.pace_s))
    return load


def _watches(health: Health, load: Load) -> Tasks:
    return {"health": health.run, "load": lambda: measure(load)}


def _health(desk: Desk, bus: Bus, hub: Hub, load: Load) -> Health:
    health = Health(database=desk.database, journal=desk.journal, shop=desk.shop, bus=bus, load=load)
    health.listen(hub.degraded)
    desk.gate.on_unstored(health.unstored)
    return health


class _Made(Struct, frozen=True):
    """What the doors are made of."""

    settings: Settings
    desk: Desk
    hub: Hub
    templates: Templates
    health: Health
    load: Load
    ending: Ending
    telemetry: Telemetry
    rates: Rates


def _litestar(made: _Made, tasks: Tasks) -> Litestar:
    desk, templates, log = made.desk, made.templates, make_log(sys.stderr)
    return Litestar(
        route_handlers=_routes(made),
        dependencies={name: Provide(_constant(value), sync_to_thread=False) for name, value in _given(made).items()},
        middleware=[
            Timing(made.telemetry, log),
            Door(desk.accounts, templates, made.settings.allowed_origins, made.rates, made.load),
        ],
        exception_handlers={Exception: errors.handler(templates, log, TRANSLATIONS)},
        before_request=only_whole_numbers,
        before_send=[add_headers, made.telemetry.count_answer],
        request_max_body_size=COMMAND_BODY_BYTES,
        openapi_config=openapi.config(PUBLIC_COMMANDS),
        lifespan=[lambda _app: running(desk, tasks)],
        logging_config=None,
    )


def _given(made: _Made) -> dict[str, Any]:
    """What handlers may ask for by name."""
    return {
        "desk": made.desk,
        "templates": made.templates,
        "catalogues": made.templates.catalogues,
        "reader": CommandReader(PUBLIC_COMMANDS),
        "origins": made.settings.allowed_origins,
        "telemetry": made.telemetry,
        "condition": made.health,
        "ending": made.ending,
        "load": made.load,
    }


def _routes(made: _Made) -> list[ControllerRouterHandler]:
    desk, origins = made.desk, made.settings.allowed_origins
    return [
        Router("/api/v1", route_handlers=list(API)),
        *HEALTH,
        *PAGES,
        sign_in.routes(sign_in.SignIn(desk.accounts, made.templates, desk.ids, origins)),
        metrics_route(made.telemetry, desk.accounts, _gauges(made)),
        *_sockets(made),
        create_static_files_router("/static", directories=[ROOT / "static"], opt={"public": True, "rate": "read"}),
    ]


def _gauges(made: _Made) -> Work:
    async def set_all() -> None:
        made.telemetry.tasks.set(len(asyncio.all_tasks()))
        made.telemetry.load.set(made.load.level)
        for screen, watching in made.hub.watching_by_screen().items():
            made.telemetry.sockets.labels(screen).set(watching)
        for what in ("store", "bus"):
            made.telemetry.degraded.labels(what).set(what in made.health.degraded)

    return set_all


def _sockets(made: _Made) -> list[WebsocketRouteHandler]:
    admissions = Admissions(made.desk.accounts, made.settings.allowed_origins)

    async def load(show_id: str) -> Show | None:
        try:
            return await made.desk.shows.get(show_id)
        except UnknownShowError:
            return None

    def say(socket: Any, refusal: Refusal) -> str:
        return made.templates.catalogues[locale_of(socket)](refusal.why, seconds=refusal.wait_s)

    def wait(screen: str) -> Refusal | None:
        later = made.load.later("viewer") if screen in LOOKED_AT else None
        return Refusal(503, later.why, later.seconds) if later else None

    return socket_routes(
        made.hub, admissions.authorise, load, say=say, wait=wait, opt={"roles": STAFF, "link": True, "rate": "screen"}
    )


def _tasks(desk: Desk, timers: Timers, bus: Bus, rehearse_show: str | None) -> Tasks:
    following = Following(
        database=desk.database, journal=desk.journal, shows=desk.shows, shop=desk.shop, bus=bus,
        changed=desk.accounts.poll,
    )  # fmt: skip
    tasks: Tasks = {
        "bus": bus.run,
        "timers": timers.run,
        "accounts": desk.accounts.watch,
        "following": following.run,
        "folds": desk.shows.run,
    }
    if rehearse_show:
        tasks["rehearsal"] = lambda: rehearse(desk, rehearse_show)
    return tasks


def _constant(value: Any) -> Any:
    return lambda: value


@asynccontextmanager
async def running(desk: Desk, tasks: Tasks) -> AsyncIterator[None]:
    """The console's own tasks, for as long as the process serves."""
    await desk.shop.load()
    for show_on_air in await desk.journal.heads(()):
        await desk.shows.get(show_on_air)
    started = [asyncio.create_task(kept_up(name, make), name=name) for name, make in tasks.items()]
    try:
        yield
    finally:
        for task in started:
            task.cancel()
        await asyncio.gather(*started, return_exceptions=True)
        desk.workers.close()
        desk.accounts.close()
        await desk.database.close()
