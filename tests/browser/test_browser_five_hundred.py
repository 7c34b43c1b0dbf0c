"""Five hundred hostile texts in every place a stranger may write, on every screen, in the recap and its files."""

import asyncio
import csv
import io
import time
import uuid
from itertools import cycle, islice

import httpx
import pytest
from playwright.async_api import Page

from tests.browser.payloads import ACTS, FIVE_HUNDRED, MISREADINGS
from tests.browser.server import Server
from tests.browser.stage import Stage
from tests.browser.test_browser_hostile import FOREIGN, PARTS_OF_TALK, TAGS_OF_TALK, Wire, inert

pytestmark = pytest.mark.asyncio(loop_scope="session")

BATCH = 100
"""As many as the moderation screen shows."""
KEPT = 50
"""Characters compared: some places show a text shortened."""
PLAIN = "(text) => text.replace(/[\\s\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff]/g, '').slice(0, 50)"
COLLECT = f"""(selector) => {{
  const plain = {PLAIN}, look = () => document.querySelectorAll(selector).forEach((each) => journeyHeard.add(plain(each.textContent)));
  globalThis.journeyHeard = new Set();
  new MutationObserver(look).observe(document.body, {{subtree: true, childList: true, characterData: true}});
}}"""
TOLD = """(texts) => {
  const bare = (text) => text.replace(/[\\s\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff]/g, "");
  const page = bare(document.body.textContent);
  return texts.filter((text) => page.includes(bare(text))).length;
}"""
TOLD_AT_LEAST = 25
"""A recap quotes forty questions and counts the others; all are in its table."""
TWICE = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at);
}"""


async def lacks(page: Page, texts: list[str], heard: str) -> list[str]:
    """The texts that are not in the set that `heard` names."""
    return await page.evaluate(f"(texts) => texts.filter((text) => !({heard}).has(({PLAIN})(text)))", texts)


async def reads_all(page: Page, texts: list[str], heard: str) -> None:
    for _ in range(500):
        missing = await lacks(page, texts, heard)
        if not missing:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{page.url} does not show {missing[:3]}")


def now_in(selector: str) -> str:
    return f"new Set([...document.querySelectorAll('{selector}')].map((each) => ({PLAIN})(each.textContent)))"


async def sound(page: Page) -> None:
    """Nothing foreign, and no name of ours is taken by another."""
    await inert(page)
    assert await page.evaluate(TWICE) == [], page.url


class Desk:
    """Presses by the hundred."""

    def __init__(self, server: Server, show: str) -> None:
        self.server = server
        self.show = show

    async def press(self, kind: str, **fields) -> bool:
        """False when it is refused: what reads alike is one question, answered once."""
        try:
            await asyncio.to_thread(self.server.command, self.show, kind, **fields)
        except AssertionError as refused:
            if ": 409 " not in str(refused):
                raise
            return False
        return True

    async def queue(self) -> list[dict]:
        return (await asyncio.to_thread(self.server.snapshot, self.show))["comments"]["queue"]


async def test_there_are_five_hundred_of_every_family() -> None:
    assert len(set(FIVE_HUNDRED)) == 500
    assert all(any(act in text for text in FIVE_HUNDRED) for act in ACTS)
    assert set(MISREADINGS) <= set(FIVE_HUNDRED)


async def test_five_hundred_comments_are_text_on_every_screen_and_in_the_recap(stage: Stage, server: Server) -> None:
    show = server.show(FIVE_HUNDRED[40][:200])
    desk = Desk(server, show)
    server.command(show, "start_show")
    screens = await stage.screens(show, moderate="moderator", host="host", overlay="producer", metrics="analyst")
    wire = Wire(*screens.values())
    await screens["overlay"].evaluate(COLLECT, "#comments-pinned .pinned-comment, #comments-pinned bdi")
    await screens["host"].evaluate(COLLECT, "#comments-host .stage-question-text, #comments-host bdi")
    passed: list[str] = []
    known: dict[str, str] = {}
    for start in range(0, 500, BATCH):
        texts = list(FIVE_HUNDRED[start : start + BATCH])
        server.says(show, *texts, name=True)
        await reads_all(screens["moderate"], texts, now_in(".line-text"))
        newest = [one for one in await desk.queue() if one["text"] in texts]
        known |= {one["text"]: one["id"] for one in newest}
        for number, one in enumerate(newest):
            if one["state"] == "held":
                await desk.press("approve_comment", comment=one["id"])
            await desk.press("pin_comment", comment=one["id"])
            if number % 5 == 0 and await desk.press("pass_to_host", comment=one["id"]):
                passed.append(one["text"])
                await asyncio.sleep(0.05)
                await desk.press("mark_answered", comment=one["id"])
        await asyncio.gather(*(sound(page) for page in screens.values()))
    server.says(show, *(f"{text[:3_900]} 多少钱？" for text in FIVE_HUNDRED), name=True)
    await asyncio.sleep(0.5)
    await asyncio.gather(*(sound(page) for page in screens.values()))
    assert len(await lacks(screens["host"], passed, "journeyHeard")) < len(passed) / 10
    await pinned_again(screens["overlay"], desk, known)
    server.command(show, "end_show")
    await in_the_recap(stage, server, show)
    assert wire.strange == []


async def pinned_again(overlay: Page, desk: Desk, known: dict[str, str]) -> None:
    """Pins that follow within one tick are joined; what was not on the stream by itself is pinned and awaited."""
    for text in await lacks(overlay, list(FIVE_HUNDRED), "journeyHeard"):
        await desk.press("pin_comment", comment=known[text])
        await reads_all(overlay, [text], "journeyHeard")


async def in_the_recap(stage: Stage, server: Server, show: str) -> None:
    page = await (await stage.person("producer")).new_page()
    wire = Wire(page)
    await page.goto(f"/shows/{show}/recap")
    await sound(page)
    texts = [text for text in FIVE_HUNDRED if text.strip()]
    assert await page.evaluate(TOLD, texts) > TOLD_AT_LEAST
    answer = await asyncio.to_thread(fetched, server, show, "html")
    policy = {"Content-Security-Policy": answer.headers["content-security-policy"]}
    await page.route(
        "**/recap-as-a-file", lambda route: route.fulfill(body=answer.content, headers=policy, content_type="text/html")
    )
    await page.goto("/recap-as-a-file")
    assert await page.evaluate(FOREIGN.replace('"main :is(', '"body :is(').replace(", style", "")) == []
    assert await page.evaluate(TOLD, texts) > TOLD_AT_LEAST
    assert wire.strange == []
    sheet = (await asyncio.to_thread(fetched, server, show, "csv")).content.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(sheet)) for cell in row]
    assert [
        cell
        for cell in cells
        if cell.lstrip()[:1] in set("=+-@＝＋－＠\t\r") and not cell.lstrip("-").replace(".", "").isdigit()
    ] == []
    assert sum(cell.count("journey-hostile") for cell in cells) > 100


def fetched(server: Server, show: str, form: str) -> httpx.Response:
    server.call("GET", f"/shows/{show}")
    assert server._client is not None
    return server._client.get(f"{server.url}/api/v1/shows/{show}/recap.{form}", timeout=60)


def asking(text: str) -> dict[str, object]:
    """The host asks the desk; the envelope by hand, for its `kind` is a field."""
    now_ms = time.time_ns() // 1_000_000
    envelope = {"command_id": str(uuid.uuid4()), "issued_at": now_ms, "seen": None, "type": "request_desk"}
    return envelope | {"kind": "other", "text": text}


async def test_titles_messages_and_names_of_things_are_text_too(stage: Stage, server: Server) -> None:
    texts = cycle(FIVE_HUNDRED)
    show = server.show(next(texts)[:200])
    titles = {text[:200] for text in FIVE_HUNDRED if text[:200].isprintable() and text.strip()}
    mine = islice(cycle(sorted(titles)), 10_000)
    mark = uuid.uuid4().hex[:6]
    products = [
        f"{mark} {text}"[:200]
        for text in ('" onload="x', "'><img src=x>", "list", "on-air", "#content", "a/b?c", "{{ 7 }}", "..")
    ]
    for number, each in enumerate(products):
        server.call(
            "POST",
            "/products",
            json={"id": each, "title": next(mine), "link_no": 700 + number, "live_price": 9_900, "stock": 9},
        )
    for _ in range(60):
        row = {
            "title": next(mine),
            "planned_s": 60,
            "products": [next(mine)],
            "script": next(mine),
            "must_say": [next(mine)],
            "host": next(mine)[:80],
            "custom": {"备注": next(mine)},
        }
        server.command(show, "add_row", row=row)
    server.command(show, "start_show")
    server.command(show, "go")
    for each in products:
        server.command(show, "pop_product", product=each)
    for number in range(12):
        offer = {"kind": "coupon", "title": next(mine), "amount": 100, "threshold": 0, "quantity": 5, "duration_s": 600}
        made = server.command(show, "define_offer", offer=offer)["offer"]
        if number == 0:
            server.command(show, "arm_offer", offer=made)
            server.command(show, "fire_offer", offer=made)
        server.command(show, "message_host", text=next(mine))
        server.call("POST", f"/shows/{show}/commands", json=asking(next(mine)))
        server.command(show, "mark", note=next(mine))
    roles = {
        "plan": "producer",
        "control": "controller",
        "host": "host",
        "overlay": "producer",
        "metrics": "analyst",
        "moderate": "moderator",
    }
    screens = await stage.screens(show, **roles)
    wire = Wire(*screens.values())
    for _ in range(6):
        server.command(show, "message_host", text=next(mine))
        server.command(show, "pop_product", product=products[0])
    await asyncio.sleep(0.5)
    for name, page in screens.items():
        assert await page.evaluate(FOREIGN) == [], name
        assert await page.evaluate(TWICE) == [], name
    assert wire.strange == []
    server.command(show, "kill_offers", reason=next(mine)[:200])
    server.command(show, "end_show")


async def test_control_put_in_as_html_the_texts_are_noticed(stage: Stage) -> None:
    page = await (await stage.person()).new_page()
    wire = Wire(page)
    await page.goto("/sign-in")
    put = "(all) => (document.querySelector('main').innerHTML = '<p class=line-text>' + all.join(' '))"
    await page.evaluate(put, [act for act in ACTS if "refresh" not in act])
    await page.wait_for_timeout(300)
    assert len(await page.evaluate(FOREIGN)) > 15
    assert (
        set(
            await page.evaluate(
                "(selector) => [...document.querySelectorAll(selector + ' *')].map((one) => one.tagName)", ".line-text"
            )
        )
        - TAGS_OF_TALK
    )
    assert PARTS_OF_TALK.startswith(".line-text")
    assert wire.strange != []
    assert any("CSP" in fault for fault in stage.faults)
    await page.evaluate(
        "() => document.body.append(Object.assign(document.createElement('p'), {id: 'content'}), Object.assign(document.createElement('p'), {id: 'content'}))"
    )
    assert await page.evaluate(TWICE) != []
    await page.close()
    stage.faults.clear()
