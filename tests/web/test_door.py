"""Who is let in, by what proof, and that nothing is read before."""

from urllib.parse import quote

import pytest
from litestar import Litestar, WebSocket, get, post, websocket

from console.web import door, origins
from console.web.census import CensusError, check_routes
from console.web.paths import same_site
from tests.web.conftest import FOREIGN


class TestSignIn:
    async def test_the_form_signs_in_and_goes_where_one_wanted(self, world, enter):
        async with world.client() as client:
            answer = await enter(client, "/page?x=1")
            assert (answer.status_code, answer.headers["location"]) == (303, "/page?x=1")
            cookie = answer.headers["set-cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=lax" in cookie
            assert "Path=/" in cookie
            assert (await client.get("/api/v1/who")).json()["name"] == "Ann"

    async def test_a_cookie_chosen_by_somebody_else_is_never_adopted(self, world, enter):
        async with world.client() as client:
            client.cookies.set("console_session", "planted", domain="console.test")
            answer = await enter(client)
            assert "planted" not in answer.headers["set-cookie"]
        async with world.client() as thief:
            thief.cookies.set("console_session", "planted", domain="console.test")
            assert (await thief.get("/api/v1/who")).status_code == 401

    async def test_over_tls_the_cookie_is_bound_to_the_host(self, world, enter):
        async with world.client(base="https://console.test") as client:
            form = await client.get("/sign-in")
            token = form.text.split('name="csrf" value="')[1].split('"')[0]
            fields = {"csrf": token, "name": "Ann", "password": "correct horse"}
            answer = await client.post("/sign-in", data=fields)
            assert answer.headers["set-cookie"].startswith("__Host-console=")
            assert "Secure" in answer.headers["set-cookie"]
            assert answer.headers["strict-transport-security"]

    async def test_a_wrong_password_keeps_the_name_and_says_so(self, world):
        async with world.client() as client:
            form = await client.get("/sign-in")
            token = form.text.split('name="csrf" value="')[1].split('"')[0]
            fields = {"csrf": token, "name": 'Ann"><script>', "password": "wrong"}
            answer = await client.post("/sign-in", data=fields, headers={"Accept-Language": "en"})
            assert answer.status_code == 401
            assert "do not match" in answer.text
            assert "<script>" not in answer.text.replace("<script ", "")
            assert "wrong" not in answer.text

    async def test_too_many_attempts_say_how_long_to_wait(self, world):
        async with world.client() as client:
            form = await client.get("/sign-in")
            token = form.text.split('name="csrf" value="')[1].split('"')[0]
            fields = {"csrf": token, "name": "Ann", "password": "wrong"}
            answers = [await client.post("/sign-in", data=fields) for _ in range(6)]
            assert [answer.status_code for answer in answers] == [401] * 5 + [429]
            assert answers[-1].headers["retry-after"] == "1"

    async def test_the_form_needs_its_own_token_and_our_origin(self, world, enter):
        async with world.client() as client:
            fields = {"csrf": "guessed", "name": "Ann", "password": "correct horse"}
            assert (await client.post("/sign-in", data=fields)).status_code == 403
            assert (await client.post("/sign-in", data=fields, headers={"Origin": FOREIGN})).status_code == 403
            assert (await client.get("/api/v1/who")).status_code == 401

    async def test_signing_out_ends_it_on_the_server(self, world, ann):
        cookie = ann.cookies["console_session"]
        answer = await ann.post("/sign-out", data={"csrf": ann.headers["X-CSRF-Token"]})
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        assert "console_session" not in ann.cookies
        ann.cookies.set("console_session", cookie, domain="console.test")
        assert (await ann.get("/api/v1/who")).status_code == 401
        assert (await ann.post("/sign-out", data={})).status_code == 303

    async def test_nobody_else_can_sign_one_out(self, ann):
        assert (await ann.post("/sign-out", data={"csrf": "guessed"})).status_code == 403
        assert (await ann.get("/api/v1/who")).status_code == 200

    async def test_disabling_holds_from_the_next_request(self, world, ann):
        (person,) = await world.accounts.people()
        await world.accounts.disable(person.id)
        assert (await ann.get("/api/v1/who")).status_code == 401


class TestDenyByDefault:
    async def test_programs_get_a_status_and_people_the_form(self, world):
        async with world.client() as client:
            refused = await client.get("/api/v1/who", headers={"Accept-Language": "en"})
            assert (refused.status_code, refused.json()["code"]) == (401, "signed_out")
            assert refused.json()["why"].endswith(".")
            away = await client.get("/page?a=1&b=2")
            assert (away.status_code, away.headers["location"]) == (
                303,
                "/sign-in?next=" + quote("/page?a=1&b=2", safe=""),
            )

    async def test_without_the_role_it_is_forbidden(self, ann):
        refused = await ann.get("/api/v1/only-producers")
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")

    async def test_a_token_comes_in_and_a_bad_one_is_not_made_up_for(self, world, ann):
        _, secret = await world.accounts.add_token("feed", ["ingest"])
        async with world.client() as program:
            program.headers["Authorization"] = f"Bearer {secret}"
            assert (await program.post("/api/v1/change", content=b"12")).json() == {"read": 2}
        for header in ("Bearer lcc_wrong", "Bearer ", "Basic QW5uOng=", "bearer", "Bearer \xff\xfe"):
            answer = await ann.get("/api/v1/who", headers={"Authorization": header.encode("latin-1")})
            assert answer.status_code == 401, header

    async def test_a_route_that_says_nothing_denies(self, world):
        async with world.client() as client:
            assert (await client.options("/api/v1/who")).status_code == 401

    async def test_a_store_that_is_away_is_said_so(self, world, ann, monkeypatch):
        async def away(**_):
            raise door.StoreUnavailableError("database is locked")

        monkeypatch.setattr(world.accounts, "identify", away)
        answer = await ann.get("/api/v1/who")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


class TestProofOfOrigin:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({}, 201),
            ({"Origin": "http://console.test"}, 201),
            ({"Origin": "https://desk.example"}, 201),
            ({"Sec-Fetch-Site": "same-origin"}, 201),
            ({"Origin": FOREIGN}, 403),
            ({"Origin": "null"}, 403),
            ({"Origin": "http://console.test.evil.example"}, 403),
            ({"Origin": "https://console.test"}, 403),
            ({"Origin": ""}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "same-site"}, 403),
        ],
    )
    async def test_only_our_own_pages_change_things(self, world, ann, headers, status):
        assert (await ann.post("/api/v1/change", content=b"x", headers=headers)).status_code == status
        assert world.reads == ([1] if status == 201 else [])

    @pytest.mark.parametrize("token", ["", "guessed", "é", None])
    async def test_the_token_of_the_session_must_come_along(self, world, ann, token):
        ann.headers.pop("X-CSRF-Token")
        headers = {} if token is None else {"X-CSRF-Token": token.encode("latin-1")}
        answer = await ann.post("/api/v1/change", content=b"x", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
        assert world.reads == []

    async def test_another_sessions_token_is_no_good(self, world, ann, enter):
        async with world.client() as other:
            await enter(other)
            other.headers["X-CSRF-Token"] = ann.headers["X-CSRF-Token"]
            assert (await other.post("/api/v1/change")).status_code == 403

    async def test_control_without_the_guards_anything_goes(self, ann, monkeypatch):
        monkeypatch.setattr(door, "carries_token", lambda *_: True)
        monkeypatch.setattr(door, "is_ours", lambda *_: True)
        headers = {"X-CSRF-Token": "guessed", "Origin": FOREIGN}
        assert (await ann.post("/api/v1/change", headers=headers)).status_code == 201

    async def test_two_origins_are_none(self, world, ann):
        for first, second in (("http://console.test", FOREIGN), (FOREIGN, "http://console.test")):
            headers = [("Origin", first), ("Origin", second)]
            assert (await ann.post("/api/v1/change", headers=headers)).status_code == 403

    async def test_no_page_of_another_site_may_use_a_token(self, world):
        _, secret = await world.accounts.add_token("feed", ["ingest"])
        async with world.client() as program:
            headers = {"Authorization": f"Bearer {secret}", "Origin": FOREIGN}
            assert (await program.post("/api/v1/change", headers=headers)).status_code == 403

    def test_absent_secrets_equal_nothing(self):
        assert not origins.same("", None)
        assert not origins.same("", "")
        assert origins.same("a", "a")


class TestBodies:
    async def test_too_large_is_refused_before_it_is_read(self, world, ann):
        pulled = []

        async def parts():
            for _ in range(64):
                pulled.append(1)
                yield b"x" * 16_384

        answer = await ann.post("/api/v1/change", content=parts(), headers={"Content-Length": str(2**20)})
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert answer.headers["connection"] == "close"
        assert (pulled, world.reads) == ([], [])

    async def test_a_stream_without_length_is_cut_at_the_limit(self, world, ann):
        pulled = []

        async def parts():
            for _ in range(64):
                pulled.append(1)
                yield b"x" * 16_384

        assert (await ann.post("/api/v1/change", content=parts())).status_code == 413
        assert len(pulled) == 5
        assert world.reads == []

    async def test_the_limit_itself_goes_through_and_a_route_may_raise_it(self, ann):
        assert (await ann.post("/api/v1/change", content=b"x" * 65_536)).json() == {"read": 65_536}
        assert (await ann.post("/api/v1/change", content=b"x" * 65_537)).status_code == 413
        assert (await ann.post("/api/v1/large", content=b"x" * 200_000)).json() == {"read": 200_000}

    async def test_the_sign_in_form_is_limited_too(self, world):
        async with world.client() as client:
            assert (await client.post("/sign-in", data={"name": "x" * 70_000})).status_code == 413

    async def test_a_stranger_is_refused_before_the_size_matters(self, world):
        async with world.client() as client:
            assert (await client.post("/api/v1/change", content=b"x" * 70_000)).status_code == 401


class TestNext:
    @pytest.mark.parametrize(
        "address",
        [
            "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "javascript:alert(1)",
            "/\t/evil.example", "/\n/evil.example", " /shows", "shows", "", None, "/" + "a" * 600, "///evil.example",
            "/a\u202eb", "http:/shows",
        ],
    )  # fmt: skip
    def test_away_from_this_site_is_refused(self, address):
        assert same_site(address) == "/shows"

    @pytest.mark.parametrize("address", ["/", "/shows", "/shows/s_1/plan?x=//y#z", "/直播"])
    def test_a_path_here_is_kept(self, address):
        assert same_site(address) == address

    async def test_after_signing_in_one_never_ends_up_elsewhere(self, world, enter):
        async with world.client() as client:
            assert (await enter(client, "//evil.example")).headers["location"] == "/shows"


class TestCensus:
    def test_the_small_app_is_in_order(self, world):
        assert check_routes(world.app) > 10

    @pytest.mark.parametrize(
        ("opt", "complaint"),
        [({"public": True, "form": True}, "name its rate class"), ({"roles": {"host"}, "rate": "often"}, "name its rate class"),
         ({}, "name its roles"), ({"roles": {"host"}, "public": True}, "name its roles"), ({"roles": {"king"}}, "king"),
         ({"roles": set()}, "name its roles"), ({"public": True}, "what proves")],
    )  # fmt: skip
    def test_a_route_that_forgot_is_named(self, opt, complaint):
        @post("/forgot", opt=opt)
        async def forgot() -> None: ...

        with pytest.raises(CensusError, match=complaint):
            check_routes(Litestar([forgot], openapi_config=None))

    def test_sockets_and_limits_count_too(self):
        @websocket("/socket")
        async def silent(socket: WebSocket) -> None: ...

        @get("/endless", opt={"public": True}, request_max_body_size=None)
        async def endless() -> None: ...

        with pytest.raises(CensusError) as found:
            check_routes(Litestar([silent, endless], openapi_config=None))
        assert sorted(str(found.value).splitlines()) == [
            "/endless GET: its body has no limit",
            "/endless GET: name its rate class",
            "/socket : name its rate class",
            "/socket : name its roles, or say that it is public",
        ]
