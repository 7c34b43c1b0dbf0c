"""A day of every role with every kind of secret, and a server of its own whose log is then read: no secret is in it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from console.accounts.people import EVERY_ROLE
from console.cli.shell import run_with_desk
from console.settings import Settings
from console.web.telemetry import without_secrets
from tests.api.conftest import LiveShow, Server, comment
from tests.api.test_api_rights import PASSWORD, Person

FLOOR, COST = "7770001", "7770002"
PHONE, WISH = "13800138000", "my address is Nanjing Road 1"
PROBES = (
    "/shows/{0}",
    "/shows/{0}/control",
    "/watch/{1}",
    "/sign-in?next=%2F{1}",
    "/live/{1}/host",
    "/api/v1/shows/{1}",
    "/{1}",
    "/static/{1}",
)


class Day:
    """What was done, and the secrets it was done with."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.secrets = {f"token of {role}": token for role, token in server.tokens.items()}
        self.secrets |= {
            "floor": FLOOR,
            "cost": COST,
            "phone": PHONE,
            "wish": WISH,
            "password": PASSWORD,
            "wrong password": "wr0ng-pass-word",
        }
        self.shop()
        self.show = LiveShow(server).started()
        self.people()
        self.mistakes()

    def shop(self) -> None:
        product = {
            "id": "serum",
            "title": "Serum",
            "link_no": 1,
            "live_price": 9_990_000,
            "floor_price": int(FLOOR),
            "cost": int(COST),
            "stock": 9,
        }
        assert self.server.post("/products", product).status_code == 201
        assert self.server.post("/products", product).status_code == 409
        self.server.post("/products", product | {"id": "x", "floor_price": f"{FLOOR}x"})

    def people(self) -> None:
        for role in sorted(EVERY_ROLE):
            person = Person(self.server, role)
            cookie, csrf = person.browser.cookies["console_session"], person.csrf if role != "ingest" else ""
            self.secrets |= {f"session of {role}": cookie, f"csrf of {role}": csrf or "no page, no token"}
            for path in PROBES:
                person.browser.get(path.format(self.show.id, cookie))
            person.browser.post("/sign-in", data={"name": person.name, "password": "wr0ng-pass-word", "csrf": "x"})
            if role == "host":
                with person.watches(f"/live/{self.show.id}/host") as socket:
                    socket.recv(timeout=5)
            person.browser.post("/sign-out", data={"csrf": csrf}, headers={"Origin": self.server.url})
            person.browser.close()
        made = self.server.post(self.show.path + "/links", {"screen": "overlay"}).json()
        self.secrets["link"] = made["path"].rsplit("/", 1)[1]
        httpx.get(self.server.url + made["path"])
        self.server.post(f"/links/{made['id']}/revoke", {})
        httpx.get(self.server.url + made["path"])

    def mistakes(self) -> None:
        server, show = self.server, self.show
        for role, token in server.tokens.items():
            bearer = {"Authorization": f"Bearer {token}"}
            for path in (
                show.path,
                "/products",
                show.path + "/journal",
                show.path + "/recap.json",
                f"/{token}",
                f"{show.path}/journal?after={token}",
            ):
                httpx.get(f"{server.url}/api/v1{path}", headers=bearer, timeout=20)
            show.raw(f'{{"password": "{PASSWORD}", "note": "{WISH}"'.encode(), role)
            show.send("set_price", role, product="serum", live_price=int(FLOOR) - 1)
            show.send("message_host", role, text=WISH)
        show.observe(comment(1, f"{PHONE} {WISH}"), comment(2, WISH, PHONE), {"kind": "paid", "user": PHONE})
        assert server.run("token", "add", "x", "--role", "host").returncode == 0
        assert server.run("user", "add", "Bob", "--role", "host", "--password-stdin", stdin=PASSWORD).returncode == 0


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    server = Server(tmp_path_factory.mktemp("logged") / "data")
    yield Day(server)
    assert server.end() == 0


def kept(text: str, secrets: dict[str, str]) -> list[str]:
    return [name for name, secret in secrets.items() if secret in text]


def test_no_line_of_the_log_holds_a_secret(day: Day) -> None:
    lines = Path(day.server.log).read_text().splitlines()
    assert len(lines) > 150
    assert [(kept(line, day.secrets), line) for line in lines if kept(line, day.secrets)] == []


def test_no_figure_holds_one_or_a_strangers_text(day: Day) -> None:
    figures = httpx.get(day.server.url + "/metrics").text
    assert "console_http_requests" in figures
    assert kept(figures, day.secrets) == []
    assert re.findall(r'route="[^"{]*(?:lcc_|s_[0-9a-f]{8})', figures) == []


def test_no_row_of_the_journal_and_no_table_holds_a_credential(day: Day) -> None:
    credentials = {
        name: secret
        for name, secret in day.secrets.items()
        if name.split()[0] in {"token", "session", "csrf", "password", "link", "wrong"}
    }
    rows = day.server.get(day.show.path + "/journal").text
    assert WISH in rows
    assert kept(rows, credentials) == []
    stored = b"".join(path.read_bytes() for path in day.server.data.iterdir() if path.is_file())
    assert WISH.encode() in stored
    assert [name for name, secret in credentials.items() if secret.encode() in stored] == []


def test_what_the_command_line_lists_has_no_secret(day: Day) -> None:
    for words in (("doctor",), ("verify", day.show.id)):
        told = day.server.run(*words)
        assert kept(told.stdout + told.stderr, day.secrets) == []
    listed = run_with_desk(Settings.read(day.server.environ), everything)
    assert kept(listed, day.secrets) == []


async def everything(desk) -> str:
    return repr((await desk.accounts.tokens(), await desk.accounts.people(), await desk.accounts.revoked_since(0)))


def test_control_an_address_in_the_log_would_tell(day: Day) -> None:
    """What the crawl asked for is full of secrets: a log of addresses, as servers usually write, would hold them."""
    asked = [path.format(day.show.id, day.secrets["session of host"]) for path in PROBES]
    line = json.dumps({"event": "request", "address": asked[2]})
    assert kept(line, day.secrets) == ["session of host"]


def test_control_without_the_filter_a_token_in_a_trace_would_stay(day: Day) -> None:
    event = {"exception": f"KeyError: {day.secrets['token of host']}", "headers": {"Cookie": "x"}, "password": PASSWORD}
    assert kept(json.dumps(event), day.secrets) == ["token of host", "password"]
    assert kept(json.dumps(without_secrets(None, "", dict(event))), day.secrets) == []
