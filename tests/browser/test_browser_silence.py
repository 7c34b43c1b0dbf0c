"""What a screen makes of a server that says nothing, of a clock that is an hour wrong, and of news it never gets."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route, WebSocketRoute, expect

from tests.browser.conftest import serving
from tests.browser.server import Server
from tests.browser.stage import Stage, awaits, command, staged
from tests.browser.test_browser_restart import BUSY_MS, STALE_MS, current, locked, on_air

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCREENS = {"control": "controller", "host": "host", "moderate": "moderator", "metrics": "analyst"}
HOUR_MS = 3_600_000
EXACT_MS = 100
SECONDS = 6
BEHIND_S = 9.0
"""Two heartbeats and the five seconds that a screen gives a server to catch up by itself."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One of its own, to be silenced under its screens."""
    yield from serving(tmp_path_factory.mktemp("silent"))


@pytest_asyncio.fixture(loop_scope="session")
async def stage(server: Server, browser: Browser, signed_in: dict[str, Any]) -> AsyncIterator[Stage]:
    async with staged(server, browser, signed_in) as made:
        made.allow(r"WebSocket connection to .* failed|htmx:ws:error: \[object Event\]")
        yield made
        server.go_on()


async def rewritten(context: BrowserContext, module: str, old: str, new: str) -> None:
    """One guard of the page is taken out."""

    async def answer(route: Route) -> None:
        real = await route.fetch()
        text = await real.text()
        assert old in text
        await route.fulfill(response=real, body=text.replace(old, new))

    await context.route(f"**/js/{module}*", answer)


async def clocks(page: Page) -> set[str]:
    """What the running offer's countdown says within two seconds and a half."""
    said = set()
    for _ in range(25):
        said.add(await page.locator(".running-offer count-down").inner_text())
        await asyncio.sleep(0.1)
    return said


async def faded(page: Page, selector: str) -> bool:
    return float(await page.locator(selector).first.evaluate("(each) => getComputedStyle(each).opacity")) < 0.6


async def test_a_silent_server_is_seen_within_three_seconds_and_nothing_looks_live(
    stage: Stage, server: Server
) -> None:
    show = on_air(server)
    screens = await stage.screens(show, **SCREENS)
    for page in screens.values():
        await page.evaluate("() => (window.journeyNeverReloaded = true)")
        await awaits(page, ".banner.stale")
    before, since_ms = server.journal(show), time.time_ns() // 1_000_000
    server.pause()
    stale_at = await asyncio.gather(*(page.evaluate("() => journeySeen") for page in screens.values()))
    assert max(stale_at) - since_ms <= STALE_MS + BUSY_MS
    await locked(screens["control"])
    for page, selector in ((screens["host"], "count-down"), (screens["metrics"], ".figure")):
        assert await faded(page, f"main {selector}")
    assert len(await clocks(screens["host"])) >= 2, "a stalled socket does not freeze a countdown"
    server.go_on()
    await asyncio.gather(*(current(page) for page in screens.values()))
    assert not await faded(screens["host"], "main count-down")
    await asyncio.sleep(1)
    assert server.journal(show) == before, "nothing that was pressed meanwhile comes after it"


async def test_control_a_screen_that_does_not_count_the_silence_goes_on_looking_live(
    stage: Stage, server: Server
) -> None:
    show = on_air(server)
    context = await stage.person("controller")
    await rewritten(context, "live.js", "STALE_MS = 2800", "STALE_MS = 280000")
    page = await stage.open(context, f"/shows/{show}/control")
    server.pause()
    await asyncio.sleep((STALE_MS + BUSY_MS) / 1000)
    await expect(page.locator(".banner.stale")).to_be_hidden()
    await expect(command(page, "go").first).not_to_have_attribute("aria-disabled", "true")
    server.go_on()


WRONG_CLOCK = """
(() => {
  const right = Date.now.bind(Date), wrong = () => right() + OFFSET, born = performance.timeOrigin;
  window.journeyNow = right;
  window.Date = class extends Date {
    constructor(...given) { given.length ? super(...given) : super(wrong()); }
    static now() { return wrong(); }
  };
  Object.defineProperty(Performance.prototype, "timeOrigin", {get: () => born + OFFSET});
})();
"""
LATENESS = """(seconds) => new Promise((resolve) => {
  const clock = document.querySelector(".running-offer count-down"), late = [];
  new MutationObserver(() => {
    const now = journeyNow(), left = clock.textContent.split(":").reduce((sum, each) => 60 * sum + Number(each), 0);
    late.push(now - (Number(clock.getAttribute("to")) - left * 1000));
    if (late.length === seconds) resolve(late);
  }).observe(clock, {childList: true, characterData: true, subtree: true});
})"""
"""How many ms after its instant each second was drawn; below 0 is too early."""


async def lateness_ms(stage: Stage, server: Server, wrong_by_ms: int, measured: bool = True) -> list[float]:
    show = on_air(server)
    context = await stage.person("host", timezone_id="America/New_York")
    await context.add_init_script(WRONG_CLOCK.replace("OFFSET", str(wrong_by_ms)))
    if not measured:
        await rewritten(context, "clock.js", "if (trips.length)", "if (true) return Date.now() - steady();")
    page = await stage.open(context, f"/shows/{show}/host")
    await asyncio.sleep(0.5)
    return sorted(await page.evaluate(LATENESS, SECONDS))


@pytest.mark.parametrize("wrong_by_ms", [-HOUR_MS, 0, HOUR_MS])
async def test_a_countdown_is_the_servers_whatever_clock_the_screen_has(
    stage: Stage, server: Server, wrong_by_ms: int
) -> None:
    late = await lateness_ms(stage, server, wrong_by_ms)
    assert late[SECONDS // 2] <= EXACT_MS, "as a rule; a busy machine may draw one of them later"
    assert late[-1] <= EXACT_MS + BUSY_MS
    assert late[0] >= -EXACT_MS


async def test_control_a_screen_that_believes_its_own_clock_is_an_hour_off(stage: Stage, server: Server) -> None:
    late = await lateness_ms(stage, server, -HOUR_MS, measured=False)
    assert max(map(abs, late)) > HOUR_MS / 2


class Deaf:
    """A server that hears how far the show is and never gets the rows: what a screen on it is told. One socket long."""

    def __init__(self) -> None:
        self.sockets = 0

    def carry(self, socket: WebSocketRoute) -> None:
        self.sockets += 1
        server, stays = socket.connect_to_server(), self.sockets == 1
        place: list[int] = []

        def tell(message: str | bytes) -> None:
            frame = json.loads(message)
            place.append(frame["seq"])
            if stays and frame["kind"] == "patch":
                return
            socket.send(json.dumps(frame | {"seq": place[0]}) if stays else message)

        server.on_message(tell)


async def behind(stage: Stage, show: str, server: Server, *, looks: bool) -> tuple[Page, Deaf]:
    context = await stage.person("host")
    if not looks:
        await rewritten(context, "live.js", "BEHIND_MS = 5000", "BEHIND_MS = 5000000")
    deaf = Deaf()
    await context.route_web_socket("**/live/**", deaf.carry)
    page = await stage.open(context, f"/shows/{show}/host")
    following = server.snapshot(show)["scripts"]["rows"][1]["id"]
    server.command(show, "jump", row=following)
    return page, deaf


async def test_a_screen_that_is_connected_but_behind_finds_out_and_takes_the_line_anew(
    stage: Stage, server: Server
) -> None:
    show = on_air(server)
    page, deaf = await behind(stage, show, server, looks=True)
    began = time.monotonic()
    await expect(page.locator("#scripts-host-now .stage-title")).to_have_text("Masks")
    assert time.monotonic() - began < BEHIND_S + BUSY_MS / 1000
    assert deaf.sockets == 2


async def test_control_a_screen_that_does_not_compare_stays_behind(stage: Stage, server: Server) -> None:
    show = on_air(server)
    page, deaf = await behind(stage, show, server, looks=False)
    await asyncio.sleep(BEHIND_S)
    await expect(page.locator("#scripts-host-now .stage-title")).to_have_text("Opening")
    assert deaf.sockets == 1
