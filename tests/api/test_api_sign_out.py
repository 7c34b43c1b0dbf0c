"""Signing out while a hundred requests are under way: what comes after its answer is nobody's, and nothing brings it back."""

import asyncio
import time

import httpx
import pytest

from console.accounts import accounts as facade
from console.accounts.accounts import Accounts
from console.clock import Ids
from tests.api.conftest import LiveShow, Server
from tests.api.test_api_rights import Person, beside, code_of

REQUESTS, BEFORE, AFTER = 100, 25, 20


async def raced(server: Server, path: str, cookie: str, csrf: str) -> tuple[list[httpx.Response], list[httpx.Response]]:
    """Answers to requests sent before one sign-out was answered, and after it; sent on until there are enough of both.

    However slow the machine: what is counted is requests, not seconds.
    """
    limits = httpx.Limits(max_connections=40)
    how = {"base_url": server.url, "headers": {"Cookie": cookie}, "limits": limits, "timeout": 60}
    async with httpx.AsyncClient(**how) as browser, httpx.AsyncClient(**how) as leaving:

        async def leave() -> None:
            answer = await leaving.post("/sign-out", data={"csrf": csrf}, headers={"Origin": server.url})
            assert answer.status_code == 303

        before, after = [asyncio.create_task(browser.get(path))], []
        await before[0]
        over = None
        while len(after) < AFTER or len(before) + len(after) < REQUESTS:
            if over is None and len(before) == BEFORE:
                over = asyncio.create_task(leave())
            (after if over and over.done() else before).append(asyncio.create_task(browser.get(path)))
            await asyncio.sleep(0.015)
        await over
        return await asyncio.gather(*before), await asyncio.gather(*after)


@pytest.mark.parametrize("path", ["/api/v1/shows", "/shows"])
def test_none_of_a_hundred_requests_outlives_the_sign_out(live: LiveShow, path: str) -> None:
    server, person = live.server, Person(live.server, "host")
    cookie = f"console_session={person.browser.cookies['console_session']}"
    with person.watches(f"/live/{live.id}/host") as socket:
        socket.recv(timeout=5)
        before, after = asyncio.run(raced(server, path, cookie, person.csrf))
        assert code_of(socket) == 4401
    assert {answer.status_code for answer in after} <= {401, 303}
    assert [
        answer for answer in after if answer.status_code == 303 and "/sign-in" not in answer.headers["location"]
    ] == []
    assert any(answer.status_code == 200 for answer in before)
    assert not any("console_session" in answer.headers.get("set-cookie", "") for answer in before + after)
    for _ in range(3):
        assert httpx.get(f"{server.url}/api/v1/shows", headers={"Cookie": cookie}).status_code == 401


def test_a_cookie_somebody_planted_is_not_adopted(server: Server) -> None:
    person = Person(server, "host")
    with httpx.Client(base_url=server.url, cookies={"console_session": "planted"}) as browser:
        signs_in(browser, person)
        assert browser.cookies.get("console_session", domain="127.0.0.1") != "planted"
    assert httpx.get(f"{server.url}/api/v1/shows", cookies={"console_session": "planted"}).status_code == 401


def test_signing_in_again_ends_the_sign_in_before_and_its_screens(live: LiveShow) -> None:
    person = Person(live.server, "host")
    old = person.browser.cookies["console_session"]
    with person.watches(f"/live/{live.id}/host") as socket:
        socket.recv(timeout=5)
        signs_in(person.browser, person)
        assert code_of(socket) == 4401
    assert httpx.get(f"{live.server.url}/api/v1/shows", cookies={"console_session": old}).status_code == 401
    assert person.browser.get("/api/v1/shows").status_code == 200


def signs_in(browser: httpx.Client, person: Person) -> None:
    form = browser.get("/sign-in").text.split('name="csrf" value="')[1].split('"')[0]
    fields = {"name": person.name, "password": "a long password 9", "csrf": form, "next": "/shows"}
    headers = {"Origin": person.server.url}
    assert browser.post("/sign-in", data=fields, headers=headers).status_code == 303


def test_the_word_of_the_command_line_closes_screens_within_two_seconds(live: LiveShow) -> None:
    person, other = Person(live.server, "host"), Person(live.server, "host")
    with person.watches(f"/live/{live.id}/host") as socket, other.watches(f"/live/{live.id}/host") as stays:
        for each in (socket, stays):
            each.recv(timeout=5)
        assert live.server.run("user", "disable", person.id).returncode == 0
        assert code_of(socket) == 4401
        stays.recv(timeout=5)
    assert person.browser.get("/api/v1/shows").status_code == 401


def test_a_sign_in_that_runs_out_closes_its_screens(live: LiveShow) -> None:
    person = Person(live.server, "host")

    async def run_out(desk):
        secret = facade.secret_hash(person.browser.cookies["console_session"])
        now_ms = desk.clock.now_ms()
        await desk.database.run(
            lambda connection: connection.exec_driver_sql(
                "UPDATE sessions SET expires_at = ? WHERE id_hash = ?", (now_ms + 200, secret)
            )
        )

    with person.watches(f"/live/{live.id}/host") as socket:
        socket.recv(timeout=5)
        beside(live.server, run_out)
        assert code_of(socket) == 4401


def test_what_a_link_opened_ends_with_the_link_also_for_somebody_signed_in(live: LiveShow) -> None:
    server, person = live.server, Person(live.server, "moderator")
    made = server.post(live.path + "/links", {"screen": "host"}, "controller").json()
    with httpx.Client(base_url=server.url) as browser:
        browser.get(made["path"])
        link = f"console_link={browser.cookies['console_link']}"
    both = f"console_session={person.browser.cookies['console_session']}; {link}"
    with server.socket(f"/live/{live.id}/host", None, Cookie=both, Origin=server.url) as socket:
        socket.recv(timeout=5)
        assert server.post(f"/links/{made['id']}/revoke", {}, "controller").status_code == 204
        assert code_of(socket) == 4401
    assert person.browser.get("/api/v1/shows").status_code == 200


async def test_control_who_does_not_look_at_revocations_keeps_sockets_open(tmp_path, monkeypatch) -> None:
    from console.accounts.tables import METADATA
    from console.journal.database import Database

    class Now:
        def now_ms(self) -> int:
            return time.time_ns() // 1_000_000

    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    await database.run(METADATA.create_all)
    heard: dict[str, list[str]] = {"looks": [], "does not": []}
    houses = {name: Accounts(database, Now(), Ids()) for name in heard}

    def hears(name: str):
        async def hear(revoked) -> None:
            heard[name].append(revoked.actor)

        return hear

    for name, house in houses.items():
        house.on_revoked(hears(name))
        await house.poll()
    writer = Accounts(database, Now(), Ids())
    person = await writer.add_person("Ann", ["host"])
    watching = asyncio.create_task(houses["looks"].watch(every_s=0.05))
    await writer.disable(person.id)
    await asyncio.sleep(0.5)
    watching.cancel()
    assert heard == {"looks": [person.id], "does not": []}
    for house in (*houses.values(), writer):
        house.close()
    await database.close()
