"""Every part renders in both languages, in every state, and shows a stranger's text as text."""

import pytest

from console.core.lifecycle import ShowCreated, ShowEnded, ShowStarted
from console.core.slice import ProductFact, Viewer
from console.scripts import commands as ask
from console.scripts import views
from console.scripts.events import Cue, RowsImported
from console.scripts.slice import PARTS
from console.scripts.snapshot import shown_custom
from console.web.i18n import Catalogues
from console.web.templates import Templates

HOSTILE = "<img src=x onerror=alert(1)>\"'<div hx-post=/x hx-trigger=load>"
TEMPLATES = Templates(Catalogues())
T0 = 1_800_000_000_000


def full_row(bench, name, text, **fields):
    fact = ProductFact(id="p1", title=text, link_no=1, live_price=9_900, stock=3)
    texts = dict.fromkeys(
        ("title", "script", "goal", "host", "co_host", "props", "plan_b", "ad_note", "service_note"), text
    )
    lists = dict.fromkeys(("must_say", "must_not_say", "selling_points", "offers"), (text,))
    given = texts | lists | {"products": ("p1", text), "facts": (fact,), "custom": {text: text}}
    return bench.row(name, cues=(Cue(at_s=5, text=text),), min_s=1, max_s=2, **given | fields)


def empty(bench):
    return bench


def planned(bench):
    rows = (full_row(bench, "a", "x"), bench.row("b", None))
    return bench.given(ShowCreated(title="x", starts_at=T0, targets={"duration_s": 30}), RowsImported(rows=rows))


def running(bench):
    planned(bench).given(ShowStarted()).when(ask.Go).when(ask.MessageHost, text="x")
    return bench.when(ask.RequestDesk, kind="other", text="x")


def held(bench):
    return running(bench).at(5).when(ask.Hold)


def unplanned(bench):
    return running(bench).at(99).when(ask.Go)


def ended(bench):
    return unplanned(bench).when(ask.AcknowledgeMessage, message="m_0002").given(ShowEnded())


def hostile(bench):
    rows = (full_row(bench, "a", HOSTILE), full_row(bench, "b", HOSTILE, host="other" + HOSTILE))
    bench.given(ShowCreated(title=HOSTILE), RowsImported(rows=rows), ShowStarted()).when(ask.Go)
    return bench.when(ask.MessageHost, text=HOSTILE).when(ask.RequestDesk, kind="other", text=HOSTILE)


def painted(part, bench, locale="en"):
    return str(TEMPLATES.painted(part, bench.show, Viewer(locale=locale)))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("state", [empty, planned, running, held, unplanned, ended, hostile])
def test_it_renders(part, locale, state, bench):
    html = painted(part, state(bench), locale)
    assert "<img" not in html
    assert "<div hx-post" not in html
    assert "None" not in html
    if not part.keyed:
        assert html.lstrip().split(">")[0].count(f'id="{part.name}"') == 1


def test_rows_say_where_they_stand(bench):
    bench.live(60, 60, 60).when(ask.Go).at(60).when(ask.Go)
    assert [row.state for row in views.rows(bench.show, None)] == ["done", "current", "next"]
    bench.at(70).when(ask.Jump, row="a")
    assert [row.state for row in views.rows(bench.show, None)] == ["current", "next", "later"]


def test_the_next_row_names_a_host_who_takes_over(bench):
    rows = (bench.row("a", host="Ann"), bench.row("b", host="Bo"), bench.row("c", host="Bo"))
    bench.given(ShowCreated(title="x"), RowsImported(rows=rows), ShowStarted())
    hosts = []
    for second in (0, 1, 2):
        hosts.append(views.following(bench.show, None).new_host)
        bench.at(second).when(ask.Go)
    assert hosts == [None, "Bo", None]


def test_cues_come_at_their_instant_also_when_a_turn_is_continued(bench):
    rows = (bench.row("a", 300, cues=(Cue(at_s=90, text="late"), Cue(at_s=0, text="early"))), bench.row("b"))
    bench.given(ShowCreated(title="x"), RowsImported(rows=rows), ShowStarted()).when(ask.Go)
    assert [cue.at - T0 for cue in views.now(bench.show, None).cues] == [0, 90_000]
    bench.at(30).when(ask.Jump, row="b").at(50).when(ask.Jump, row="a")
    assert [cue.at - T0 for cue in views.now(bench.show, None).cues] == [20_000, 110_000]


def test_the_total_is_held_against_the_target(bench):
    total = views.total(planned(bench).show, None)
    assert (total.planned_s, total.target_s, total.over_s, total.expected_end) == (60, 30, 30, T0 + 60_000)
    assert {found.rule for found in total.findings} >= {"no_duration", "too_long", "unknown_product"}


def test_findings_are_bounded_and_counted(bench):
    bench.live(*[None] * (views.SHOWN_FINDINGS + 7))
    total = views.total(bench.show, None)
    assert (len(total.findings), total.more_findings) == (views.SHOWN_FINDINGS, 7)


def test_secret_columns_of_a_sheet_are_masked(bench):
    row = bench.row("a", custom={"底价": "81.23", "Floor price": "1", "灯光": "暖"})
    assert shown_custom(row, Viewer(sees_cost=False)) == {"灯光": "暖"}
    assert shown_custom(row, Viewer(sees_cost=True)) == row.custom


def test_a_mask_keeps_floor_prices_out_of_every_part(bench):
    rows = (bench.row("a", custom={"底价": "81.23"}),)
    bench.given(ShowCreated(title="x"), RowsImported(rows=rows), ShowStarted()).when(ask.Go)
    shown = "".join(painted(part, bench) for part in PARTS)
    assert "81.23" not in shown
    grid = next(part for part in PARTS if part.name == "scripts-grid")
    assert "81.23" in str(TEMPLATES.painted(grid, bench.show, Viewer(locale="en", sees_cost=True)))


def test_the_snapshot_has_every_field_of_a_row(bench):
    (row, _) = running(bench).snapshot()["rows"]
    assert row["title"] == "x"
    assert row["link_nos"] == [1, None]
    assert row["started_at"] == "2027-01-15T08:00:00.000Z"
    assert {"id", "phase", "planned_s", "min_s", "max_s", "cues", "custom", "expected_start", "ended_at"} <= set(row)
    assert "facts" not in row
