"""What comes back: headers on everything, one sentence for every refusal, figures and log lines without secrets."""

import io
import json

import pytest

from console.web.errors import as_problem
from console.web.headers import POLICY
from console.web.telemetry import make_log


class TestHeaders:
    @pytest.mark.parametrize("path", ["/sign-in", "/api/v1/who", "/nowhere", "/api/v1/nowhere", "/fails", "/metrics"])
    async def test_every_answer_carries_them(self, world, path):
        async with world.client() as client:
            answer = await client.get(path)
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"

    def test_the_policy_allows_nothing_inline(self):
        assert "unsafe" not in POLICY
        assert "frame-ancestors 'none'" in POLICY

    @pytest.mark.parametrize(
        ("query", "caching"),
        [("?v=abc", "public, max-age=31536000, immutable"), ("", "no-cache"), ("?x=1", "no-cache")],
    )
    async def test_only_a_fingerprinted_asset_is_kept(self, world, query, caching):
        async with world.client() as client:
            assert (await client.get(f"/static/a.js{query}")).headers["cache-control"] == caching

    async def test_no_page_has_anything_inline(self, world):
        async with world.client() as client:
            for path in ("/sign-in", "/nowhere", "/fails"):
                html = (await client.get(path)).text
                assert "style=" not in html
                assert "<style" not in html
                assert html.count("<script") == html.count('<script type="module" src="/static/')
                assert " onclick" not in html


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("/api/v1/nowhere", 404, "not_found"), ("/api/v1/fails/missing", 404, "not_found"),
            ("/api/v1/fails/bug", 500, "internal"), ("/api/v1/fails/store", 503, "unavailable"),
            ("/api/v1/fails/problem", 409, "stale"), ("/api/v1/fails/taken", 422, "taken"),
        ],
    )  # fmt: skip
    async def test_programs_get_a_code_and_one_sentence(self, world, path, status, code):
        async with world.client() as client:
            answer = await client.get(path, headers={"Accept-Language": "en"})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["why"].endswith(".")
        assert "Traceback" not in answer.text

    async def test_more_fields_come_along(self, world):
        async with world.client() as client:
            assert (await client.get("/api/v1/fails/problem")).json()["now"] == 7
            assert (await client.get("/api/v1/fails/store")).headers["retry-after"] == "1"

    async def test_a_wrong_method_is_said_so(self, world):
        async with world.client() as client:
            answer = await client.post("/api/v1/who")
        assert (answer.status_code, answer.json()["code"]) == (405, "method")

    async def test_the_callers_language(self, world):
        async with world.client() as client:
            chinese = (await client.get("/api/v1/nowhere")).json()["why"]
            english = (await client.get("/api/v1/nowhere", headers={"Accept-Language": "en-GB"})).json()["why"]
            client.cookies.set("console_locale", "en", domain="console.test")
            chosen = (await client.get("/api/v1/nowhere", headers={"Accept-Language": "zh"})).json()["why"]
        assert chinese != english
        assert english == chosen

    async def test_people_get_a_page_and_htmx_a_fragment(self, world):
        async with world.client() as client:
            page = await client.get("/fails")
            fragment = await client.get("/fails", headers={"HX-Request": "true"})
        assert page.headers["content-type"].startswith("text/html")
        assert "<html" in page.text
        assert "<html" not in fragment.text
        assert "&lt;script&gt;alert(1)" in fragment.text
        assert "<script>alert" not in page.text + fragment.text

    async def test_a_bug_is_logged_but_not_told(self, world):
        async with world.client() as client:
            answer = await client.get("/api/v1/fails/bug")
        assert "secret" not in answer.text
        entry = next(line for line in logged(world.log) if line["event"] == "unforeseen")
        assert "RuntimeError" in entry["exception"]
        assert "lcc_abc" not in world.log.getvalue()

    @pytest.mark.parametrize(
        ("route", "body", "field"),
        [
            ("strict", b'{"n": "1"}', "n"), ("strict", b'{"n": 1, "z": 2}', "z"), ("strict", b"{}", "n"),
            ("loose", b'{"n": "1"}', "n"), ("loose", b'{"n": 1.5}', "n"),
        ],
    )  # fmt: skip
    async def test_what_cannot_be_understood_names_the_field(self, ann, route, body, field):
        answer = await ann.post(f"/api/v1/{route}", content=body)
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "invalid", field)

    async def test_a_parameter_in_the_address_too(self, world):
        async with world.client() as client:
            answer = await client.get("/api/v1/number/x")
        assert answer.status_code in {400, 404}

    def test_anything_unforeseen_is_internal(self):
        assert as_problem(ZeroDivisionError("x")).code == "internal"
        assert as_problem(BaseExceptionGroup("x", [ValueError()])).status == 500


class TestLanguageSwitch:
    async def test_it_stays_chosen_and_goes_back(self, world, ann):
        answer = await ann.post("/locale/en", data={"next": "/page"}, headers={"Origin": "http://console.test"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/page")
        assert (await world.accounts.people())[0].locale == "en"
        assert 'lang="en"' in (await ann.get("/page")).text
        ann.cookies.delete("console_locale")
        assert 'lang="en"' in (await ann.get("/page")).text, "the person's own choice"

    async def test_only_languages_there_are_and_only_from_here(self, world):
        async with world.client() as client:
            assert (await client.post("/locale/xx")).status_code == 404
            assert (await client.post("/locale/en", headers={"Origin": "https://evil.example"})).status_code == 403
            assert (await client.post("/locale/en", data={"next": "//evil.example"})).headers["location"] == "/shows"


class TestTelemetry:
    async def test_a_link_to_one_screen_opens_no_figures(self, world, actor):
        _, secret = await world.accounts.add_link("s_1", "overlay", actor)
        async with world.client() as far:
            assert (await far.get("/metrics", headers={"Cookie": f"console_link={secret}"})).status_code == 401

    async def test_figures_are_for_tokens_and_the_machine_itself(self, world):
        _, secret = await world.accounts.add_token("prometheus", ["analyst"])
        bearer = {"Authorization": f"Bearer {secret}"}
        async with world.client() as far, world.client("127.0.0.1") as near, world.client("::1") as near6:
            assert (await far.get("/metrics")).status_code == 401
            assert (await far.get("/metrics", headers=bearer)).status_code == 200
            assert (await near6.get("/metrics")).status_code == 200
            assert (await near.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"})).status_code == 401
            await near.get("/nowhere/lcc_secret")
            await near.get("/api/v1/number/7")
            text = (await near.get("/metrics")).text
        assert 'console_http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
        assert 'route="/api/v1/number/{n}",status="200"' in text
        assert "lcc_secret" not in text

    async def test_requests_are_logged_by_route_with_who_and_without_secrets(self, world, ann):
        await ann.get("/api/v1/number/7", params={"token": "lcc_abcdefghijk"})
        await ann.get("/api/v1/who")
        entries = [line for line in logged(world.log) if line["event"] == "request"]
        assert entries[-1]["route"] == "/api/v1/who"
        assert entries[-1]["actor"].startswith("p_")
        assert entries[-2]["route"] == "/api/v1/number/{n}"
        assert "correct horse" not in world.log.getvalue()
        async with world.client() as stranger:
            await stranger.get("/api/v1/who")
        assert (logged(world.log)[-1]["status"], logged(world.log)[-1]["actor"]) == (401, None)
        assert ann.cookies["console_session"] not in world.log.getvalue()
        assert "lcc_abc" not in world.log.getvalue()

    def test_secrets_are_hidden_at_any_depth(self):
        stream = io.StringIO()
        make_log(stream).info(
            "said", password="p1", more={"Cookie": "c1", "list": ["Bearer lcc_abcdefghijk", 3]}, plain="shown"
        )
        (entry,) = logged(stream)
        assert entry["password"] == entry["more"]["Cookie"] == "[hidden]"
        assert entry["more"]["list"] == ["Bearer lcc_[hidden]", 3]
        assert (entry["plain"], entry["level"]) == ("shown", "info")


def logged(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_log_whose_disk_is_full_breaks_nothing():
    class Full(io.StringIO):
        def write(self, _text):
            raise OSError(28, "No space left on device")

    make_log(Full()).info("request", route="/shows")
