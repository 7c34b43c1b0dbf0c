"""While nodes are upgraded one by one, an old one meets what a new one wrote: it says so and keeps serving the rest."""

import asyncio

import pytest
from click.testing import CliRunner
from nodes import PATIENCE_S, Client, Node, environment, token_for, until
from sqlalchemy import text
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from console.catalogue import EVENTS
from console.cli import main
from console.core.messages import Event, Recorded
from console.journal.codec import Codec, NewerRowError
from console.journal.database import Database
from console.journal.sql import SqlJournal
from console.migrate import HEAD
from console.realtime.protocol import RESTART


class SlotOpened(Event, frozen=True):
    """What only the next release knows."""

    slot: str


class ShowStarted(Event, frozen=True):
    """As the next release has it."""

    version = 2
    by: str


@pytest.fixture
def told(database_url, tmp_path):
    return environment(tmp_path, database_url)


async def newer_program_writes(told, show_id):
    """Its row at the end of the show; the new head."""
    database = Database(told["CONSOLE_DATABASE_URL"])
    async with SqlJournal(database, Codec([*EVENTS, SlotOpened])).writing(show_id) as writing:
        row = Recorded(show_id=show_id, seq=writing.head + 1, at_ms=1, actor="system", event=SlotOpened(slot="a"))
        await writing.append([row])
    await database.close()
    return row.seq


@pytest.mark.parametrize(("kind", "version"), [("slot_opened", 1), ("show_started", 2)])
def test_a_row_of_the_next_release_is_not_guessed_at(kind, version):
    event = {"slot_opened": SlotOpened(slot="a"), "show_started": ShowStarted(by="p")}[kind]
    codec = Codec(EVENTS)
    with pytest.raises(NewerRowError, match="newer program"):
        codec.decode(kind, version, codec.encode(event))


def test_a_field_the_next_release_added_is_passed_over():
    """So a new optional field needs no new version, and old nodes go on."""
    codec = Codec(EVENTS)
    assert codec.decode("show_started", 1, b'{"type": "show_started", "by": "p1"}') == codec.decode(
        "show_started", 1, b'{"type": "show_started"}'
    )


@pytest.fixture
def serving():
    """Nodes that end well, however the test ends."""
    begun = []

    def serve(told, log):
        begun.append(Node(told, log))
        return begun[-1].answering()

    yield serve
    assert [node.end() for node in begun] == [0] * len(begun)


async def test_an_old_node_lets_go_of_that_show_aloud_and_serves_the_others(told, serving, tmp_path):
    log = tmp_path / "log"
    token = await asyncio.to_thread(token_for, told)
    client = Client(serving(told, log).url, token)
    upgraded, other = await client.show(), await client.show()
    async with client.stream(other) as screen, opened(client, upgraded) as socket:
        await newer_program_writes(told, upgraded)
        async with asyncio.timeout(PATIENCE_S):
            await socket.wait_closed()
        assert socket.close_code == RESTART, "the screen comes back, to another node where there is one"
        for refused in (await client.press(upgraded, "start_show"), await read(client, upgraded)):
            assert refused.status_code == 503, refused.text
        with pytest.raises(InvalidStatus, match="503"):
            async with opened(client, upgraded):
                pass
        seq = (await client.did(other, "start_show"))["seq"]
        await until(lambda: screen.has(seq))
    assert log.read_text("utf-8").count("cannot be followed here") == 1, "said once, not at every look"


async def read(client, show):
    return await client.http.get(f"/api/v1/shows/{show}")


def opened(client, show):
    address = f"{client.url.replace('http', 'ws')}/api/v1/shows/{show}/stream"
    return connect(address, additional_headers={"Authorization": client.http.headers["Authorization"]})


@pytest.mark.parametrize("word", ["migrate", "serve"])
def test_an_old_program_leaves_a_newer_store_alone(told, word):
    run = CliRunner().invoke
    assert run(main, ["migrate"], env=told).exit_code == 0
    asyncio.run(set_revision(told["CONSOLE_DATABASE_URL"], "9999"))
    found = run(main, [word], env=told)
    assert found.exit_code == 1
    assert f"tables are at 9999, this program knows {HEAD}; run the newer program" in found.stderr
    assert "Traceback" not in found.stderr
    assert f"WRONG tables at 9999, wanted {HEAD}" in run(main, ["doctor"], env=told).stdout


async def set_revision(url, revision):
    database = Database(url)
    await database.run(lambda c: c.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision}))
    await database.close()
