"""Scripts that arrive one by one over a slow line: the screen still becomes live."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Route

from tests.browser.server import Server
from tests.browser.stage import Stage, live

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("late", ["vendor/htmx.js", "js/app.js", "js/live.js", "css/app.css"])
async def test_a_screen_becomes_live_whichever_file_comes_late(stage: Stage, server: Server, late: str) -> None:
    show = server.show("Evening on a slow line")
    context = await stage.person("controller")

    async def delayed(route: Route) -> Any:
        await asyncio.sleep(1.0)
        await route.continue_()

    await context.route(f"**/static/{late}*", delayed)
    page = await context.new_page()
    await page.goto(f"/shows/{show}/control")
    await live(page)
