"""The snapshot's names, exactly; what it never says to whom; and how large it may get."""

import re
from typing import Any

import pytest

from console.accounts.people import EVERY_ROLE
from tests.api.conftest import LiveShow, comment

SHOW = "id title status started_at ended_at rehearsal delivery stream_delay_s"
ROW = "id title phase planned_s started_at ended_at expected_start"
SHELF = "product link_no title listed price_open live_price stock"
OFFER = "id kind title state fires_at fired_at ends_at end_reason claimed"
COMMENT = "id at user name text state"
NUMBERS = (
    "online pcu entries_pv entries_uv interactions orders_created orders_paid buyers units gmv_created gmv_paid gmv_net "
    "as_of"
)
RATIOS = "view_to_buy gpm uv_value per_buyer per_order per_unit refund_rate_orders refund_rate_amount"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def busy(live: LiveShow) -> LiveShow:
    """A show with one of everything."""
    live.do("go")
    live.do("pop_product", product="serum")
    offer = live.do(
        "define_offer", offer={"kind": "coupon", "title": "c", "amount": 100, "quantity": 5, "duration_s": 600}
    )
    live.do("arm_offer", offer=offer["offer"])
    live.do("fire_offer", offer=offer["offer"])
    live.observe(comment(1, "加微信 领券"), comment(2, "多少钱?"), comment(3, "hello"))
    live.do("pass_to_host", comment=live.snapshot()["comments"]["queue"][1]["id"])
    live.do("pin_comment", comment=live.snapshot()["comments"]["queue"][2]["id"])
    live.do("message_host", text="hi")
    live.send("request_desk", "host", kind="next")
    return live


def names(text: str) -> set[str]:
    return set(text.split())


def test_its_names_are_those_of_the_interface(busy: LiveShow) -> None:
    shown = busy.snapshot()
    assert set(shown) == names("epoch seq at show scripts shelf offers comments metrics messages requests")
    assert set(shown["show"]) >= names(SHOW)
    assert set(shown["scripts"]) >= names("rows current ends_at held_at drift_s")
    assert set(shown["scripts"]["rows"][0]) >= names(ROW)
    assert set(shown["shelf"]) >= {"items", "on_air"}
    assert set(shown["shelf"]["items"][0]) >= names(SHELF)
    assert set(shown["shelf"]["items"][0]["stock"]) >= names("available held reserved")
    assert set(shown["offers"]["items"][0]) >= names(OFFER)
    assert set(shown["comments"]) >= names("queue host pinned counts")
    assert set(shown["comments"]["queue"][0]) >= names(COMMENT)
    assert set(shown["metrics"]) >= names(NUMBERS) | names(RATIOS)
    assert all(set(shown["metrics"][name]) == {"value", "num", "den"} for name in names(RATIOS))


def test_the_queue_holds_what_is_held_and_the_newest_unclustered(busy: LiveShow) -> None:
    queue = busy.snapshot()["comments"]["queue"]
    assert [item["state"] for item in queue] == ["held", "new", "new"]
    busy.observe(*(comment(n, "多少钱?") for n in range(10, 260)))
    after = busy.snapshot()["comments"]
    assert len(after["queue"]) == 200
    assert after["queue"][-1]["id"] > queue[-1]["id"]
    assert [item["id"] for item in after["host"]] == [queue[1]["id"]]


def test_the_offers_stand_in_order_of_definition(busy: LiveShow) -> None:
    for number in range(5):
        busy.do("define_offer", offer={"kind": "gift", "title": str(number), "quantity": 1})
    assert [item["title"] for item in busy.snapshot()["offers"]["items"]] == ["c", "0", "1", "2", "3", "4"]


def instants(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Everything under a key that says an instant."""
    if isinstance(value, dict):
        found = [
            (path + key, item)
            for key, item in value.items()
            if (key == "at" or key.endswith("_at") or key in {"until", "as_of", "expected_start"}) and item is not None
        ]
        return found + [pair for key, item in value.items() for pair in instants(item, f"{path}{key}.")]
    return [pair for item in value for pair in instants(item, path)] if isinstance(value, list) else []


def test_every_instant_is_rfc_3339_in_utc_with_milliseconds(busy: LiveShow) -> None:
    found = instants(busy.snapshot())
    assert len(found) > 8
    assert [pair for pair in found if not (isinstance(pair[1], str) and INSTANT.fullmatch(pair[1]))] == []


def test_absent_is_null_and_never_nought(show: LiveShow) -> None:
    shown = show.snapshot()
    assert (shown["show"]["started_at"], shown["scripts"]["current"], shown["shelf"]["on_air"]) == (None, None, None)
    assert {name: shown["metrics"][name] for name in names(NUMBERS)} == dict.fromkeys(names(NUMBERS))
    assert {tuple(shown["metrics"][name].values()) for name in names(RATIOS)} == {(None, None, None)}


@pytest.mark.parametrize("role", sorted(EVERY_ROLE))
def test_floor_and_cost_are_in_no_snapshot_and_secret_columns_for_few(busy: LiveShow, role: str) -> None:
    busy.do("add_row", row={"title": "x", "planned_s": 60, "custom": {"底价": "777001", "备注": "open"}})
    text = busy.server.get(busy.path, role).text
    assert "floor_price" not in text
    assert '"cost"' not in text
    assert ("777001" in text) == (role in {"producer", "admin"})
    assert "open" in text


def test_it_stays_bounded(busy: LiveShow) -> None:
    for start in range(0, 3_000, 1_000):
        busy.observe(*(comment(start + n, "x" * 30, f"u{n}") for n in range(1_000)))
    assert len(busy.server.get(busy.path).content) < 256 * 1024
