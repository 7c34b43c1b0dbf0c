"""The shipped proxy in front of two nodes on PostgreSQL and Redis: what a browser and a program meet over TLS."""

import asyncio
import json
import re
import time

import httpx
import pytest
from fronts import Caddy, free_port, need_proxy
from nodes import Node, console, environment, now_ms, token_for
from patience import patience
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from console.accounts.throttle import ADDRESS
from console.realtime.protocol import RESTART

PASSWORD = "correct horse battery"


class Site:
    """The proxy, its nodes, and a program's token."""

    def __init__(self, front, nodes, token):
        self.front, self.nodes, self.token = front, nodes, token
        self.url = front.url
        self.bearer = {"Authorization": f"Bearer {token}"}

    def browser(self, **headers):
        return httpx.AsyncClient(base_url=self.url, verify=self.front.tls, headers=headers, timeout=20)

    def socket(self, path, **more):
        return connect(self.url.replace("https", "wss") + path, ssl=self.front.tls, **more)


@pytest.fixture
async def site(postgres, redis, tmp_path):
    need_proxy()
    ports = [free_port(), free_port()]
    front = Caddy(ports, tmp_path)
    told = environment(tmp_path / "data", postgres.database(), redis.url)
    told |= {"CONSOLE_ALLOWED_ORIGINS": front.url, "CONSOLE_TRUSTED_PROXIES": "127.0.0.1"}
    token = await asyncio.to_thread(token_for, told)
    made = await asyncio.to_thread(
        lambda: console(told, "user", "add", "小雅", "--role", "controller", "--password-stdin", given=PASSWORD)
    )
    assert made.exit_code == 0, made.output
    nodes = [Node(told, tmp_path / "log", "--port", str(port)) for port in ports]
    try:
        for node in nodes:
            await asyncio.to_thread(node.answering)
        async with front.running():
            yield Site(front, nodes, token)
    finally:
        for node in nodes:
            if node.process.poll() is None:
                await asyncio.to_thread(node.end)


async def signed_in(browser, name="小雅", password=PASSWORD, **headers):
    token = re.search(r'name="csrf" value="([^"]+)"', (await browser.get("/sign-in")).text)[1]
    fields = {"csrf": token, "name": name, "password": password, "next": "/"}
    return await browser.post("/sign-in", data=fields, headers=headers)


async def shown(site):
    async with site.browser(**site.bearer) as program:
        return (await program.post("/api/v1/shows", json={"title": "晚场"})).json()["id"]


async def pressed(program, show, **fields):
    """A 502 says that a node ended under the request: asked again with the same id until another one takes it."""
    command = {"command_id": fields.pop("id"), "issued_at": now_ms(), **fields}
    for _ in range(30):
        answer = await program.post(f"/api/v1/shows/{show}/commands", json=command)
        if answer.status_code != 502:
            break
        await asyncio.sleep(0.1)
    assert answer.status_code == 200, answer.text
    return answer.json()["seq"]


async def test_a_browser_over_tls(site):
    """Plain http is sent away; cookies are the __Host- kind; other sites are refused; a screen opens and hears at once."""
    async with httpx.AsyncClient() as browser:
        plain = await browser.get(f"http://localhost:{site.front.plain_port}/sign-in")
    assert (plain.status_code, plain.headers["location"].startswith("https://")) == (308, True)
    show = await shown(site)
    async with site.browser() as browser:
        page = await browser.get("/sign-in")
        assert page.headers["strict-transport-security"]
        assert (await signed_in(browser, origin="https://evil.example")).status_code == 403
        answer = await signed_in(browser, origin=site.url)
        assert answer.status_code == 303
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-console=")
        assert "Secure" in cookie
        assert (await browser.get(f"/shows/{show}/control")).status_code == 200
        style = await browser.get(re.search(r'href="(/static/[^"]+\.css[^"]*)"', page.text)[1])
        assert style.headers.get("content-encoding") == "gzip"
        assert "content-encoding" not in page.headers, "pages carry secrets of the session"
        kept = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    path = f"/live/{show}/control"
    with pytest.raises(InvalidStatus, match="403"):
        async with site.socket(path, origin="https://evil.example", additional_headers={"Cookie": kept}):
            pass
    async with site.socket(path, origin=site.url, additional_headers={"Cookie": kept}) as screen:
        assert json.loads(await screen.recv())["kind"] == "hello"
        async with site.browser(**site.bearer) as program:
            started = time.monotonic()
            seq = await pressed(program, show, id="00000000-0000-4000-8000-000000000001", type="start_show")
        async with asyncio.timeout(patience(1)):
            while json.loads(await screen.recv())["seq"] < seq:
                pass
        assert time.monotonic() - started < patience(1), "nothing on the way waits for more"


async def test_a_quiet_socket_is_kept_and_a_stopped_node_says_come_back(site):
    """Longer than every timeout of the proxy's configuration; then 1012 arrives through it, and another node takes over."""
    show = await shown(site)
    async with site.browser(**site.bearer) as program:
        screens = [await site.socket(f"/api/v1/shows/{show}/stream", additional_headers=site.bearer) for _ in range(6)]
        for screen in screens:
            await screen.recv()
        await pressed(program, show, id="00000000-0000-4000-8000-000000000100", type="start_show")
        async with asyncio.timeout(patience(20)):
            for _ in range(4):
                await beat(screens[0])
        ending = asyncio.create_task(asyncio.to_thread(site.nodes[0].end))
        for number in range(1, 11):
            await pressed(program, show, id=f"00000000-0000-4000-8000-0000000001{number:02}", type="mark")
        codes = [await closed(screen) for screen in screens]
        assert await ending == 0
        assert set(codes) == {RESTART, None}, "each node had its share of the screens"
        async with site.socket(f"/api/v1/shows/{show}/stream", additional_headers=site.bearer) as screen:
            assert json.loads(await screen.recv())["seq"] >= 12
        for screen in screens:
            await screen.close()


async def beat(screen):
    while json.loads(await screen.recv())["kind"] != "heartbeat":
        pass


async def closed(screen):
    """The code it was closed with; None while it is open."""
    try:
        async with asyncio.timeout(0.5):
            while True:
                await screen.recv()
    except TimeoutError:
        return None
    except ConnectionClosed as end:
        return end.rcvd.code if end.rcvd else 1006


async def test_who_guesses_through_the_proxy_is_slowed_down_whatever_he_says_of_himself(site):
    """Two nodes count apart, so the bound is the double. A slow machine waits the first delays out by itself: they double."""
    for number in range(2 * (ADDRESS.free + 8)):
        lies = {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": "for=203.0.113.1"}
        async with site.browser(**lies) as browser:
            if (await signed_in(browser, name=f"nobody {number}")).status_code == 429:
                break
    else:
        raise AssertionError("never slowed down")
    async with site.browser() as browser:
        assert (await browser.get("/metrics")).status_code == 401, "the proxy's own address is not this machine"
