"""JSON, CSV and HTML of a recap: complete, inert, and giving every text back."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.lifecycle import TargetsSet
from console.core.observations import Audience, Comment, Enter
from console.core.slice import Viewer
from console.metrics.views import snapshot
from console.recap.export import english, inert, plain, risky, to_csv, to_json
from console.recap.page import chart, line, render_html
from console.scripts.events import Marked, Row
from console.web.i18n import Catalogues
from console.web.templates import Templates

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1",
    "＠x",
    "\t=1",
    "\r=1",
    " =1",
    "\n=HYPERLINK(1)",
    "'=1",
    "|x",
    "\0=1",
    "\u200b=1",
]
SCRIPT = """"><script>alert(1)</script><img src=x onerror=alert(1)>' hx-post="/x" {{ 7*7 }}"""


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates(Catalogues())


def full(evening: Any, text: str) -> Any:
    """A show whose every text a person or a viewer wrote is `text`."""
    evening.planned(Row(id="a", phase="other", title=text, planned_s=60, goal=text, host=text, targets={"gmv": 5}))
    evening.started().done(TargetsSet(targets={"gmv": 100})).go("a", 1).done(Marked(note=text, row="a"))
    evening.see(
        evening.made(Comment, 5, user=text, name=text, text=text, question=True), evening.made(Enter, 6, user="a")
    )
    evening.see(evening.paid("o1", 1_234_567, 20, product=text, sku=text), evening.made(Audience, 30, online=5))
    return evening.ended(60).recap()


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_json_has_the_names_of_the_interface(evening: Any) -> None:
    recap = full(evening, "Row")
    found = json.loads(to_json(recap))
    assert {"metrics", "targets", "rows", "products", "offers", "questions", "curves", "findings"} <= set(found)
    assert set(snapshot(evening.show, Viewer())) - {"feeds"} <= set(found["metrics"])
    assert found["metrics"]["gpm"] == {"value": 1_234_567_000.0, "num": 1_234_567, "den": 1}
    assert found["show"]["started_at"] == "2027-01-15T08:00:00.000Z"
    assert found["rows"][0]["windows"] == [
        {"started_at": "2027-01-15T08:00:01.000Z", "ended_at": "2027-01-15T08:01:00.000Z"}
    ]
    assert (found["stage"], found["final"], found["metrics"]["likes"]) == ("T+0", False, None)
    assert found["findings"][0]["text"].startswith("Paid GMV reached")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_text_becomes_a_formula(evening: Any, text: str) -> None:
    for cells in read(to_csv(full(evening, text))):
        for one in cells:
            assert not risky(one) or one.replace(".", "", 1).lstrip("-").isdigit()


def test_control_without_the_guard_cells_would_be_formulas() -> None:
    assert all(risky(text) or text.startswith("'") for text in HOSTILE)


@given(st.text())
def test_every_text_comes_back_as_it_was(text: str) -> None:
    assert plain(inert(text)) == text
    assert not risky(inert(text))


def test_csv_is_in_sections_with_money_in_major_units(evening: Any) -> None:
    rows = read(to_csv(full(evening, "Row")))
    starts = {cells[0]: index for index, cells in enumerate(rows) if len(cells) == 1}
    assert {"show", "findings", "targets", "metrics", "rows", "products", "offers", "questions", "curves"} <= set(
        starts
    )
    header, first = rows[starts["rows"] + 1], rows[starts["rows"] + 2]
    assert dict(zip(header, first, strict=True))["gmv_paid"] == "12345.67"
    assert ["gmv_paid", "12345.67", "", "", "events"] in rows


def test_a_target_of_money_is_written_as_money(evening: Any) -> None:
    rows = read(to_csv(full(evening, "Row")))
    assert ["gmv", "1.00", "12345.67", "12345.67"] in rows


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("standalone", [True, False])
def test_what_people_wrote_stays_text(templates: Templates, evening: Any, locale: str, standalone: bool) -> None:
    page = render_html(templates, full(evening, SCRIPT), locale, standalone=standalone)
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert "onerror=alert(1)&gt;" in page
    assert ("<!doctype html>" in page) is standalone


def test_one_file_needs_nothing_else(templates: Templates, evening: Any) -> None:
    page = render_html(templates, full(evening, "Row"), "en", standalone=True)
    assert "<polyline" in page
    assert "<style>" in page
    assert not [word for word in ("src=", "href=", "url(", "@import", "style=") if word in page]


def test_our_own_page_draws_from_data_and_brings_no_style(templates: Templates, evening: Any) -> None:
    page = render_html(templates, full(evening, "Row"), "en", standalone=False)
    assert "data-curves=" in page
    assert not [word for word in ("<style", "style=", "<svg") if word in page]


def test_a_show_that_never_ran_has_a_recap_too(templates: Templates, evening: Any) -> None:
    recap = evening.recap()
    assert json.loads(to_json(recap))["rows"] == []
    assert read(to_csv(recap))
    for standalone in (True, False):
        assert "recap" in render_html(templates, recap, "en", standalone=standalone)


def test_gaps_interrupt_a_drawn_curve() -> None:
    drawn = line("online", (1, 2, None, 4))
    assert (len(drawn.runs), drawn.top) == (2, 4)
    assert drawn.runs[1].endswith(",10.0")


def test_marks_stand_where_they_happened(evening: Any) -> None:
    ticks = chart(full(evening, "Row")).ticks
    assert [tick.mark.kind for tick in ticks] == ["mark", "row"]
    assert ticks[0].x == pytest.approx(960 / 2 / 60, abs=0.1)


def test_sentences_are_filled_in_english() -> None:
    assert english("{n} of {m}", n=1, m="{n}") in {"1 of {n}", "1 of 1"}
