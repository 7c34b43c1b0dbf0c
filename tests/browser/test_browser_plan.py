"""A producer plans a show: types, pastes, reorders, imports, and defines offers that are checked against floors."""

import asyncio
from pathlib import Path

import pytest
import xlsxwriter
from playwright.async_api import Page, Route, expect

from tests.browser.server import Server
from tests.browser.stage import Stage, command, confirm, live, sign_in

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROWS = "[data-grid] tr[data-row]"
NEW = "[data-grid-new] [data-field={}]"


async def titles(page: Page) -> list[str]:
    return await page.locator(f"{ROWS} [data-field=title] .shown").all_inner_texts()


async def has_rows(page: Page, *wanted: str) -> None:
    await expect(page.locator(f"{ROWS} [data-field=title] .shown")).to_have_text(list(wanted))


def cell(page: Page, title: str, field: str):
    return page.locator(ROWS).filter(has=page.get_by_text(title, exact=True)).first.locator(f"td[data-field={field}]")


def rows_of(server: Server, show: str) -> list[dict]:
    return server.snapshot(show)["scripts"]["rows"]


async def new_show(page: Page, title: str) -> str:
    await page.click("[data-opens=new-show]")
    await page.fill("#new-show input[name=title]", title)
    await page.click("#new-show form button.main")
    await page.wait_for_url("**/plan")
    await live(page)
    return page.url.split("/")[-2]


async def type_rows(page: Page) -> None:
    """Two rows through the keyboard alone, the second begun before the first is stored."""
    await page.focus(NEW.format("title"))
    await page.keyboard.type("Opening")
    await page.keyboard.press("Enter")
    await page.wait_for_timeout(50)
    await page.keyboard.type("Flash hour")
    await page.keyboard.press("Tab")
    await page.keyboard.type("7,8")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.type("5m")
    await page.keyboard.press("Enter")
    await has_rows(page, "Opening", "Flash hour")


async def test_a_producer_plans_a_show(stage: Stage, server: Server, tmp_path: Path) -> None:
    context = await stage.person()
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = await context.new_page()
    await sign_in(page, "producer", server.passwords["producer"])
    show = await new_show(page, "Spring evening")

    await type_rows(page)
    typed = rows_of(server, show)[1]
    assert (typed["planned_s"], typed["products"], typed["phase"]) == (300, ["p07", "p08"], "flash")

    await edit(page)
    await paste(page, server, show)
    await reorder(page)
    await remove(page)
    await import_sheet(page, tmp_path)
    stage.refused(409)
    await offers(page, server, show)


async def edit(page: Page) -> None:
    """Typing overwrites, Enter saves and goes down, Escape leaves all as it was."""
    await cell(page, "Opening", "host").click()
    await page.keyboard.type("Ana")
    await page.keyboard.press("Enter")
    await expect(cell(page, "Opening", "host")).to_have_attribute("data-value", "Ana")
    await page.keyboard.type("nobody")
    await page.keyboard.press("Escape")
    await expect(cell(page, "Flash hour", "host")).to_have_attribute("data-value", "")
    await cell(page, "Opening", "planned_s").click()
    await page.keyboard.type("soon")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast.warn")).to_contain_text("soon")
    await page.keyboard.press("Escape")


async def paste(page: Page, server: Server, show: str) -> None:
    lines = "3m\tproduct\tCream\t3\n4m\tproduct\tSerum\t4\n90\tclosing\tThanks\t"
    await page.evaluate("(text) => navigator.clipboard.writeText(text)", lines)
    await page.focus(NEW.format("planned_s"))
    await page.keyboard.press("Control+V")
    await has_rows(page, "Opening", "Flash hour", "Cream", "Serum", "Thanks")
    assert [row["planned_s"] for row in rows_of(server, show)][2:] == [180, 240, 90]
    assert rows_of(server, show)[3]["products"] == ["p04"]


async def reorder(page: Page) -> None:
    await cell(page, "Flash hour", "title").click()
    await page.keyboard.press("Alt+ArrowDown")
    await has_rows(page, "Opening", "Cream", "Flash hour", "Serum", "Thanks")
    await page.keyboard.press("Alt+ArrowDown")
    await has_rows(page, "Opening", "Cream", "Serum", "Flash hour", "Thanks")
    grips = page.locator(f"{ROWS} .grip")
    await grips.nth(4).drag_to(grips.nth(1), target_position={"x": 8, "y": 4})
    await has_rows(page, "Opening", "Thanks", "Cream", "Serum", "Flash hour")


async def remove(page: Page) -> None:
    await page.locator(ROWS).filter(has_text="Thanks").locator("[data-command=remove_row]").click()
    await confirm(page)
    await has_rows(page, "Opening", "Cream", "Serum", "Flash hour")
    await expect(page.locator("#row-pane [data-row]")).to_have_count(0)


def sheet(path: Path) -> Path:
    """As teams have it: a title line above Chinese headers in their own order, and a column nobody knows."""
    book = xlsxwriter.Workbook(path)
    tab = book.add_worksheet("流程")
    lines = [
        ["春季专场 流程表"],
        ["环节", "时长", "链接", "主播", "必讲", "灯光"],
        ["福袋互动", "5分钟", "", "小雅", "评论 618", "暖光"],
        ["返场 口红", "00:03:00", "11", "阿明", "59.9 返场价", "冷光"],
    ]
    for at, line in enumerate(lines):
        tab.write_row(at, 0, line)
    book.close()
    return path


async def import_sheet(page: Page, tmp_path: Path) -> None:
    """The dry run shows columns and rows and changes nothing; then all of it comes in."""
    before = await titles(page)
    await page.click("[data-opens=import]")
    await page.set_input_files("#import input[type=file]", sheet(tmp_path / "流程.xlsx"))
    result = page.locator("#import-result")
    await expect(result.locator("tr")).to_have_count(6)
    chosen = await result.locator("select").evaluate_all(
        "(all) => Object.fromEntries(all.map((each) => [each.ariaLabel, each.value]))"
    )
    assert chosen == {
        "环节": "title",
        "时长": "planned_s",
        "链接": "products",
        "主播": "host",
        "必讲": "must_say",
        "灯光": "custom",
    }
    await has_rows(page, *before)
    await page.click("#import [data-apply]")
    await has_rows(page, *before, "福袋互动", "返场 口红")
    await expect(page.locator("#import")).to_be_hidden()
    await cell(page, "返场 口红", "title").click()
    await expect(page.locator("#row-pane [data-field='custom.灯光']")).to_have_attribute("data-value", "冷光")


async def define(page: Page, kind: str, **fields: str) -> None:
    dialog = page.locator("#offer-new")
    if not await dialog.is_visible():
        await page.click("[data-opens=offer-new]")
    await dialog.locator("[name='offer.kind']").select_option(kind)
    for name, text in fields.items():
        await dialog.locator(f"[name='offer.{name}']").fill(text)
    await command(page, "define_offer").locator("button.main").click()


async def offers(page: Page, server: Server, show: str) -> None:
    planned = page.locator("#offers-plan > li")
    await define(page, "flash_price", title="Masks", product="p07", price="41.99", quantity="50")
    await expect(page.locator(".toast.bad")).to_contain_text("below what the shop allows")
    await expect(planned).to_have_count(0)
    await page.fill("#offer-new [name='offer.price']", "$45.90")
    await command(page, "define_offer").locator("button.main").click()
    await expect(page.locator(".toast.warn").last).to_contain_text("“$45.90” is not an amount in CNY")
    await expect(planned).to_have_count(0)
    await page.fill("#offer-new [name='offer.price']", "￥45.90")
    await command(page, "define_offer").locator("button.main").click()
    await expect(planned).to_have_count(1)
    assert server.snapshot(show)["offers"]["items"][0]["price"] == 4_590
    await define(page, "coupon", title="Ten off", product="p04", amount="10", threshold="0", quantity="100")
    await expect(planned).to_have_count(2)
    await expect(page.locator("#offer-new [name='offer.price']")).to_be_visible()
    await expect(page.locator("#offer-new [name='offer.amount']")).to_be_hidden()
    items = server.snapshot(show)["offers"]["items"]
    assert [(item["kind"], item["state"]) for item in items] == [("flash_price", "planned"), ("coupon", "planned")]


async def test_a_row_is_typed_while_the_one_before_is_on_its_way(stage: Stage, server: Server) -> None:
    page = await (await stage.person()).new_page()
    await sign_in(page, "producer", server.passwords["producer"])
    await new_show(page, "Quick hands")

    pressed_at = []

    async def late(route: Route) -> None:
        pressed_at.append(route.request.post_data_json["issued_at"])
        await asyncio.sleep(0.7)
        await route.continue_()

    await page.route("**/commands", late)
    await page.focus(NEW.format("title"))
    for title in ("Opening", "Masks"):
        await page.keyboard.type(title)
        await page.keyboard.press("Enter")
        await page.wait_for_timeout(50)
    await has_rows(page, "Opening", "Masks")
    assert pressed_at[1] - pressed_at[0] < 650, "what waited its turn was sent as if it had been pressed just then"

    await page.unroute("**/commands")
    await page.route("**/commands", lambda route: route.fulfill(status=503, json={"why": "Not now."}))
    stage.refused(503)
    await page.keyboard.type("Cream")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast.bad")).to_contain_text("CreamNot now.")
    await expect(page.locator(NEW.format("title"))).to_have_attribute("data-value", "Cream")
    await page.keyboard.press("Enter")
    await page.keyboard.press("End")
    await page.keyboard.type(" and more")
    await expect(page.locator(NEW.format("title")).locator("input")).to_have_value("Cream and more")


async def test_rows_that_are_not_taken_come_back_one_after_the_other(stage: Stage, server: Server) -> None:
    """Those behind the first one too: they are not sent when the line is back."""
    page = await (await stage.person()).new_page()
    await sign_in(page, "producer", server.passwords["producer"])
    show = await new_show(page, "Three hands")
    refuse, asked = asyncio.Event(), []

    async def held(route: Route) -> None:
        asked.append(route.request.post_data_json["row"]["title"])
        await refuse.wait()
        await route.fulfill(status=503, json={"why": "Not now."})

    await page.route("**/commands", held)
    stage.refused(503)
    await page.focus(NEW.format("title"))
    for title in ("Opening", "Masks", "Cream"):
        await page.keyboard.type(title)
        await page.keyboard.press("Enter")
        await page.wait_for_timeout(50)
    await page.keyboard.type("Thanks")
    refuse.set()
    await expect(page.locator(".toast.bad")).to_contain_text("Opening, Masks, CreamNot now.")
    await expect(page.locator(NEW.format("title")).locator("input")).to_have_value("Thanks")
    await page.unroute("**/commands")
    await page.wait_for_timeout(300)
    assert (asked, rows_of(server, show)) == (["Opening"], [])

    await page.keyboard.press("Enter")
    for title in ("Opening", "Masks", "Cream"):
        await expect(page.locator(NEW.format("title"))).to_have_attribute("data-value", title)
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
    await has_rows(page, "Thanks", "Opening", "Masks", "Cream")
    await expect(page.locator(NEW.format("title"))).to_have_attribute("data-value", "")
