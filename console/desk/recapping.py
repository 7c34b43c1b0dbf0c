"""The recap of a stored show, made in a worker process or on the command line: journal in, bytes out."""

import asyncio
import gc
import re
from base64 import b64encode
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from console.accounts.names import names
from console.catalogue import SLICES, codec
from console.core.messages import Recorded
from console.core.show import Show
from console.journal.database import Database
from console.journal.port import Journal, UnknownShowError
from console.journal.sql import SqlJournal
from console.recap.export import to_csv, to_json
from console.recap.model import Recap
from console.recap.page import render_html
from console.recap.report import build
from console.shows import PAGE_ROWS
from console.web.i18n import Catalogues
from console.web.templates import Templates

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "html": "text/html",
    "part": "text/html",
}
READ = tuple(
    replace(piece, state=piece.memory.whole) if piece.memory else piece for piece in SLICES if piece.name != "shelf"
)
"""With every line of the show. A recap counts what was sold from the orders themselves; folding the shelf would be a
sixth of its time."""
STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


class Wanted(Struct, frozen=True):
    """Which show, in which form (a key of MEDIA_TYPES; `part` is the fragment of our own page) and language, as of when."""

    database_url: str
    show_id: str
    form: str
    locale: str
    as_of_ms: int


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
        show, rows = await _folded(SqlJournal(database, codec()), wanted.show_id)
        return build(show, rows, wanted.as_of_ms, await database.read(names))
    finally:
        await database.close()


async def _folded(journal: Journal, show_id: str) -> tuple[Show, list[Recorded]]:
    """As far as a recap asks; each row is read once."""
    line = await journal.show(show_id)
    if line is None:
        raise UnknownShowError(show_id)
    show, rows = Show(line.id, line.epoch, READ), []
    while page := await journal.read(show_id, show.seq, PAGE_ROWS):
        rows += page
        for row in page:
            show.evolve(row)
    return show, rows
