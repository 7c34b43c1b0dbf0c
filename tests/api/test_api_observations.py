"""The ingest door from outside: each item kept or rejected on its own, counted once, and what it becomes in the snapshot."""

import asyncio
import json
import time
from types import SimpleNamespace
from typing import Any

import pytest

from console.core.messages import SYSTEM
from console.core.observations import AnyObservation, Comment, Line, Order
from console.desk.observing import Received, record
from console.ingest.decode import Received as Read
from console.lines import Accepted
from tests.api.conftest import LiveShow, comment


def at() -> int:
    return int(time.time() * 1000)


def one(kind: str, number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"source": "room", "id": f"{kind}{number}", "at": at(), "kind": kind, **fields}


LINES = [{"product": "serum", "qty": 2, "amount": 25_800}]
EVERY_KIND = [
    one("comment", user="u", text="hi", name="N", channel="paid"), one("audience", online=10), one("impression", user="u"),
    one("enter", user="u", follower=True), one("leave", user="u", watched_s=30), one("like", user="u"),
    one("share", user="u"), one("follow", user="u"), one("product_view", user="u", product="serum"),
    one("product_click", user="u", product="serum", sku="a"), one("cart", user="u", product="serum"),
    one("order", order="o1", user="u", lines=LINES), one("paid", order="o1", user="u", lines=LINES),
    one("cancel", order="o2"), one("refund", order="o1", amount=100, reason="r", lines=LINES), one("claim", offer="o", user="u"),
    one("redeem", offer="o", user="u"), one("ad_spend", amount=5),
    one("sample", counters={"entries_pv": 5, "online": 3, "likes": 1, "comments": 2, "gmv_paid": 9, "units": 1}),
]  # fmt: skip


def test_every_kind_is_taken_in_each_of_the_three_forms(live: LiveShow) -> None:
    client, path = live.server.client("ingest"), live.path + "/observations"
    first = client.post(path, json=EVERY_KIND)
    assert (first.status_code, first.json()) == (202, {"accepted": len(EVERY_KIND), "duplicates": 0, "rejected": []})
    again = client.post(path, json={"items": EVERY_KIND})
    assert again.json() == {"accepted": 0, "duplicates": len(EVERY_KIND), "rejected": []}
    lines = "\n".join(json.dumps(item | {"source": "other"}) for item in EVERY_KIND[:5]) + "\n\n"
    ndjson = client.post(path, content=lines.encode(), headers={"Content-Type": "application/x-ndjson"})
    assert ndjson.json()["accepted"] == 5


def test_good_ones_are_kept_and_bad_ones_listed(live: LiveShow) -> None:
    bad: list[Any] = [
        {**comment(2), "text": None}, {**comment(3), "at": "yesterday"}, {**comment(4), "colour": 1}, {**comment(5), "kind": "x"},
        "text", None, {**comment(6), "at": at() + 10**6}, {**comment(7), "simulated": True}, {**comment(8), "id": ""},
    ]  # fmt: skip
    answer = live.observe(comment(1), *bad, comment(9))
    said = answer.json()
    assert (answer.status_code, said["accepted"]) == (202, 2)
    assert [item["index"] for item in said["rejected"]] == list(range(1, len(bad) + 1))
    assert all(item["why"].endswith(".") for item in said["rejected"])


def test_the_same_id_with_other_content_is_rejected_and_the_first_stays(live: LiveShow) -> None:
    sent = comment(1, "first")
    live.observe(sent)
    answer = live.observe(sent | {"text": "second"}, sent)
    assert (answer.json()["accepted"], answer.json()["duplicates"]) == (0, 1)
    assert [item["index"] for item in answer.json()["rejected"]] == [0]
    assert [item["text"] for item in live.snapshot()["comments"]["queue"]] == ["first"]


@pytest.mark.parametrize("body", [b"", b"{", b'{"items": [], "more": 1}', b"[1,]", b"no json"])
def test_a_body_that_is_no_batch_is_400(live: LiveShow, body: bytes) -> None:
    answer = live.server.client("ingest").post(live.path + "/observations", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_five_thousand_are_taken_and_one_more_is_not(live: LiveShow) -> None:
    items = [{**one("like", number), "user": f"u{number}"} for number in range(5_001)]
    assert live.observe(*items).status_code == 400
    assert live.observe(*items[:5_000]).json()["accepted"] == 5_000
    rows = [row for row in live.server.get(live.path + "/journal").json()["items"] if "items" in row]
    assert sum(len(row["items"]) for row in rows) == 5_000


def handed_on(*observations: AnyObservation) -> tuple[list[int], Received]:
    """How many items each piece had, and what the caller is told."""
    sizes = []

    async def submit(_show: str, command: Any, _actor: Any) -> Accepted:
        sizes.append(len(command.items))
        return Accepted(seq=1, body=b"", duplicates=(0,), conflicts=(1,) if len(command.items) > 1 else ())

    gate, now = SimpleNamespace(submit=submit), lambda: 0
    desk: Any = SimpleNamespace(gate=gate, ids=SimpleNamespace(uuid=str), clock=SimpleNamespace(now_ms=now))
    items = tuple((2 * n, item) for n, item in enumerate(observations))

    async def answer() -> Any:
        return await record(desk, "s_1", Read(items, ()), SYSTEM, str.format)

    told = asyncio.run(answer())
    return sizes, told


def said(text: str) -> Comment:
    return Comment(source="s", id="1", at=0, user="u", text=text)


def ordered(lines: int) -> Order:
    return Order(source="s", id="1", at=0, user="u", order="o", lines=(Line(product="p", qty=1, amount=1),) * lines)


def test_a_large_call_is_handed_on_in_pieces_so_that_presses_come_between() -> None:
    sizes, told = handed_on(*[said("x")] * 1_001)
    assert sizes == [500, 500, 1]
    assert (told.accepted, told.duplicates, [item["index"] for item in told.rejected]) == (996, 3, [2, 1_002])


@pytest.mark.parametrize(
    ("heavy", "sizes"),
    [([said("长" * 4_000)] * 12, [5, 5, 2]), ([ordered(1_000)] * 3, [1, 1, 1]), ([ordered(1)] * 600, [500, 100])],
    ids=["long comments", "long orders", "short orders"],
)
def test_what_takes_long_is_handed_on_in_smaller_pieces(heavy: list[AnyObservation], sizes: list[int]) -> None:
    assert handed_on(*heavy)[0] == sizes


def test_numbers_come_from_events(live: LiveShow) -> None:
    live.observe(
        *(one("enter", n, user=f"u{n}", follower=False) for n in range(4)),
        one("enter", 9, user="u1"),
        one("order", order="o1", user="u1", lines=LINES),
        one("paid", order="o1", user="u1", lines=LINES),
    )
    numbers = live.snapshot()["metrics"]
    wanted = {"entries_pv": 5, "entries_uv": 4, "orders_created": 1, "orders_paid": 1, "buyers": 1, "units": 2}
    assert numbers | wanted | {"gmv_created": 25_800, "gmv_paid": 25_800, "gmv_net": 25_800} == numbers
    assert numbers["view_to_buy"] == {"value": 0.25, "num": 1, "den": 4}
    assert numbers["gpm"] == {"value": 25_800 / 5 * 1000, "num": 25_800, "den": 5}
    assert numbers["sources"]["gmv_paid"] == "events"
    assert numbers["online"] is None


def test_numbers_come_from_a_dashboard_or_from_a_person_and_say_so(live: LiveShow) -> None:
    live.observe(one("sample", counters={"entries_pv": 100, "gmv_paid": 5_000}))
    assert live.snapshot()["metrics"]["sources"]["entries_pv"] == "sample"
    live.do("report_numbers", counters={"gmv_paid": 6_000}, as_of=at())
    numbers = live.snapshot()["metrics"]
    assert (numbers["gmv_paid"], numbers["sources"]["gmv_paid"]) == (6_000, "manual")


def test_unknown_products_are_accepted_and_listed_as_such(live: LiveShow) -> None:
    live.observe(one("order", order="o1", user="u", lines=[{"product": "stranger", "qty": 1, "amount": 5}]))
    live.do("add_row", row={"title": "New", "planned_s": 60, "products": ["not in the shop"]})
    items = {item["product"]: item for item in live.snapshot()["shelf"]["items"]}
    assert items["stranger"]["unknown"]
    assert items["not in the shop"]["unknown"]


def test_observations_are_taken_before_the_start_and_after_the_end(show: LiveShow) -> None:
    assert show.observe(comment(1)).status_code == 202
    show.do("start_show")
    show.do("end_show")
    assert show.observe(one("refund", order="o", amount=5)).status_code == 202
