"""One server and one Chromium for all journeys of a worker; people and pages are fresh for each."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.server import Server
from tests.browser.stage import Stage, staged

QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def chromium() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert found, "Chromium is missing; `tools/need browser` installs it or names the command."
    return found


def serving(data: Path, **told: str) -> Iterator[Server]:
    """A server that has to end with status 0 when it is told to."""
    server = Server(data, **told)
    server.start()
    yield server
    server.close()
    assert server.running(), "the server ended by itself"
    assert server.stop() == 0


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from serving(tmp_path_factory.mktemp("console"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        yield launched
        await launched.close()


@pytest.fixture(scope="session")
def signed_in() -> dict[str, Any]:
    """Cookies of people who have signed in once, so that the sign-in throttle never sees a crowd."""
    return {}


@pytest_asyncio.fixture(loop_scope="session")
async def stage(server: Server, browser: Browser, signed_in: dict[str, Any]) -> AsyncIterator[Stage]:
    async with staged(server, browser, signed_in) as made:
        yield made
