"""How many folds a process holds, whatever was looked at, and which of them it may never let go."""

import gc
import sys
from contextlib import asynccontextmanager

import httpx
import pytest

from console.app import make_console
from console.core.lifecycle import EVENTS, LIFECYCLE, ShowCreated, ShowEnded, ShowStarted, TargetsSet
from console.core.messages import Recorded
from console.core.show import Show
from console.journal.codec import Codec
from console.journal.memory import MemoryJournal
from console.journal.port import ShowRow
from console.migrate import migrate
from console.realtime.watcher import Admission
from console.settings import Settings
from console.shows import IDLE_SWEEPS, SPARE_FOLDS, Shows

MANY = 1_000
WATCHING = Admission(person_id="p1", session_id="se1", roles=frozenset())


def rows_of(show_id, events):
    return [Recorded(show_id=show_id, seq=seq, at_ms=seq, actor="p", event=e) for seq, e in enumerate(events, start=1)]


async def write(journal, show_id, *events):
    async with journal.creating(ShowRow(show_id, "e")) as writing:
        await writing.append(rows_of(show_id, (ShowCreated(title=show_id), *events)))


@pytest.fixture
async def journal():
    journal = MemoryJournal(Codec(EVENTS))
    await write(journal, "live", ShowStarted())
    for number in range(MANY):
        await write(journal, f"s{number}", ShowStarted(), ShowEnded())
    return journal


@pytest.fixture
def shows(journal):
    return Shows(journal, (LIFECYCLE,))


async def look_at_all(shows):
    await shows.get("live")
    for number in range(MANY):
        await shows.get(f"s{number}")


def folds_in_memory():
    gc.collect()
    return sum(isinstance(one, Show) for one in gc.get_objects())


async def test_a_thousand_shows_looked_at_leave_a_dozen_folds_and_the_one_on_air(shows):
    before = folds_in_memory()
    await look_at_all(shows)
    assert folds_in_memory() - before == SPARE_FOLDS + 1
    assert shows.known() == ("live", *(f"s{number}" for number in range(MANY - SPARE_FOLDS, MANY)))


async def test_control_without_the_bound_all_of_them_stay(shows, monkeypatch):
    monkeypatch.setattr("console.shows.SPARE_FOLDS", sys.maxsize)
    before = folds_in_memory()
    await look_at_all(shows)
    assert folds_in_memory() - before == MANY + 1


async def test_what_nobody_asks_for_goes_after_some_sweeps(shows):
    await look_at_all(shows)
    for _ in range(IDLE_SWEEPS):
        shows.sweep()
        await shows.get("s999")
    assert len(shows.known()) == SPARE_FOLDS + 1
    shows.sweep()
    assert shows.known() == ("live", "s999")


async def test_the_clockwork_asking_is_no_use(shows):
    await look_at_all(shows)
    for _ in range(IDLE_SWEEPS + 1):
        assert shows.known() == tuple(show.id for show in await shows.followed())
        shows.sweep()
    assert shows.known() == ("live",)


async def test_what_was_let_go_is_folded_again_when_asked_for(shows):
    await look_at_all(shows)
    show = await shows.get("s0")
    assert (show.seq, show.header.status) == (3, "ended")
    assert shows.seq("s0") == 3


async def test_a_show_that_is_watched_stays(shows):
    shows.keep(lambda show: show.id == "s5")
    await look_at_all(shows)
    for _ in range(IDLE_SWEEPS + 1):
        shows.sweep()
    assert set(shows.known()) == {"live", "s5"}


async def test_a_show_that_is_worked_on_stays(shows):
    async with shows.alone("s5"):
        await look_at_all_but(shows, "s5")
        for _ in range(IDLE_SWEEPS + 1):
            shows.sweep()
        assert set(shows.known()) == {"live", "s5"}


async def look_at_all_but(shows, busy):
    await shows.get("live")
    for number in range(30):
        if f"s{number}" != busy:
            await shows.get(f"s{number}")


async def test_it_may_go_once_it_has_ended(shows, journal):
    await shows.get("live")
    async with journal.writing("live") as writing:
        await writing.append([Recorded(show_id="live", seq=3, at_ms=3, actor="p", event=ShowEnded())])
    await shows.catch_up("live")
    for _ in range(IDLE_SWEEPS + 1):
        shows.sweep()
    assert shows.known() == ()


async def test_what_is_let_go_while_it_is_followed_elsewhere_is_read_whole_when_it_comes_back(shows, journal):
    await look_at_all(shows)
    async with journal.writing("s0") as writing:
        await writing.append([Recorded(show_id="s0", seq=4, at_ms=4, actor="p", event=TargetsSet(targets={"n": 1}))])
    assert (await shows.fresh("s0")).header.targets == {"n": 1}


@asynccontextmanager
async def served(tmp_path):
    """A console over a file with 50 shows, one of them on air, just started; and how to ask it."""
    console = make_console(Settings.read({"CONSOLE_DATA_DIR": str(tmp_path)}))
    await migrate(console.desk.database)
    for number in range(50):
        await write(console.desk.journal, f"s{number}", *([ShowStarted()] if number == 7 else []))
    _, token = await console.desk.accounts.add_token("reader", ["producer"])
    async with console.app.lifespan():
        transport = httpx.ASGITransport(console.app)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://console.test", headers=headers) as client:
            yield console, client


async def test_a_start_folds_what_is_on_air_and_the_lists_fold_nothing(tmp_path):
    async with served(tmp_path) as (console, client):
        assert console.desk.shows.known() == ("s7",)
        items = (await client.get("/api/v1/shows")).json()["items"]
        assert [item["id"] for item in items if item["status"] == "live"] == ["s7"]
        assert len(items) == 50
        assert (await client.get("/shows")).text.count('class="show-line"') == 50
        await client.get("/api/v1/shows/s3/journal")
        assert console.desk.shows.known() == ("s7",)


async def test_a_screen_open_on_a_show_keeps_its_fold_and_a_page_read_once_does_not(tmp_path):
    async with served(tmp_path) as (console, client):
        for name in ("s3", "s4"):
            assert (await client.get(f"/shows/{name}/plan")).status_code == 200
        shows = console.desk.shows
        console.hub.prepare(await shows.get("s4"), "plan", WATCHING)
        for _ in range(IDLE_SWEEPS + 1):
            shows.sweep()
        assert set(shows.known()) == {"s7", "s4"}


async def test_a_show_just_made_is_held_and_listed(tmp_path):
    async with served(tmp_path) as (console, client):
        made = [(await client.post("/api/v1/shows", json={"title": f"新的 {n}"})).json() for n in range(3)]
        shows = [await console.desk.shows.get(one["id"]) for one in made]
        assert [show.seq for show in shows] == [1, 1, 1]
        lines = [await console.desk.line(one["id"]) for one in made]
        assert [(line.title, line.head) for line in lines] == [(f"新的 {n}", 1) for n in range(3)]


async def test_the_list_shows_the_newest_of_the_ended_and_all_when_asked(tmp_path, monkeypatch):
    monkeypatch.setattr("console.pages.lobby.ENDED_SHOWN", 2)
    async with served(tmp_path) as (console, client):
        for number in range(5):
            await write(
                console.desk.journal, f"e{number}", ShowStarted(), *[TargetsSet(targets={})] * number, ShowEnded()
            )
        listed, whole = (await client.get("/shows")).text, (await client.get("/shows?all=true")).text
        assert listed.count('class="show-line"') == 52
        assert [f"/shows/e{number}/plan" in listed for number in range(5)] == [False, False, False, True, True]
        assert "?all=true" in listed
        assert whole.count('class="show-line"') == 55
        assert "?all=true" not in whole
