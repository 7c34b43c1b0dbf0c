"""Every call of the outside interface with its statuses, against the real server."""

import re
from typing import Any

import httpx
import pytest

from console.accounts.people import EVERY_ROLE
from tests.api import rights
from tests.api.conftest import LiveShow, Server, comment, refusal

RFC3339_MS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
OF_A_SHOW = [call for call in rights.CALLS if "{show_id" in call[1] and not call[1].endswith("/commands")]


@pytest.mark.parametrize("bearer", ["Bearer", "Bearer nonsense", "Basic YTpi", "Bearer " + "x" * 5_000, "Bearer \xff"])
def test_a_wrong_token_is_nobody(server: Server, bearer: str) -> None:
    answer = httpx.get(f"{server.url}/api/v1/shows", headers={b"Authorization": bearer.encode("latin-1")})
    assert answer.status_code == 401


@pytest.mark.parametrize(("method", "path"), OF_A_SHOW)
def test_an_unknown_show_is_404(shop: Server, method: str, path: str) -> None:
    role = "ingest" if path.endswith("observations") else "admin"
    more: dict[str, Any] = {"files": {"file": ("a.csv", b"title\nx\n")}} if "run-of-show" in path else {"json": []}
    refusal(shop.client(role).request(method, shop.url + rights.address(path), **more), 404, "not_found")


def test_a_command_to_an_unknown_show_is_404(show: LiveShow) -> None:
    answer = show.server.post("/shows/s_none/commands", show.envelope("start_show"))
    refusal(answer, 404, "not_found")


def test_an_unknown_address_is_404_and_a_wrong_method_405(server: Server) -> None:
    refusal(server.get("/nothing"), 404)
    refusal(server.client().delete("/shows"), 405)


def test_the_process_and_its_readiness_are_public(server: Server) -> None:
    for path in ("/health", "/ready"):
        answer = httpx.get(server.url + path)
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_figures_for_prometheus_are_for_tokens_and_this_machine(server: Server) -> None:
    answer = httpx.get(server.url + "/metrics")
    assert answer.status_code == 200
    assert "# TYPE" in answer.text


def test_a_show_is_created_listed_and_read(server: Server) -> None:
    fields = {
        "title": "Day sale",
        "starts_at": "2030-01-01T20:00:00+08:00",
        "targets": {"gmv_paid": 10_000_000},
        "delivery": "manual",
        "stream_delay_s": 8,
    }
    answer = server.post("/shows", fields, "producer")
    assert answer.status_code == 201
    made = answer.json()
    assert set(made) == {"id", "epoch", "seq"}
    listed = {item["id"]: item for item in server.get("/shows").json()["items"]}
    assert listed[made["id"]]["title"] == "Day sale"
    shown = server.get(f"/shows/{made['id']}").json()
    assert (shown["epoch"], shown["seq"]) == (made["epoch"], made["seq"])
    assert shown["show"] | {"starts_at": "2030-01-01T12:00:00.000Z"} == shown["show"]
    wanted = {"status": "planned", "delivery": "manual", "stream_delay_s": 8, "targets": {"gmv_paid": 10_000_000}}
    assert shown["show"] | wanted == shown["show"]


def test_epoch_milliseconds_are_an_instant_too(server: Server) -> None:
    made = server.post("/shows", {"title": "x", "starts_at": 1_900_000_000_000}).json()
    assert server.get(f"/shows/{made['id']}").json()["show"]["starts_at"] == "2030-03-17T17:46:40.000Z"


@pytest.mark.parametrize(
    "body",
    [
        [], "text", {}, {"title": ""}, {"title": "x" * 201}, {"title": 7}, {"title": "x", "unknown": 1},
        {"title": "x", "delivery": "pigeon"}, {"title": "x", "stream_delay_s": -1}, {"title": "x", "starts_at": "soon"},
        {"title": "x", "starts_at": "2030-01-01T00:00:00"}, {"title": "x", "targets": {"gmv_paid": -1}},
    ],
    ids=str,
)  # fmt: skip
def test_a_show_that_cannot_be_understood_is_400(server: Server, body: Any) -> None:
    before = len(server.get("/shows").json()["items"])
    refusal(server.post("/shows", body), 400, "invalid")
    assert len(server.get("/shows").json()["items"]) == before


def test_products_are_added_listed_and_changed(shop: Server) -> None:
    product = {
        "id": "mask 面膜/1",
        "title": "Mask",
        "link_no": 9,
        "live_price": 5_990,
        "skus": [{"id": "a", "spec": "A"}],
    }
    answer = shop.post("/products", product, "producer")
    assert answer.status_code == 201
    assert answer.json() | product == answer.json() | {"skus": product["skus"]}
    refusal(shop.post("/products", product, "producer"), 409)
    changed = shop.client("producer").patch("/products/serum", json={"stock": 21})
    assert (changed.status_code, changed.json()["stock"], changed.json()["live_price"]) == (200, 21, 12_900)
    assert {item["id"] for item in shop.get("/products").json()["items"]} >= {"serum", "shirt", "mask 面膜/1"}
    refusal(shop.client("producer").patch("/products/none", json={"stock": 1}), 404)
    refusal(shop.client("producer").patch("/products/serum", json={"colour": 1}), 400)
    refusal(shop.post("/products", {"id": "x", "title": "x", "live_price": -1}), 400)


@pytest.mark.parametrize("role", sorted(EVERY_ROLE - {"ingest"}))
def test_floor_price_and_cost_are_for_producer_and_admin_only(shop: Server, role: str) -> None:
    serum = next(item for item in shop.get("/products", role).json()["items"] if item["id"] == "serum")
    assert {"floor_price", "cost"} <= set(serum) or role not in {"producer", "admin"}
    assert not {"floor_price", "cost"} & set(serum) or role in {"producer", "admin"}


def test_who_may_not_see_the_floor_may_not_set_it(shop: Server) -> None:
    answer = shop.client("controller").patch("/products/serum", json={"floor_price": 1})
    refusal(answer, 403)


def test_the_interface_describes_itself_to_who_is_signed_in(server: Server) -> None:
    described = server.get("/openapi.json", "analyst").json()
    found = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert found == {(method, rights.described(path)) for method, path in rights.CALLS}


def test_a_recap_in_three_forms(live: LiveShow) -> None:
    live.do("go")
    live.observe(comment(1, "how much is it?"))
    live.do("end_show")
    told = live.server.get(live.path + "/recap.json")
    assert told.status_code == 200
    assert set(told.json()) >= {"metrics", "targets", "rows", "products", "offers", "questions"}
    assert set(told.json()["metrics"]) >= {"gmv_paid", "entries_pv", "gpm", "view_to_buy"}
    page = live.server.get(live.path + "/recap.html")
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (200, "text/html")
    table = live.server.get(live.path + "/recap.csv")
    assert (table.status_code, table.headers["content-type"].split(";")[0]) == (200, "text/csv")


def test_the_journal_is_told_in_pages_without_a_gap(live: LiveShow) -> None:
    for number in range(30):
        live.do("mark", note=str(number))
    whole = live.server.get(live.path + "/journal").json()
    assert [row["seq"] for row in whole["items"]] == list(range(1, whole["head"] + 1))
    paged: list[dict[str, Any]] = []
    while page := live.server.get(live.path + "/journal", after=len(paged), limit=7).json()["items"]:
        assert len(page) <= 7
        paged += page
    assert paged == whole["items"]
    assert all({"seq", "at", "type", "actor"} <= set(row) for row in paged)
    assert all(RFC3339_MS.fullmatch(row["at"]) for row in paged)


def test_a_batch_row_of_the_journal_carries_its_observations(live: LiveShow) -> None:
    live.observe(comment(1, "多少钱"), {**comment(2), "kind": "like", "text": None} | {"id": "l1"})
    sent = {**comment(3), "kind": "like", "id": "l2"}
    sent.pop("text")
    live.observe(sent)
    rows = [
        row for row in live.server.get(live.path + "/journal").json()["items"] if row["type"] == "observations_recorded"
    ]
    items = [item for row in rows for item in row["items"]]
    assert [(item["kind"], item.get("text")) for item in items] == [("comment", "多少钱"), ("like", None)]


@pytest.mark.parametrize(
    "query",
    [
        {"after": -1},
        {"after": "x"},
        {"limit": 0},
        {"limit": 10**6},
        {"after": "1_000"},
        {"limit": "１"},
        {"limit": "NaN"},
    ],
)
def test_a_page_that_cannot_be_is_400(live: LiveShow, query: dict[str, Any]) -> None:
    refusal(live.server.get(live.path + "/journal", **query), 400, "invalid")


def test_refusals_speak_the_callers_language(server: Server) -> None:
    told = {
        language: server.client().get("/shows/none", headers={"Accept-Language": language}).json()["why"]
        for language in ("zh-CN", "en")
    }
    assert told["en"].isascii()
    assert not told["zh-CN"].isascii()
