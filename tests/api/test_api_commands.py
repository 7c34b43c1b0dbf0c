"""Commands from outside: who may, in which order they are checked, once, never late, never on what was not seen."""

import json
import time
import uuid
from typing import Any

import httpx
import pytest

from console.accounts.people import EVERY_ROLE
from console.catalogue import PUBLIC_COMMANDS
from console.core.messages import snake_case
from tests.api.conftest import LiveShow, comment

PRODUCER, CONTROLLER, MODERATOR, HOST = {"producer"}, {"controller"}, {"moderator"}, {"host"}
WHO: dict[str, set[str]] = {
    **dict.fromkeys(["start_show", "end_show", "set_targets"], PRODUCER | CONTROLLER),
    **dict.fromkeys(["add_row", "edit_row", "move_row", "remove_row", "define_offer"], PRODUCER),
    **dict.fromkeys(["go", "back", "jump", "hold", "resume", "adjust", "mark"], CONTROLLER),
    **dict.fromkeys(["pop_product", "list_product", "unlist_product", "open_price", "hide_price"], CONTROLLER),
    **dict.fromkeys(["set_price", "add_stock"], CONTROLLER),
    **dict.fromkeys(["arm_offer", "disarm_offer", "fire_offer", "cancel_fire", "confirm_delivery"], CONTROLLER),
    **dict.fromkeys(["edit_offer", "extend_offer", "stop_offer", "kill_offers"], CONTROLLER),
    **dict.fromkeys(["approve_comment", "hide_comment", "restore_comment", "pin_comment"], MODERATOR),
    **dict.fromkeys(["unpin_comment", "pass_to_host"], MODERATOR),
    "mark_answered": MODERATOR | HOST,
    "message_host": CONTROLLER, "acknowledge_message": HOST, "request_desk": HOST, "acknowledge_request": CONTROLLER,
    "report_numbers": {"controller", "ads", "analyst"},
}  # fmt: skip
"""The table of the outside interface. Admin may do everything."""

FIELDS: dict[str, dict[str, Any]] = {
    "set_targets": {"targets": {"gmv_paid": 1}}, "add_row": {"row": {"title": "x", "planned_s": 60}},
    "edit_row": {"row": "r", "field": "title", "value": "y"}, "move_row": {"row": "r", "after": None},
    "remove_row": {"row": "r"}, "jump": {"row": "r"}, "adjust": {"seconds": 30}, "set_price": {"live_price": 12_000},
    "add_stock": {"qty": 1}, "define_offer": {"offer": {"kind": "gift", "title": "g"}}, "fire_offer": {"countdown_s": 3},
    "edit_offer": {"field": "title", "value": "z"}, "confirm_delivery": {"ok": True}, "extend_offer": {"seconds": 5},
    "stop_offer": {"reason": "r"}, "kill_offers": {"reason": "r"}, "hide_comment": {"reason": "r"},
    "message_host": {"text": "t"}, "acknowledge_message": {"message": "m"}, "request_desk": {"kind": "next"},
    "acknowledge_request": {"request": "q"}, "report_numbers": {"counters": {"online": 1}, "as_of": 1_700_000_000_000},
}  # fmt: skip
SUBJECT = {"product": "serum", "offer": "o", "comment": "c"}


def fields_of(kind: str) -> dict[str, Any]:
    """Fields that are understood, whether or not they make sense now."""
    command = next(one for one in PUBLIC_COMMANDS if snake_case(one.__name__) == kind)
    subject = {name: SUBJECT[name] for name in command.__struct_fields__ if name in SUBJECT}
    return subject | FIELDS.get(kind, {})


def test_the_table_names_commands_that_exist() -> None:
    assert set(WHO) <= {snake_case(command.__name__) for command in PUBLIC_COMMANDS}


@pytest.mark.parametrize("kind", sorted(WHO))
def test_who_may_press_what(show: LiveShow, kind: str) -> None:
    answers = {role: show.send(kind, role, **fields_of(kind)).status_code for role in sorted(EVERY_ROLE)}
    assert {role for role, status in answers.items() if status != 403} == WHO[kind] | {"admin"}
    assert set(answers.values()) <= {200, 403, 409}


def test_every_command_of_the_table_is_accepted_in_its_place(shop: Any) -> None:
    show = LiveShow(shop, delivery="manual")
    row = show.do("add_row", row={"title": "开场", "planned_s": 300})["row"]
    second = show.do("add_row", row={"title": "Serum", "planned_s": 300, "products": ["serum"]}, after=row)["row"]
    third = show.do("add_row", row={"title": "Closing", "planned_s": 60})["row"]
    show.do("edit_row", row=second, field="title", value="Serum again")
    show.do("move_row", row=third, after=row)
    show.do("remove_row", row=third)
    show.do("set_targets", targets={"gmv_paid": 100_000})
    offer = show.do("define_offer", offer={"kind": "flash_price", "title": "Flash", "product": "serum", "price": 9_900, "quantity": 5, "duration_s": 60})["offer"]  # fmt: skip
    show.do("edit_offer", offer=offer, field="quantity", value=6)
    show.do("start_show")
    assert show.snapshot()["scripts"]["current"] is None
    show.do("go")
    assert show.snapshot()["scripts"]["current"] == row
    show.do("jump", row=second)
    show.do("back")
    for kind in ("hold", "resume"):
        show.do(kind)
    show.do("adjust", seconds=30)
    show.do("mark", note="note")
    show.do("pop_product", product="serum", seconds=8)
    show.do("open_price", product="serum")
    show.do("hide_price", product="serum")
    show.do("set_price", product="serum", live_price=12_000)
    show.do("add_stock", product="serum", qty=5)
    show.do("unlist_product", product="serum")
    show.do("list_product", product="serum")
    for kind, more in [
        ("arm_offer", {}),
        ("disarm_offer", {}),
        ("arm_offer", {}),
        ("fire_offer", {"countdown_s": 200}),
    ]:
        show.do(kind, offer=offer, **more)
    show.do("cancel_fire", offer=offer)
    show.do("fire_offer", offer=offer)
    assert show.snapshot()["offers"]["items"][0]["state"] == "requested"
    show.do("confirm_delivery", offer=offer, ok=True, note="seen")
    assert show.snapshot()["offers"]["items"][0]["state"] == "live"
    show.do("extend_offer", offer=offer, seconds=30)
    show.do("stop_offer", offer=offer, reason="enough")
    show.do("kill_offers", reason="all")
    show.observe(comment(1, "多少钱?"), comment(2, "hello"))
    question, other = [item["id"] for item in show.snapshot()["comments"]["queue"]]
    for kind, more in [
        ("approve_comment", {}), ("pin_comment", {}), ("unpin_comment", {}), ("pass_to_host", {}), ("mark_answered", {}),
    ]:  # fmt: skip
        show.do(kind, comment=question, **more)
    show.do("hide_comment", comment=other, reason="spam")
    show.do("restore_comment", comment=other)
    message = show.do("message_host", text="slow down", expires_s=60)["message"]
    assert show.send("acknowledge_message", "host", message=message).status_code == 200
    asked = show.send("request_desk", "host", kind="more_stock", text="10")
    assert show.do("acknowledge_request", request=asked.json()["request"])
    show.do("report_numbers", counters={"online": 88}, as_of="2026-01-01T00:00:00Z")
    show.do("end_show")
    assert show.snapshot()["show"]["status"] == "ended"


def test_the_answer_tells_seq_and_rows(live: LiveShow) -> None:
    before = live.snapshot()["seq"]
    answer = live.do("mark", note="x")
    assert answer["seq"] == before + 1
    assert [(row["seq"], row["type"]) for row in answer["events"]] == [(before + 1, "marked")]


def test_a_retry_gets_the_same_answer_and_nothing_happens_twice(live: LiveShow) -> None:
    body = live.envelope("mark", note="once")
    first = live.server.post(live.path + "/commands", body)
    late = body | {"issued_at": body["issued_at"] - 60_000, "seen": 1}
    for again in (body, late):
        answer = live.server.post(live.path + "/commands", again)
        assert (answer.status_code, answer.content) == (200, first.content)
    assert live.snapshot()["seq"] == first.json()["seq"]


def test_the_same_id_with_other_content_is_422(live: LiveShow) -> None:
    body = live.envelope("mark", note="once")
    live.server.post(live.path + "/commands", body)
    for other in (body | {"note": "twice"}, {**live.envelope("go"), "command_id": body["command_id"]}):
        answer = live.server.post(live.path + "/commands", other)
        assert (answer.status_code, "why" in answer.json()) == (422, True)
    assert [mark["note"] for mark in live.snapshot()["scripts"]["marks"]] == ["once"]


def test_the_role_is_checked_before_the_stored_answer(live: LiveShow) -> None:
    body = live.envelope("mark", note="x")
    assert live.server.post(live.path + "/commands", body, "controller").status_code == 200
    assert live.server.post(live.path + "/commands", body, "host").status_code == 403


def test_a_refused_command_is_not_stored_and_may_be_tried_again(live: LiveShow) -> None:
    body = live.envelope("resume")
    assert live.server.post(live.path + "/commands", body).status_code == 409
    live.do("go")
    live.do("hold")
    assert live.server.post(live.path + "/commands", body).status_code == 200


@pytest.mark.parametrize("off_ms", [-5_600, 6_500, -(10**9)])
def test_too_late_or_too_early_is_expired(live: LiveShow, off_ms: int) -> None:
    body = live.envelope("mark")
    answer = live.server.post(live.path + "/commands", body | {"issued_at": body["issued_at"] + off_ms})
    assert (answer.status_code, answer.json()["code"]) == (409, "expired")
    assert set(answer.json()) >= {"code", "why", "seq"}


def test_an_instant_may_be_rfc_3339(live: LiveShow) -> None:
    body = live.envelope("mark") | {"issued_at": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())}
    assert live.server.post(live.path + "/commands", body).status_code == 200


def test_a_change_after_what_was_seen_is_stale_and_tells_the_seq(live: LiveShow) -> None:
    row = live.snapshot()["scripts"]["rows"][0]["id"]
    seen = live.snapshot()["seq"]
    live.do("edit_row", row=row, field="title", value="A", seen=seen)
    answer = live.send("edit_row", row=row, field="title", value="B", seen=seen)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale")
    assert answer.json()["seq"] == live.snapshot()["seq"]
    assert '"A"' in json.dumps(answer.json()["now"])
    live.do("edit_row", row=row, field="goal", value="other field", seen=seen)
    live.do("edit_row", row=row, field="title", value="B", seen=live.snapshot()["seq"])


@pytest.mark.parametrize("kind", ["fire_offer", "stop_offer"])
def test_an_offer_that_changed_is_stale(live: LiveShow, kind: str) -> None:
    offer = live.do("define_offer", offer={"kind": "gift", "title": "g", "quantity": 3})["offer"]
    live.do("arm_offer", offer=offer)
    if kind == "stop_offer":
        live.do("fire_offer", offer=offer)
    seen = live.snapshot()["seq"]
    if kind == "stop_offer":
        live.do("kill_offers", reason="x")
    else:
        live.do("edit_offer", offer=offer, field="title", value="h")
    answer = live.send(kind, offer=offer, seen=seen, **({"reason": "r"} if kind == "stop_offer" else {}))
    assert (answer.status_code, answer.json()["code"]) == (409, "stale")


def test_two_presses_of_go_on_one_screen_move_one_row(live: LiveShow) -> None:
    seen = live.snapshot()["seq"]
    answers = [live.send("go", seen=seen) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["code"] == "stale"


def test_expired_comes_before_stale_and_stale_before_the_rules(live: LiveShow) -> None:
    live.do("go")
    body = live.envelope("resume", seen=1)
    late = live.server.post(live.path + "/commands", body | {"issued_at": body["issued_at"] - 10_000})
    assert late.json()["code"] == "expired"
    assert live.server.post(live.path + "/commands", body).json()["code"] == "stale"
    assert live.send("resume").json()["code"] == "refused"


def test_a_price_under_the_floor_is_refused_without_naming_the_floor(live: LiveShow) -> None:
    answer = live.send("set_price", "controller", product="serum", live_price=7_999)
    assert (answer.status_code, answer.json()["code"]) == (409, "refused")
    assert "80" not in answer.text.replace("8080", "")


def test_a_countdown_can_be_cancelled_until_then_and_starts_by_itself(live: LiveShow) -> None:
    offer = live.do("define_offer", offer={"kind": "gift", "title": "g", "quantity": 3})["offer"]
    live.do("arm_offer", offer=offer)
    live.do("fire_offer", offer=offer, countdown_s=1)
    item = live.snapshot()["offers"]["items"][0]
    assert (item["state"], item["fired_at"]) == ("armed", None)
    due = item["fires_at"]
    until = time.monotonic() + 5
    while item["state"] == "armed" and time.monotonic() < until:
        time.sleep(0.1)
        item = live.snapshot()["offers"]["items"][0]
    assert item["state"] == "live"
    assert item["fired_at"] >= due


def test_the_end_of_a_show_ends_what_runs_and_lists_what_is_left(live: LiveShow) -> None:
    offer = live.do("define_offer", offer={"kind": "gift", "title": "g", "quantity": 3})["offer"]
    live.do("arm_offer", offer=offer)
    live.do("fire_offer", offer=offer)
    live.do("pop_product", product="serum")
    live.do("open_price", product="serum")
    live.do("end_show")
    shown = live.snapshot()
    assert (shown["offers"]["items"][0]["state"], shown["offers"]["items"][0]["end_reason"]) == ("ended", "show_ended")
    assert {left["kind"] for left in shown["show"]["leftovers"]} >= {"offer", "price"}


def test_a_sign_in_cookie_needs_its_token_in_the_header(live: LiveShow) -> None:
    """The same command from a browser: cookie and X-CSRF-Token, and no other origin."""
    name = f"Kong {uuid.uuid4()}"
    live.server.run("user", "add", name, "--role", "controller", "--password-stdin", stdin="a long password 9\n")
    with httpx.Client(base_url=live.server.url) as browser:
        form = browser.get("/sign-in").cookies["console_form"]
        fields = {"name": name, "password": "a long password 9", "csrf": form, "next": "/shows"}
        assert browser.post("/sign-in", data=fields, headers={"Origin": live.server.url}).status_code == 303
        page = browser.get("/shows").text
        token = page.split('name="csrf" content="')[1].split('"')[0]
        address = f"/api/v1{live.path}/commands"
        assert browser.post(address, json=live.envelope("mark")).status_code == 403
        assert browser.post(address, json=live.envelope("mark"), headers={"X-CSRF-Token": "x"}).status_code == 403
        ours = {"X-CSRF-Token": token, "Origin": live.server.url}
        assert browser.post(address, json=live.envelope("mark"), headers=ours).status_code == 200
        foreign = ours | {"Origin": "https://evil.example"}
        assert browser.post(address, json=live.envelope("mark"), headers=foreign).status_code == 403
