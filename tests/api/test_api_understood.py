"""What cannot be understood, or is out of its bounds, is refused before anything else is looked at."""

from typing import Any

import pytest

from tests.api.conftest import LiveShow


@pytest.mark.parametrize(
    "change",
    [
        {"type": "no_such_command"}, {"type": "create_show", "title": "x"}, {"type": "launch_offer", "offer": "o"},
        {"type": "record_observations", "items": []}, {"type": None}, {"note": 7}, {"unknown": 1}, {"note": "x" * 300},
        {"command_id": "not a uuid"}, {"command_id": None}, {"issued_at": None}, {"issued_at": "yesterday"}, {"seen": "1"},
        {"seen": -1.5}, {"issued_at": True},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_understood_is_400(live: LiveShow, change: dict[str, Any]) -> None:
    answer = live.server.post(live.path + "/commands", live.envelope("mark") | change)
    assert answer.status_code == 400, answer.text
    assert answer.json()["why"].endswith(".")
    assert answer.json()["code"] == "invalid"


@pytest.mark.parametrize("missing", ["command_id", "issued_at", "type"])
def test_an_envelope_without_its_parts_is_400(live: LiveShow, missing: str) -> None:
    body = live.envelope("mark")
    del body[missing]
    assert live.server.post(live.path + "/commands", body).status_code == 400


def test_seen_may_be_left_out(live: LiveShow) -> None:
    body = live.envelope("mark")
    del body["seen"]
    assert live.server.post(live.path + "/commands", body).status_code == 200


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("fire_offer", {"offer": "o", "countdown_s": -1}), ("fire_offer", {"offer": "o", "countdown_s": 2**63}),
        ("extend_offer", {"offer": "o", "seconds": 0}), ("adjust", {"seconds": 10**9}),
        ("add_stock", {"product": "serum", "qty": 0}), ("set_price", {"product": "serum", "live_price": 0}),
        ("set_price", {"product": "serum", "live_price": 10**14}), ("set_price", {"product": "", "live_price": 1}),
        ("message_host", {"text": ""}), ("message_host", {"text": "x", "expires_s": -1}),
        ("define_offer", {"offer": {"kind": "coupon", "title": "c", "pay_percent": 100}}),
        ("define_offer", {"offer": {"kind": "lottery", "title": "c"}}), ("set_targets", {"targets": {"gmv_paid": -1}}),
        ("request_desk", {"kind": "coffee"}), ("add_row", {"row": {"title": "x", "planned_s": -1}}),
        ("add_row", {"row": {"title": "x", "planned_s": 60, "must_say": ["1", "2", "3", "4"]}}),
        ("report_numbers", {"counters": {"online": -1}, "as_of": 0}),
    ],
)  # fmt: skip
def test_a_number_or_text_out_of_its_bounds_is_400(live: LiveShow, kind: str, fields: dict[str, Any]) -> None:
    answer = live.send(kind, **fields)
    assert answer.status_code == 400, answer.text
    assert answer.json()["why"].endswith(".")


@pytest.mark.parametrize(
    "offer",
    [
        {"kind": "flash_price", "title": "f", "product": "serum", "price": 9_900},
        {"kind": "flash_price", "title": "f", "product": "serum", "quantity": 3},
        {"kind": "coupon", "title": "c"},
        {"kind": "coupon", "title": "c", "amount": 100, "pay_percent": 90},
    ],
    ids=str,
)
def test_an_offer_without_what_its_kind_needs_is_refused(live: LiveShow, offer: dict[str, Any]) -> None:
    answer = live.send("define_offer", "producer", offer=offer)
    assert answer.status_code in {400, 409}
    assert answer.json()["why"].endswith(".")
    assert live.snapshot()["offers"]["items"] == []
