"""A journal with one show in it, in memory and on every engine."""

import pytest
from bare_shows import add_show

from console.core.lifecycle import EVENTS, ShowStarted
from console.core.messages import Recorded
from console.journal.codec import Codec
from console.journal.database import Database
from console.journal.memory import MemoryJournal
from console.journal.port import ShowRow
from console.journal.sql import SqlJournal
from console.journal.tables import METADATA

ENGINES = ("sqlite", "postgres")


def row(seq, event=None):
    return Recorded(
        show_id="s1", seq=seq, at_ms=1000 + seq, actor="p1", event=event or ShowStarted(), command_id=f"c{seq}"
    )


def fresh_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.db'}"
    return request.getfixturevalue("postgres").database()


@pytest.fixture(params=["memory", *ENGINES])
async def journal(request, tmp_path):
    codec = Codec(EVENTS)
    database = None
    if request.param == "memory":
        journal = MemoryJournal(codec)
    else:
        database = Database(fresh_url(request, tmp_path))
        await database.run(METADATA.create_all)
        journal = SqlJournal(database, codec)
    await add_show(journal, ShowRow("s1", "e1"))
    yield journal
    if database:
        await database.close()


@pytest.fixture(params=ENGINES)
async def stored(request, tmp_path):
    """A database, and a journal in it with one show."""
    database = Database(fresh_url(request, tmp_path))
    await database.run(METADATA.create_all)
    journal = SqlJournal(database, Codec(EVENTS))
    await add_show(journal, ShowRow("s1", "e1"))
    yield database, journal
    await database.close()
