"""What a busy server leaves for later is on the screens it touches, in plain words, and gone by itself."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from console.load import STEPS
from tests.browser.conftest import serving
from tests.browser.server import Server
from tests.browser.stage import PHONE, Stage, command, live, staged
from tests.faults.busy_node import STEERED

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCREENS = {"control": "controller", "host": "host", "moderate": "moderator", "metrics": "analyst", "plan": "producer"}
NUMBERS, COMMENTS = ".banner.slow-numbers", ".banner.slow-comments"
SAYS = {
    NUMBERS: (
        "The server is busy: the numbers here come every 5 seconds.",
        "服务器繁忙：这里的数字现在每 5 秒更新一次",
    ),
    COMMENTS: ("The server is busy: comments come once a second", "服务器繁忙：评论现在每秒更新一次"),
}


class Steered:
    """A server whose loop is as late as it is told."""

    def __init__(self, place: Path) -> None:
        self._told = place / "late_ms"
        self.level(0)
        (place / "sitecustomize.py").write_text(STEERED.format(told=str(self._told)))

    def level(self, level: int) -> None:
        fresh = self._told.with_suffix(".new")
        fresh.write_text(str(STEPS[level - 1].late_ms + 5 if level else 0))
        os.replace(fresh, self._told)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("busy")


@pytest.fixture(scope="module")
def steered(place: Path) -> Steered:
    return Steered(place)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, place: Path, steered: Steered) -> Iterator[Server]:
    yield from serving(tmp_path_factory.mktemp("busy-data"), PYTHONPATH=str(place))


@pytest_asyncio.fixture(loop_scope="session")
async def stage(server: Server, browser: Browser, signed_in: dict[str, Any]) -> AsyncIterator[Stage]:
    async with staged(server, browser, signed_in) as made:
        yield made


@pytest.fixture
def on_air(server: Server) -> str:
    show = server.show("Evening with a busy server")
    server.command(show, "add_row", row={"title": "Opening", "planned_s": 600})
    server.command(show, "start_show")
    return show


async def says(people: dict[str, Page], **banners: str) -> None:
    """Each of the named screens its banner, and nobody anything else of this kind."""
    for name, page in people.items():
        told = banners.get(name)
        if told:
            await expect(page.locator(told)).to_be_visible()
        await expect(page.locator(".banner.slow:visible")).to_have_count(1 if told else 0)


async def test_each_screen_says_what_is_slower_on_it_and_a_press_counts_as_ever(
    stage: Stage, steered: Steered, server: Server, on_air: str
) -> None:
    people = await stage.screens(on_air, **SCREENS)
    overlay = await stage.screen("overlay", on_air, by="producer")
    await says(people)
    steered.level(2)
    await says(people, control=NUMBERS, metrics=NUMBERS)
    steered.level(4)
    await says(people, control=NUMBERS, metrics=NUMBERS, moderate=COMMENTS)
    await expect(overlay.locator(".banner")).to_have_count(0)
    await command(people["control"], "go").first.click()
    await expect(people["host"].locator("#scripts-host-now .stage-title")).to_have_text("Opening")
    for name, banner in (("control", NUMBERS), ("moderate", COMMENTS)):
        english, chinese = SAYS[banner]
        await expect(people[name].locator(banner)).to_contain_text(english)
        phone = await stage.screen(name, on_air, by=SCREENS[name], viewport=PHONE, locale="zh-CN")
        await expect(phone.locator(banner)).to_contain_text(chinese)
        await shot(phone, f"{name}-zh-phone")
        await shot(people[name], f"{name}-en")
    steered.level(0)
    await says(people)


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en-US", ("recaps, exports, imports", "no further screens")),
        ("zh-CN", ("直播照常进行", "已打开的页面照常更新")),
    ],
)
async def test_a_page_that_must_wait_says_why_and_comes_by_itself(
    stage: Stage, steered: Steered, on_air: str, locale: str, said: tuple[str, str]
) -> None:
    stage.refused(503)
    person = await stage.person("analyst", locale=locale)
    first = await stage.open(person, f"/shows/{on_air}/metrics")
    steered.level(4)
    await expect(first.locator("body")).to_have_attribute("data-degraded", "load metrics comments viewers")
    pages = {}
    for path, sentence in zip(("recap", "metrics"), said, strict=True):
        pages[path] = await person.new_page()
        await pages[path].goto(f"/shows/{on_air}/{path}")
        await expect(pages[path].locator("h1")).to_contain_text(sentence)
        await shot(pages[path], f"{path}-{locale}")
    steered.level(0)
    await live(pages["metrics"])
    await expect(pages["recap"].locator("#recap")).to_be_visible()


async def shot(page: Page, name: str) -> None:
    """JOURNEY_SHOTS names a directory to look at after a journey."""
    if folder := os.environ.get("JOURNEY_SHOTS"):
        await page.screenshot(path=f"{folder}/load-{name}.png")
