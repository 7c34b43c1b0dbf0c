"""A canary crawl: what only producers may see is in no answer, page, stream, screen or export for anybody else."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection

from console.accounts.people import EVERY_ROLE
from tests.api import rights
from tests.api.conftest import LiveShow, Server, comment

FLOOR, COST, SKU_FLOOR, COLUMN, EDITED = "7770001", "7770002", "7770003", "7770004", "7770005"
CANARIES = (FLOOR, COST, SKU_FLOOR, COLUMN, EDITED)


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


def opened(show: LiveShow, role: str, beside: ExitStack) -> dict[str, ClientConnection]:
    """Every socket whose handshake succeeds for this role."""
    paths = {f"{screen} socket": f"/live/{show.id}/{screen}" for screen in rights.LIVE}
    found = {}
    for name, path in (paths | {"stream": f"/api/v1{show.path}/stream"}).items():
        with suppress(InvalidStatus):
            found[name] = beside.enter_context(show.server.socket(path, role))
    return found


def pressed(show: LiveShow) -> None:
    """What each screen draws anew, with secrets in it."""
    row = show.do("add_row", row={"title": "later", "planned_s": 60, "custom": {"底价": COLUMN}})["row"]
    show.do("edit_row", row=row, field="custom.成本", value=EDITED)
    show.do("pop_product", product="canary", seconds=9)
    show.do("remove_row", row=row)
    show.observe(comment(time.monotonic_ns(), "多少钱?"))


def rest(socket: ClientConnection, until: float) -> Iterator[str]:
    while True:
        try:
            yield str(socket.recv(timeout=max(0.01, until - time.monotonic())))
        except TimeoutError:
            return


def heard(show: LiveShow, role: str) -> dict[str, str]:
    """What each socket says at first and about the next presses."""
    with ExitStack() as beside:
        sockets = opened(show, role, beside)
        said = {name: [str(socket.recv(timeout=5))] for name, socket in sockets.items()}
        pressed(show)
        until = time.monotonic() + 0.6
        for name, socket in sockets.items():
            said[name] += [str(socket.recv(timeout=5)), *rest(socket, until)]
    return {name: "".join(frames) for name, frames in said.items()}


def crawled(show: LiveShow, role: str) -> dict[str, str]:
    """Everything that this role is answered, by its place."""
    server, client = show.server, show.server.client(role)
    api = {path: server.url + rights.address(path, show_id=show.id) for method, path in rights.CALLS if method == "GET"}
    pages = {f"{screen} page": f"{server.url}{show.path}/{screen}" for screen in rights.SCREENS}
    answers = {name: client.get(address) for name, address in (api | pages).items()}
    return {name: answer.text for name, answer in answers.items() if answer.is_success} | heard(show, role)


def found_in(said: dict[str, str]) -> dict[str, set[str]]:
    """Place → the secrets in it."""
    found = {name: {canary for canary in CANARIES if canary in text} for name, text in said.items()}
    return {name: canaries for name, canaries in found.items() if canaries}


@pytest.mark.parametrize("role", sorted(EVERY_ROLE - {"admin", "producer"}))
def test_nobody_else_is_told_a_floor_or_a_cost(told: LiveShow, role: str) -> None:
    said = crawled(told, role)
    sockets = {f"{screen} socket" for screen in rights.LIVE if role in rights.SCREENS[screen]}
    assert {name for name in said if name.endswith("socket")} == sockets
    assert len(said) >= (1 if role == "ingest" else 6)
    assert found_in(said) == {}


def test_producers_see_them_so_the_crawl_can_fail(told: LiveShow) -> None:
    found = found_in(crawled(told, "producer"))
    assert found.pop("/api/v1/products") == {FLOOR, COST, SKU_FLOOR}
    rows = ("/api/v1/shows/{show_id:str}", "stream", "plan page", "plan socket")
    assert found == {place: {COLUMN, EDITED} for place in rows}


def test_no_log_holds_them(told: LiveShow) -> None:
    log = Path(told.server.log).read_text()
    assert [canary for canary in CANARIES if canary in log] == []
