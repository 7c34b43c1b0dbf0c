"""A right that ends ends everywhere within two seconds: tokens, roles, sign-ins and view-only links."""

import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from console.cli.shell import run_with_desk
from console.desk.desk import Desk
from console.settings import Settings
from tests.api.conftest import LiveShow, Server

WITHIN_S = 2.0
PASSWORD = "a long password 9"


def beside(server: Server, work: Callable[[Desk], Awaitable[Any]]) -> Any:
    """Another process's hand on the same store."""
    return run_with_desk(Settings.read(server.environ), work)


def code_of(socket: ClientConnection) -> int:
    deadline = time.monotonic() + WITHIN_S
    while (left := deadline - time.monotonic()) > 0:
        try:
            socket.recv(timeout=left)
        except ConnectionClosed as ended:
            return ended.rcvd.code if ended.rcvd else 1006
        except TimeoutError:
            break
    raise AssertionError("still open")


class Person:
    """Somebody signed in with a browser."""

    def __init__(self, server: Server, *roles: str) -> None:
        self.server = server
        self.name = f"P {uuid.uuid4()}"
        self.id: str = beside(server, lambda desk: desk.accounts.add_person(self.name, roles, PASSWORD)).id
        self.browser = httpx.Client(base_url=server.url)
        form = self.browser.get("/sign-in").cookies["console_form"]
        fields = {"name": self.name, "password": PASSWORD, "csrf": form, "next": "/shows"}
        assert self.browser.post("/sign-in", data=fields, headers={"Origin": server.url}).status_code == 303

    @property
    def csrf(self) -> str:
        return self.browser.get("/shows").text.split('name="csrf" content="')[1].split('"')[0]

    def watches(self, path: str) -> ClientConnection:
        cookie = f"console_session={self.browser.cookies['console_session']}"
        return self.server.socket(path, None, Cookie=cookie, Origin=self.server.url)


def test_a_revoked_token_is_signed_out(live: LiveShow) -> None:
    server = live.server
    token, secret = beside(server, lambda desk: desk.accounts.add_token("short lived", ["controller"]))
    bearer = {"Authorization": f"Bearer {secret}"}
    url = server.url.replace("http", "ws", 1) + f"/api/v1{live.path}/stream"
    with connect(url, additional_headers=bearer) as socket:
        socket.recv(timeout=5)
        beside(server, lambda desk: desk.accounts.revoke_token(token.id))
        assert code_of(socket) == 4401
    assert httpx.get(f"{server.url}/api/v1{live.path}", headers=bearer).status_code == 401


def test_other_roles_close_with_4403_and_are_true_at_once(live: LiveShow) -> None:
    person = Person(live.server, "controller")
    with person.watches(f"/live/{live.id}/control") as socket:
        socket.recv(timeout=5)
        beside(live.server, lambda desk: desk.accounts.set_roles(person.id, ["host"]))
        assert code_of(socket) == 4403
    assert person.browser.get(f"/shows/{live.id}/control").status_code == 403
    assert person.browser.get(f"/shows/{live.id}/host").status_code == 200


def test_signing_out_closes_this_sign_in_and_no_other(live: LiveShow) -> None:
    person, other = Person(live.server, "host"), Person(live.server, "host")
    path = f"/live/{live.id}/host"
    with person.watches(path) as socket, other.watches(path) as stays:
        for each in (socket, stays):
            each.recv(timeout=5)
        answer = person.browser.post("/sign-out", data={"csrf": person.csrf}, headers={"Origin": live.server.url})
        assert answer.status_code == 303
        assert code_of(socket) == 4401
        stays.recv(timeout=5)
    assert person.browser.get(f"/api/v1{live.path}").status_code == 401


@pytest.mark.parametrize("screen", ["host", "overlay"])
def test_a_view_only_link_shows_one_screen_until_it_is_taken_back(live: LiveShow, screen: str) -> None:
    server = live.server
    made = server.post(live.path + "/links", {"screen": screen}, "controller")
    assert made.status_code == 201, made.text
    with httpx.Client(base_url=server.url) as browser:
        assert browser.get(made.json()["path"]).status_code == 200
        cookie = f"console_link={browser.cookies['console_link']}"
    with server.socket(f"/live/{live.id}/{screen}", None, Cookie=cookie, Origin=server.url) as socket:
        socket.recv(timeout=5)
        assert server.post(f"/links/{made.json()['id']}/revoke", {}, "controller").status_code == 204
        assert code_of(socket) in {4401, 4403}
    assert httpx.get(server.url + made.json()["path"]).status_code == 404


def test_a_link_opens_nothing_else(live: LiveShow) -> None:
    server = live.server
    path = server.post(live.path + "/links", {"screen": "overlay"}, "producer").json()["path"]
    with httpx.Client(base_url=server.url) as browser:
        browser.get(path)
        cookie = {"Cookie": f"console_link={browser.cookies['console_link']}"}
    for address in (
        f"/shows/{live.id}/control",
        f"/api/v1{live.path}",
        "/api/v1/shows",
        f"/api/v1{live.path}/recap.json",
    ):
        assert httpx.get(server.url + address, headers=cookie).status_code in {303, 401}
    pressed = httpx.post(f"{server.url}/api/v1{live.path}/commands", headers=cookie, json=live.envelope("mark"))
    assert pressed.status_code in {401, 403}
