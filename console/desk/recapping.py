"""The recap of a stored show, made in a worker process or on the command line: journal in, bytes out."""

import asyncio
import gc
import re
from base64 import b64encode
from hashlib import sha256

from msgspec import Struct

from console.catalogue import SLICES, codec
from console.core.messages import Recorded
from console.desk.desk import Desk
from console.journal.database import Database
from console.journal.sql import SqlJournal
from console.recap.export import to_csv, to_json
from console.recap.model import Recap
from console.recap.page import render_html
from console.recap.report import build
from console.shows import PAGE_ROWS, Shows
from console.web.i18n import Catalogues
from console.web.templates import Templates

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "part": "text/html; charset=utf-8",
}
STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


class Wanted(Struct, frozen=True):
    """Which show, in which form (a key of MEDIA_TYPES; `part` is the fragment of our own page) and language, as of when."""

    database_url: str
    show_id: str
    form: str
    locale: str
    as_of_ms: int


async def recap_bytes(desk: Desk, show_id: str, form: str, locale: str) -> bytes:
    """The recap as of now, made in a worker, so that no screen waits for it. Raises UnknownShowError."""
    await desk.line(show_id)
    return await desk.workers.run(make_recap, Wanted(desk.database.url, show_id, form, locale, desk.clock.now_ms()))


def make_recap(wanted: Wanted) -> bytes:
    """Raises UnknownShowError, StoreUnavailableError."""
    # A fold keeps all it makes: collecting would walk a growing heap again and again for nothing.
    gc.disable()
    try:
        return _written(asyncio.run(_recap(wanted)), wanted)
    finally:
        gc.enable()


def _written(recap: Recap, wanted: Wanted) -> bytes:
    templates = Templates(Catalogues())
    translate = templates.catalogues[wanted.locale]
    match wanted.form:
        case "json":
            return to_json(recap, translate)
        case "csv":
            return to_csv(recap, translate)
    return render_html(templates, recap, wanted.locale, standalone=wanted.form == "html").encode(errors="replace")


def policy(page: bytes) -> str:
    """A policy under which the file shows its own style and nothing else runs or loads."""
    hashes = [f"'sha256-{b64encode(sha256(style).digest()).decode()}'" for style in STYLE.findall(page)]
    return f"default-src 'none'; style-src {' '.join(hashes) or chr(39) + 'none' + chr(39)}; frame-ancestors 'none'"


async def _recap(wanted: Wanted) -> Recap:
    database = Database(wanted.database_url)
    try:
        journal = SqlJournal(database, codec())
        show = await Shows(journal, SLICES).get(wanted.show_id)
        rows: list[Recorded] = []
        while len(rows) < show.seq:
            rows += await journal.read(wanted.show_id, len(rows), min(PAGE_ROWS, show.seq - len(rows)))
        return build(show, rows, wanted.as_of_ms)
    finally:
        await database.close()
