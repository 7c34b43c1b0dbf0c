"""The whole console in this process, behind its own doors, and people with one role each."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx
import pytest
import pytest_asyncio

from console.accounts.people import EVERY_ROLE
from console.app import Console, make_console
from console.cli.shell import run_with_desk
from console.clock import Ids
from console.settings import Settings


class House:
    """One running console and a show that is on air."""

    def __init__(self, console: Console, tokens: dict[str, str]) -> None:
        self.console = console
        self.tokens = tokens
        self.show = ""

    def client(self, role: str | None = "admin", *, address: str = "192.0.2.1") -> httpx.AsyncClient:
        """Somebody with this role alone; None is nobody."""
        transport = httpx.ASGITransport(self.console.app, raise_app_exceptions=False, client=(address, 5))
        bearer = {"Authorization": f"Bearer {self.tokens[role]}"} if role else {}
        headers = {"Accept-Language": "en"} | bearer
        return httpx.AsyncClient(transport=transport, base_url="http://console.test", headers=headers)

    def envelope(self, kind: str, /, **fields: Any) -> dict[str, Any]:
        now_ms = self.console.desk.clock.now_ms()
        return {"command_id": Ids().uuid(), "issued_at": now_ms, "seen": None, "type": kind, **fields}

    async def press(self, client: httpx.AsyncClient, kind: str, /, **fields: Any) -> httpx.Response:
        return await client.post(f"/api/v1/shows/{self.show}/commands", json=self.envelope(kind, **fields))


@pytest.fixture(scope="session")
def tokens_in() -> Any:
    """Makes the tables and a token of each role in a store."""

    def make(settings: Settings, roles: Iterable[str] = EVERY_ROLE) -> dict[str, str]:
        async def add(desk: Any) -> dict[str, str]:
            return {role: (await desk.accounts.add_token(f"a {role}", [role]))[1] for role in sorted(roles)}

        return run_with_desk(settings, add)

    return make


@contextlib.asynccontextmanager
async def on_air(console: Console) -> AsyncIterator[None]:
    """Started and ended by one task, as the framework wants it, whichever task asks."""
    started, over = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        async with console.app.lifespan():
            started.set()
            await over.wait()

    task = asyncio.create_task(run())
    await started.wait()
    yield
    over.set()
    await task


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, tokens_in: Any) -> AsyncIterator[House]:
    settings = Settings.read({"CONSOLE_DATA_DIR": str(tmp_path_factory.mktemp("house"))})
    made = House(make_console(settings), await asyncio.to_thread(tokens_in, settings))
    async with on_air(made.console), made.client() as admin:
        made.show = (await admin.post("/api/v1/shows", json={"title": "x"})).json()["id"]
        await admin.post("/api/v1/products", json={"id": "serum", "title": "Serum", "live_price": 9_900, "stock": 9})
        assert (await made.press(admin, "start_show")).status_code == 200
        yield made
