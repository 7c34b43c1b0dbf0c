"""One currency from the shop's presets through the journal to everything that tells an amount."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import LiveShow, Server

PAID = {"kind": "paid", "order": "o1", "user": "u1", "lines": [{"product": "p1", "qty": 1, "amount": 9_900}]}


@pytest.fixture(scope="module")
def dollars(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A console whose shop sells in dollars, before it holds anything."""
    data: Path = tmp_path_factory.mktemp("dollars")
    server = Server(data)
    answer = server.client("producer").put("/shop/presets", json={"currency": "USD"})
    assert answer.json()["currency"] == "USD", answer.text
    yield server
    server.end()


def paid(number: int, **more: Any) -> dict[str, Any]:
    return {"source": "shop", "id": str(number), "at": 1_700_000_000_000} | PAID | {"order": f"o{number}"} | more


def test_every_outside_view_of_a_show_names_its_currency(dollars: Server) -> None:
    show = LiveShow(dollars)
    show.do("start_show")
    assert show.observe(paid(1, currency="USD")).json()["accepted"] == 1
    created = dollars.get(f"/shows/{show.id}/journal").json()["items"][0]
    assert (created["type"], created["currency"]) == ("show_created", "USD")
    assert show.snapshot()["show"]["currency"] == "USD"
    assert dollars.get(f"/shows/{show.id}/recap.json").json()["show"]["currency"] == "USD"
    assert "currency" in dollars.get(f"/shows/{show.id}/recap.csv").text
    assert "All amounts are in USD." in dollars.get(f"/shows/{show.id}/recap.html", lang="en").text


def test_an_amount_in_another_currency_is_not_taken(dollars: Server) -> None:
    show = LiveShow(dollars)
    answer = show.observe(paid(1), paid(2, currency="CNY"), paid(3, currency="USD")).json()
    assert (answer["accepted"], [item["index"] for item in answer["rejected"]]) == (2, [1])
    assert "CNY" in answer["rejected"][0]["why"]
    assert "USD" in answer["rejected"][0]["why"]


def test_a_shop_that_holds_prices_or_shows_keeps_its_currency(dollars: Server) -> None:
    LiveShow(dollars)
    answer = dollars.client("producer").put("/shop/presets", json={"currency": "EUR"})
    assert (answer.status_code, answer.json()["code"]) == (409, "refused")
    assert dollars.get("/shop/presets").json()["currency"] == "USD"
    same = dollars.client("producer").put("/shop/presets", json={"currency": "USD", "pop_s": 9})
    assert (same.status_code, same.json()["pop_s"]) == (200, 9)


@pytest.mark.parametrize("wrong", ["JPY", "usd", "", 156])
def test_only_currencies_with_hundredths_are_known(dollars: Server, wrong: Any) -> None:
    assert dollars.client("producer").put("/shop/presets", json={"currency": wrong}).status_code == 400


def test_a_sheet_is_read_in_the_currency_of_its_show(dollars: Server) -> None:
    """The sign of another currency is neither dropped nor taken for ours."""
    show = LiveShow(dollars)
    lines = 'title,duration,GMV目标\nA,5m,"$1,200.50"\nB,5m,¥800\n'
    file = {"file": ("a.csv", lines.encode(), "text/csv")}
    answer = dollars.client("producer").post(f"{show.path}/run-of-show", files=file, params={"dry_run": 0}).json()
    assert [(item["row"], item["why"]) for item in answer["problems"] if "¥800" in item["why"]] == [
        (3, "“¥800” names another currency; amounts are in USD here.")
    ]
    assert [row["targets"] for row in show.snapshot()["scripts"]["rows"]] == [{"gmv_paid": 120_050}, {}]


@pytest.mark.parametrize("path", ["/shows", "{show}/plan", "{show}/control"])
def test_every_form_knows_the_sign_that_may_stand_in_it(dollars: Server, path: str) -> None:
    page = dollars.client("producer").get(dollars.url + path.format(show=LiveShow(dollars).path))
    assert 'data-marks="$ usd"' in page.text
    assert "is not an amount in USD" in page.text
