"""A backup taken under load is whole; what comes back answers as before and lets no old screen go on from a hole."""

import asyncio
import contextlib
import json
import sqlite3
import uuid
from pathlib import Path

import pytest
from nodes import Client, Node, console, environment, now_ms, token_for
from websockets.asyncio.client import connect


class Desk:
    """Presses on as fast as it is answered, and keeps every command with its answer."""

    def __init__(self, client, show):
        self.client, self.show = client, show
        self.answered = []

    async def press_on(self):
        while True:
            await self.press()

    async def press(self):
        command = {"command_id": str(uuid.uuid4()), "issued_at": now_ms(), "type": "mark", "note": "x" * 50}
        answer = await self.client.http.post(f"/api/v1/shows/{self.show}/commands", json=command)
        assert answer.status_code == 200, answer.text
        self.answered.append((command, answer.content))


@contextlib.asynccontextmanager
async def served(told, log):
    """A client on a node that ends well."""
    token = await asyncio.to_thread(token_for, told)
    node = Node(told, log)
    try:
        await asyncio.to_thread(node.answering)
        client = Client(node.url, token)
        async with client.http:
            yield client
    finally:
        code = await asyncio.to_thread(node.end)
    assert code == 0


async def hello(client, show, epoch, seq):
    """What a screen with this cursor is told first."""
    address = f"{client.url.replace('http', 'ws')}/api/v1/shows/{show}/stream?epoch={epoch}&seq={seq}"
    async with connect(address, additional_headers={"Authorization": client.http.headers["Authorization"]}) as socket:
        return json.loads(await socket.recv())


async def worked_on(keeper, log):
    """A night at the desk with a backup in the middle: (desk, answered before it, the epoch, the last seq)."""
    async with served(keeper.told, log) as client:
        show = await client.show()
        await client.did(show, "start_show")
        desk = Desk(client, show)
        pressing = [asyncio.create_task(desk.press_on()) for _ in range(3)]
        await asyncio.sleep(0.3)
        before = list(desk.answered)
        await asyncio.to_thread(keeper.carry_away)
        after = len(desk.answered)
        for task in pressing:
            task.cancel()
        await asyncio.gather(*pressing, return_exceptions=True)
        for _ in range(3):
            await desk.press()
        assert before, "the backup was taken while commands were answered"
        assert after > len(before), "… and they were answered while it was taken"
        snapshot = await client.snapshot(show)
        return desk, before, snapshot["epoch"], snapshot["seq"]


async def test_what_comes_back_is_whole_answers_as_before_and_begins_another_epoch(keeper, tmp_path):
    desk, before, epoch, lost_seq = await worked_on(keeper, tmp_path / "log")
    await asyncio.to_thread(keeper.bring_back)
    verified = await asyncio.to_thread(console, keeper.back, "verify", desk.show)
    assert verified.exit_code == 0, verified.output
    async with served(keeper.back, tmp_path / "log") as client:
        snapshot = await client.snapshot(desk.show)
        assert snapshot["epoch"] != epoch
        assert snapshot["seq"] < lost_seq, "what came after the backup is gone"
        for command, answer in before[:20]:
            again = await client.http.post(f"/api/v1/shows/{desk.show}/commands", json=command)
            assert (again.status_code, again.content) == (200, answer)
        assert (await client.snapshot(desk.show))["seq"] == snapshot["seq"]
        await past(client, desk.show, lost_seq)
        told = await hello(client, desk.show, epoch, lost_seq)
        assert (told["resumed"], told["epoch"]) == (False, snapshot["epoch"])
        assert told["snapshot"]["seq"] > lost_seq


async def test_a_plain_copy_would_let_an_old_screen_go_on_from_rows_it_never_saw(keeper, tmp_path):
    """The control of the epoch: the same night, the store put back without `restore`."""
    desk, _, epoch, lost_seq = await worked_on(keeper, tmp_path / "log")
    await asyncio.to_thread(keeper.copy_back)
    async with served(keeper.back, tmp_path / "log") as client:
        assert (await client.snapshot(desk.show))["epoch"] == epoch
        await past(client, desk.show, lost_seq - 1)
        await hello(client, desk.show, epoch, lost_seq)  # so that a frame ends there, and none has it in its middle
        await past(client, desk.show, lost_seq)
        assert (await hello(client, desk.show, epoch, lost_seq))["resumed"] is True


async def past(client, show, seq):
    while (await client.did(show, "mark", note="other rows"))["seq"] <= seq:
        pass


def test_sign_ins_end_and_what_may_have_been_taken_back_is_said(keeper):
    told = keeper.told
    console(told, "migrate")
    console(told, "token", "add", "feed", "--role", "ingest")
    keeper.carry_away()
    keeper.copy_back()
    done = console(keeper.back, "restore", "--epochs-only")
    assert done.exit_code == 0, done.output
    assert "sign-ins have ended" in done.stderr
    assert "1 tokens and 0 links are as they were" in done.stderr


async def test_a_store_that_is_worked_on_is_not_replaced(keeper, tmp_path):
    async with served(keeper.told, tmp_path / "log") as client:
        show = await client.show()
        words = ("restore", "--epochs-only")
        done = await asyncio.to_thread(console, keeper.told, *words)
        assert done.exit_code == 1
        assert "stop" in done.stderr
        assert (await client.did(show, "start_show"))["seq"] == 2


@pytest.fixture
def kept(tmp_path):
    """(environment, show, backup file) on SQLite."""
    told = environment(tmp_path / "data")
    show = console(told, "show", "add", "晚场").stdout.strip()
    assert console(told, "backup", tmp_path / "b").exit_code == 0
    return told, show, tmp_path / "b"


def test_nothing_is_overwritten_unless_told(kept, tmp_path):
    told, show, file = kept
    before = file.read_bytes()
    assert "takes no other's place" in console(told, "backup", file).stderr
    assert file.read_bytes() == before
    assert "--replace puts it aside" in console(told, "restore", file).stderr
    done = console(told, "restore", file, "--replace")
    assert done.exit_code == 0, done.output
    (aside,) = (tmp_path / "data").glob("console.db.before-*")
    with sqlite3.connect(aside) as old:
        assert old.execute("SELECT id FROM shows").fetchall() == [(show,)]


def test_an_empty_store_is_no_obstacle(kept, tmp_path):
    fresh = environment(tmp_path / "fresh")
    console(fresh, "migrate")
    assert console(fresh, "restore", kept[2]).exit_code == 0
    assert console(fresh, "verify", kept[1]).exit_code == 0
    assert [path.name for path in (tmp_path / "fresh").iterdir()] == ["console.db"]


def test_a_backup_is_one_file_that_only_its_owner_reads(kept, tmp_path):
    assert kept[2].stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["b"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not a backup"),
        (b"PK\x03\x04 some archive", "not a backup"),
        (b"PGDMP\x01\x0e\x00", "pg_restore"),
        (b"SQLite format 3\0" + b"\xff" * 4096, "Error: "),
        ("tables of others", "no tables of a console"),
    ],
)
def test_another_kind_of_file_is_refused_and_nothing_is_left(tmp_path, content, why):
    told, file = environment(tmp_path / "data"), tmp_path / "given"
    if isinstance(content, str):
        altered(file, "CREATE TABLE others (a)")
    else:
        file.write_bytes(content)
    refused = console(told, "restore", file)
    assert refused.exit_code == 1
    assert why in refused.stderr
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("word", ["backup", "restore", "epochs"])
def test_a_broken_chain_is_neither_carried_away_nor_brought_back(kept, tmp_path, word):
    told, show, file = kept
    broken = file if word == "restore" else Path(told["CONSOLE_DATA_DIR"]) / "console.db"
    altered(broken, "UPDATE journal SET actor = 'p_other'")
    asked = {
        "backup": (told, "backup", tmp_path / "second"),
        "restore": (environment(tmp_path / "fresh"), "restore", file),
        "epochs": (told, "restore", "--epochs-only"),
    }[word]
    refused = console(*asked)
    assert refused.exit_code == 1
    assert f"Row 1 of show {show} does not follow" in refused.stderr
    assert not (tmp_path / "second").exists()
    assert not (tmp_path / "fresh/console.db").exists()


def altered(path, statement):
    with contextlib.closing(sqlite3.connect(path)) as raw, raw:
        raw.execute(statement)


def test_postgres_is_sent_to_its_own_tools(postgres, tmp_path):
    told = environment(tmp_path, postgres.database())
    assert "pg_dump" in console(told, "backup", tmp_path / "b").stderr
    (tmp_path / "given").write_bytes(b"")
    assert "pg_restore" in console(told, "restore", tmp_path / "given").stderr
