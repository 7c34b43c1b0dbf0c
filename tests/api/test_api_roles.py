"""One table of who may do what at every address: no route is missing in it, and the real server keeps to it, both ways."""

from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from websockets.exceptions import InvalidStatus

from console.accounts.people import EVERY_ROLE
from console.app import make_console
from console.settings import Settings
from console.web.census import handlers
from tests.api import rights
from tests.api.conftest import LiveShow, Server, refusal

ASKED = rights.CALLS | rights.DESCRIPTION | rights.PAGES


@pytest.fixture(scope="module")
def evening(shop: Server) -> LiveShow:
    return LiveShow(shop).started()


def asked(show: LiveShow, method: str, path: str, role: str | None, accept: str = "application/json") -> httpx.Response:
    """With a body that no door takes, so that nothing comes of it."""
    address = show.server.url + rights.address(path, show_id=show.id)
    body = {} if method == "GET" else {"json": ["nothing"]}
    headers = {"Accept": accept, "Origin": show.server.url}
    return show.server.client(role).request(method, address, headers=headers, **body)


def shakes_hands(show: LiveShow, path: str, role: str | None) -> int:
    """The status of a websocket's handshake."""
    try:
        with show.server.socket(rights.address(path, show_id=show.id), role):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def routes(app: Litestar) -> set[tuple[str, str]]:
    """Method and path of every route; «WS» for a websocket."""
    return {(method or "WS", path) for path, method, _ in handlers(app)}


def test_no_route_is_missing_in_the_table(tmp_path: Path) -> None:
    app = make_console(Settings.read({"CONSOLE_DATA_DIR": str(tmp_path)})).app
    assert routes(app) == set(rights.RIGHTS) | rights.PUBLIC


def unlike(show: LiveShow, role: str) -> list[tuple[str, str, int]]:
    """The addresses where this role is let in and should not be, or refused and should not be."""
    statuses = {call: asked(show, *call, role).status_code for call in ASKED}
    return [(*call, status) for call, status in statuses.items() if (status != 403) != (role in ASKED[call])]


@pytest.mark.parametrize("role", sorted(EVERY_ROLE))
def test_each_role_is_let_in_or_refused_as_the_table_says(evening: LiveShow, role: str) -> None:
    """A call that a role may not make is 403 before its body is looked at; any other answer lets it in."""
    assert unlike(evening, role) == []


def test_control_another_table_is_noticed_both_ways(evening: LiveShow, monkeypatch: pytest.MonkeyPatch) -> None:
    words, reading = ("PUT", "/api/v1/shop/words"), ("GET", "/api/v1/shop/words")
    monkeypatch.setitem(ASKED, words, EVERY_ROLE)
    monkeypatch.setitem(ASKED, reading, frozenset({"admin"}))
    assert unlike(evening, "ads") == [(*words, 403)]
    assert unlike(evening, "moderator") == [(*reading, 200)]


@pytest.mark.parametrize("role", [*sorted(EVERY_ROLE), None])
def test_a_socket_opens_for_whom_its_screen_is(evening: LiveShow, role: str | None) -> None:
    wanted = {f"/live/{{show_id:str}}/{screen}": rights.SCREENS[screen] for screen in rights.LIVE}
    wanted[rights.STREAM] = rights.SOCKETS["WS", rights.STREAM]
    refused = 403 if role else 401
    found = {path: shakes_hands(evening, path, role) for path in wanted}
    assert found == {path: 101 if role in roles else refused for path, roles in wanted.items()}


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_without_a_sign_in_nothing_is_answered(evening: LiveShow, method: str, path: str) -> None:
    refusal(asked(evening, method, path, None), 401, "signed_out")
    if (method, path) in rights.PAGES:
        shown = asked(evening, method, path, None, "text/html")
        assert (shown.status_code, shown.headers["location"].split("?")[0]) == (303, "/sign-in")


@pytest.mark.parametrize(("method", "path"), sorted(rights.PUBLIC))
def test_what_is_public_asks_nobody_who_they_are(evening: LiveShow, method: str, path: str) -> None:
    assert asked(evening, method, path, None).status_code != 401
