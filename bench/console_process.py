"""A real `console serve` in a directory of its own, and a person with a token at its HTTP door."""

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any, Self

from bench.tools import ROOT, SERVER_CORE, Process

PRODUCTS = 20
ROWS = 24
PRICE, FLASH_PRICE = 9_900, 7_900


def program() -> str:
    """The installed `console` beside this interpreter."""
    return str(Path(sys.executable).with_name("console"))


class Console:
    """A store and the server on it. `start` and `kill` as often as wanted; all ends with the block."""

    def __init__(self, workers: int = 1, env: Mapping[str, str] | None = None) -> None:
        """`env` names other engines. Several workers are kept on no core: they share them all with the engines."""
        self.workers = workers
        self._words = ["--workers", str(workers)] if workers > 1 else []
        self._core = None if workers > 1 else SERVER_CORE
        self._place = tempfile.TemporaryDirectory(prefix="console-bench-store-")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CONSOLE_")}
        self.env = {**kept, "CONSOLE_DATA_DIR": self._place.name, **(env or {})}
        self.process: Process | None = None
        self.port = 0
        self.token = ""

    @property
    def data_dir(self) -> Path:
        """Where its database is."""
        return Path(self._place.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._place.cleanup()

    def words(self, *words: str) -> str:
        """Run one word of the command line to its end; its output."""
        done = subprocess.run(
            [program(), *words], env=self.env, cwd=ROOT, check=True, capture_output=True, text=True, timeout=300
        )
        return done.stdout.strip()

    def start(self, port: int = 0) -> float:
        """Serve; seconds from start to ready."""
        began = time.perf_counter()
        with (self.data_dir / "serve.log").open("ab") as log:
            command = [program(), "serve", "--port", str(port), *self._words]
            self.process = Process(command, self._core, self.env, log)
        said = self._line()
        took = time.perf_counter() - began
        self.port = int(said.rpartition(":")[2])
        return took

    def _line(self) -> str:
        assert self.process
        try:
            return self.process.line()
        except RuntimeError as error:
            log = (self.data_dir / "serve.log").read_text(errors="replace")
            raise RuntimeError(f"{error}: {log[-2_000:]}") from error

    def stop(self) -> None:
        """Politely."""
        if self.process:
            self.process.__exit__()
            self.process = None

    def kill(self) -> None:
        """With SIGKILL."""
        if self.process:
            self.process.kill()
            self.stop()

    def person(self) -> "Person":
        """A connection of its own, as admin."""
        if not self.token:
            self.token = self.words("token", "add", f"bench {uuid.uuid4()}", "--role", "admin")
        return Person(self.port, self.token)

    def serving(self) -> "Person":
        """Make the token, start, and come in."""
        self.token = self.words("token", "add", "bench", "--role", "admin", "--role", "ingest")
        self.start()
        return self.person()


class Person:
    """One keep-alive connection with a token."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON answer. Raises RuntimeError for any refusal."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return json.loads(self.fetch(method, f"/api/v1{path}", raw) or b"null")

    def fetch(self, method: str, path: str, raw: bytes | None = None) -> bytes:
        """The answer as it is. Raises RuntimeError for any refusal."""
        try:
            answer = self._send(method, path, raw)
        except ConnectionError:  # kept alive for longer than the server keeps it; a command_id makes asking again safe
            self.close()
            answer = self._send(method, path, raw)
        said = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {said[:300].decode(errors='replace')}")
        return said

    def _send(self, method: str, path: str, raw: bytes | None) -> HTTPResponse:
        self._connection.request(method, path, raw, self._headers)
        return self._connection.getresponse()

    def command(self, show: str, kind: str, **fields: Any) -> Any:
        """A command pressed now; its answer."""
        envelope = {
            "command_id": str(uuid.uuid4()),
            "issued_at": time.time_ns() // 1_000_000,
            "seen": None,
            "type": kind,
        }
        return self.ask("POST", f"/shows/{show}/commands", {**envelope, **fields})

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self._connection.close()


@dataclass(frozen=True)
class Stage:
    """A live show with armed offers, one to fire after the other."""

    show: str
    epoch: str
    offers: list[str]


def stage(person: Person, offers: int) -> Stage:
    """20 products on the shelf, 24 rows with the first on air, `offers` flash prices armed; the show is live."""
    made = person.ask("POST", "/shows", {"title": "Bench"})
    show = made["id"]
    _products(person)
    for n in range(ROWS):
        row = {"title": f"讲品 {n}", "planned_s": 300, "products": [f"b{n % PRODUCTS}"], "must_say": ["先领券再下单"]}
        person.command(show, "add_row", row=row)
    person.command(show, "start_show")
    person.command(show, "go")
    for n in range(PRODUCTS):
        person.command(show, "list_product", product=f"b{n}")
    return Stage(show, made["epoch"], [armed(person, show, n) for n in range(offers)])


def _products(person: Person) -> None:
    known = {product["id"] for product in person.ask("GET", "/products")["items"]}
    for n in range(PRODUCTS):
        product = {"id": f"b{n}", "title": f"测试商品 {n}", "link_no": n + 1, "list_price": 12_900, "live_price": PRICE}
        if product["id"] not in known:
            person.ask("POST", "/products", {**product, "stock": 100_000})


def armed(person: Person, show: str, n: int) -> str:
    """One more flash price, armed; its id."""
    terms = {"kind": "flash_price", "title": f"秒杀 {n}", "product": f"b{n % PRODUCTS}", "price": FLASH_PRICE}
    terms |= {"quantity": 100, "duration_s": 600}
    offer: str = person.command(show, "define_offer", offer=terms)["offer"]
    person.command(show, "arm_offer", offer=offer)
    return offer
