"""A hostile comment is text on every screen: nothing runs, nothing is fetched, nothing of it becomes an element."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.payloads import A_FEW, ACTS
from tests.browser.server import Server
from tests.browser.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOREIGN = """() => [...document.querySelectorAll(
  "main :is(img, iframe, object, embed, video, audio, source, base, link, meta, style, math, hx-partial, script, h1 ~ h1),"
  + "[hx-post], [hx-get], [hx-trigger], [hx-swap-oob], main [hx-ws\\\\:connect], [onerror], [onload], [onclick], [onfocus], [ontoggle], [onmouseover], [srcdoc], a[href^='javascript']"
)].map((each) => each.outerHTML.slice(0, 100))"""
PARTS_OF_TALK = (
    ".line-text, .pinned-comment, .stage-question-text, .passed-line bdi, .who-name, .questions td, .running-what"
)
MARKS = str.maketrans("", "", "\u202e\u202c\u2066\u2069")
TAGS_OF_TALK = {"BDI", "MARK", "P", "DIV", "BUTTON", "KBD"}


class Wire:
    """What the pages ask for."""

    def __init__(self, *pages: Page) -> None:
        self.strange: list[str] = []
        for page in pages:
            page.on("request", self._asked)

    def _asked(self, request) -> None:
        if re.search("journey-hostile|evil", request.url):
            self.strange.append(request.url)


async def inert(page: Page) -> None:
    assert await page.evaluate(FOREIGN) == [], page.url
    inside = "(selector) => [...document.querySelectorAll(selector)].flatMap((each) => [...each.querySelectorAll('*')].map((one) => one.tagName))"
    assert set(await page.evaluate(inside, PARTS_OF_TALK)) <= TAGS_OF_TALK


async def reads(page: Page, selector: str, text: str) -> None:
    """The payload stands there as it was written; invisible marks of direction may be taken out."""
    wanted = text.translate(MARKS)
    await page.wait_for_function(
        "([selector, text]) => [...document.querySelectorAll(selector)].some((each) => each.textContent.replace(/[\\u202a-\\u202e\\u2066-\\u2069]/g, '').includes(text))",
        arg=[selector, wanted],
        polling=50,
    )


async def test_hostile_comments_are_text_everywhere(stage: Stage, server: Server) -> None:
    show = server.show("Evening of <b>trolls</b> {{ 7 * 7 }}")
    server.command(show, "start_show")
    screens = await stage.screens(show, moderate="moderator", host="host", overlay="producer")
    wire = Wire(*screens.values())
    server.says(show, *A_FEW, name=True)
    await expect(screens["moderate"].locator("#comments-queue > li")).to_have_count(len(A_FEW))
    for text in A_FEW:
        await reads(screens["moderate"], "#comments-queue .line-text", text)
    await inert(screens["moderate"])

    for comment in server.snapshot(show)["comments"]["queue"]:
        await through_the_room(server, show, comment, screens)
    aside = screens["moderate"].locator(".lane-facts")
    assert await aside.evaluate("(each) => each.scrollWidth <= each.clientWidth"), "a long name pushes the pin aside"
    server.says(show, *map(asked, A_FEW), name=True)
    await expect(screens["moderate"].locator("#comments-questions > li")).not_to_have_count(0)
    for page in screens.values():
        await inert(page)

    server.command(show, "end_show")
    for name in ("moderate", "host"):
        await inert(await stage.open(screens[name].context, f"/shows/{show}/{name}"))
    recap = await (await stage.person("producer")).new_page()
    wire_of_recap = Wire(recap)
    await recap.goto(f"/shows/{show}/recap")
    for text in A_FEW:
        await reads(recap, "main", asked(text))
    await inert(recap)
    assert wire.strange + wire_of_recap.strange == []


def asked(text: str) -> str:
    """The recap tells questions."""
    return f"{text} 多少钱？"


async def through_the_room(server: Server, show: str, comment: dict, screens: dict[str, Page]) -> None:
    """Approved, pinned over the stream, before the host, answered."""
    one = {"comment": comment["id"]}
    if comment["state"] == "held":
        server.command(show, "approve_comment", **one)
    server.command(show, "pin_comment", **one)
    server.command(show, "pass_to_host", **one)
    await asyncio.gather(
        reads(screens["overlay"], "#comments-pinned", comment["text"]),
        reads(screens["host"], "#comments-host", comment["text"]),
    )
    server.command(show, "mark_answered", **one)


async def test_the_payloads_are_live_where_nobody_escapes_them(stage: Stage) -> None:
    """The control: written into a page as HTML, they are noticed in every way this looks for."""
    page = await (await stage.person()).new_page()
    wire = Wire(page)
    await page.goto("/sign-in")
    put = "(all) => (document.querySelector('main').innerHTML = all.join(' '))"
    await page.evaluate(put, [act for act in ACTS if "refresh" not in act])
    await page.wait_for_timeout(200)
    assert len(await page.evaluate(FOREIGN)) > 10
    assert wire.strange != []
    assert any("CSP" in fault for fault in stage.faults)
    await page.close()
    stage.faults.clear()
