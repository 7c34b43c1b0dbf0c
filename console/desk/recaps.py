"""Recaps for whoever serves: made in the worker, so that no screen waits for one."""

from console.desk.desk import Desk
from console.desk.recapping import Wanted, make_recap


async def recap_bytes(desk: Desk, show_id: str, form: str, locale: str) -> bytes:
    """The recap as of now. Raises UnknownShowError."""
    await desk.line(show_id)
    return await desk.workers.run(make_recap, Wanted(desk.database.url, show_id, form, locale, desk.clock.now_ms()))
