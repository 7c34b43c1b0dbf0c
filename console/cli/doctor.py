"""`console doctor`: what is configured, what is unsafe, what is missing; one line a finding."""

import asyncio
from collections.abc import Iterator

import click
from sqlalchemy import make_url

from console.cli.durable import Finding, durability, writable
from console.cli.surroundings import bus, network, sharing
from console.clock import Ids
from console.realtime.bus_redis import RedisBus
from console.realtime.sendloop import FASTEST, leave_all
from console.settings import Settings
from console.web.i18n import ROOT

BUS_LOOKS, BUS_LOOK_S = 30, 0.1


def examine(settings: Settings) -> int:
    """Print every finding; exit status 1 when one of them is wrong."""
    findings = list(_findings(settings))
    for good, text in findings:
        click.echo(f"{'ok   ' if good else 'WRONG'} {text}")
    return 0 if all(good for good, _ in findings) else 1


def _findings(settings: Settings) -> Iterator[Finding]:
    yield True, f"data directory {settings.data_dir}"
    yield _database_kind(settings)
    yield from sharing(settings)
    yield asyncio.run(_bus(settings))
    yield from bus(settings)
    yield True, f"frames are written by {_send_loop()}"
    yield from asyncio.run(_store(settings))
    yield from _front_end()
    yield from network(settings)


def _database_kind(settings: Settings) -> Finding:
    return True, f"database {make_url(settings.database_url).render_as_string(hide_password=True)}"


def _send_loop() -> str:
    if FASTEST is leave_all:
        return "the loop in Python, a little slower: no C compiler was there when the console was installed"
    return "the loop in C"


async def _bus(settings: Settings) -> Finding:
    if settings.redis_url is None:
        return True, "no bus: other processes are heard by looking at the store, within a second"
    bus = RedisBus(settings.redis_url, Ids().fresh())
    running = asyncio.create_task(bus.run())
    for _ in range(BUS_LOOKS):
        await asyncio.sleep(BUS_LOOK_S)
        if bus.carries:
            break
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return bus.carries, f"bus on Redis: {bus.degraded or 'carries'}"


async def _store(settings: Settings) -> list[Finding]:
    kept_here = make_url(settings.database_url).get_backend_name() == "sqlite"
    if kept_here and not settings.data_dir.is_dir():
        return [(False, "the data directory is missing; `console migrate` makes it")]
    return [*await durability(settings), await writable(settings)]


def _front_end() -> Iterator[Finding]:
    for name in ("htmx.js", "uplot.js", "uplot.css", "sortable.js"):
        if not (ROOT / "static" / "vendor" / name).exists():
            yield False, f"static/vendor/{name} is missing; `make setup` brings it"
