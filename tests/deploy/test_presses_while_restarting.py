"""Both nodes behind the shipped proxy are restarted while people press: no press fails, none waits for long.

Nobody here asks twice: every answer that is not a 200 is a press that failed.
"""

import asyncio
import contextlib
import signal
import time
import uuid

import httpx
import pytest
from fronts import Caddy, need_proxy
from nodes import Node, environment, now_ms
from patience import patience

PRESSING = 4
WAIT_S = 1.0
"""How long a press may take while a node ends."""
NO_DRAIN = "import console.realtime.server; console.realtime.server.DRAIN_S = 0.0"


class Presser:
    """Presses on and on, and notes what failed."""

    def __init__(self, front, show, token):
        self._client = httpx.AsyncClient(
            base_url=front.url, headers={"Authorization": f"Bearer {token}"}, verify=front.tls, timeout=20
        )
        self._path = f"/api/v1/shows/{show}/commands"
        self.noted, self.failed, self.slowest_s = [], [], 0.0

    async def press_on(self):
        async with self._client:
            while True:
                await self._press(str(uuid.uuid4()))
                await asyncio.sleep(0.01)

    async def _press(self, note):
        command = {"command_id": note, "issued_at": now_ms(), "type": "message_host", "text": note}
        began_s = time.monotonic()
        try:
            answer = await self._client.post(self._path, json=command)
        except httpx.TransportError as error:
            self.failed.append(repr(error))
            return
        self.slowest_s = max(self.slowest_s, time.monotonic() - began_s)
        if answer.status_code == 200:
            self.noted.append(note)
        else:
            self.failed.append((answer.status_code, answer.text[:200]))


async def pressed_through_restarts(house, where):
    """What people pressed while each node was ended and begun again, and the rows that came of it."""
    async with Caddy(house.ports, where).running() as front:
        headers = {"Authorization": f"Bearer {house.token}"}
        async with httpx.AsyncClient(base_url=front.url, verify=front.tls, headers=headers, timeout=20) as client:
            show = (await client.post("/api/v1/shows", json={"title": "晚场"})).json()["id"]
            began = {"command_id": str(uuid.uuid4()), "issued_at": now_ms(), "type": "start_show"}
            assert (await client.post(f"/api/v1/shows/{show}/commands", json=began)).status_code == 200
            pressers = [Presser(front, show, house.token) for _ in range(PRESSING)]
            busy = [asyncio.create_task(presser.press_on()) for presser in pressers]
            for number in range(2):
                await asyncio.sleep(1)
                await asyncio.to_thread(house.stop, number)
                await asyncio.to_thread(house.start, number)
            await asyncio.sleep(1)
            for task in busy:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*busy)
            return pressers, await notes(client, show)


async def notes(client, show):
    kept, after = [], 0
    while items := (await client.get(f"/api/v1/shows/{show}/journal?after={after}&limit=1000")).json()["items"]:
        kept += [row["text"] for row in items if row["type"] == "host_messaged"]
        after = items[-1]["seq"]
    return kept


def after(node, told):
    """What /health said to each who asked anew, from the signal until nobody answered; and the exit status."""
    node.process.send_signal(told)
    said = set()
    with contextlib.suppress(httpx.TransportError):
        while True:
            said.add(httpx.get(f"{node.url}/health").status_code)
    return said, node.end()


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_behind_a_proxy_a_node_says_that_it_ends_and_goes_on_serving(tmp_path, path):
    node = Node(environment(tmp_path) | {"CONSOLE_TRUSTED_PROXIES": "127.0.0.1"}, tmp_path / "log").answering()
    assert httpx.get(node.url + path).status_code == 200
    node.process.terminate()
    while (said := httpx.get(node.url + path)).status_code == 200:
        time.sleep(0.01)
    assert (said.status_code, said.json()) == (503, {"status": "ending"})
    assert httpx.get(f"{node.url}/sign-in").status_code == 200
    assert node.end() == 0


@pytest.mark.parametrize(("proxies", "told"), [("", signal.SIGTERM), ("", signal.SIGINT), ("127.0.0.1", signal.SIGINT)])
def test_without_a_proxy_or_from_the_keyboard_it_ends_at_once(tmp_path, proxies, told):
    node = Node(environment(tmp_path) | {"CONSOLE_TRUSTED_PROXIES": proxies}, tmp_path / "log").answering()
    said, status = after(node, told)
    assert (said - {200}, status) == (set(), 0)


async def test_no_press_fails_while_the_nodes_are_restarted_one_after_the_other(house, tmp_path):
    need_proxy()
    pressers, kept = await pressed_through_restarts(house, tmp_path)
    assert [each.failed for each in pressers] == [[]] * PRESSING
    assert max(each.slowest_s for each in pressers) < patience(WAIT_S)
    noted = [note for each in pressers for note in each.noted]
    assert len(noted) > 100
    assert len(kept) == len(set(kept))
    assert set(noted) <= set(kept)


async def test_control_a_node_that_ends_without_saying_so_first_fails_presses(housed, tmp_path):
    need_proxy()
    with housed(NO_DRAIN) as house:
        pressers, _ = await pressed_through_restarts(house, tmp_path)
    failed = [status for each in pressers for status in each.failed]
    assert failed
    assert {status[0] for status in failed} <= {502, 503}
