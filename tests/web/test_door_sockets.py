"""Websockets at the door: refused with a status before they open."""

from tests.web.conftest import FOREIGN


class TestSockets:
    async def test_without_a_sign_in_it_is_refused_before_the_upgrade(self, world):
        assert (await handshake(world, "/live/s_1/host"))[0] == 401

    async def test_from_another_site_it_is_refused(self, world, ann):
        cookie = f"console_session={ann.cookies['console_session']}"
        assert (await handshake(world, "/live/s_1/host", cookie=cookie, origin=FOREIGN))[0] == 403
        assert (await handshake(world, "/live/s_1/host", cookie=cookie, origin="null"))[0] == 403
        assert (await handshake(world, "/live/s_1/host", cookie=cookie, origin="http://console.test"))[0] == 101

    async def test_without_the_role_it_is_forbidden(self, world):
        _, secret = await world.accounts.add_token("feed", ["ingest"])
        assert (await handshake(world, "/live/s_1/host", authorization=f"Bearer {secret}"))[0] == 403

    async def test_a_server_that_cannot_answer_closes_instead(self, world):
        status, sent = await handshake(world, "/live/s_1/host", extensions={})
        assert (status, sent[0]) == (None, {"type": "websocket.close", "code": 4401})

    async def test_a_link_opens_its_own_screen_and_nothing_else(self, world, actor):
        _, secret = await world.accounts.add_link("s_1", "host", actor)
        cookie = f"console_link={secret}"
        assert (await handshake(world, "/live/s_1/host", cookie=cookie, origin="http://console.test"))[0] == 101
        assert (await handshake(world, "/live/s_1/host", cookie=cookie))[0] == 403
        assert (await handshake(world, "/live/s_1/overlay", cookie=cookie))[0] == 401
        assert (await handshake(world, "/live/s_2/host", cookie=cookie))[0] == 401
        async with world.client() as client:
            client.cookies.set("console_link", secret, domain="console.test")
            assert (await client.get("/api/v1/who")).status_code == 401
            assert (await client.post("/api/v1/change")).status_code == 401
            assert (await client.get("/page")).status_code == 303

    async def test_the_page_of_a_link_hands_out_a_cookie_for_its_socket_alone(self, world, actor):
        scope, secret = await world.accounts.add_link("s_1", "overlay", actor)
        async with world.client() as client:
            answer = await client.get(f"/watch/{secret}")
            assert answer.text == "s_1 overlay"
            assert "Path=/live/s_1/overlay" in answer.headers["set-cookie"]
            assert "SameSite=strict" in answer.headers["set-cookie"]
            await world.accounts.revoke_link(scope.id)
            assert (await client.get(f"/watch/{secret}")).status_code == 404
            assert (await client.get("/watch/guessed")).status_code == 404

    async def test_a_revoked_link_opens_nothing(self, world, actor):
        scope, secret = await world.accounts.add_link("s_1", "host", actor)
        await world.accounts.revoke_link(scope.id)
        assert (await handshake(world, "/live/s_1/host", cookie=f"console_link={secret}"))[0] == 401


async def handshake(world, path, *, extensions=None, **headers):
    """(status before the upgrade, everything sent); 101 when it was accepted."""
    sent = []
    scope = {
        "type": "websocket", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "ws", "headers": [(b"host", b"console.test")], "client": ("192.0.2.1", 5), "subprotocols": [],
        "extensions": {"websocket.http.response": {}} if extensions is None else extensions,
    }  # fmt: skip
    scope["headers"] += [(name.encode(), value.encode()) for name, value in headers.items()]

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    await world.app(scope, receive, send)
    kinds = {message["type"]: message for message in sent}
    if "websocket.accept" in kinds:
        return 101, sent
    return kinds.get("websocket.http.response.start", {}).get("status"), sent
