import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.observations import Comment, Paid, ProductClick
from console.core.strict import StrictError
from console.ingest.decode import Door, Received, read_observations
from console.limits import OBSERVATIONS_A_CALL

NOW = 1_800_000_000_000
DOOR = Door(NOW, "CNY")


def comment(n: int = 1, **more: Any) -> dict[str, Any]:
    return {"source": "room", "id": f"m{n}", "at": NOW, "kind": "comment", "user": "u1", "text": "多少钱"} | more


def body(items: list[Any]) -> bytes:
    return json.dumps(items, ensure_ascii=False).encode()


def whys(received: Received) -> dict[int, str]:
    return {r.index: r.why.format(**r.params) for r in received.rejected}


@pytest.mark.parametrize("form", ["array", "items", "lines", "lines with gaps"])
def test_the_three_forms_of_a_body(form: str) -> None:
    items = [comment(1), comment(2, kind="product_click", product="7") | {}]
    del items[1]["text"]
    lines = [json.dumps(item).encode() for item in items]
    raw = {
        "array": body(items),
        "items": b' {"items" : ' + body(items) + b"}\n",
        "lines": b"\n".join(lines),
        "lines with gaps": b"\n" + b"\r\n\r\n".join(lines) + b"\r\n",
    }[form]
    received = read_observations(raw, DOOR)
    assert received.rejected == ()
    assert received.items == (
        (0, Comment(source="room", id="m1", at=NOW, user="u1", text="多少钱")),
        (1, ProductClick(source="room", id="m2", at=NOW, user="u1", product="7")),
    )


def test_an_instant_may_be_a_text_with_its_offset() -> None:
    raw = body([comment(at="2027-01-15T16:00:00.250+08:00")])
    assert read_observations(raw, DOOR).items[0][1].at == NOW + 250


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "dance"}, "'dance' is not a possible value of kind."),
        ({"kind": 1}, "kind must be str, not int."),
        ({"mood": "good"}, "The field mood is not known here."),
        ({"text": 5}, "text must be str, not int."),
        ({"text": "x" * 4_001}, "text must be str of length <= 4000."),
        ({"id": ""}, "id must be str of length >= 1."),
        ({"simulated": False}, "The field simulated is not known here."),
        ({"question": True}, "The field question is not known here."),
        ({"hold": None}, "The field hold is not known here."),
        ({"kind": "sample", "manual": True}, "The field manual is not known here."),
        ({"at": "yesterday"}, "at must be an RFC 3339 time"),
        ({"at": "2027-01-15T16:00:00"}, "at must be an RFC 3339 time"),
        ({"at": "0001-01-01T00:00:00+23:59"}, "at must be an RFC 3339 time"),
        ({"at": -1}, "at must be an RFC 3339 time"),
        ({"at": True}, "at must be int, not bool."),
        ({"at": None}, "at must be int, not null."),
        ({"at": NOW + 60_001}, "at is more than 60 s in the future"),
    ],
)
def test_one_bad_item_is_rejected_and_its_neighbours_kept(change: dict[str, Any], says: str) -> None:
    received = read_observations(body([comment(1), comment(2) | change, comment(3)]), DOOR)
    assert [index for index, _ in received.items] == [0, 2]
    assert list(whys(received)) == [1]
    assert says in whys(received)[1]


@pytest.mark.parametrize("missing", ["source", "id", "at", "kind", "user", "text"])
def test_every_field_is_asked_for(missing: str) -> None:
    item = comment()
    del item[missing]
    assert whys(read_observations(body([item]), DOOR)) == {0: f"The field {missing} is missing."}


@pytest.mark.parametrize("at", [NOW - 86_400_000 * 30, NOW, NOW + 60_000, 0])
def test_late_and_a_little_ahead_are_taken(at: int) -> None:
    assert len(read_observations(body([comment(at=at)]), DOOR).items) == 1


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ('{"kind":"ad_spend","source":"a","id":"1","at":1,"amount":12.5}', "12.5 is not a whole number"),
        ('{"kind":"ad_spend","source":"a","id":"1","at":1,"amount":1e9}', "1e9 is not a whole number"),
        ('{"kind":"ad_spend","source":"a","id":"1","at":1,"amount":NaN}', "NaN is not a number"),
        ('{"kind":"ad_spend","source":"a","id":"1","at":1,"amount":1,"amount":2}', "The key amount is there twice."),
        ('{"kind":"like","source":"a","id":"\\ud800","at":1,"user":"u"}', "lone surrogate"),
        ('{"kind":"like","source":"a","id":"\\u0000","at":1,"user":"u"}', "NUL"),
        ('{"kind":"audience","source":"a","id":"1","at":1,"online":99999999999999999999}', "too large"),
    ],
)
@pytest.mark.parametrize("form", ["array", "items", "lines"])
def test_refused_content_costs_only_its_own_item(item: str, says: str, form: str) -> None:
    good = json.dumps(comment(), indent=None if form == "lines" else 1)
    raw = {
        "array": f"[ {good} , {item}\n,{good}]",
        "items": f'{{"items": [{good},{item},{good} ] }}',
        "lines": f"{good}\n{item}\n{good}\n",
    }[form]
    received = read_observations(raw.encode(), DOOR)
    assert [index for index, _ in received.items] == [0, 2]
    assert says in whys(received)[1]


def test_a_broken_line_is_rejected_alone() -> None:
    good = json.dumps(comment()).encode()
    received = read_observations(b'{"kind": oops\n' + good + b"\n[1]\n\xff\n" + good, DOOR)
    assert [index for index, _ in received.items] == [1, 4]
    assert sorted(whys(received)) == [0, 2, 3]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"  \n ",
        b"hello",
        b"<xml/>",
        b"[",
        b"[{}",
        b"[{},]",
        b"[1.5",
        b"[1.5}",
        b"[1.5] x",
        b'{"items":[1.5]',
        b'{"items":[1.5], "more":1}',
        b'{"items":[{}], "more":1}',
        b'{"items":[],"items":[]}',
        b"[" * 70 + b"1.5" + b"]" * 70,
        b"\xff\xfe[\x00",
    ],
)
def test_a_body_that_is_no_batch_is_refused_whole(raw: bytes) -> None:
    with pytest.raises(StrictError):
        read_observations(raw, DOOR)


@pytest.mark.parametrize("raw", [b"[]", b'{"items":[]}'])
def test_an_empty_batch_is_a_batch(raw: bytes) -> None:
    assert read_observations(raw, DOOR) == Received((), ())


@pytest.mark.parametrize("raw", [body([{}] * (OBSERVATIONS_A_CALL + 1)), b"{}\n" * (OBSERVATIONS_A_CALL + 1)])
def test_too_many_items_are_refused_whole(raw: bytes) -> None:
    with pytest.raises(StrictError, match="at most 5000"):
        read_observations(raw, DOOR)
    assert (
        len(read_observations(raw.replace(b"{}", b"", 1).replace(b"[, ", b"[", 1), DOOR).rejected)
        == OBSERVATIONS_A_CALL
    )


def test_one_observation_written_over_several_lines_is_taken() -> None:
    assert len(read_observations(json.dumps(comment(), indent=2).encode(), DOOR).items) == 1


def test_lines_are_totals_in_minor_units() -> None:
    line = {"product": "7", "qty": 2, "amount": 5_000, "sku": "L"}
    paid = {"source": "s", "id": "1", "at": NOW, "kind": "paid", "order": "o", "user": "u", "lines": [line]}
    found = read_observations(body([paid]), DOOR).items[0][1]
    assert isinstance(found, Paid)
    assert (found.lines[0].qty, found.lines[0].amount, found.lines[0].sku) == (2, 5_000, "L")


PIECE = st.sampled_from(
    [b"[", b"]", b'{"items":', b"}", b",", b"\n", b"1.5", b"{}", b'"\\ud800"', json.dumps(comment()).encode(), b"\xff"]
)


@given(st.lists(PIECE, max_size=12).map(b"".join) | st.binary(max_size=60))
def test_any_body_is_read_or_refused_by_name(raw: bytes) -> None:
    try:
        received = read_observations(raw, DOOR)
    except StrictError:
        return
    assert all(str(r.why.format(**r.params)) for r in received.rejected)


@given(
    st.dictionaries(
        st.sampled_from(["at", "kind", "id", "lines", "counters", "x"]), st.integers() | st.text() | st.none()
    )
)
def test_any_item_is_taken_or_rejected(change: dict[str, Any]) -> None:
    received = read_observations(json.dumps([comment() | change]).encode(), DOOR)
    assert len(received.items) + len(received.rejected) == 1


AMOUNTS = (
    {"kind": "paid", "order": "o", "user": "u", "lines": [{"product": "p", "qty": 1, "amount": 100}]},
    {"kind": "refund", "order": "o", "amount": 100},
    {"kind": "ad_spend", "amount": 100},
    {"kind": "sample", "counters": {"gmv_paid": 100}},
)


@pytest.mark.parametrize("amounts", AMOUNTS, ids=lambda item: item["kind"])
def test_amounts_in_the_currency_of_the_show_are_taken_and_others_are_not(amounts: dict[str, Any]) -> None:
    item = {"source": "s", "id": "1", "at": NOW} | amounts
    plain = read_observations(body([item]), DOOR)
    assert read_observations(body([item | {"currency": "CNY"}]), DOOR) == plain, "it is compared, not kept"
    for said in ("USD", "cny", "", None, 156, ["CNY"]):
        received = read_observations(body([item | {"currency": said}]), DOOR)
        assert not received.items
        assert received.rejected[0].why == "The amounts are in {said}, but this show is in {currency}."
    assert len(read_observations(body([item | {"currency": "USD"}]), Door(NOW, "USD")).items) == 1


@pytest.mark.parametrize("kind", ["comment", "nonsense", ["paid"], None])
def test_what_holds_no_amount_names_no_currency(kind: Any) -> None:
    received = read_observations(body([comment() | {"kind": kind, "currency": "CNY"}]), DOOR)
    assert not received.items
    assert "is in {currency}" not in received.rejected[0].why
