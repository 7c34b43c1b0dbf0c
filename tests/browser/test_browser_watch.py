"""The control of all journeys: what they would fail on is noticed."""

import pytest

from tests.browser.stage import LAPTOP, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("act", "sign"),
    [
        ("() => { setTimeout(() => { throw new Error('planted') }) }", "planted"),
        ("() => console.error('planted')", "planted"),
        ("() => document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))", "CSP script-src"),
        ("() => document.body.append(Object.assign(document.createElement('div'), {textContent: 'w'.repeat(9000)}))", f"{LAPTOP['width']}: "),
    ],
    ids=["error", "console", "policy", "width"],
)  # fmt: skip
async def test_a_fault_is_noticed(stage: Stage, act: str, sign: str) -> None:
    page = await (await stage.person()).new_page()
    await page.goto("/sign-in")
    await page.evaluate(act)
    await page.wait_for_timeout(50)
    await stage.end()
    assert any(sign in fault for fault in stage.faults)
    stage.faults.clear()
