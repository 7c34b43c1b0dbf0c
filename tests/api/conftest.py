"""The real program, started as people start it, on a port of its own; asked over HTTP and websockets only."""

import os
import select
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from console.accounts.people import EVERY_ROLE
from console.cli.shell import run_with_desk
from console.desk.desk import Desk
from console.settings import Settings

PROGRAM = Path(sys.executable).with_name("console")
START_S = 30
END_S = 15


def surroundings(data: Path) -> dict[str, str]:
    """The environment without any setting of the machine's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONSOLE_")}
    return kept | {"CONSOLE_DATA_DIR": str(data)}


class Server:
    """`console serve` in a process; `tokens` holds a bearer token of each role."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.environ = surroundings(data)
        self.log = data.parent / f"{data.name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "serve", "--port", "0"], env=self.environ, stdout=subprocess.PIPE, stderr=log
            )
        self.url = self._ready()
        self.tokens = run_with_desk(Settings.read(self.environ), self._tokens)
        self._clients: dict[str | None, httpx.Client] = {}

    def _ready(self) -> str:
        assert self.process.stdout
        readable, _, _ = select.select([self.process.stdout], [], [], START_S)
        said = self.process.stdout.readline().decode().split() if readable else []
        assert said[:1] == ["ready"], self.log.read_text()
        return said[1]

    async def _tokens(self, desk: Desk) -> dict[str, str]:
        return {role: (await desk.accounts.add_token(f"a {role}", [role]))[1] for role in sorted(EVERY_ROLE)}

    def end(self) -> int:
        """SIGTERM; the exit status."""
        for client in self._clients.values():
            client.close()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(END_S)

    def run(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """A word of the command line beside the server."""
        return subprocess.run(
            [PROGRAM, *words], env=self.environ, input=stdin, capture_output=True, text=True, timeout=60, check=False
        )

    def client(self, role: str | None = "admin") -> httpx.Client:
        """Somebody with this role alone; None is nobody."""
        if role not in self._clients:
            headers = {"Accept-Language": "en"} | ({"Authorization": f"Bearer {self.tokens[role]}"} if role else {})
            self._clients[role] = httpx.Client(base_url=self.url + "/api/v1", headers=headers, timeout=20)
        return self._clients[role]

    def get(self, path: str, role: str | None = "admin", **params: Any) -> httpx.Response:
        return self.client(role).get(path, params=params)

    def post(self, path: str, body: Any, role: str | None = "admin") -> httpx.Response:
        return self.client(role).post(path, json=body)

    def socket(self, path: str, role: str | None = "controller", **headers: str) -> ClientConnection:
        """A websocket, the token in its header."""
        bearer = {"Accept-Language": "en"} | ({"Authorization": f"Bearer {self.tokens[role]}"} if role else {})
        url = self.url.replace("http", "ws", 1) + path
        return connect(url, additional_headers=bearer | headers, compression=None, open_timeout=10, close_timeout=2)


class LiveShow:
    """One show on a server."""

    def __init__(self, server: Server, **fields: Any) -> None:
        self.server = server
        made = server.post("/shows", {"title": "晚场", **fields})
        assert made.status_code == 201, made.text
        self.made: dict[str, Any] = made.json()
        self.id: str = self.made["id"]
        self.path = f"/shows/{self.id}"

    def envelope(self, kind: str, /, **fields: Any) -> dict[str, Any]:
        now = int(time.time() * 1000)
        return {"command_id": str(uuid.uuid4()), "issued_at": now, "seen": None, "type": kind, **fields}

    def send(self, kind: str, role: str | None = "admin", /, **fields: Any) -> httpx.Response:
        """Press once."""
        return self.server.post(self.path + "/commands", self.envelope(kind, **fields), role)

    def do(self, kind: str, /, **fields: Any) -> dict[str, Any]:
        """Press what must be accepted."""
        answer = self.send(kind, **fields)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def raw(self, body: bytes, role: str = "admin") -> httpx.Response:
        return self.server.client(role).post(
            self.path + "/commands", content=body, headers={"Content-Type": "application/json"}
        )

    def observe(self, *items: Any, role: str = "ingest") -> httpx.Response:
        return self.server.post(self.path + "/observations", list(items), role)

    def snapshot(self, role: str = "admin") -> dict[str, Any]:
        answer = self.server.get(self.path, role)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def started(self) -> "LiveShow":
        """Live, with two rows and a product on sale."""
        for title in ("Opening", "Serum"):
            self.do("add_row", row={"title": title, "planned_s": 300, "products": ["serum"]})
        self.do("start_show")
        return self


def comment(number: int, text: str = "hello", user: str = "u1") -> dict[str, Any]:
    at = int(time.time() * 1000)
    return {"source": "room", "id": f"c{number}", "at": at, "kind": "comment", "user": user, "text": text}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all; it must end with status 0 and not have noted anything unforeseen."""
    started = Server(tmp_path_factory.mktemp("console") / "data")
    yield started
    assert started.end() == 0
    log = started.log.read_text()
    assert "Traceback" not in log
    assert "unforeseen" not in log


@pytest.fixture(scope="session")
def shop(server: Server) -> Server:
    """The server with two products in its shop."""
    for product in (
        {"id": "serum", "title": "Serum", "link_no": 1, "live_price": 12_900, "list_price": 15_900, "floor_price": 8_000,
         "cost": 3_000, "stock": 20},
        {"id": "shirt", "title": "Shirt", "link_no": 2, "live_price": 9_900, "skus": [{"id": "S", "spec": "small", "stock": 3}]},
    ):  # fmt: skip
        assert server.post("/products", product).status_code == 201
    return server


@pytest.fixture
def show(shop: Server) -> LiveShow:
    """A planned show."""
    return LiveShow(shop)


@pytest.fixture
def live(shop: Server) -> LiveShow:
    """A live show."""
    return LiveShow(shop).started()


def refusal(answer: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """A refusal is a status, a code and one sentence that ends."""
    assert answer.status_code == status, answer.text
    said: dict[str, Any] = answer.json()
    assert said["why"].endswith(".")
    assert code in {None, said["code"]}
    return said
