"""Two hundred people guess passwords at once: the desk presses on, and whoever has the right one comes in afterwards."""

import asyncio
import time
from statistics import median

import httpx
import pytest
from patience import patience
from stalls import steps

from console.accounts.passwords import Passwords
from tests.security.conftest import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

GUESSES = 200
PRESSES = 60
WITHIN_S = 0.1


async def guesses(house: House, number: int, pause_s: float = 0.015) -> int:
    """From an address and at a name of its own, so that no throttle spares the hashing."""
    await asyncio.sleep(number * pause_s)
    async with house.client(None, address=f"198.51.{number}.7") as client:
        client.cookies.set("console_form", "mine", domain="console.test")
        fields = {"csrf": "mine", "name": f"nobody {number}", "password": f"guess {number}"}
        answer = await client.post("/sign-in", data=fields)
        if answer.status_code == 429:
            assert int(answer.headers["retry-after"]) >= 1
        return answer.status_code


async def usual_press(house: House, client: httpx.AsyncClient) -> float:
    """The median of many: one may meet a neighbour on the machine."""
    took_s = []
    for _ in range(PRESSES):
        began = time.monotonic()
        answer = await house.press(client, "mark")
        took_s.append(time.monotonic() - began)
        assert answer.status_code in {200, 409}, "expired is an answer too, and late"
        await asyncio.sleep(0.02)
    return median(took_s)


async def flooded(house: House) -> tuple[float, list[float]]:
    async with house.client("controller") as desk:
        flood = (guesses(house, number) for number in range(GUESSES))
        usual_s, *statuses = await asyncio.gather(usual_press(house, desk), *flood)
        return usual_s, statuses


async def test_presses_do_not_wait_for_a_flood_of_guesses(house: House) -> None:
    person = await house.console.desk.accounts.add_person("Ann", ["host"], "a long password 9")
    async with steps() as seen:
        usual_s, statuses = await flooded(house)
    assert set(statuses) <= {401, 429}
    assert usual_s < patience(WITHIN_S), usual_s
    assert not seen.froze(), seen.what
    signed_in = await house.console.desk.accounts.sign_in("Ann", "a long password 9", "192.0.2.9")
    assert signed_in.person.id == person.id


async def test_control_hashing_on_the_loop_is_noticed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def here(_self: Passwords, work):
        return work()

    monkeypatch.setattr(Passwords, "_queued", here)
    assert await hashed_on_the_loop(house)


async def test_no_hash_is_made_on_the_loop(house: House) -> None:
    assert not await hashed_on_the_loop(house)


async def hashed_on_the_loop(house: House) -> bool:
    """Whether the longest step of one guess takes as long as a hash does."""
    hashing = Passwords()
    began = time.thread_time()
    hashing._hasher.hash("nobody has this password")
    hash_s = time.thread_time() - began
    hashing.close()
    longest_s = []
    for number in range(5):
        async with steps() as seen:
            await guesses(house, 100 + number, 0.0)
        longest_s.append(seen.longest_s)
    return min(longest_s) > hash_s * 0.8
