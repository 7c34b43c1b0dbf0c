"""What the desk decided, what offers were meant to be, and what went to the host: in every form and language."""

import csv
import io
import json
from typing import Any

import pytest
from msgspec.structs import replace

from console.comments.events import CommentAnswered, CommentPassed
from console.core.observations import Comment
from console.core.slice import ProductFact
from console.offers.events import (
    FireScheduled,
    Offer,
    OfferArmed,
    OfferDefined,
    OfferEdited,
    OfferExtended,
    OfferFired,
    OffersKilled,
    OfferStopped,
)
from console.recap.export import to_csv, to_json
from console.recap.page import render_html
from console.recap.report import build
from console.scripts.events import Held, Row, RowAdded, RowEdited, RowsImported
from console.shelf.events import (
    PriceHidden,
    PriceOpened,
    PriceSet,
    ProductListed,
    ProductPopped,
    ProductUnlisted,
    StockAdded,
)
from console.web.i18n import Catalogues
from console.web.templates import Templates

T0 = 1_800_000_000_000
FLASH = Offer(
    id="o1", kind="flash_price", title="秒杀", product="p1", price=9_900, quantity=50, per_person=2, duration_s=60
)
NAMES = {"u_1": "Ann"}


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates(Catalogues())


def evening_with_an_offer(evening: Any) -> Any:
    """Armed, counted down to second 20, extended by 30 s, stopped by hand at 70."""
    evening.done(OfferDefined(offer=FLASH)).planned(Row(id="a", phase="other", title="开场", planned_s=60))
    evening.at(0).started().go("a", 5).at(10).done(
        OfferArmed(offer="o1"), FireScheduled(offer="o1", fires_at=T0 + 20_000)
    )
    evening.at(21).done(OfferFired(offer="o1", delivery="none", ends_at=T0 + 81_000))
    evening.at(40).done(OfferExtended(offer="o1", seconds=30, ends_at=T0 + 111_000))
    evening.at(70).done(OfferStopped(offer="o1", reason="库存不够"))
    return evening.ended(120)


def made(evening: Any, names: dict[str, str] = NAMES) -> Any:
    return build(evening.show, evening.journal, None, names)


def sentences(recap: Any, locale: str = "en") -> list[str]:
    say = Catalogues()[locale]
    return [say(one.why, **one.params) for one in recap.decisions]


def test_every_decision_says_when_who_and_what(evening: Any) -> None:
    recap = made(evening_with_an_offer(evening))
    assert sentences(recap) == [
        "Started the show", "Jumped to “开场”", "Armed “秒杀”", "Began the countdown of “秒杀”", "Fired “秒杀”",
        "Gave “秒杀” 30 s more", "Stopped “秒杀”: 库存不够", "Ended the show",
    ]  # fmt: skip
    assert {(one.by, one.name) for one in recap.decisions} == {("u_1", "Ann")}
    assert [one.minute for one in recap.decisions][:3] == [0, 0.0833, 0.1667]


def test_it_speaks_the_readers_language(evening: Any) -> None:
    assert sentences(made(evening_with_an_offer(evening)), "zh")[-2:] == ["停止“秒杀”：库存不够", "下播"]


def test_somebody_nobody_knows_is_told_by_id(evening: Any) -> None:
    assert {one.name for one in made(evening_with_an_offer(evening), {}).decisions} == {"u_1"}


def test_planning_before_the_show_is_no_decision_of_the_evening(evening: Any) -> None:
    added = RowAdded(row=Row(id="b", phase="other", title="加场", planned_s=60))
    evening.done(added).started()
    assert sentences(made(evening)) == ["Started the show"]
    assert sentences(made(evening.done(RowAdded(row=Row(id="c", phase="other", title="返场", planned_s=60)))))[-1:] == [
        "Put in the row “返场”"
    ]


def test_a_sentence_names_products_and_money(evening: Any) -> None:
    evening.started().done(ProductPopped(product=ProductFact(id="p1", title="面霜"), until=0), Held())
    evening.done(PriceSet(product="p1", live_price=7_900), OffersKilled(reason="错价", offers=()))
    assert sentences(made(evening))[1:] == [
        "Showed 面霜", "Held the clock", "Set the price of 面霜 to 79.00", "Emergency stop (错价): –",
    ]  # fmt: skip


def test_a_product_the_shop_does_not_know_is_told_by_id(evening: Any) -> None:
    evening.started().done(ProductPopped(product=ProductFact(id="p9", title=""), until=0), PriceHidden(product="p9"))
    assert sentences(made(evening))[1:] == ["Showed p9", "Hid the price of p9"]


SIZES = ProductFact(id="p1", title="卫衣", skus=(("s1", "L", None, None), ("s2", "", None, None)))
EDITED = RowEdited(row="a", field="products", value=["p1"], facts=(SIZES,))


@pytest.mark.parametrize(
    "naming",
    [
        PriceSet(product="p1", live_price=1, fact=SIZES), PriceOpened(product="p1", fact=SIZES),
        StockAdded(product="p1", qty=1, fact=SIZES), EDITED, OfferDefined(offer=FLASH, fact=SIZES),
    ],
    ids=lambda event: type(event).__name__,
)  # fmt: skip
def test_every_event_that_names_a_product_and_its_sizes_is_heard(evening: Any, naming: Any) -> None:
    evening.planned(Row(id="a", phase="other", title="开场", planned_s=60)).started().done(naming)
    evening.done(PriceSet(product="p1", live_price=7_900, sku="s1"), StockAdded(product="p1", qty=5, sku="s2"))
    assert sentences(made(evening))[-2:] == ["Set the price of 卫衣 · L to 79.00", "Added 5 pieces of 卫衣 · s2"]


def test_an_emergency_stop_tells_what_it_disarmed(evening: Any) -> None:
    other = replace(FLASH, id="o2", title="赠品")
    evening.done(OfferDefined(offer=FLASH), OfferDefined(offer=other)).started()
    evening.done(OfferArmed(offer="o1"), OfferArmed(offer="o2"))
    evening.done(OffersKilled(reason="错价", offers=(), disarmed=("o1", "o2")))
    assert sentences(made(evening))[-1] == "Emergency stop (错价): –; disarmed: 秒杀, 赠品"
    assert sentences(made(evening), "zh")[-1] == "紧急停止（错价）：–；撤下：秒杀, 赠品"


def changed_on_air(evening: Any) -> Any:
    """All that a reviewer must see, and nothing that only planning knows."""
    dearer, more = replace(FLASH, price=10_900), replace(FLASH, price=10_900, quantity=80)
    evening.done(OfferDefined(offer=FLASH), OfferEdited(offer=dearer, field="price", before=9_900))
    evening.done(ProductListed(product=SIZES), ProductUnlisted(product="p1")).done(RowsImported(rows=()))
    evening.started().done(
        OfferEdited(offer=FLASH, field="price", before=10_900), OfferEdited(offer=more, field="quantity", before=None),
        OfferEdited(offer=more, field="rules", before="x"), OfferDefined(offer=replace(FLASH, id="o2", title="赠品")),
        RowsImported(rows=(Row(id="b", phase="other", title="加场", planned_s=60),)),
        RowsImported(rows=(), replace=True), ProductUnlisted(product="p1"),
    )  # fmt: skip
    return evening


def test_what_is_changed_on_air_is_a_decision(evening: Any) -> None:
    recap = made(changed_on_air(evening))
    assert sentences(recap)[1:] == [
        "Changed the price of “秒杀” from 109.00 to 99.00", "Changed the pieces of “秒杀” from – to 80",
        "Changed “秒杀”", "Put in the offer “赠品”", "Imported rows: 1", "Imported rows instead of all others: 0",
        "Took 卫衣 off the shelf",
    ]  # fmt: skip
    assert sentences(recap, "zh")[1] == "把“秒杀”的价格从 109.00 改为 99.00"


def test_what_stopped_by_itself_is_said_in_chinese_too(evening: Any) -> None:
    evening.done(OfferDefined(offer=FLASH)).started().done(OfferStopped(offer="o1", reason="sold out"))
    assert sentences(made(evening), "zh")[-1] == "“秒杀”售罄，自动停止"


def test_an_offer_tells_its_terms_and_when_it_was_meant_to_run(evening: Any) -> None:
    (offer,) = made(evening_with_an_offer(evening)).offers
    assert (offer.price, offer.quantity, offer.per_person, offer.duration_s) == (9_900, 50, 2, 60)
    assert (offer.planned_start_at, offer.live_at) == (T0 + 20_000, T0 + 21_000)
    assert (offer.planned_end_at, offer.ended_at) == (T0 + 111_000, T0 + 70_000)
    assert (offer.end_reason, offer.remark) == ("stopped", "库存不够")
    assert offer.history[1].name == "Ann"


def passed_on(evening: Any) -> Any:
    evening.see(
        evening.made(Comment, 5, user="u1", name="小王", text="主播今天真好看"),
        evening.made(Comment, 6, user="u2", text="多少钱", question=True),
        evening.made(Comment, 7, user="u3", text="已拍"),
    )
    seq = evening.show.seq
    evening.at(10).done(*(CommentPassed(comment=f"c{seq}-{place}") for place in (1, 0)))
    evening.at(11).done(CommentPassed(comment=f"c{seq}-2"))
    return evening.at(12).done(CommentAnswered(comment=f"c{seq}-2"))


def test_comments_handed_to_the_host_are_told_beside_the_questions(evening: Any) -> None:
    recap = made(passed_on(evening.started()))
    assert [(one.text, one.passed_at - T0, one.answered_at) for one in recap.passed] == [
        ("主播今天真好看", 10_000, None), ("已拍", 11_000, T0 + 12_000),
    ]  # fmt: skip
    assert [one.text for one in recap.questions] == ["多少钱"]


def test_json_and_csv_have_all_of_it(evening: Any) -> None:
    recap = made(passed_on(evening_with_an_offer(evening)))
    told = json.loads(to_json(recap, Catalogues()["zh"]))
    first = told["decisions"][0]
    assert (first["text"], first["at"], first["name"]) == ("开播", "2027-01-15T08:00:00.000Z", "Ann")
    assert "why" not in first
    assert told["offers"][0]["planned_end_at"] == "2027-01-15T08:01:51.000Z"
    assert told["passed"][0]["passed_at"] == "2027-01-15T08:00:10.000Z"
    rows = list(csv.reader(io.StringIO(to_csv(recap).decode("utf-8-sig"), newline="")))
    assert {"decisions", "passed"} <= {cells[0] for cells in rows if len(cells) == 1}
    assert ["2027-01-15T08:00:00.000Z", "0", "u_1", "Ann", "show_started", "Started the show"] in [
        [*cells[:1], cells[1].removesuffix(".0"), *cells[2:]] for cells in rows if len(cells) == 6
    ]


@pytest.mark.parametrize(("locale", "words"), [("en", ("Flash price", "planned 0:20", "for 1:00", "2 a person", "stopped")),
                                               ("zh", ("计划 0:20", "时长 1:00", "每人限 2 份", "开抢“秒杀”", "已转主播"))])  # fmt: skip
@pytest.mark.parametrize("standalone", [True, False])
def test_the_page_shows_it(templates: Templates, evening: Any, locale: str, words: Any, standalone: bool) -> None:
    page = render_html(templates, made(passed_on(evening_with_an_offer(evening))), locale, standalone=standalone)
    assert [word for word in (*words, "Ann", "库存不够", "主播今天真好看") if word not in page] == []


def test_what_people_wrote_stays_text_here_too(templates: Templates, evening: Any) -> None:
    evil = "<script>alert(1)</script>{{ 7*7 }}"
    evening.done(OfferDefined(offer=Offer(id="o1", kind="gift", title=evil, gift=evil, audience=evil))).started()
    evening.done(OfferStopped(offer="o1", reason=evil))
    page = render_html(templates, made(evening, {"u_1": evil}), "en", standalone=True)
    assert "<script" not in page
    assert "49" not in page.split("Decisions")[-1]
