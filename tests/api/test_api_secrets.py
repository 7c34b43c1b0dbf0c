"""A canary crawl: what only producers may see is in no answer, page, stream, screen or export for anybody else."""

import time
from pathlib import Path

import pytest

from console.accounts.people import EVERY_ROLE
from tests.api.conftest import LiveShow, Server, comment

FLOOR, COST, SKU_FLOOR, COLUMN, EDITED = "7770001", "7770002", "7770003", "7770004", "7770005"
CANARIES = (FLOOR, COST, SKU_FLOOR, COLUMN, EDITED)
SCREENS = ("plan", "control", "host", "moderate", "metrics", "overlay", "recap")


@pytest.fixture(scope="module")
def told(server: Server, tmp_path_factory: pytest.TempPathFactory) -> LiveShow:
    """A show in which everything that has a secret was used."""
    product = {
        "id": "canary", "title": "Canary", "link_no": 77, "live_price": 9_990_000, "floor_price": int(FLOOR), "cost": int(COST),
        "stock": 5, "skus": [{"id": "c1", "spec": "one", "live_price": 9_990_000, "floor_price": int(SKU_FLOOR), "stock": 5}],
    }  # fmt: skip
    assert server.post("/products", product).status_code == 201
    show = LiveShow(server)
    row = {
        "title": "Canary",
        "planned_s": 60,
        "products": ["canary"],
        "custom": {"底价": COLUMN, "Floor price": COLUMN},
    }
    added = show.do("add_row", row=row)["row"]
    show.do("edit_row", row=added, field="custom.成本", value=EDITED)
    sheet = tmp_path_factory.mktemp("sheet") / "rows.csv"
    sheet.write_text(f"环节,时长,底价,成本价\n讲品,5分钟,{COLUMN},{EDITED}\n", encoding="utf-8")
    assert (
        server.client("producer")
        .post(show.path + "/run-of-show", files={"file": ("r.csv", sheet.read_bytes())})
        .is_success
    )
    show.do("start_show")
    show.do("go")
    show.do("pop_product", product="canary")
    offer = {
        "kind": "flash_price",
        "title": "f",
        "product": "canary",
        "price": 8_880_000,
        "quantity": 2,
        "duration_s": 60,
    }
    fired = show.do("define_offer", offer=offer)["offer"]
    show.do("arm_offer", offer=fired)
    show.do("fire_offer", offer=fired)
    show.send("set_price", "controller", product="canary", live_price=7_000_000)
    show.send("define_offer", "producer", offer=offer | {"price": 7_000_000})
    show.observe(comment(1, "多少钱?"))
    return show


def heard(show: LiveShow, role: str, path: str) -> str:
    """What a socket says at first and about the next press."""
    with show.server.socket(path, role) as socket:
        said = [str(socket.recv(timeout=5))]
        row = show.do("add_row", row={"title": "later", "planned_s": 60, "custom": {"底价": COLUMN}})["row"]
        show.do("remove_row", row=row)
        until = time.monotonic() + 0.5
        while (left := until - time.monotonic()) > 0:
            try:
                said.append(str(socket.recv(timeout=left)))
            except TimeoutError:
                break
    return "".join(said)


@pytest.mark.parametrize("role", sorted(EVERY_ROLE - {"admin", "producer"}))
def test_nobody_else_is_told_a_floor_or_a_cost(told: LiveShow, role: str) -> None:
    server, client = told.server, told.server.client(role)
    api = [
        "/shows",
        told.path,
        f"{told.path}/journal",
        "/products",
        *(f"{told.path}/recap.{form}" for form in ("json", "html", "csv")),
    ]
    answers = {path: client.get(path) for path in api}
    answers |= {screen: client.get(f"{server.url}/shows/{told.id}/{screen}") for screen in SCREENS}
    said = {path: answer.text for path, answer in answers.items() if answer.is_success}
    if role != "ingest":
        said["stream"] = heard(told, role, f"/api/v1{told.path}/stream")
        screen = {"moderator": "moderate", "service": "moderate", "analyst": "plan", "ads": "metrics"}.get(role, "host")
        said[screen + " socket"] = heard(told, role, f"/live/{told.id}/{screen}")
    assert len(said) >= (1 if role == "ingest" else 6)
    assert [(path, canary) for path, text in said.items() for canary in CANARIES if canary in text] == []


def test_producers_see_them_so_the_crawl_can_fail(told: LiveShow) -> None:
    everything = told.server.get("/products", "producer").text + told.server.get(told.path, "producer").text
    assert [canary for canary in CANARIES if canary not in everything] == []


def test_no_log_holds_them(told: LiveShow) -> None:
    log = Path(told.server.log).read_text()
    assert [canary for canary in CANARIES if canary in log] == []
