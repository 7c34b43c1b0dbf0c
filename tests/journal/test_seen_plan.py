"""What is looked up costs by what is asked, not by what is there, also when the plan was made on an empty table."""

import statistics
import time

import pytest
from bare_shows import add_show
from engines import PostgresServer
from sqlalchemy import Connection

from console.core.lifecycle import EVENTS
from console.journal import seen
from console.journal.codec import Codec
from console.journal.database import Database
from console.journal.port import ShowRow
from console.journal.sql import SqlJournal
from console.journal.tables import METADATA

BATCH, BATCHES, EACH = 500, 24, 5


async def growth(url: str) -> float:
    """How many times longer the last look-ups take than the first, while a source sends batch after batch."""
    database = Database(url)
    await database.run(METADATA.create_all)
    journal = SqlJournal(database, Codec(EVENTS))
    await add_show(journal, ShowRow("s1", "e1"))
    took = [await look_up_and_mark(journal, number) for number in range(BATCHES)]
    await database.close()
    return statistics.median(took[-EACH:]) / statistics.median(took[1 : 1 + EACH])


async def look_up_and_mark(journal: SqlJournal, number: int) -> float:
    keys = [("room", str(at)) for at in range(number * BATCH, (number + 1) * BATCH)]
    async with journal.writing("s1") as writing:
        began = time.perf_counter()
        assert await writing.known(keys) == {}
        took = time.perf_counter() - began
        await writing.mark_seen(dict.fromkeys(keys, bytes(16)))
    return took


async def test_a_source_that_has_sent_much_is_looked_up_as_fast(database_url: str) -> None:
    assert await growth(database_url) < 5


async def test_control_a_list_of_ids_is_compared_with_all_there_is(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = seen._STATEMENTS["postgresql"]
    listed = "SELECT id, digest FROM seen WHERE show_id = $1 AND source = $2 AND id = ANY ($3::varchar[])"
    monkeypatch.setitem(seen._STATEMENTS, "postgresql", statements._replace(known=listed))
    assert await growth(postgres.database()) > 5


async def test_no_question_is_compiled_to_machine_code(postgres: PostgresServer) -> None:
    """A question without an index is priced beyond any bound here; compiling it took 300 ms for a table of one row."""
    database = Database(postgres.database())
    asked = await database.run(lambda connection: connection.exec_driver_sql(PLAN).scalars().all())
    control = await database.run(lambda connection: (connection.exec_driver_sql("SET jit = on"), compiled(connection)))
    await database.close()
    assert not any("JIT" in line for line in asked)
    assert control[1]


PLAN = "EXPLAIN ANALYZE SELECT relname FROM pg_class WHERE relname = 'x' OR relkind = 'r'"


def compiled(connection: Connection) -> bool:
    return any("JIT" in line for line in connection.exec_driver_sql(PLAN).scalars())
