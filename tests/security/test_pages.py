"""Every page there is, wrong and missing ones too: a policy without holes, and nothing inline that it would have to allow."""

import re

import pytest

from console.accounts.people import EVERY_ROLE
from tests.security.conftest import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGES = [
    "/", "/shows", "/patterns", "/sign-in", "/sign-in?next=//evil.example", "/nowhere", "/shows/s_none/plan", "/shows/%00/plan", "/watch/guessed",
    "/static/nothing.js", "/static/../pyproject.toml", "/static/%2e%2e/pyproject.toml", "/static/js/", "/metrics", "/health", "/ready",
    "/shows/{show}/recap", "/api/v1/openapi.json", "/api/v1", "/api/v1/nowhere", "/api/v1/shows/{show}", "/api/v1/shows/{show}/recap.html",
    "/api/v1/shows/{show}/recap.csv", "/api/v1/shows/{show}/journal?after=x",
    *(f"/shows/{{show}}/{screen}" for screen in ("plan", "control", "host", "moderate", "metrics", "overlay")),
]  # fmt: skip
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=.application/json)|<[^>]+\son[a-z]+\s*=|<[^>]+\sstyle\s*=|javascript:|hx-on",
    re.I,
)


def holes(policy: str) -> list[str]:
    found = [word for word in ("unsafe", "*", "http:", "https:", "blob:") if word in policy]
    return found + [need for need in ("default-src", "frame-ancestors 'none'") if need not in policy]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE", "TRACE"])
async def test_every_answer_has_a_policy_without_holes(house: House, method: str) -> None:
    wrong = []
    for role in (None, "admin"):
        async with house.client(role) as client:
            for path in PAGES:
                for accept in ("text/html", "application/json"):
                    answer = await client.request(method, path.format(show=house.show), headers={"Accept": accept})
                    policy = answer.headers.get("content-security-policy", "")
                    if (
                        answer.status_code >= 500
                        or holes(policy)
                        or answer.headers.get("x-content-type-options") != "nosniff"
                    ):
                        wrong.append((role, path, answer.status_code, policy))
    assert wrong == []


@pytest.mark.parametrize("role", [None, *sorted(EVERY_ROLE)])
async def test_no_page_has_anything_inline(house: House, role: str | None) -> None:
    pages = 0
    async with house.client(role) as client:
        for path in PAGES:
            answer = await client.get(path.format(show=house.show), headers={"Accept": "text/html"})
            if answer.headers["content-type"].startswith("text/html") and not path.endswith(".html"):
                pages += 1
                assert INLINE.findall(answer.text) == [], path
    assert pages > 3


async def test_the_recap_as_a_file_allows_its_own_style_and_nothing_else(house: House) -> None:
    async with house.client() as client:
        answer = await client.get(f"/api/v1/shows/{house.show}/recap.html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "<script" not in answer.text


async def test_files_outside_the_folder_are_not_served(house: House) -> None:
    async with house.client() as client:
        for path in (
            "/static/../pyproject.toml",
            "/static/%2e%2e/pyproject.toml",
            "/static/..%2fpyproject.toml",
            "/static//etc/passwd",
            "/static/%2fetc%2fpasswd",
            "/static/..\\pyproject.toml",
        ):
            answer = await client.get(path)
            assert answer.status_code in {400, 404}, path
            assert "dependencies" not in answer.text


async def test_control_what_is_inline_or_a_hole_is_found() -> None:
    for text in ("<script>x</script>", "<p onclick=x>", '<p style="x">', "<a href=javascript:x>", "<p hx-on:load=x>"):
        assert INLINE.findall(text), text
    assert INLINE.findall('<script type="module" src="/x.js"></script>') == []
    assert holes("default-src 'self' 'unsafe-inline'; frame-ancestors 'none'") == ["unsafe"]
    assert holes("")


async def test_no_form_is_read_before_its_origin_and_its_size_are_known(house: House) -> None:
    """Nine megabytes of a form: refused with its head alone, for people, strangers and other sites."""
    pulled: list[int] = []

    async def nine_megabytes():
        for _ in range(144):
            pulled.append(1)
            yield b"a=" + b"x" * 65_534

    long = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(144 * 65_536)}
    foreign = long | {"Origin": "https://evil.example"}
    tries = [("/sign-in", long, {413}), ("/sign-in", foreign, {403}), ("/sign-out", long, {413, 303}), ("/locale/zh", long, {413}), ("/locale/zh", foreign, {403}),
             ("/api/v1/shows", long, {401}), (f"/api/v1/shows/{house.show}/run-of-show", long, {401})]  # fmt: skip
    async with house.client(None) as client:
        for path, headers, statuses in tries:
            answer = await client.post(path, content=nine_megabytes(), headers=headers)
            assert (answer.status_code in statuses, pulled) == (True, []), (path, answer.status_code, len(pulled))
    async with house.client("producer") as client:
        answer = await client.post(f"/api/v1/shows/{house.show}/run-of-show", content=nine_megabytes(), headers=long)
        assert (answer.status_code, pulled) == (413, [])


async def test_a_form_without_a_length_is_cut_at_its_limit(house: House) -> None:
    pulled: list[int] = []

    async def endless():
        for _ in range(500):
            pulled.append(1)
            yield b"a=" + b"x" * 16_382

    async with house.client(None) as client:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert (await client.post("/sign-in", content=endless(), headers=form)).status_code == 413
    assert len(pulled) < 10
